#pragma once

#include <cstdint>
#include <optional>

#include "models/balancers/balancer.hpp"
#include "sim/core/time.hpp"
#include "sim/experiment/executor.hpp"
#include "sim/stats/student_t.hpp"

namespace towtank {

/// How an algorithm with its defaults is judged: all of it follows from the seed.
struct QualityOptions {
  std::uint32_t endpoints = 64;  ///< >= 2; of the simulation `kMostSimulated` at most
  std::uint32_t seed = 1;
  std::size_t replications = 6;  ///< of the simulation, >= 2

  static constexpr std::uint32_t kMostSimulated = 1'000;
  static constexpr double kUtilization = 0.9, kConfidence = 0.95;
  static constexpr Duration kService = 100ms;        ///< mean of an exponential law
  static constexpr std::uint32_t kCallers = 10'000;  ///< that are asked again when an endpoint has left
  static constexpr std::uint32_t kLeavers = 4;       ///< endpoints that leave, one at a time
};

struct BalancerQuality {
  std::uint32_t endpoints = 0, simulated_endpoints = 0;
  std::uint64_t picks = 0;      ///< over which `max_over_mean` is taken
  double max_over_mean = 0.0;   ///< picks of the endpoint with the most, over the mean
  std::optional<double> moved;  ///< callers who change though their endpoint stays; empty: callers are not kept
  /// Utilization offered to the busiest endpoint, where that is above 1: by the picks where load does not count, and
  /// then nothing is simulated; else by the simulation.
  std::optional<double> overload;
  /// Sojourn; of no meaning under `overload`. Unresolved where the interval is wider than a tenth of the mean to either side.
  Interval mean_s, p99_s;
};

/// Share of `kCallers` (an address, a client and a flow each) who are sent elsewhere when an endpoint leaves that is
/// not theirs, the mean over `kLeavers` of them. @return empty where a caller who comes again is not sent to the same
/// one
std::optional<double> callers_moved(const BalancerInfo& info, const QualityOptions& options);

BalancerQuality balancer_quality(const BalancerInfo& info, const QualityOptions& options, Executor& executor);

}  // namespace towtank
