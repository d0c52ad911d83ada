#include "models/study/report_rows.hpp"

namespace towtank {
namespace {

double squares_about_centre(const QuantileSections& sections) {
  double squares = 0.0;
  for (const double quantile : sections.each) squares += (quantile - sections.centre) * (quantile - sections.centre);
  return squares;
}

/// Where counting has as many requests as it needs, and something varies.
std::optional<double> reduction_of(const QuantileSections& counted, const QuantileSections& conditional) {
  constexpr double kNegligible = 1e-6;  // of the percentile: no more than rounding
  const double least = kNegligible * conditional.centre, left = squares_about_centre(conditional);
  if (!counted.support.is_enough() || left <= least * least * static_cast<double>(conditional.each.size()))
    return std::nullopt;
  return squares_about_centre(counted) / left;
}

}  // namespace

void add_rare_rows(const MeasuredStudy& study, report::Report& report) {
  for (std::size_t v = 0; v < study.runs.size(); ++v) {
    const VariantRun& run = study.runs[v];
    if (!run.is_measured() || !run.is_steady()) continue;
    for (std::size_t t = 0; t < study.metrics[v].size(); ++t) {
      const TrafficMetrics& metrics = study.metrics[v][t];
      if (!metrics.ok_given_rest || metrics.ok_quantiles->pooled().count() == 0) continue;
      for (const double percentile : {99.9, 99.99}) {
        const QuantileSections sections = metrics.sections(percentile / 100.0);
        const QuantileEstimate estimate = quantile_estimate(sections, study.confidence);
        report.rare.push_back({run.name(), run.cluster().traffic[t].name, percentile, estimate_of(estimate.ns, 1e-6),
                               estimate.support.effective,
                               reduction_of(metrics.ok_quantiles->sections(percentile / 100.0), sections)});
      }
    }
  }
}

}  // namespace towtank
