#pragma once

#include <cstdint>
#include <span>

#include "sim/stats/student_t.hpp"

namespace towtank {

/// A ratio of two totals over replications (bytes a request, visits a request): sum of numerators over sum of
/// denominators, with the interval of the delta method, R - 1 degrees of freedom. Where the numerator counts some of
/// what the denominator counts, `share_interval` is the better one. Unresolved with fewer than two replications; NaN
/// when the denominators' sum is not positive.
/// @param numerators, denominators  one of each replication, equally many, finite   @param confidence  in (0, 1)
/// @source Cochran, Sampling Techniques (1977), 6.3 and 6.4.
Interval ratio_interval(std::span<const double> numerators, std::span<const double> denominators, double confidence);

/// A share of counted things (failed of offered requests), within 0 .. 1: the pooled share with Wilson's interval,
/// which stays honest for rare ones: 0 of n gives [0, something]. Dependence enters by the variance between
/// replications over the binomial one, which multiplies 1/n; t with R - 1 degrees of freedom stands for z. Below 100
/// hits, or 100 misses, that factor is not taken below 1, for so few cannot tell. Of 0 hits nobody knows the
/// dependence: it is taken as none. Unresolved with fewer than two replications; NaN when there are no trials.
/// @param hits, trials  one of each replication, equally many, hits <= trials   @param confidence  in (0, 1)
/// @source Wilson, JASA 22 (1927); for dependent counts Kott and Liu, International Statistical Review 77(2), 2009.
Interval share_interval(std::span<const std::uint64_t> hits, std::span<const std::uint64_t> trials, double confidence);

}  // namespace towtank
