#include "tools/towtank/output/ranking.hpp"

#include <algorithm>

#include "tools/towtank/output/numbers.hpp"

namespace towtank::tool {
namespace {

bool more_is_better(const std::string& metric) { return metric == "throughput" || metric == "availability"; }

}  // namespace

std::vector<RankedVariant> ranked(const ReportView& view, const std::string& traffic, const std::string& metric) {
  std::vector<RankedVariant> all;
  for (const std::string& variant : view.report().variants) {
    RankedVariant one{variant, {}, {}, {}};
    if (!view.is_unstable(variant)) one.estimate = view.estimate(variant, traffic, metric);
    const report::SummaryRow* difference = view.row(variant, traffic, metric + "_diff");
    if (difference != nullptr && !view.is_baseline(variant)) {
      one.verdict = difference->verdict;
      one.difference = difference->estimate;
      if (one.verdict == "unstable") one.estimate = {};
    }
    all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(), [&](const RankedVariant& a, const RankedVariant& b) {
    if (!a.estimate.value || !b.estimate.value) return a.estimate.value.has_value() && !b.estimate.value;
    return more_is_better(metric) ? *a.estimate.value > *b.estimate.value : *a.estimate.value < *b.estimate.value;
  });
  return all;
}

std::string ranked_value(const RankedVariant& one, const std::string& metric) {
  if (!one.estimate.value) return "no steady state";
  if (metric.rfind("latency", 0) == 0) return time_with_interval(one.estimate, /*sign=*/false);
  return with_interval(one.estimate, metric == "error_rate" || metric == "availability" || metric == "utilization_max");
}

std::string ranked_against(const RankedVariant& one) {
  if (one.verdict.empty() || !one.estimate.value) return "";
  return (one.verdict == "cannot_tell" ? "cannot tell" : one.verdict) +
         (one.difference.value ? ": " + time_with_interval(one.difference, /*sign=*/true) : "");
}

const std::vector<std::string>& ranking_metrics() {
  static const std::vector<std::string> names{
      "latency_mean",    "latency_p50", "latency_p90",  "latency_p95", "latency_p99",     "latency_p99.9",
      "latency_all_p99", "error_rate",  "availability", "throughput",  "utilization_max", "endpoint_max_over_mean"};
  return names;
}

std::string ranking_metric(const std::string& name) {
  for (const std::string& metric : ranking_metrics())
    if (metric == name || metric == "latency_" + name) return metric;
  return "";
}

}  // namespace towtank::tool
