#include "tools/towtank/output/result_files.hpp"

#include "tools/towtank/output/csv.hpp"

namespace towtank::tool {

using report::Estimate;
using report::Report;

std::string summary_csv(const Report& report) {
  CsvText csv{"scenario,variant,traffic,metric,unit,estimate,ci_low,ci_high,confidence,replications,samples,verdict"};
  for (const report::SummaryRow& row : report.summary) {
    csv.cell(report.scenario).cell(row.variant).cell(row.traffic).cell(row.metric).cell(row.unit);
    csv.cell(row.estimate.value).bounds(row.estimate).cell(report.confidence);
    csv.cell(row.replications).cell(row.samples).cell(row.verdict).end_row();
  }
  return csv.text();
}

std::string latency_csv(const Report& report) {
  CsvText csv{"variant,traffic,percentile,latency_ms,ci_low_ms,ci_high_ms"};
  for (const report::LatencyRow& row : report.latency) {
    csv.cell(row.variant).cell(row.traffic).cell(row.percentile);
    csv.cell(row.latency_ms.value).bounds(row.latency_ms).end_row();
  }
  return csv.text();
}

std::string endpoints_csv(const Report& report) {
  CsvText csv{
      "variant,endpoint,node,zone,requests_share,relative_load,utilization,queue_mean,wait_mean_ms,sojourn_mean_ms,"
      "errors,"
      "requests_share_ci_low,requests_share_ci_high,relative_load_ci_low,relative_load_ci_high,"
      "utilization_ci_low,utilization_ci_high,queue_mean_ci_low,queue_mean_ci_high,"
      "wait_mean_ms_ci_low,wait_mean_ms_ci_high,sojourn_mean_ms_ci_low,sojourn_mean_ms_ci_high,"
      "errors_ci_low,errors_ci_high"};
  for (const report::EndpointRow& row : report.endpoints) {
    csv.cell(row.variant).cell(row.endpoint).cell(row.node).cell(row.zone);
    const Estimate* estimates[] = {&row.requests_share, &row.relative_load,   &row.utilization, &row.queue_mean,
                                   &row.wait_mean_ms,   &row.sojourn_mean_ms, &row.errors};
    for (const Estimate* estimate : estimates) csv.cell(estimate->value);
    for (const Estimate* estimate : estimates) csv.bounds(*estimate);
    csv.end_row();
  }
  return csv.text();
}

std::string nodes_csv(const Report& report) {
  CsvText csv{
      "variant,node,zone,connections_share,second_hop_share,lb_healthy,conntrack_max,"
      "connections_share_ci_low,connections_share_ci_high,second_hop_share_ci_low,second_hop_share_ci_high"};
  for (const report::NodeRow& row : report.nodes) {
    csv.cell(row.variant).cell(row.node).cell(row.zone);
    csv.cell(row.connections_share.value).cell(row.second_hop_share.value);
    csv.cell(row.lb_healthy).cell(row.conntrack_max);
    csv.bounds(row.connections_share).bounds(row.second_hop_share).end_row();
  }
  return csv.text();
}

std::string hops_csv(const Report& report) {
  CsvText csv{
      "variant,traffic,hop,kind,visits_per_request,wait_mean_ms,service_mean_ms,delay_mean_ms,p99_ms,"
      "visits_per_request_ci_low,visits_per_request_ci_high,wait_mean_ms_ci_low,wait_mean_ms_ci_high,"
      "service_mean_ms_ci_low,service_mean_ms_ci_high,delay_mean_ms_ci_low,delay_mean_ms_ci_high,"
      "p99_ms_ci_low,p99_ms_ci_high"};
  for (const report::HopRow& row : report.hops) {
    csv.cell(row.variant).cell(row.traffic).cell(row.hop).cell(row.kind);
    const Estimate* estimates[] = {&row.visits_per_request, &row.wait_mean_ms, &row.service_mean_ms, &row.delay_mean_ms,
                                   &row.p99_ms};
    for (const Estimate* estimate : estimates) csv.cell(estimate->value);
    for (const Estimate* estimate : estimates) csv.bounds(*estimate);
    csv.end_row();
  }
  return csv.text();
}

std::string outcomes_csv(const Report& report) {
  CsvText csv{"variant,traffic,outcome,hop,count,share"};
  for (const report::OutcomeRow& row : report.outcomes) {
    csv.cell(row.variant).cell(row.traffic).cell(row.outcome).cell(row.hop).cell(row.count).cell(row.share).end_row();
  }
  return csv.text();
}

std::string timeseries_csv(const Report& report) {
  CsvText csv{
      "variant,traffic,t_s,offered,completed,errors,p50_ms,p99_ms,in_flight,ready_endpoints,"
      "offered_ci_low,offered_ci_high,completed_ci_low,completed_ci_high,errors_ci_low,errors_ci_high,"
      "p50_ms_ci_low,p50_ms_ci_high,p99_ms_ci_low,p99_ms_ci_high,in_flight_ci_low,in_flight_ci_high,"
      "ready_endpoints_ci_low,ready_endpoints_ci_high"};
  for (const report::TimeseriesRow& row : report.timeseries) {
    csv.cell(row.variant).cell(row.traffic).cell(row.t_s);
    const Estimate* estimates[] = {&row.offered, &row.completed, &row.errors,         &row.p50_ms,
                                   &row.p99_ms,  &row.in_flight, &row.ready_endpoints};
    for (const Estimate* estimate : estimates) csv.cell(estimate->value);
    for (const Estimate* estimate : estimates) csv.bounds(*estimate);
    csv.end_row();
  }
  return csv.text();
}

std::string warmup_csv(const Report& report) {
  CsvText csv{"variant,t_s,warmup_s,jobs_mean,jobs_mean_ci_low,jobs_mean_ci_high"};
  for (const report::WarmupRow& row : report.warmup)
    csv.cell(row.variant)
        .cell(row.t_s)
        .cell(row.warmup_s)
        .cell(row.jobs.value)
        .bounds(row.jobs)
        .end_row();
  return csv.text();
}

std::string requests_csv(const Report& report) {
  CsvText csv{
      "variant,traffic,request,arrived_s,latency_ms,outcome,failed_at,attempts,before_ms,wait_ms,service_ms,delay_ms,"
      "pod,node,route"};
  for (const report::RequestRow& row : report.requests) {
    csv.cell(row.variant).cell(row.traffic).cell(row.request).cell(row.arrived_s).cell(row.latency_ms);
    csv.cell(row.outcome).cell(row.failed_at).cell(row.attempts);
    csv.cell(row.before_ms).cell(row.wait_ms).cell(row.service_ms).cell(row.delay_ms);
    csv.cell(row.pod).cell(row.node).cell(row.route).end_row();
  }
  return csv.text();
}

std::string events_csv() { return CsvText{"variant,event,start_s,end_s,failed_requests,ci_low,ci_high,cause"}.text(); }

std::vector<ResultFile> result_files(const Report& report) {
  std::vector<ResultFile> files = {{"summary.csv", summary_csv(report)},
                                   {"latency.csv", latency_csv(report)},
                                   {"endpoints.csv", endpoints_csv(report)},
                                   {"nodes.csv", nodes_csv(report)},
                                   {"hops.csv", hops_csv(report)},
                                   {"outcomes.csv", outcomes_csv(report)},
                                   {"timeseries.csv", timeseries_csv(report)},
                                   {"warmup.csv", warmup_csv(report)},
                                   {"events.csv", events_csv()}};
  if (!report.requests.empty()) files.push_back({"requests.csv", requests_csv(report)});
  files.push_back({"results.json", results_json(report)});
  return files;
}

const std::vector<std::string>& result_file_names() {
  static const std::vector<std::string> names = {"summary.csv",  "latency.csv",  "endpoints.csv",  "nodes.csv",
                                                 "hops.csv",     "outcomes.csv", "timeseries.csv", "events.csv",
                                                 "requests.csv", "warmup.csv",   "results.json",   "run-info.json"};
  return names;
}

}  // namespace towtank::tool
