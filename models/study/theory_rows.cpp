#include <cmath>

#include "models/study/report_rows.hpp"
#include "models/study/theory.hpp"

namespace towtank {
namespace {

/// Waiting and service at the pods that answered, per request that succeeded, ns.
double mean_at_pods_ns(const VariantRun& run, const ReplicationResult& result, std::size_t traffic) {
  WideInteger sum_ns = 0;
  std::uint64_t visits = 0;
  for (std::size_t hop = 0; hop < run.hops.size(); ++hop) {
    if (run.hops[hop].kind != HopKind::pod) continue;
    const HopTotals& totals = result.traffic[traffic].hops[hop];
    sum_ns += totals.wait.sum_ns() + totals.service.sum_ns();
    visits += totals.visits;
  }
  return static_cast<double>(sum_ns) / static_cast<double>(visits);
}

void compare(const report::TheoryRow& row, const std::vector<double>& of_replications, report::Report& report) {
  if (of_replications.size() < 2) return;
  const Interval interval = mean_interval(of_replications, 1.0 - kFalseAlarm);
  if (!interval.resolved || std::abs(*row.exact_ms * 1e6 - interval.estimate) <= interval.half_width() + 1.0) return;
  report.warnings.push_back(
      row.variant + ": the mean of " + row.traffic + " at the pods is further from that of " + row.model +
      " than chance explains: a longer warm-up and duration would do, or theory and simulation disagree");
}

}  // namespace

void add_theory_rows(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (!run.is_measured() || !run.is_steady()) continue;
    for (std::size_t traffic = 0; traffic < run.cluster().traffic.size(); ++traffic) {
      const PodTheory theory = pod_theory(run, traffic);
      report::TheoryRow row{run.name(), run.cluster().traffic[traffic].name, theory.model, {}, {}, theory.failing};
      if (theory.mean_s) row.exact_ms = *theory.mean_s * 1e3;
      std::vector<double> means_ns;
      for (const ReplicationResult& result : run.results) means_ns.push_back(mean_at_pods_ns(run, result, traffic));
      row.simulated_ms = estimate_of(mean_interval(means_ns, study.confidence), 1e-6);
      if (row.exact_ms && theory.is_comparable) compare(row, means_ns, report);
      report.theory.push_back(std::move(row));
    }
  }
}

}  // namespace towtank
