#include <algorithm>
#include <cmath>

#include "models/study/compare.hpp"

namespace towtank {

namespace {

/// Where no request failed on either side, `same` takes so many that a hundredth of this rate would have shown by
/// default: one failure in 10,000.
constexpr double kFailuresNotSeen = 0.01;

bool is_without_failures(const ComparedMetric& row) {
  return row.metric == "error_rate" && row.a.value == 0.0 && row.b.value == 0.0 && row.difference.difference.resolved;
}

/// It can be neither better nor worse, so it is no test among others. What it may be at most falls as requests grow.
void judge_without_failures(ComparedMetric& row, double indifference) {
  const double limit = indifference * kFailuresNotSeen;
  const Interval& interval = row.difference.difference;
  const double most = std::max(interval.high, -interval.low);
  row.verdict = name_of(most <= limit ? Verdict::same : Verdict::cannot_tell);
  if (most <= limit) return;
  const double needed = std::ceil(static_cast<double>(row.replications) * most / limit);
  if (needed <= static_cast<double>(kMostReplicationsToTell))
    row.replications_to_tell = static_cast<std::size_t>(needed);
}

/// Differences that are tested together.
void judge_family(const std::vector<ComparedMetric*>& family, const StudyComparison& comparison) {
  std::vector<double> p_values;
  for (const ComparedMetric* row : family) p_values.push_back(row->difference.p_value);
  const std::vector<double> adjusted = holm_adjusted(p_values);
  const double level = 1.0 - comparison.confidence;
  const auto open = std::count_if(adjusted.begin(), adjusted.end(), [&](double p) { return p >= level; });
  for (std::size_t i = 0; i < family.size(); ++i) {
    ComparedMetric& row = *family[i];
    VerdictRule rule{.preference = preference_of(row.metric),
                     .confidence = comparison.confidence,
                     .indifference = comparison.indifference,
                     .minds_small = false};
    const double baseline = row.a.value.value_or(0.0);
    rule.floor = indifference_floor(row.metric, comparison.indifference);
    row.adjusted_p = adjusted[i];
    const Verdict verdict = verdict_of(row.difference, row.adjusted_p, baseline, rule);
    row.verdict = row.difference.difference.resolved ? name_of(verdict) : "unresolved";
    if (row.verdict == "cannot_tell")
      row.replications_to_tell =
          replications_to_tell(row.difference, row.replications,
                               level / static_cast<double>(std::max<std::ptrdiff_t>(open, 1)), baseline, rule);
  }
}

bool is_sure(const PairedDifference& difference) {
  const Interval& interval = difference.difference;
  return interval.resolved && interval.estimate == 0.0 && interval.low == interval.high;
}

}  // namespace

bool is_compared(std::string_view metric) { return metric != "availability" && metric != "offered"; }

bool is_primary(const std::string& metric) {
  return metric == "latency_mean" || metric == "latency_p99" || metric == "error_rate";
}

Preference preference_of(const std::string& metric) {
  return metric == "throughput" || metric == "availability" ? Preference::higher : Preference::lower;
}

double indifference_floor(const std::string& metric, double indifference) {
  constexpr double kErrorsNobodyMinds = 0.001;
  return metric == "error_rate" ? indifference * kErrorsNobodyMinds : 0.0;
}

void judge(StudyComparison& comparison) {
  for (const bool primary : {true, false}) {
    std::vector<ComparedMetric*> family;
    for (ComparedVariants& variants : comparison.variants)
      for (ComparedTraffic& traffic : variants.traffics)
        for (ComparedMetric& row : traffic.metrics) {
          if (is_primary(row.metric) != primary) continue;
          if (is_sure(row.difference))
            row.verdict = name_of(Verdict::same);
          else if (is_without_failures(row))
            judge_without_failures(row, comparison.indifference);
          else
            family.push_back(&row);
        }
    judge_family(family, comparison);
  }
}

}  // namespace towtank
