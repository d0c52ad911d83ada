#include "sim/stats/ratio.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

using Counts = std::vector<std::uint64_t>;

struct CoverageOfShares {
  int wilson = 0, delta = 0;
};

/// Rare failures: 20 replications of 300 requests, each failing with the chance `rate`, `cluster` at a time.
CoverageOfShares coverage_of_shares(double rate, double believed, std::uint64_t cluster, int trials,
                                    std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  CoverageOfShares coverage;
  for (int trial = 0; trial < trials; ++trial) {
    Counts hits(20), offered(20, 300 * cluster);
    for (std::uint64_t& hit : hits)
      for (int request = 0; request < 300; ++request) hit += numbers.uniform() < rate ? cluster : 0;
    const Interval wilson = share_interval(hits, offered, 0.95);
    const std::vector<double> numerators(hits.begin(), hits.end()), denominators(offered.begin(), offered.end());
    const Interval delta = ratio_interval(numerators, denominators, 0.95);
    coverage.wilson += wilson.low <= believed && believed <= wilson.high;
    coverage.delta += delta.low <= believed && believed <= delta.high;
  }
  return coverage;
}

}  // namespace

TEST_CASE("no failure among n requests still leaves room for one", "[unit]") {
  const Interval interval = share_interval(Counts(20, 0), Counts(20, 1000), 0.95);
  CHECK(interval.resolved);
  CHECK(interval.estimate == 0.0);
  CHECK(interval.low == 0.0);
  const double t = student_t_quantile(0.975, 19);
  CHECK(interval.high == Approx(t * t / (20'000 + t * t)).epsilon(1e-12));  // Wilson's end for no hit
}

TEST_CASE("nothing but failures is the mirror of none", "[unit]") {
  const Interval none = share_interval(Counts(5, 0), Counts(5, 100), 0.95);
  const Interval all = share_interval(Counts(5, 100), Counts(5, 100), 0.95);
  CHECK(all.estimate == 1.0);
  CHECK(all.high == 1.0);
  CHECK(all.low == Approx(1.0 - none.high).epsilon(1e-12));
}

TEST_CASE("a few failures that happen to be spread evenly do not make the share exact", "[unit]") {
  const Interval interval = share_interval(Counts(10, 2), Counts(10, 1000), 0.95);
  const double t = student_t_quantile(0.975, 9), n = 10'000, p = 0.002;
  const double centre = (p + t * t / (2 * n)) / (1 + t * t / n);
  const double half = t / (1 + t * t / n) * std::sqrt(p * (1 - p) / n + t * t / (4 * n * n));  // Wilson's, as printed
  CHECK(interval.low == Approx(centre - half).epsilon(1e-12));
  CHECK(interval.high == Approx(centre + half).epsilon(1e-12));
}

TEST_CASE("shares of many counts have the interval of the ratio", "[unit]") {
  const Counts hits = {400, 500, 450, 550, 480}, trials = {1000, 1100, 900, 1050, 1000};
  const std::vector<double> numerators(hits.begin(), hits.end()), denominators(trials.begin(), trials.end());
  const Interval share = share_interval(hits, trials, 0.95);
  const Interval ratio = ratio_interval(numerators, denominators, 0.95);
  CHECK(share.estimate == ratio.estimate);
  CHECK(share.half_width() == Approx(ratio.half_width()).epsilon(0.02));
}

TEST_CASE("a ratio's interval follows the delta method", "[unit]") {
  const std::vector<double> numerators = {1, 3}, denominators = {2, 2};
  const Interval interval = ratio_interval(numerators, denominators, 0.95);  // residuals -1 and 1
  CHECK(interval.estimate == 1.0);
  CHECK(interval.half_width() == Approx(student_t_quantile(0.975, 1) * std::sqrt(2.0 * 2.0) / 4.0).epsilon(1e-12));
}

TEST_CASE("a ratio that is the same in every replication is exact whatever its weights", "[unit]") {
  const Interval interval = ratio_interval(std::vector<double>{1, 2, 4}, std::vector<double>{2, 4, 8}, 0.95);
  CHECK(interval.resolved);
  CHECK(interval.low == 0.5);
  CHECK(interval.high == 0.5);
  const Interval share = share_interval(Counts{1000, 2000}, Counts{2000, 4000}, 0.95);
  CHECK(share.low == 0.5);
  CHECK(share.high == 0.5);
}

TEST_CASE("no trial has no share, and one replication no interval", "[unit]") {
  const Interval nothing = share_interval(Counts(3, 0), Counts(3, 0), 0.95);
  CHECK_FALSE(nothing.resolved);
  CHECK(std::isnan(nothing.estimate));
  const Interval single = share_interval(Counts{1}, Counts{4}, 0.95);
  CHECK_FALSE(single.resolved);
  CHECK(single.estimate == 0.25);
  CHECK(std::isnan(ratio_interval(std::vector<double>{}, std::vector<double>{}, 0.95).estimate));
  CHECK_FALSE(ratio_interval(std::vector<double>{1}, std::vector<double>{2}, 0.95).resolved);
}

TEST_CASE("intervals of rare shares cover at least as often as they say, the plain ratio's do not", "[statistical]") {
  constexpr int kTrials = 2000;
  const test::CoverageLimits limits{kTrials, 0.95};
  const CoverageOfShares rare = coverage_of_shares(0.00025, 0.00025, 1, kTrials, 41);  // 1.5 failures expected
  CHECK(rare.wilson >= limits.fewest);
  CHECK(rare.delta < limits.fewest);  // without a failure, in a trial of five, it is [0, 0]
  const CoverageOfShares dependent = coverage_of_shares(0.05, 0.05, 10, kTrials, 42);
  CHECK(dependent.wilson >= limits.fewest);
  CHECK(dependent.wilson <= limits.most);
  CHECK(coverage_of_shares(0.05, 0.06, 10, kTrials, 43).wilson < limits.fewest);  // the twin
}

}  // namespace towtank
