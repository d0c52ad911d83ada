#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace towtank {

/// An estimate with its confidence interval. Unresolved: the data do not carry an interval; low and high are NaN then.
struct Interval {
  double estimate = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  bool resolved = false;

  static Interval unresolved(double estimate) { return {.estimate = estimate}; }
  static Interval around(double estimate, double half_width) {
    return {estimate, estimate - half_width, estimate + half_width, true};
  }

  double half_width() const { return 0.5 * (high - low); }
};

/// The t below which the share p of Student's law lies, to 12 digits.
/// @param p   0 .. 1 @return -infinity at 0, infinity at 1
/// @param df  degrees of freedom, > 0
double student_t_quantile(double p, double df);

/// Chance that Student's law is at least |t| away from 0, to 12 digits. @param t  may be infinite @param df > 0
double student_t_two_sided_p(double t, double df);

/// The z below which the share p of the standard normal law lies. @param p 0 .. 1 @return -infinity at 0, infinity at 1
double normal_quantile(double p);

/// Arithmetic mean; of equal values exactly their value. @return NaN of none
double mean_of(std::span<const double> values);

/// The t that reaches from an estimate over `sections` independent values to the ends of its two-sided interval.
/// @param sections >= 2   @param confidence  in (0, 1)
double two_sided_t(std::size_t sections, double confidence);

/// Student's interval of the mean over independent replications (df = R - 1). Equal values give an interval of width 0.
/// Unresolved with fewer than two values; when one of them is not finite the estimate is NaN.
/// @param confidence  in (0, 1)
Interval mean_interval(std::span<const double> replication_values, double confidence);

}  // namespace towtank
