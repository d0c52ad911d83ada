#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// Percentiles that people ask for.
inline constexpr double kUsualPercentiles[] = {50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99};

/// A distribution of latency that was measured somewhere else, in milliseconds.
struct ObservedLatencies {
  report::Estimate mean_ms;
  std::vector<std::pair<double, report::Estimate>> percentiles;  ///< percentile 0..100, ascending
  std::uint64_t requests = 0;                                    ///< 0 = the file does not say
  std::uint64_t failures = 0;  ///< left out, as the latencies of a prediction are those of successes
  bool tells_failures = false;
  bool has_intervals = false;  ///< then a percentile without one has too few requests
  std::string form;            ///< how the file was understood, for the reader
};

/// Reads what load generators write:
/// - HdrHistogram's percentile print (`.hgrm`; wrk2, Gatling, cassandra-stress): percentiles as they stand there;
/// - a CSV of percentiles: a column `percentile` (0..100) or `quantile` (0..1) and a column of latencies;
/// - a CSV of requests: a column of latencies, a line each. JMeter's `elapsed` and k6's `metric_value` of
///   `http_req_duration` are in milliseconds; `success`, `expected_response` and `outcome` tell failures, which are
///   left out;
/// - one number a line.
/// A column of latencies is `latency_ns`, `latency_us`, `latency_ms` or `latency_s`, or `latency` in `unit_ms`.
/// Of requests in the order of the file intervals come by sectioning: 20 stretches of equal length stand for
/// replications, so requests that depend on their neighbours do not make it too narrow.
/// @param unit_ms     milliseconds of one unit of values whose unit the file does not say
/// @param confidence  in (0, 1)
/// @error a text of another form, a percentile that is given twice, a value that is no number, is negative or is too
/// large: with the line
Result<ObservedLatencies> read_observed(const std::string& text, const std::string& name, double unit_ms,
                                        double confidence);

}  // namespace towtank::tool
