#pragma once

#include <span>

#include "sim/stats/student_t.hpp"

namespace towtank {

/// The sample's skewness, corrected for its size (G1): within +-sqrt(n). 0 with fewer than three values, or without spread.
/// @source Joanes and Gill, The Statistician 47(1), 1998.
double skewness_of(std::span<const double> values);

/// Student's t of a mean, moved to where a skewed sample would have it were it not skewed: increasing in t, and t itself at
/// skewness 0. A mean of few values with a long right tail is mostly low, and its standard error then, too.
/// @param skewness  of the values   @param n  how many, >= 1
/// @source Hall, Journal of the Royal Statistical Society B 54(1), 1992, the cubic of section 2.
double unskewed_t(double t, double skewness, double n);

/// The interval of an estimate from replications that may be skewed: where `unskewed_t` lies within Student's quantiles
/// (R - 1 degrees of freedom). It reaches further to the side of the tail.
/// @param error  standard error, >= 0   @param replications  >= 2   @param confidence  in (0, 1)
/// @source Willink, Communications in Statistics: Theory and Methods 34(1), 2005; N-Skart uses it for batch means
///   (Tafazzoli, Steiger and Wilson, IEEE Transactions on Automatic Control 56(2), 2011).
Interval skewed_interval(double estimate, double error, double skewness, std::size_t replications, double confidence);

}  // namespace towtank
