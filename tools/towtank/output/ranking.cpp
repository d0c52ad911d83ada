#include "tools/towtank/output/ranking.hpp"

#include <fmt/core.h>

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
    one.is_steady = !view.is_unstable(variant);
    if (const report::SummaryRow* errors = view.row(variant, traffic, "error_rate"); errors != nullptr) one.error_rate = errors->estimate.value.value_or(0.0);
    if (!view.is_unstable(variant)) one.estimate = view.estimate(variant, traffic, metric);
    const report::SummaryRow* difference = view.row(variant, traffic, metric + "_diff");
    if (difference != nullptr && !view.is_baseline(variant)) {
      one.verdict = difference->verdict;
      one.difference = difference->estimate;
      if (one.verdict == "unstable") one.estimate = {}, one.is_steady = false;
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
  if (!one.estimate.value) return one.is_steady ? "no value" : "no steady state";
  // Latencies are of the requests that succeeded.
  if (metric.rfind("latency", 0) == 0)
    return time_with_interval(one.estimate, /*sign=*/false) + (one.estimate.low ? "" : " ?") +
           (one.error_rate > 0.0 ? fmt::format(", errors {} %", significant(100.0 * one.error_rate, 2)) : "");
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
