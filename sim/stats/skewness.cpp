#include "sim/stats/skewness.hpp"

#include <cmath>
#include <cstddef>

#include "sim/random/elementary.hpp"

namespace towtank {
namespace {

/// Below it the correction is lost in the rounding of its cube root.
constexpr double kLeastTilt = 1e-6;

double tilt_of(double skewness, double n) { return skewness / (6.0 * std::sqrt(n)); }

double cube_root(double x) {
  if (x == 0.0) return 0.0;
  const double root = elementary::power(std::abs(x), 1.0 / 3.0);
  return x < 0.0 ? -root : root;
}

/// The t that `unskewed_t` moves to `unskewed`.
double skewed_t(double unskewed, double tilt) {
  if (std::abs(tilt) < kLeastTilt) return unskewed;
  return (cube_root(1.0 + 6.0 * tilt * (unskewed - tilt)) - 1.0) / (2.0 * tilt);
}

}  // namespace

double skewness_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 3) return 0.0;
  const double mean = mean_of(values);
  double squares = 0.0, cubes = 0.0;
  for (const double value : values) {
    const double off = value - mean;
    squares += off * off;
    cubes += off * off * off;
  }
  if (!(squares > 0.0)) return 0.0;
  const double deviation = std::sqrt(squares / n);
  return cubes / n / (deviation * deviation * deviation) * std::sqrt(n * (n - 1.0)) / (n - 2.0);
}

double unskewed_t(double t, double skewness, double n) {
  const double tilt = tilt_of(skewness, n);
  return t + tilt + 2.0 * tilt * t * t + 4.0 / 3.0 * tilt * tilt * t * t * t;
}

Interval skewed_interval(double estimate, double error, double skewness, std::size_t replications, double confidence) {
  const double t = two_sided_t(replications, confidence);
  const double tilt = tilt_of(skewness, static_cast<double>(replications));
  return {estimate, estimate - error * skewed_t(t, tilt), estimate - error * skewed_t(-t, tilt), true};
}

}  // namespace towtank
