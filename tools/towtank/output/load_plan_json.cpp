#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/load_plan.hpp"
#include "tools/towtank/output/report_json.hpp"

namespace towtank::tool {
namespace {

const char* name_of(VariantLoad::Answer answer) {
  switch (answer) {
    case VariantLoad::Answer::found:
      return "found";
    case VariantLoad::Answer::capacity:
      return "capacity";
    case VariantLoad::Answer::missed:
      return "missed";
    case VariantLoad::Answer::unsteady:
      return "unsteady";
    case VariantLoad::Answer::undecided:
      return "undecided";
    case VariantLoad::Answer::interrupted:
      break;
  }
  return "interrupted";
}

const char* name_of(TriedLoad::State state) {
  switch (state) {
    case TriedLoad::State::met:
      return "met";
    case TriedLoad::State::missed:
      return "missed";
    case TriedLoad::State::unsteady:
      return "unsteady";
    case TriedLoad::State::undecided:
      break;
  }
  return "undecided";
}

const char* name_of(LoadOrder order) {
  return order == LoadOrder::more ? "more" : order == LoadOrder::less ? "less" : "cannot_tell";
}

Json json_of(const TriedLoad& tried) {
  Json made{{"load", tried.load},
            {"state", name_of(tried.state)},
            {"tried", tried.tried},
            {"replications", tried.replications}};
  made["objectives"] = Json::array();
  for (const report::ObjectiveResult& objective : tried.objectives)
    made["objectives"].push_back({{"objective", objective.text},
                                  {"status", status_name(objective.status)},
                                  {"observed", estimate_json(objective.observed)}});
  return made;
}

Json json_of(const VariantLoad& variant) {
  Json made{{"variant", variant.variant},
            {"answer", name_of(variant.answer)},
            {"objectives", variant.objectives},
            {"low", number_json(variant.low)},
            {"high", number_json(variant.high)},
            {"ceiling", variant.ceiling},
            {"ratePerSecondAtLoadOne", number_json(variant.rate_per_s)},
            {"breaksFirst", variant.breaks_first},
            {"waitsAt", variant.waits_at.empty() ? Json(nullptr) : Json(variant.waits_at)}};
  made["tried"] = Json::array();
  for (const TriedLoad& tried : variant.tried) made["tried"].push_back(json_of(tried));
  return made;
}

Json json_of(const LoadCurveRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"load", row.load},
          {"rate_per_s", number_json(row.rate_per_s)},
          {"utilization", number_json(row.utilization)},
          {"state", row.state},
          {"latency_mean_ms", estimate_json(row.mean_ms)},
          {"latency_p50_ms", estimate_json(row.p50_ms)},
          {"latency_p99_ms", estimate_json(row.p99_ms)},
          {"error_rate", number_json(row.error_rate)},
          {"replications", row.replications},
          {"samples", row.samples}};
}

}  // namespace

std::string load_plan_json(const StudyLoadPlan& plan) {
  Json json;
  json["schemaVersion"] = 1;
  json["scenario"] = plan.scenario;
  json["complete"] = plan.complete;
  json["maximized"] = "spec.load";
  json["probability"] = plan.probability;
  json["resolution"] = plan.resolution;
  json["confidence"] = plan.confidence;
  json["decisions"] = plan.decisions;
  json["seed"] = plan.seed;
  json["variants"] = Json::array();
  for (const VariantLoad& variant : plan.variants) json["variants"].push_back(json_of(variant));
  json["comparisons"] = Json::array();
  for (std::size_t i = 0; i < plan.variants.size(); ++i)
    for (std::size_t j = i + 1; j < plan.variants.size(); ++j)
      json["comparisons"].push_back({{"variant", plan.variants[i].variant},
                                     {"bears", name_of(compared(plan.variants[i], plan.variants[j]))},
                                     {"than", plan.variants[j].variant}});
  json["curve"] = Json::array();
  for (const LoadCurveRow& row : plan.curve) json["curve"].push_back(json_of(row));
  json["assumptions"] = plan.assumptions;
  json["warnings"] = plan.warnings;
  return json_text(json);
}

std::string load_curve_csv(const StudyLoadPlan& plan) {
  CsvText csv{
      "scenario,variant,traffic,load,rate_per_s,utilization,state,latency_mean_ms,latency_mean_ci_low_ms,"
      "latency_mean_ci_high_ms,latency_p50_ms,latency_p50_ci_low_ms,latency_p50_ci_high_ms,latency_p99_ms,"
      "latency_p99_ci_low_ms,latency_p99_ci_high_ms,error_rate,confidence,replications,samples"};
  for (const LoadCurveRow& row : plan.curve) {
    csv.cell(plan.scenario).cell(row.variant).cell(row.traffic).cell(row.load).cell(row.rate_per_s);
    csv.cell(row.utilization).cell(row.state);
    for (const report::Estimate* latency : {&row.mean_ms, &row.p50_ms, &row.p99_ms})
      csv.cell(latency->value).bounds(*latency);
    csv.cell(row.error_rate).cell(plan.confidence).cell(std::uint64_t{row.replications}).cell(row.samples).end_row();
  }
  return csv.text();
}

std::vector<ResultFile> load_plan_files(const StudyLoadPlan& plan) {
  return {{"load_curve.csv", load_curve_csv(plan)}, {"load_plan.json", load_plan_json(plan)}};
}

}  // namespace towtank::tool
