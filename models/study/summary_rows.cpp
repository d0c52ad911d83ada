#include <cmath>

#include "models/study/report_rows.hpp"

namespace towtank {

namespace {

/// Percentages of latency.csv: every one to 99, then nine steps in each further nine.
std::vector<double> percentiles() {
  std::vector<double> all;
  for (int i = 1; i <= 99; ++i) all.push_back(i);
  for (int i = 1; i <= 9; ++i) all.push_back(99.0 + i / 10.0);
  for (int i = 1; i <= 9; ++i) all.push_back(99.9 + i / 100.0);
  return all;
}

/// A metric of one variant beside the baseline's.
struct MetricPair {
  std::size_t variant, traffic, baseline_traffic, metric;
  PairedDifference difference;
  double adjusted_p = 1.0;
  bool headline = false;  ///< mean and p99 are the questions asked; their family of tests is kept apart from the rest
};

PairedDifference difference_of(const TrafficMetrics& candidate, const TrafficMetrics& baseline, std::size_t metric, double confidence) {
  const Metric& ours = candidate.metrics[metric];
  if (ours.percentile) return percentile_difference(candidate, baseline, *ours.percentile, confidence);
  return paired_mean_difference(ours.of_replications, baseline.metrics[metric].of_replications, confidence);
}

/// The baseline's traffic of the same name, if it has one.
std::optional<std::size_t> baseline_traffic(const MeasuredStudy& study, std::size_t variant, std::size_t traffic) {
  const std::vector<model::Traffic>& all = study.baseline_of(variant).cluster().traffic;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == study.runs[variant].cluster().traffic[traffic].name) return i;
  return std::nullopt;
}

std::vector<MetricPair> compare(const MeasuredStudy& study) {
  std::vector<MetricPair> all;
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    const std::size_t b = study.runs[v].input->baseline;
    if (study.is_baseline(v) || !study.runs[b].is_measured() || !study.runs[v].is_measured()) continue;
    for (std::size_t t = 0; t < study.metrics[v].size(); ++t) {
      const std::optional<std::size_t> same = baseline_traffic(study, v, t);
      if (!same) continue;
      for (std::size_t m = 0; m < study.metrics[v][t].metrics.size(); ++m) {
        const std::string& name = study.metrics[v][t].metrics[m].name;
        all.push_back({v, t, *same, m, difference_of(study.metrics[v][t], study.metrics[b][*same], m, study.confidence), 1.0,
                       name == "latency_mean" || name == "latency_p99"});
      }
    }
  }
  for (const bool headline : {true, false}) {
    std::vector<double> p;
    for (const MetricPair& c : all)
      if (c.headline == headline) p.push_back(c.difference.p_value);
    const std::vector<double> adjusted = holm_adjusted(p);
    std::size_t next = 0;
    for (MetricPair& c : all)
      if (c.headline == headline) c.adjusted_p = adjusted[next++];
  }
  return all;
}

const MetricPair* find(const std::vector<MetricPair>& all, std::size_t variant, std::size_t traffic, std::size_t metric) {
  for (const MetricPair& c : all)
    if (c.variant == variant && c.traffic == traffic && c.metric == metric) return &c;
  return nullptr;
}

std::string verdict_text(const MeasuredStudy& study, const MetricPair* comparison, std::size_t variant, const Metric& metric) {
  if (!study.runs[variant].is_steady()) return study.runs[variant].is_cut ? "unresolved" : "unstable";
  if (study.is_baseline(variant)) return metric.interval.resolved ? "baseline" : "unresolved";
  if (!metric.interval.resolved) return "unresolved";
  if (comparison == nullptr || !study.baseline_of(variant).is_steady()) return "cannot_tell";
  const TrafficMetrics& baseline = study.metrics[study.runs[variant].input->baseline][comparison->baseline_traffic];
  const VerdictRule rule{.preference = metric.preference, .confidence = study.confidence};
  const Verdict verdict = verdict_of(comparison->difference, comparison->adjusted_p, baseline.metrics[comparison->metric].interval.estimate, rule);
  // More arrivals are neither better nor worse: in a closed loop they come of better answers.
  const bool has_direction = verdict == Verdict::better || verdict == Verdict::worse;
  return std::string{name_of(has_direction && metric.name == "offered" ? Verdict::cannot_tell : verdict)};
}

void add_difference_row(const MeasuredStudy& study, const std::vector<MetricPair>& all, std::size_t v, std::size_t t, const std::string& of,
                        report::Report& report) {
  const TrafficMetrics& metrics = study.metrics[v][t];
  std::size_t m = 0;
  while (metrics.metrics[m].name != of) ++m;
  const MetricPair* comparison = find(all, v, t, m);
  report::SummaryRow row;
  row.variant = study.runs[v].name();
  row.traffic = study.runs[v].cluster().traffic[t].name;
  row.metric = of + "_diff";
  row.unit = "ms";
  row.replications = study.runs[v].results.size();
  row.samples = metrics.metrics[m].samples;
  row.verdict = verdict_text(study, comparison, v, metrics.metrics[m]);
  if (study.is_baseline(v))
    row.estimate = {0.0, 0.0, 0.0};
  else if (comparison != nullptr)
    row.estimate = estimate_of(comparison->difference.difference, metrics.metrics[m].scale);
  report.summary.push_back(std::move(row));
}

/// A variant that was not simulated has its rows too, all empty: it is unstable, or the study was interrupted.
void add_empty_rows(const MeasuredStudy& study, std::size_t v, report::Report& report) {
  const auto add = [&](const model::Traffic& traffic, const std::string& metric, std::string_view unit) {
    report.summary.push_back({study.runs[v].name(), traffic.name, metric, std::string{unit}, {}, 0, 0,
                              study.runs[v].is_simulated() ? "unresolved" : "unstable"});
  };
  for (const model::Traffic& traffic : study.runs[v].cluster().traffic) {
    for (const MetricName& metric : metric_names()) add(traffic, std::string{metric.name}, metric.unit);
    for (const char* compared : {"latency_mean_diff", "latency_p99_diff"}) add(traffic, compared, "ms");
  }
}

}  // namespace

/// Nothing steady is said of what has no steady state: the rows stay, their intervals go.
void withdraw_intervals(const MeasuredStudy& study, report::Report& report) {
  for (const VariantRun& run : study.runs) {
    if (run.is_steady()) continue;
    for (report::SummaryRow& row : report.summary)
      if (row.variant == run.name()) row.estimate.low = row.estimate.high = std::nullopt;
    for (report::LatencyRow& row : report.latency)
      if (row.variant == run.name()) row.latency_ms.low = row.latency_ms.high = std::nullopt;
  }
}

report::Estimate estimate_of(const Interval& interval, double scale) {
  report::Estimate estimate;
  if (std::isfinite(interval.estimate)) estimate.value = interval.estimate * scale;
  if (interval.resolved && std::isfinite(interval.low) && std::isfinite(interval.high)) {
    estimate.low = interval.low * scale;
    estimate.high = interval.high * scale;
  }
  return estimate;
}

void add_summary_rows(const MeasuredStudy& study, report::Report& report) {
  const std::vector<MetricPair> comparisons = compare(study);
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    if (!study.runs[v].is_measured()) {
      add_empty_rows(study, v, report);
      continue;
    }
    for (std::size_t t = 0; t < study.metrics[v].size(); ++t) {
      for (std::size_t m = 0; m < study.metrics[v][t].metrics.size(); ++m) {
        const Metric& metric = study.metrics[v][t].metrics[m];
        report.summary.push_back({study.runs[v].name(), study.runs[v].cluster().traffic[t].name, metric.name, metric.unit,
                                  estimate_of(metric.interval, metric.scale), study.runs[v].results.size(), metric.samples,
                                  verdict_text(study, find(comparisons, v, t, m), v, metric)});
        if (metric.name == "latency_mean")
          if (const MetricPair* comparison = find(comparisons, v, t, m); comparison != nullptr && std::isfinite(comparison->difference.correlation))
            report.notes[v].observed_correlation = comparison->difference.correlation;
      }
      add_difference_row(study, comparisons, v, t, "latency_mean", report);
      add_difference_row(study, comparisons, v, t, "latency_p99", report);
    }
  }
}

void add_latency_rows(const MeasuredStudy& study, report::Report& report) {
  for (std::size_t v = 0; v < study.runs.size(); ++v)
    for (std::size_t t = 0; t < study.metrics[v].size(); ++t) {
      for (const double percentile : percentiles()) {
        const Interval interval = quantile_estimate(study.metrics[v][t].sections(percentile / 100.0), study.confidence).ns;
        report.latency.push_back({study.runs[v].name(), study.runs[v].cluster().traffic[t].name, percentile, estimate_of(interval, 1e-6)});
      }
    }
}

}  // namespace towtank
