#include "tools/towtank/output/plan.hpp"
#include "tools/towtank/output/report_json.hpp"

namespace towtank::tool {
namespace {

const char* name_of(StudyPlan::Answer answer) {
  switch (answer) {
    case StudyPlan::Answer::met:
      return "met";
    case StudyPlan::Answer::none_meets:
      return "none_meets";
    case StudyPlan::Answer::undecided:
      return "undecided";
    case StudyPlan::Answer::interrupted:
      break;
  }
  return "interrupted";
}

const char* name_of(PlannedSetting::State state) {
  switch (state) {
    case PlannedSetting::State::not_tried:
      return "not_tried";
    case PlannedSetting::State::overloaded:
      return "overloaded";
    case PlannedSetting::State::met:
      return "met";
    case PlannedSetting::State::missed:
      return "missed";
    case PlannedSetting::State::unsteady:
      return "unsteady";
    case PlannedSetting::State::undecided:
      break;
  }
  return "undecided";
}

Json json_of(const StudyPlan& plan, const std::optional<std::size_t>& setting) {
  return setting ? Json(plan.settings[*setting].name) : Json(nullptr);
}

Json json_of(const PlannedSetting& setting) {
  Json made{{"setting", setting.name},
            {"state", name_of(setting.state)},
            {"tried", setting.tried == 0 ? Json(nullptr) : Json(setting.tried)},
            {"replications", setting.replications},
            {"cost", number_json(setting.cost)},
            {"utilization", number_json(setting.utilization)},
            {"bottleneck", setting.bottleneck}};
  made["objectives"] = Json::array();
  for (const report::ObjectiveResult& objective : setting.objectives)
    made["objectives"].push_back({{"objective", objective.text},
                                  {"status", status_name(objective.status)},
                                  {"observed", estimate_json(objective.observed)}});
  return made;
}

}  // namespace

std::string plan_json(const StudyPlan& plan) {
  Json json;
  json["schemaVersion"] = 1;
  json["scenario"] = plan.scenario;
  json["variant"] = plan.variant;
  json["answer"] = name_of(plan.answer);
  json["chosen"] = json_of(plan, plan.chosen);
  json["nearest"] = json_of(plan, plan.nearest);
  json["objectives"] = plan.objectives;
  json["probability"] = plan.probability;
  json["indifference"] = plan.indifference;
  json["costUnit"] = plan.cost_unit;
  json["search"] = plan.by_bisection ? "bisection" : "by_cost";
  json["decisions"] = plan.decisions;
  json["compared"] = Json::array();
  for (const std::size_t i : plan.compared) json["compared"].push_back(plan.settings[i].name);
  json["selectionIsSure"] = plan.selection_is_sure;
  json["seed"] = plan.seed;
  json["settings"] = Json::array();
  for (const PlannedSetting& setting : plan.settings) json["settings"].push_back(json_of(setting));
  json["assumptions"] = plan.assumptions;
  json["warnings"] = plan.warnings;
  return json_text(json);
}

}  // namespace towtank::tool
