#include "sim/experiment/stopping.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

struct Outcome {
  int covered = 0, converged = 0;
};

/// Estimates the mean 10 of normal values with a precision, stopping as the rule says, `trials` times.
Outcome sequential(int trials, std::size_t fewest, double precision, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  Outcome outcome;
  for (int trial = 0; trial < trials; ++trial) {
    PrecisionStopping stopping{fewest, 500, precision};
    std::vector<double> values;
    StopDecision decision = StopDecision::go_on;
    Interval interval;
    while (decision == StopDecision::go_on) {
      while (values.size() < stopping.replications()) values.push_back(10.0 + numbers.normal());
      interval = mean_interval(values, 0.95);
      decision = stopping.judge(relative_half_width(interval));
    }
    outcome.converged += decision == StopDecision::converged;
    outcome.covered += interval.low <= 10.0 && 10.0 <= interval.high;
  }
  return outcome;
}

}  // namespace

TEST_CASE("replication counts grow by 1.3, rounded up, to the cap", "[unit]") {
  std::vector<std::size_t> counts = {20};
  while (counts.back() < 200) counts.push_back(next_replication_count(counts.back(), 200));
  CHECK(counts == std::vector<std::size_t>{20, 26, 34, 45, 59, 77, 101, 132, 172, 200});
  CHECK(next_replication_count(1, 200) == 2);
  CHECK(next_replication_count(200, 200) == 200);
}

TEST_CASE("relative half width is 0 when exact and infinite when unknown", "[unit]") {
  CHECK(relative_half_width(Interval::around(-10, 1)) == Approx(0.1));
  CHECK(relative_half_width(Interval::around(0, 0)) == 0.0);
  CHECK(std::isinf(relative_half_width(Interval::around(0, 1))));
  CHECK(std::isinf(relative_half_width(Interval::unresolved(5))));
  CHECK(relative_half_width({10, 0, 11, true}) == 1.0);  // the longer side
  const std::vector<Interval> several = {Interval::around(10, 1), Interval::around(10, 3), Interval::around(10, 2)};
  CHECK(worst_relative_half_width(several) == Approx(0.3));
  CHECK(worst_relative_half_width({}) == 0.0);
}

TEST_CASE("precision must be seen twice in a row", "[unit]") {
  PrecisionStopping stopping{20, 200, 0.05};
  CHECK(stopping.limit() == Approx(0.05 / 1.05));
  CHECK(stopping.judge(0.04) == StopDecision::go_on);
  CHECK(stopping.replications() == 26);
  CHECK(stopping.judge(0.049) == StopDecision::go_on);  // above 0.05 / 1.05: the row is broken
  CHECK(stopping.judge(0.04) == StopDecision::go_on);
  CHECK(stopping.judge(0.04) == StopDecision::converged);
  CHECK(stopping.replications() == 45);
}

TEST_CASE("the cap ends the run without precision", "[unit]") {
  PrecisionStopping stopping{20, 30, 0.05};
  CHECK(stopping.judge(0.2) == StopDecision::go_on);
  CHECK(stopping.judge(0.2) == StopDecision::go_on);
  CHECK(stopping.replications() == 30);
  CHECK(stopping.judge(std::numeric_limits<double>::infinity()) == StopDecision::cap_reached);
}

TEST_CASE("a number of replications that the user fixed is judged once", "[unit]") {
  CHECK(PrecisionStopping(20, 20, 0.05).judge(0.04) == StopDecision::converged);
  CHECK(PrecisionStopping(20, 20, 0.05).judge(0.06) == StopDecision::cap_reached);
  CHECK(PrecisionStopping(1, 1, 0.05).judge(std::numeric_limits<double>::infinity()) == StopDecision::cap_reached);
}

TEST_CASE("stopping at a precision keeps the confidence", "[statistical]") {
  constexpr int kTrials = 3000;
  const Outcome outcome = sequential(kTrials, 20, 0.03, 71);
  CHECK(outcome.converged == kTrials);
  // Stopping by looking may cost half a point of coverage (reference: 0.945 to 0.948 when first looking at 20).
  CHECK(outcome.covered >= test::CoverageLimits(kTrials, 0.945).fewest);
  // The twin: looking from 2 replications on stops at small variances that are luck.
  CHECK(sequential(kTrials, 2, 0.1, 72).covered < test::CoverageLimits(kTrials, 0.945).fewest);
}

}  // namespace towtank
