#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"
#include "tools/towtank/observed/observed_latencies.hpp"

namespace towtank::tool {

/// What a result folder predicts for the latencies of successful requests.
struct Prediction {
  struct Effect {
    std::string variant, metric;     ///< metric: mean or p99
    report::Estimate difference_ms;  ///< against the variant that was measured
    double of_ms = 0.0;              ///< what that variant has
  };

  std::string variant, traffic;
  report::Estimate mean_ms, error_rate;
  std::vector<report::LatencyRow> latency;  ///< of that variant and traffic
  std::vector<Effect> effects;              ///< of the other variants, as far as they were compared with it
};

/// Reads latency.csv and summary.csv of a result folder.
/// @param variant, traffic  empty = the first
/// @error a file that is missing or has the wrong shape; a name that the folder does not have, with those it has
Result<Prediction> read_prediction(const std::string& results, const std::string& variant, const std::string& traffic);

/// A prediction held against a measurement.
struct Verification {
  struct Row {
    std::string metric;  ///< mean, p50, p99.9
    report::Estimate predicted_ms, observed_ms;
    double error = 0.0;     ///< predicted / observed - 1
    bool is_noise = false;  ///< no larger than the two intervals together
    bool is_solid = false;  ///< neither side has too few requests for it
    double bound = 0.0;     ///< how far off it may be, noise of both sides included, as a share of what was observed
  };
  /// What changes between variants, and whether it is larger than what the prediction has wrong.
  struct WhatIf {
    std::string variant, metric;
    double effect = 0.0, low = 0.0, high = 0.0;  ///< relative to the measured variant
    double error = 0.0;                          ///< what the prediction may have wrong at that metric, noise included
    enum class Verdict : std::uint8_t { believe, doubt, no_difference } verdict = Verdict::doubt;
  };

  std::vector<Row> rows;
  std::vector<WhatIf> what_ifs;
  double worst = 0.0;  ///< greatest bound of the solid rows
  std::string worst_metric;
  std::optional<double> observed_error_rate;  ///< where the measurement tells failures from successes
  bool errors_differ = false;                 ///< by a percentage point or more
  std::string conclusion;                     ///< one plain sentence
};

/// An effect deserves belief when its whole interval is further from 0 than the prediction is off at the same metric:
/// then the model would have to be wrong in the difference by more than it is wrong in the figure itself.
/// Of observed percentiles the usual ones are compared, or else all that the prediction has, too.
Verification verify(const Prediction& prediction, const ObservedLatencies& observed);

}  // namespace towtank::tool
