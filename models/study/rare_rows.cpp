#include "models/study/report_rows.hpp"

namespace towtank {
namespace {

double squares_about_centre(const QuantileSections& sections) {
  double squares = 0.0;
  for (const double quantile : sections.each) squares += (quantile - sections.centre) * (quantile - sections.centre);
  return squares;
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
        const QuantileSections given_rest = metrics.ok_given_rest->sections(percentile / 100.0);
        const QuantileEstimate estimate = quantile_estimate(given_rest, study.confidence);
        report.rare.push_back({run.name(), run.cluster().traffic[t].name, percentile, estimate_of(estimate.ns, 1e-6),
                               estimate.support.effective,
                               squares_about_centre(metrics.ok_quantiles->sections(percentile / 100.0)) /
                                   squares_about_centre(given_rest)});
      }
    }
  }
}

}  // namespace towtank
