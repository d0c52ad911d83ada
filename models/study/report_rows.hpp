#pragma once

#include <string>
#include <vector>

#include "models/study/metrics.hpp"
#include "models/world/report.hpp"

namespace towtank {

/// Chance that a warning or a refusal rests on nothing.
inline constexpr double kFalseAlarm = 1e-6;

/// All variants of a study after their replications, with the metrics of each traffic: [variant][traffic].
struct MeasuredStudy {
  const std::vector<VariantRun>& runs;
  std::vector<std::vector<TrafficMetrics>> metrics;
  double confidence = 0.95;

  const VariantRun& baseline_of(std::size_t variant) const { return runs[runs[variant].input->baseline]; }
  bool is_baseline(std::size_t variant) const { return runs[variant].input->baseline == variant; }
};

/// An interval in the unit of a report; empty where not resolved.
report::Estimate estimate_of(const Interval& interval, double scale);

// Each writes the rows of one result file.
void add_summary_rows(const MeasuredStudy& study, report::Report& report);
void add_latency_rows(const MeasuredStudy& study, report::Report& report);
void add_endpoint_rows(const MeasuredStudy& study, report::Report& report);
void add_node_rows(const MeasuredStudy& study, report::Report& report);
void add_hop_rows(const MeasuredStudy& study, report::Report& report);
void add_theory_rows(const MeasuredStudy& study, report::Report& report);
void add_control_rows(const MeasuredStudy& study, report::Report& report);
void add_rare_rows(const MeasuredStudy& study, report::Report& report);
void add_outcome_rows(const MeasuredStudy& study, report::Report& report);
void add_timeseries_rows(const MeasuredStudy& study, report::Report& report);
void add_warmup_rows(const MeasuredStudy& study, report::Report& report);
void add_request_rows(const MeasuredStudy& study, report::Report& report);

/// Takes the intervals of latencies and metrics away from variants that have no steady state.
void withdraw_intervals(const MeasuredStudy& study, report::Report& report);

}  // namespace towtank
