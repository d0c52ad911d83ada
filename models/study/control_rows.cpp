#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <vector>

#include "models/study/report_rows.hpp"
#include "sim/stats/control.hpp"

namespace towtank {
namespace {

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

}  // namespace

void add_control_rows(const MeasuredStudy& study, report::Report& report) {
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    const VariantRun& run = study.runs[v];
    if (!run.is_measured() || !run.is_steady() || !is_all_served(run)) continue;
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
      const model::Traffic& traffic = run.cluster().traffic[t];
      const std::optional<double> expected = expected_busy(run.cluster(), traffic);
      if (!expected) continue;
      const std::vector<double> busy = busy_servers(run, model::serving_pods(run.cluster(), traffic));
      // An expectation that the runs contradict is none: pods still fill, or work is done that nobody foresaw.
      const Interval seen = mean_interval(busy, 1.0 - kFalseAlarm);
      if (!seen.resolved || std::abs(seen.estimate - *expected) > seen.half_width()) continue;
      const Metric& mean = *study.metrics[v][t].find("latency_mean");
      const ControlledMean made = controlled_mean(mean.of_replications, busy, *expected, study.confidence);
      report.controls.push_back(
          {run.name(), traffic.name, estimate_of(made.interval, mean.scale), made.reduction, *expected, seen.estimate});
    }
  }
}

}  // namespace towtank
