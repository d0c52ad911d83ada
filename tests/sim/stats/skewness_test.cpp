#include "sim/stats/skewness.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

/// How many intervals of a mean miss it, and on which side.
struct Misses {
  int below = 0, above = 0;  ///< the interval lies below the truth, above it

  void add(const Interval& interval, double truth) {
    below += interval.high < truth;
    above += interval.low > truth;
  }
};

}  // namespace

TEST_CASE("skewness by hand", "[unit]") {
  // Deviations -1, -1, -1, 3: squares 12, cubes 24; 24 / 4 over 3^1.5, times sqrt(4 * 3) / 2.
  CHECK(skewness_of(std::array{1.0, 1.0, 1.0, 5.0}) == Approx(6.0 / std::pow(3.0, 1.5) * std::sqrt(12.0) / 2.0));
  CHECK(skewness_of(std::array{-1.0, -1.0, -1.0, -5.0}) == Approx(-2.0));
  CHECK(skewness_of(std::array{1.0, 2.0, 3.0}) == 0.0);
  CHECK(skewness_of(std::array{7.0, 7.0, 7.0, 7.0}) == 0.0);
  CHECK(skewness_of(std::array{1.0, 9.0}) == 0.0);
  CHECK(skewness_of({}) == 0.0);
}

TEST_CASE("without skewness the interval is Student's, and its ends are where the moved t is Student's quantile", "[unit]") {
  const Interval plain = skewed_interval(10.0, 2.0, 0.0, 20, 0.95);
  CHECK(plain.low == 10.0 - 2.0 * two_sided_t(20, 0.95));
  CHECK(plain.high == 10.0 + 2.0 * two_sided_t(20, 0.95));
  CHECK(skewed_interval(10.0, 0.0, 3.0, 20, 0.95).half_width() == 0.0);
  for (const double skewness : {-4.0, -0.5, 1e-4, 0.5, 2.0, 4.4}) {
    const Interval sides = skewed_interval(0.0, 1.0, skewness, 20, 0.9);
    // The estimate lies -low errors above a truth at low.
    CHECK(unskewed_t(-sides.low, skewness, 20.0) == Approx(two_sided_t(20, 0.9)).epsilon(1e-9));
    CHECK(unskewed_t(-sides.high, skewness, 20.0) == Approx(-two_sided_t(20, 0.9)).epsilon(1e-9));
    CHECK((sides.high > -sides.low) == (skewness > 0.0));
  }
}

TEST_CASE("nearly no skewness changes nearly nothing", "[unit]") {
  const Interval plain = skewed_interval(0.0, 1.0, 0.0, 20, 0.95);
  for (const double skewness : {1e-9, 2.6e-5, 2.8e-5, 1e-4}) {  // to both sides of where the cube root would be lost
    CHECK(skewed_interval(0.0, 1.0, skewness, 20, 0.95).low == Approx(plain.low).margin(skewness));
    CHECK(skewed_interval(0.0, 1.0, skewness, 20, 0.95).high == Approx(plain.high).margin(skewness));
  }
}

TEST_CASE("of skewed values as many intervals lie below the mean as above it, and Student's do not", "[statistical]") {
  // Sums of four exponentials, of skewness 1. Among the misses either side is as likely, up to what of the skewness a sample of
  // 20 hides: half of it, by which Student's ratio of misses, 4 to 1 and more, goes down to less than 2 to 1.
  constexpr int kTrials = 20'000, kValues = 20;
  test::TestNumbers numbers{17};
  Misses ours, students;
  std::vector<double> values(kValues);
  for (int trial = 0; trial < kTrials; ++trial) {
    double squares = 0.0;
    for (double& value : values) value = numbers.exponential(1.0) + numbers.exponential(1.0) + numbers.exponential(1.0) + numbers.exponential(1.0);
    const double mean = mean_of(values);
    for (const double value : values) squares += (value - mean) * (value - mean);
    ours.add(skewed_interval(mean, std::sqrt(squares / (kValues - 1.0) / kValues), skewness_of(values), kValues, 0.95), 4.0);
    students.add(mean_interval(values, 0.95), 4.0);
  }
  // Five deviations of the difference of two counts.
  const auto apart = [](const Misses& misses, double ratio) {
    return misses.below - ratio * misses.above > 5.0 * std::sqrt(misses.below + ratio * ratio * misses.above);
  };
  INFO("ours " << ours.below << " and " << ours.above << ", Student's " << students.below << " and " << students.above);
  CHECK_FALSE(apart(ours, 2.0));
  CHECK(apart(students, 2.0));
  CHECK(ours.below < students.below);
}

}  // namespace towtank
