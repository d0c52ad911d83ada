#include "tools/towtank/output/report_json.hpp"
#include "tools/towtank/output/result_files.hpp"
#include "tools/towtank/version.hpp"

namespace towtank::tool {
namespace {

constexpr int kSchemaVersion = 1;

Json row_json(const report::VariantNote& note) {
  return {{"variant", note.variant},
          {"state", note.state},
          {"replications", note.replications},
          {"warmup_s", number_json(note.warmup_s)},
          {"duration_s", number_json(note.duration_s)},
          {"converged", note.converged},
          {"bottleneck", note.bottleneck},
          {"headroom", number_json(note.headroom)},
          {"observed_correlation", number_json(note.observed_correlation)},
          {"fingerprint", note.fingerprint}};
}

Json row_json(const report::SummaryRow& row) {
  Json json = {{"variant", row.variant}, {"traffic", row.traffic}, {"metric", row.metric}, {"unit", row.unit}};
  json.update(estimate_json(row.estimate));
  json["replications"] = row.replications;
  json["samples"] = row.samples;
  json["verdict"] = row.verdict;
  return json;
}

Json row_json(const report::LatencyRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"percentile", number_json(row.percentile)},
          {"latency_ms", estimate_json(row.latency_ms)}};
}

Json row_json(const report::EndpointRow& row) {
  return {{"variant", row.variant},
          {"endpoint", row.endpoint},
          {"node", row.node},
          {"zone", row.zone},
          {"requests_share", estimate_json(row.requests_share)},
          {"relative_load", estimate_json(row.relative_load)},
          {"utilization", estimate_json(row.utilization)},
          {"queue_mean", estimate_json(row.queue_mean)},
          {"wait_mean_ms", estimate_json(row.wait_mean_ms)},
          {"sojourn_mean_ms", estimate_json(row.sojourn_mean_ms)},
          {"errors", estimate_json(row.errors)}};
}

Json row_json(const report::NodeRow& row) {
  Json json = {{"variant", row.variant},
               {"node", row.node},
               {"zone", row.zone},
               {"connections_share", estimate_json(row.connections_share)},
               {"second_hop_share", estimate_json(row.second_hop_share)}};
  json["lb_healthy"] = row.lb_healthy ? Json(*row.lb_healthy) : Json(nullptr);
  json["conntrack_max"] = number_json(row.conntrack_max);
  return json;
}

Json row_json(const report::HopRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"hop", row.hop},
          {"kind", row.kind},
          {"visits_per_request", estimate_json(row.visits_per_request)},
          {"wait_mean_ms", estimate_json(row.wait_mean_ms)},
          {"service_mean_ms", estimate_json(row.service_mean_ms)},
          {"delay_mean_ms", estimate_json(row.delay_mean_ms)},
          {"p99_ms", estimate_json(row.p99_ms)}};
}

Json row_json(const report::TheoryRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"model", row.model},
          {"exact_ms", number_json(row.exact_ms)},
          {"simulated_ms", estimate_json(row.simulated_ms)},
          {"failing_assumption", row.failing_assumption}};
}

Json row_json(const report::ControlRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"latency_mean_ms", estimate_json(row.latency_mean_ms)},
          {"reduction", number_json(row.reduction)},
          {"expected", number_json(row.expected)},
          {"seen", number_json(row.seen)},
          {"reference", row.reference},
          {"reference_expected_ms", number_json(row.reference_expected_ms)},
          {"reference_seen_ms", number_json(row.reference_seen_ms)}};
}

Json row_json(const report::RareRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"percentile", row.percentile},
          {"latency_ms", estimate_json(row.latency_ms)},
          {"effective_requests", number_json(row.requests)},
          {"reduction", number_json(row.reduction)}};
}

Json row_json(const report::OutcomeRow& row) {
  return {{"variant", row.variant}, {"traffic", row.traffic}, {"outcome", row.outcome},
          {"hop", row.hop},         {"count", row.count},     {"share", number_json(row.share)}};
}

Json row_json(const report::TimeseriesRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"t_s", number_json(row.t_s)},
          {"offered", estimate_json(row.offered)},
          {"completed", estimate_json(row.completed)},
          {"errors", estimate_json(row.errors)},
          {"p50_ms", estimate_json(row.p50_ms)},
          {"p99_ms", estimate_json(row.p99_ms)},
          {"in_flight", estimate_json(row.in_flight)},
          {"ready_endpoints", estimate_json(row.ready_endpoints)}};
}

Json row_json(const report::WarmupRow& row) {
  return {{"variant", row.variant},
          {"t_s", number_json(row.t_s)},
          {"warmup_s", number_json(row.warmup_s)},
          {"jobs_mean", estimate_json(row.jobs)}};
}

Json row_json(const report::RequestRow& row) {
  return {{"variant", row.variant},
          {"traffic", row.traffic},
          {"request", row.request},
          {"arrived_s", number_json(row.arrived_s)},
          {"latency_ms", number_json(row.latency_ms)},
          {"outcome", row.outcome},
          {"failed_at", row.failed_at},
          {"attempts", row.attempts},
          {"before_ms", number_json(row.before_ms)},
          {"wait_ms", number_json(row.wait_ms)},
          {"service_ms", number_json(row.service_ms)},
          {"delay_ms", number_json(row.delay_ms)},
          {"pod", row.pod},
          {"node", row.node},
          {"route", row.route}};
}

Json row_json(const report::ObjectiveResult& row) {
  return {{"objective", row.text},
          {"variant", row.variant},
          {"status", status_name(row.status)},
          {"observed", estimate_json(row.observed)}};
}

template <class Row>
Json rows_json(const std::vector<Row>& rows) {
  Json json = Json::array();
  for (const Row& row : rows) json.push_back(row_json(row));
  return json;
}

Json lines_json(const std::vector<std::string>& lines) {
  Json json = Json::array();
  for (const std::string& line : lines) json.push_back(line);
  return json;
}

}  // namespace

std::string results_json(const report::Report& report) {
  Json json;
  json["schemaVersion"] = kSchemaVersion;
  json["towtank"] = kVersion;
  json["scenario"] = report.scenario;
  json["seed"] = report.seed;
  json["confidence"] = number_json(report.confidence);
  json["complete"] = report.complete;
  json["variants"] = lines_json(report.variants);
  Json fingerprints = Json::object();
  for (const report::VariantNote& note : report.notes) fingerprints[note.variant] = note.fingerprint;
  json["fingerprint"] = std::move(fingerprints);
  json["notes"] = rows_json(report.notes);
  json["objectives"] = rows_json(report.objectives);
  json["assumptions"] = lines_json(report.assumptions);
  json["ignored"] = lines_json(report.ignored);
  json["warnings"] = lines_json(report.warnings);
  json["summary"] = rows_json(report.summary);
  json["latency"] = rows_json(report.latency);
  json["endpoints"] = rows_json(report.endpoints);
  json["nodes"] = rows_json(report.nodes);
  json["hops"] = rows_json(report.hops);
  json["theory"] = rows_json(report.theory);
  json["controls"] = rows_json(report.controls);
  json["rare"] = rows_json(report.rare);
  json["outcomes"] = rows_json(report.outcomes);
  json["timeseries"] = rows_json(report.timeseries);
  json["warmup"] = rows_json(report.warmup);
  json["events"] = Json::array();
  if (!report.requests.empty()) json["requests"] = rows_json(report.requests);
  return json_text(json);
}

}  // namespace towtank::tool
