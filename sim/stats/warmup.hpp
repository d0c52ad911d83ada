#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace towtank {

/// How many observations of a series to delete at its beginning, by MSER-5: of the means of blocks of five, those are
/// kept whose mean has the smallest squared standard error, S^2(d) / (n - d)^2; the last five blocks are always kept,
/// for the error of too few means nothing. An observation that is not finite is a gap (an interval in which nothing was
/// seen): a block is the mean of what it has, an empty one is left out.
/// @return a multiple of 5; 0 for a constant series. Empty: run longer, for the best cut lies beyond the middle, or
/// fewer
///   than 10 blocks have an observation.
/// @source White, Simulation 69(6), 1997; White, Cobb and Spratt, Winter Simulation Conference 2000.
std::optional<std::size_t> mser5(std::span<const double> series);

/// Mean of each position over the replications that have it, as long as the shortest: the same rule sees the transient
/// better through less noise. NaN where no replication has an observation.
std::vector<double> average_of_replications(std::span<const std::vector<double>> replications);

/// One truncation for all: the largest `mser5` of several series of equal intervals (requests in flight, queues,
/// latency). Series without any observation are left out. @return in observations; empty: run longer
std::optional<std::size_t> warmup_of(std::span<const std::vector<double>> averaged_series);

}  // namespace towtank
