#pragma once

namespace towtank {

/// The share of a law at or below a point, and the share above it: two numbers, for 1 - one loses the other's digits.
struct Mass {
  double at_most;
  double above;
};

/// Special functions in our own arithmetic (no libm, no Boost: results must not differ by machine). Not for the hot
/// path.
namespace special {

/// 1 - exp(-x), without cancellation near 0. @param x >= 0
double one_minus_exp(double x);

/// log(1 + x), without cancellation near 0. @param x >= 0
double log_one_plus(double x);

/// Logarithm of the gamma function; absolute error 1e-15 of max(1, result). @param x 1e-300 .. 1e15
/// @source Stirling's series, Abramowitz and Stegun 6.1.40, after shifting x up to 15.
double log_gamma(double x);

/// Regularised incomplete gamma functions P(a, x) and Q(a, x): the law of a gamma variable of shape a, scale 1.
/// Relative error of both near 1e-13, growing with a to 1e-10 at 1e4. @param a 1e-3 .. 1e5   @param x >= 0
/// @source Abramowitz and Stegun 6.5.29 (series) and 6.5.31 (continued fraction, evaluated by Lentz's method).
Mass regularized_gamma(double a, double x);

/// Standard normal law at z; both shares with a relative error near 1e-13.
Mass standard_normal(double z);

}  // namespace special
}  // namespace towtank
