#include "sim/random/special.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <catch2/catch.hpp>
#include <cmath>

namespace towtank {
namespace {

TEST_CASE("log gamma agrees with libm", "[unit]") {
  for (double x = 1e-3; x < 2e4; x *= 1.013) {
    const double truth = std::lgamma(x);
    CHECK(std::fabs(special::log_gamma(x) - truth) <= 2e-14 * std::max(1.0, std::fabs(truth)));
  }
}

TEST_CASE("the incomplete gamma functions agree with Boost in both tails", "[unit]") {
  for (const double a : {0.01, 0.25, 0.5, 1.0, 3.0, 40.0, 1000.0, 10000.0})
    for (double factor = 0.001; factor < 30.0; factor *= 1.3) {
      const double x = a * factor;
      const double below = boost::math::gamma_p(a, x);
      const double above = boost::math::gamma_q(a, x);
      if (below < 1e-200 || above < 1e-200) continue;
      const Mass mass = special::regularized_gamma(a, x);
      const double tolerance = 1e-12 * (1.0 + a / 10.0);
      CHECK(mass.at_most == Approx(below).epsilon(tolerance));
      CHECK(mass.above == Approx(above).epsilon(tolerance));
    }
  CHECK(special::regularized_gamma(2.0, 0.0).at_most == 0.0);
  CHECK(special::regularized_gamma(2.0, 0.0).above == 1.0);
}

TEST_CASE("the normal law agrees with erfc in both tails", "[unit]") {
  for (double z = -30.0; z <= 30.0; z += 0.37) {
    const Mass mass = special::standard_normal(z);
    CHECK(mass.at_most == Approx(0.5 * std::erfc(-z / std::sqrt(2.0))).epsilon(1e-12));
    CHECK(mass.above == Approx(0.5 * std::erfc(z / std::sqrt(2.0))).epsilon(1e-12));
  }
}

TEST_CASE("what is nearly 0 keeps its digits", "[unit]") {
  for (double x = 1e-18; x < 30.0; x *= 1.1) {
    CHECK(special::one_minus_exp(x) == Approx(-std::expm1(-x)).epsilon(1e-13));
    CHECK(special::log_one_plus(x) == Approx(std::log1p(x)).epsilon(1e-13));
  }
}

}  // namespace
}  // namespace towtank
