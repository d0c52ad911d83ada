#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "models/study/report_rows.hpp"
#include "models/study/theory.hpp"
#include "sim/stats/control.hpp"

namespace towtank {
namespace {

/// Of fewer replications a second control costs more, by its degree of freedom, than it may be worth.
constexpr std::size_t kFewestForTwo = 10;

/// The work that a traffic brings to the pods that serve it, in servers busy on average: its rate times the mean
/// service time. Empty where it depends on more than that: on answers (closed loops), on who is chosen (pods of unlike
/// speed), on attempts that are given up and made again.
std::optional<double> offered_work(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (traffic.arrivals == model::Traffic::Arrivals::closed) return std::nullopt;
  if (traffic.timeout && traffic.retries.max > 0) return std::nullopt;
  std::optional<double> of_one_s;
  for (const std::uint32_t i : model::serving_pods(cluster, traffic)) {
    const model::Workload& workload = cluster.workloads[cluster.pods[i].workload];
    const double service_s = workload.service.mean_s() * cluster.pods[i].slowdown;
    if (workload.proxy || workload.cpu || of_one_s.value_or(service_s) != service_s) return std::nullopt;
    of_one_s = service_s;
  }
  if (!of_one_s || !std::isfinite(*of_one_s)) return std::nullopt;
  return traffic.rate_per_s * *of_one_s;
}

/// What all traffic brings to the pods that serve this one. Empty where one of them brings an unknown part of its own.
std::optional<double> expected_busy(const model::Cluster& cluster, const model::Traffic& served) {
  std::vector<std::uint32_t> pods = model::serving_pods(cluster, served);
  if (pods.empty()) return std::nullopt;
  std::sort(pods.begin(), pods.end());
  double busy = 0.0;
  for (const model::Traffic& traffic : cluster.traffic) {
    std::vector<std::uint32_t> theirs = model::serving_pods(cluster, traffic), both;
    std::sort(theirs.begin(), theirs.end());
    std::set_intersection(pods.begin(), pods.end(), theirs.begin(), theirs.end(), std::back_inserter(both));
    if (both.empty()) continue;
    const std::optional<double> work = offered_work(cluster, traffic);
    if (!work || both.size() != theirs.size()) return std::nullopt;
    busy += *work;
  }
  return busy;
}

bool is_all_served(const VariantRun& run) {
  for (const ReplicationResult& result : run.results)
    for (const TrafficTotals& traffic : result.traffic)
      if (traffic.failed.count() > 0) return false;
  return true;
}

std::vector<double> busy_servers(const VariantRun& run, const std::vector<std::uint32_t>& pods) {
  std::vector<double> all;
  for (const ReplicationResult& result : run.results) {
    double busy = 0.0;
    for (const std::uint32_t pod : pods) busy += static_cast<double>(result.stations[pod].busy_area);
    all.push_back(busy / static_cast<double>(result.window.count()));
  }
  return all;
}

/// Mean stay in the reference queue, ns.
std::vector<double> reference_stays(const VariantRun& run, std::size_t traffic) {
  std::vector<double> all;
  for (const ReplicationResult& result : run.results) all.push_back(result.reference[traffic].mean_ns());
  return all;
}

/// An expectation that the runs contradict is none: pods still fill, or work is done that nobody foresaw.
bool is_borne_out(std::span<const double> seen, double expected) {
  const Interval interval = mean_interval(seen, 1.0 - kFalseAlarm);
  return interval.resolved && std::abs(interval.estimate - expected) <= interval.half_width();
}

/// Empty where no control is known.
std::optional<report::ControlRow> control_row(const MeasuredStudy& study, std::size_t variant, std::size_t index) {
  const VariantRun& run = study.runs[variant];
  const model::Traffic& traffic = run.cluster().traffic[index];
  const std::optional<double> expected = expected_busy(run.cluster(), traffic);
  if (!expected) return std::nullopt;
  const std::vector<double> busy = busy_servers(run, model::serving_pods(run.cluster(), traffic));
  if (!is_borne_out(busy, *expected)) return std::nullopt;
  report::ControlRow row{run.name(), traffic.name, {}, 1.0, *expected, mean_of(busy), {}, {}, {}};
  std::vector<Control> controls{{busy, *expected}};
  const std::vector<double> stays = reference_stays(run, index);
  const std::optional<CoupledReference> reference = coupled_reference(run, index);
  if (reference && stays.size() >= kFewestForTwo && is_borne_out(stays, reference->mean_s * 1e9)) {
    controls.push_back({stays, reference->mean_s * 1e9});
    row.reference = reference->model;
    row.reference_expected_ms = reference->mean_s * 1e3;
    row.reference_seen_ms = mean_of(stays) * 1e-6;
  }
  const Metric& mean = *study.metrics[variant][index].find("latency_mean");
  const ControlledMean made = controlled_mean(mean.of_replications, controls, study.confidence);
  row.latency_mean_ms = estimate_of(made.interval, mean.scale);
  row.reduction = made.reduction;
  return row;
}

}  // namespace

void add_control_rows(const MeasuredStudy& study, report::Report& report) {
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    const VariantRun& run = study.runs[v];
    if (!run.is_measured() || !run.is_steady() || !is_all_served(run)) continue;
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t)
      if (const std::optional<report::ControlRow> row = control_row(study, v, t)) report.controls.push_back(*row);
  }
}

}  // namespace towtank
