#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/study/variant_run.hpp"
#include "sim/stats/comparison.hpp"
#include "sim/stats/conditional_quantiles.hpp"
#include "sim/stats/sectioning.hpp"
#include "sim/stats/student_t.hpp"

namespace towtank {

/// One metric of one traffic of one variant: its estimate, and what is needed to compare it with the baseline's.
struct Metric {
  std::string name, unit;
  Interval interval;
  double scale = 1.0;                      ///< from the interval's own unit to `unit`
  std::uint64_t samples = 0;
  std::vector<double> of_replications;     ///< for paired differences of means and rates
  std::optional<double> percentile;        ///< 0..1 of a latency percentile: compared by sectioning
  Preference preference = Preference::lower;
};

struct MetricName {
  std::string_view name, unit;
};

/// What `measure` measures, in the order of summary.csv.
std::span<const MetricName> metric_names();

/// The metrics of one traffic of one variant, in the order of summary.csv.
struct TrafficMetrics {
  std::vector<Metric> metrics;
  std::vector<Histogram> all;                       ///< successes and failures, by replication
  std::optional<SectionedQuantiles> ok_quantiles;   ///< of successes
  std::optional<ConditionalQuantiles> ok_given_rest;  ///< the same, where the last service is of known law and nothing else follows from it

  /// Of successes: a rare percentile by the law of the last service where that is known, the others by counting.
  /// @param p  0 .. 1
  QuantileSections sections(double p) const;
  /// Replications are made long enough for the others.
  static bool is_rare(double p) { return p >= 0.999 && p < 1.0; }

  const Metric* find(const std::string& name) const;
};

/// @param traffic  index into the variant's traffic   @param confidence  0..1
TrafficMetrics measure(const VariantRun& run, std::size_t traffic, double confidence);

/// Difference of a percentile of two traffics: by counting on both sides unless both know their last service.
/// @param p  0 .. 1
PairedDifference percentile_difference(const TrafficMetrics& candidate, const TrafficMetrics& baseline, double p, double confidence);

/// US dollars for a gigabyte that crosses zones, there and back, by the cloud's price list. @source models/SOURCES.md 7.7
double dollars_per_cross_zone_gigabyte(scenario::NetworkPreset preset);

}  // namespace towtank
