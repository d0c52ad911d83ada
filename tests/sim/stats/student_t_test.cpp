#include "sim/stats/student_t.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// How many of `trials` intervals of the mean of `n` normal values cover the truth 10.
int covered(int trials, std::size_t n, double shift, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  int count = 0;
  std::vector<double> values(n);
  for (int trial = 0; trial < trials; ++trial) {
    for (double& value : values) value = 10.0 + shift + 3.0 * numbers.normal();
    const Interval interval = mean_interval(values, 0.95);
    count += interval.low <= 10.0 && 10.0 <= interval.high;
  }
  return count;
}

}  // namespace

TEST_CASE("Student's quantiles agree with the closed forms of 1, 2 and 4 degrees of freedom", "[unit]") {
  for (double p : {0.001, 0.025, 0.2, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9995}) {
    const double four_pq = 4.0 * p * (1.0 - p);
    const double sign = p < 0.5 ? -1.0 : 1.0;
    const double q = std::cos(std::acos(std::sqrt(four_pq)) / 3.0) / std::sqrt(four_pq);
    CHECK(student_t_quantile(p, 1) == Approx(std::tan(kPi * (p - 0.5))).epsilon(1e-10));
    CHECK(student_t_quantile(p, 2) == Approx(2.0 * (p - 0.5) * std::sqrt(2.0 / four_pq)).epsilon(1e-10));
    CHECK(student_t_quantile(p, 4) == Approx(sign * 2.0 * std::sqrt(q - 1.0)).epsilon(1e-10));
  }
}

TEST_CASE("Student's quantiles agree with printed tables", "[unit]") {
  CHECK(student_t_quantile(0.975, 9) == Approx(2.2621571627409915).epsilon(1e-10));
  CHECK(student_t_quantile(0.975, 19) == Approx(2.0930240544082634).epsilon(1e-10));
  CHECK(student_t_quantile(0.975, 30) == Approx(2.0422724563012373).epsilon(1e-10));
  CHECK(student_t_quantile(0.975, 99) == Approx(1.9842169515086827).epsilon(1e-10));
  CHECK(student_t_quantile(0.975, 1e9) == Approx(1.959963984540054).epsilon(1e-8));
}

TEST_CASE("the ends of Student's and the normal law are infinite", "[unit]") {
  CHECK(std::isinf(student_t_quantile(1.0, 5)));
  CHECK(student_t_quantile(0.0, 5) < 0.0);
  CHECK(std::isinf(student_t_quantile(0.0, 5)));
  CHECK(std::isinf(normal_quantile(1.0)));
  CHECK(normal_quantile(0.0) < 0.0);
}

TEST_CASE("two-sided chances agree with closed forms and invert the quantile", "[unit]") {
  for (double t : {0.0, 0.3, 1.0, 2.5, 10.0, 1000.0}) {
    CHECK(student_t_two_sided_p(t, 1) == Approx(1.0 - 2.0 * std::atan(t) / kPi).epsilon(1e-9));
    CHECK(student_t_two_sided_p(-t, 2) == Approx(2.0 / (2.0 + t * t + t * std::sqrt(2.0 + t * t))).epsilon(1e-10));
  }
  for (double df : {1.0, 7.0, 19.0, 199.0})
    CHECK(student_t_two_sided_p(student_t_quantile(0.975, df), df) == Approx(0.05).epsilon(1e-10));
  CHECK(student_t_two_sided_p(INFINITY, 3) == 0.0);
}

TEST_CASE("normal quantiles agree with printed tables", "[unit]") {
  CHECK(normal_quantile(0.5) == 0.0);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-14));
  CHECK(normal_quantile(0.01) == Approx(-2.3263478740408408).epsilon(1e-14));
}

TEST_CASE("the interval of a mean is Student's", "[unit]") {
  const std::vector<double> values = {1, 2, 3, 4, 5};  // variance 2.5
  const Interval interval = mean_interval(values, 0.95);
  CHECK(interval.resolved);
  CHECK(interval.estimate == 3.0);
  CHECK(interval.half_width() == Approx(2.7764451051977987 * std::sqrt(0.5)).epsilon(1e-10));
}

TEST_CASE("equal values have an interval of width 0, and of exactly their value", "[unit]") {
  const Interval interval = mean_interval(std::vector<double>(7, 0.1), 0.99);
  CHECK(interval.resolved);
  CHECK(interval.estimate == 0.1);
  CHECK(interval.low == 0.1);
  CHECK(interval.high == 0.1);
}

TEST_CASE("too few values, or one that is not a number, leave the interval unresolved", "[unit]") {
  const Interval none = mean_interval(std::vector<double>{}, 0.95);
  const Interval one = mean_interval(std::vector<double>{4.0}, 0.95);
  const Interval hole = mean_interval(std::vector<double>{4.0, NAN, 5.0}, 0.95);
  const Interval endless = mean_interval(std::vector<double>{4.0, INFINITY}, 0.95);
  CHECK_FALSE(none.resolved);
  CHECK_FALSE(one.resolved);
  CHECK(one.estimate == 4.0);
  CHECK(std::isnan(one.low));
  CHECK_FALSE(hole.resolved);
  CHECK(std::isnan(hole.estimate));
  CHECK_FALSE(endless.resolved);
}

TEST_CASE("intervals of a mean of 5 values cover the truth as often as they say", "[statistical]") {
  constexpr int kTrials = 4000;
  const test::CoverageLimits limits{kTrials, 0.95};
  const int honest = covered(kTrials, 5, 0.0, 21);
  CHECK(honest >= limits.fewest);
  CHECK(honest <= limits.most);
  CHECK(covered(kTrials, 5, 1.0, 22) < limits.fewest);  // the twin: a truth that is off by 0.75 standard errors
}

}  // namespace towtank
