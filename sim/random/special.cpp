#include "sim/random/special.hpp"

#include <array>
#include <cstddef>

#include "sim/random/elementary.hpp"

namespace towtank::special {

namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274178;
constexpr double kEpsilon = 1e-16;

/// x^a e^-x / Gamma(a).
double gamma_front_factor(double a, double x) { return elementary::exp(a * elementary::log(x) - x - log_gamma(a)); }

/// P(a, x) for x < a + 1, where the terms of the series fall from the start.
double lower_by_series(double a, double x) {
  double term = 1.0 / a;
  double sum = term;
  for (double n = a + 1.0; term > sum * kEpsilon; n += 1.0) {
    term *= x / n;
    sum += term;
  }
  return gamma_front_factor(a, x) * sum;
}

/// Q(a, x) for x >= a + 1.
double upper_by_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1.0 - a;
  double c = 1.0 / kTiny;
  double d = 1.0 / b;
  double fraction = d;
  for (int i = 1; i < 100000; ++i) {
    const double numerator = -i * (i - a);
    b += 2.0;
    d = numerator * d + b;
    if (d < kTiny && d > -kTiny) d = kTiny;
    c = b + numerator / c;
    if (c < kTiny && c > -kTiny) c = kTiny;
    d = 1.0 / d;
    const double step = c * d;
    fraction *= step;
    if (step - 1.0 < 4 * kEpsilon && step - 1.0 > -4 * kEpsilon) break;
  }
  return gamma_front_factor(a, x) * fraction;
}

}  // namespace

double one_minus_exp(double x) {
  if (x > 0.01) return 1.0 - elementary::exp(-x);
  return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0)))));
}

double log_one_plus(double x) {
  if (x > 0.01) return elementary::log(1.0 + x);
  // 2 artanh(s) with s = x / (2 + x)
  const double s = x / (2.0 + x);
  const double z = s * s;
  return 2.0 * s * (1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z / 7.0)));
}

double log_gamma(double x) {
  static constexpr std::array<double, 7> kStirling{1.0 / 12.0,   -1.0 / 360.0,      1.0 / 1260.0, -1.0 / 1680.0,
                                                   1.0 / 1188.0, -691.0 / 360360.0, 1.0 / 156.0};
  // Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1))
  double shift = 1.0;
  while (x < 15.0) {
    shift *= x;
    x += 1.0;
  }
  const double inverse = 1.0 / x;
  const double series = inverse * elementary::detail::polynomial(inverse * inverse, kStirling);
  return (x - 0.5) * elementary::log(x) - x + kHalfLogTwoPi + series - elementary::log(shift);
}

Mass regularized_gamma(double a, double x) {
  if (!(x > 1e-300)) return {0.0, 1.0};
  if (x < a + 1.0) {
    const double lower = lower_by_series(a, x);
    // Rounding may lift the series an ulp over 1.
    return {lower < 1.0 ? lower : 1.0, lower < 1.0 ? 1.0 - lower : 0.0};
  }
  const double upper = upper_by_fraction(a, x);
  return {1.0 - upper, upper};
}

Mass standard_normal(double z) {
  const Mass square = regularized_gamma(0.5, 0.5 * z * z);
  const double beyond = 0.5 * square.above;
  return z < 0.0 ? Mass{beyond, 1.0 - beyond} : Mass{1.0 - beyond, beyond};
}

}  // namespace towtank::special
