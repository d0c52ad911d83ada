#pragma once

#include "sim/random/elementary.hpp"

/// Inverse distribution functions, seconds: one template for single values and for registers full of them.
namespace towtank::quantile_formulas {

template <class Real>
inline Real exponential(Real u, double mean_s) {
  return -mean_s * elementary::detail::log_of(1.0 - u);
}

template <class Real>
inline Real weibull(Real u, double shape, double scale_s) {
  const Real standard = exponential(u, 1.0);
  // A u below 2^-53, which no draw gives, would lead to the logarithm of 0.
  const Real positive = standard < 0x1p-53 ? Real{} + 0x1p-53 : standard;
  return scale_s * elementary::detail::exp_of(1.0 / shape * elementary::detail::log_of(positive));
}

/// @param cut_share  (min / max)^alpha: what the cut takes away
template <class Real>
inline Real pareto(Real u, double alpha, double min_s, double cut_share) {
  const Real survival = (1.0 - u) + u * cut_share;
  return min_s * elementary::detail::exp_of(-1.0 / alpha * elementary::detail::log_of(survival));
}

/// @param z  the standard normal quantile of u
template <class Real>
inline Real lognormal(Real z, double mu, double sigma) {
  return elementary::detail::exp_of(mu + sigma * z);
}

}  // namespace towtank::quantile_formulas
