#include "sim/random/elementary.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sim/random/philox.hpp"

namespace towtank {
namespace {

double uniform(std::uint32_t i, std::uint32_t stream) {
  const PhiloxBlock block = philox4x32_10({i, stream, 0, 0}, {7, 7});
  return uniform_from(block.lane[0], block.lane[1]);
}

/// The error in units of the last place of the true value.
double ulps(double found, long double truth) {
  const double size = std::fabs(static_cast<double>(truth));
  const double ulp = std::nextafter(size, INFINITY) - size;
  return static_cast<double>(std::fabs(static_cast<long double>(found) - truth)) / ulp;
}

/// The exact z for a share, by one step of Newton's method of second order in long double from our own value.
long double true_inverse_normal(double share) {
  const long double z = elementary::inverse_normal(share);
  const bool upper = share > 0.5;
  const long double beyond = upper ? 1.0L - share : share;
  const long double side = upper ? -z : z;  // the quantile of `beyond`, below 0
  const long double density = std::exp(-side * side / 2) / std::sqrt(2 * 3.14159265358979323846264338327950288L);
  const long double step = (beyond - 0.5L * std::erfc(-side / std::sqrt(2.0L))) / density;
  const long double refined = side + step * (1 + side * step / 2);
  return upper ? -refined : refined;
}

TEST_CASE("log is within 0.9 ulp of the truth", "[unit]") {
  double worst = 0.0;
  for (std::uint32_t i = 0; i < 200000; ++i) {
    const double u = uniform(i, 0);
    for (const double x : {u, 0.7 + 0.75 * u, std::exp(1400.0 * u - 700.0)})
      worst = std::max(worst, ulps(elementary::log(x), std::log(static_cast<long double>(x))));
  }
  CHECK(worst < 0.9);
  CHECK(elementary::log(1.0) == 0.0);
  CHECK(ulps(elementary::log(2.2250738585072014e-308), std::log(2.2250738585072014e-308L)) < 0.9);
  CHECK(ulps(elementary::log(0x1p-53), std::log(0x1p-53L)) < 0.9);
}

TEST_CASE("exp is within 1.1 ulp of the truth, and cut where doubles end", "[unit]") {
  double worst = 0.0;
  for (std::uint32_t i = 0; i < 200000; ++i) {
    const double u = uniform(i, 1);
    for (const double x : {2.0 * u - 1.0, 40.0 * u - 20.0, 1417.0 * u - 708.0})
      worst = std::max(worst, ulps(elementary::exp(x), std::exp(static_cast<long double>(x))));
  }
  CHECK(worst < 1.1);
  CHECK(elementary::exp(0.0) == 1.0);
  CHECK(elementary::exp(-1e9) == elementary::exp(-708.0));
  CHECK(elementary::exp(1e9) == elementary::exp(709.0));
  CHECK(elementary::exp(-708.0) > 0.0);
  CHECK(std::isfinite(elementary::exp(709.0)));
}

TEST_CASE("the inverse normal is within 1e-15 of the truth from 1e-300 to 1 - 1e-16", "[unit]") {
  double worst = 0.0;
  const auto judge = [&](double u) {
    if (u == 0.5) return;
    const long double truth = true_inverse_normal(u);
    worst = std::max(worst, static_cast<double>(std::fabs((elementary::inverse_normal(u) - truth) / truth)));
  };
  for (double u = 1e-300; u < 0.5; u *= 1.01) judge(u);
  for (double above = 1.2e-16; above < 0.5; above *= 1.001) judge(1.0 - above);
  for (std::uint32_t i = 0; i < 20000; ++i) judge(uniform(i, 2));
  CHECK(worst < 1e-15);
  CHECK(elementary::inverse_normal(0.5) == 0.0);
  CHECK(elementary::inverse_normal(0.975) == Approx(1.959963984540054).epsilon(1e-14));
  CHECK(elementary::inverse_normal(0.99) == Approx(2.3263478740408408).epsilon(1e-14));
}

TEST_CASE("the inverse normal is odd about one half to the last bit", "[unit]") {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const double u = uniform(i, 3);
    CHECK(elementary::inverse_normal(1.0 - u) == -elementary::inverse_normal(u));
  }
}

TEST_CASE("log, exp and the inverse normal never fall from one point of a grid to the next", "[unit]") {
  const auto rises = [](auto of, double from, double to, int points) {
    double last = of(from);
    for (int i = 1; i <= points; ++i) {
      const double value = of(from + (to - from) * i / points);
      if (value < last) return false;
      last = value;
    }
    return true;
  };
  const auto log = [](double x) { return elementary::log(x); };
  const auto exp = [](double x) { return elementary::exp(x); };
  const auto inverse_normal = [](double x) { return elementary::inverse_normal(x); };
  CHECK(rises(log, 1e-9, 1.0, 200000));
  CHECK(rises(log, 0.99, 1.01, 200000));
  CHECK(rises(log, std::sqrt(0.5) - 1e-9, std::sqrt(0.5) + 1e-9, 100000));  // where the exponent changes
  CHECK(rises(exp, -20.0, 20.0, 200000));
  CHECK(rises(exp, 0.34657, 0.34658, 100000));  // where k changes
  CHECK(rises(inverse_normal, 1e-9, 1.0 - 1e-9, 200000));
  CHECK(rises(inverse_normal, 0.0749999, 0.0750001, 100000));  // middle and tail
  CHECK(rises(inverse_normal, 1.38e-11, 1.40e-11, 100000));    // tail and far tail
  CHECK(rises(inverse_normal, 1e-300, 1e-290, 100000));
  CHECK_FALSE(rises([](double x) { return x < 0.5 ? x : x - 0.1; }, 0.0, 1.0, 100));
}

TEST_CASE("the array forms give the bits of the single forms, at every length and in place", "[unit]") {
  for (const std::size_t length : {0u, 1u, 2u, 3u, 63u, 64u, 65u, 127u, 128u, 1001u}) {
    std::vector<double> in, logs(length), exps(length), normals(length);
    for (std::uint32_t i = 0; i < length; ++i) in.push_back(i % 9 == 0 ? uniform(i, 4) * 1e-12 : uniform(i, 4));
    elementary::log(in, logs);
    elementary::exp(logs, exps);
    elementary::inverse_normal(in, normals);
    for (std::size_t i = 0; i < length; ++i) {
      CHECK(logs[i] == elementary::log(in[i]));
      CHECK(exps[i] == elementary::exp(logs[i]));
      CHECK(normals[i] == elementary::inverse_normal(in[i]));
    }
    elementary::inverse_normal(in, in);
    CHECK(in == normals);
  }
}

}  // namespace
}  // namespace towtank
