#include "sim/stats/sectioning.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/chi_squared.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <functional>
#include <vector>

#include "sim/stats/skewness.hpp"
#include "tests/sim/stats/pointers.hpp"
#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

constexpr double kMean_ns = 10e6;

/// Fills one replication's histogram.
using Source = std::function<void(test::TestNumbers&, Histogram&)>;

std::int64_t whole_ns(double ns) { return static_cast<std::int64_t>(ns + 0.5); }

/// Exponential values, each counted `cluster` times: dependence with a known tau.
Source clusters(int values, std::uint64_t cluster, double mean_ns = kMean_ns) {
  return [=](test::TestNumbers& numbers, Histogram& histogram) {
    for (int i = 0; i < values; ++i) histogram.add(whole_ns(numbers.exponential(mean_ns)), cluster);
  };
}

/// Sojourn times of an M/M/1 queue at load 1/2, exponential with mean 2 services, after a warm-up.
/// @source Lindley's recursion: Kleinrock, Queueing Systems I (1975), 8.2.
Source queue_at_half_load(int requests) {
  return [=](test::TestNumbers& numbers, Histogram& histogram) {
    double wait_ns = 0.0;
    for (int i = -200; i < requests; ++i) {
      const double service_ns = numbers.exponential(kMean_ns / 2);
      if (i >= 0) histogram.add(whole_ns(wait_ns + service_ns));
      wait_ns = std::max(0.0, wait_ns + service_ns - numbers.exponential(kMean_ns));
    }
  };
}

std::vector<Histogram> replications_of(const Source& source, std::size_t n, test::TestNumbers& numbers) {
  std::vector<Histogram> histograms(n, Histogram{kEndToEndPrecisionBits});
  for (Histogram& histogram : histograms) source(numbers, histogram);
  return histograms;
}

/// What one must not do: the order-statistic interval of independent requests.
Interval naive_interval(const Histogram& pooled, double p) {
  const double spread = normal_quantile(0.975) * std::sqrt(p * (1.0 - p) / static_cast<double>(pooled.count()));
  return {pooled.quantile_ns(p), pooled.quantile_ns(p - spread), pooled.quantile_ns(p + spread), true};
}

struct Coverage {
  int sectioning = 0, naive = 0, unresolved = 0;
};

/// How many of `trials` nominal 95 % intervals cover the quantile of an exponential law of mean `kMean_ns`.
Coverage coverage_of(const Source& source, double p, int trials, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  const double truth = -kMean_ns * std::log1p(-p);
  Coverage coverage;
  for (int trial = 0; trial < trials; ++trial) {
    const auto histograms = replications_of(source, 20, numbers);
    const SectionedQuantiles sections{test::pointers(histograms)};
    const Interval ours = sections.at(p, 0.95).ns;
    const Interval naive = naive_interval(sections.pooled(), p);
    coverage.unresolved += !ours.resolved;
    coverage.sectioning += ours.low <= truth && truth <= ours.high;
    coverage.naive += naive.low <= truth && truth <= naive.high;
  }
  return coverage;
}

}  // namespace

TEST_CASE("sectioning covers the p99 of independent requests as often as it says", "[statistical][slow]") {
  constexpr int kTrials = 300;
  const test::CoverageLimits limits{kTrials, 0.95};
  const Coverage honest = coverage_of(clusters(3000, 1), 0.99, kTrials, 31);
  CHECK(honest.unresolved == 0);
  CHECK(honest.sectioning >= limits.fewest);
  CHECK(honest.sectioning <= limits.most);
  // The twin: requests 4 % slower than believed, about four standard errors.
  CHECK(coverage_of(clusters(3000, 1, 1.04 * kMean_ns), 0.99, kTrials, 32).sectioning < limits.fewest);
}

TEST_CASE("sectioning keeps its word on dependent requests, where the naive interval fails", "[statistical][slow]") {
  constexpr int kTrials = 300;
  const test::CoverageLimits limits{kTrials, 0.95};
  const Coverage clustered = coverage_of(clusters(2000, 50), 0.99, kTrials, 33);
  CHECK(clustered.unresolved == 0);
  CHECK(clustered.sectioning >= limits.fewest);
  CHECK(clustered.sectioning <= limits.most);
  CHECK(clustered.naive < limits.fewest);
  const Coverage queue = coverage_of(queue_at_half_load(3000), 0.9, kTrials, 34);
  CHECK(queue.unresolved == 0);
  CHECK(queue.sectioning >= limits.fewest);
  CHECK(queue.sectioning <= limits.most);
  CHECK(queue.naive < limits.fewest);
}

TEST_CASE("tau finds how many dependent requests tell as much as one", "[statistical]") {
  constexpr std::size_t kReplications = 200;
  test::TestNumbers numbers{35};
  const boost::math::chi_squared law{static_cast<double>(kReplications - 1)};
  const double low = quantile(law, test::kFalseAlarm / 2) / (kReplications - 1);
  const double high = quantile(complement(law, test::kFalseAlarm / 2)) / (kReplications - 1);
  const auto tau_of = [&](std::uint64_t cluster) {
    const auto histograms = replications_of(clusters(1000, cluster), kReplications, numbers);
    return SectionedQuantiles{test::pointers(histograms)}.support(0.5).tau;
  };
  const double eight = tau_of(8);
  CHECK(eight >= 8 * low);
  CHECK(eight <= 8 * high);
  CHECK(tau_of(16) > 8 * high);  // the twin: twice the dependence
  CHECK(tau_of(1) <= high);
}

TEST_CASE("a percentile needs 100 effective requests beyond it, and 5 in every replication", "[unit]") {
  TailSupport support;
  support.effective = 100.0;
  support.effective_smallest = 5.0;
  CHECK(support.is_enough());
  CHECK(support.lack() == 1.0);
  support.effective = 99.0;
  CHECK_FALSE(support.is_enough());
  CHECK(support.lack() == Approx(100.0 / 99.0));
  support.effective = 1000.0;
  support.effective_smallest = 4.9;
  CHECK_FALSE(support.is_enough());
  CHECK(support.lack() == Approx(5.0 / 4.9));
  CHECK(TailSupport{}.lack() == std::numeric_limits<double>::infinity());
}

TEST_CASE("with too few requests in the tail the estimate stands and the interval is empty", "[unit]") {
  test::TestNumbers numbers{36};
  const auto histograms = replications_of(clusters(1000, 1), 20, numbers);
  const SectionedQuantiles sections{test::pointers(histograms)};
  CHECK(sections.at(0.5, 0.95).ns.resolved);
  CHECK(sections.at(0.01, 0.95).support.requests == Approx(200.0));
  const QuantileEstimate far = sections.at(0.999, 0.95);  // 20 requests in all
  CHECK_FALSE(far.ns.resolved);
  CHECK(far.ns.estimate == sections.pooled().quantile_ns(0.999));
  CHECK(std::isnan(far.ns.low));
  CHECK(std::isnan(far.ns.high));
}

TEST_CASE("many requests that all depend on each other do not resolve a tail", "[unit]") {
  test::TestNumbers numbers{37};
  const auto histograms =
      replications_of(clusters(20, 1000), 20, numbers);  // 200 beyond p99 a replication, of one cluster
  const QuantileEstimate estimate = quantile_estimate(test::pointers(histograms), 0.99, 0.95);
  CHECK(estimate.support.requests == Approx(4000.0));
  CHECK_FALSE(estimate.ns.resolved);
}

TEST_CASE("one replication, an empty one or none at all leave a percentile unresolved", "[unit]") {
  test::TestNumbers numbers{38};
  auto histograms = replications_of(clusters(5000, 1), 4, numbers);
  CHECK(quantile_estimate(test::pointers(histograms), 0.5, 0.95).ns.resolved);
  histograms.emplace_back(kEndToEndPrecisionBits);
  const QuantileEstimate with_gap = quantile_estimate(test::pointers(histograms), 0.5, 0.95);
  CHECK_FALSE(with_gap.ns.resolved);
  CHECK(std::isfinite(with_gap.ns.estimate));
  const Histogram* first = histograms.data();
  CHECK_FALSE(quantile_estimate({&first, 1}, 0.5, 0.95).ns.resolved);
  CHECK(std::isnan(quantile_estimate({}, 0.5, 0.95).ns.estimate));
  const Histogram empty{kEndToEndPrecisionBits};
  const std::vector<const Histogram*> all_empty = {&empty, &empty};
  CHECK(std::isnan(quantile_estimate(all_empty, 0.5, 0.95).ns.estimate));
}

TEST_CASE("a constant latency is known exactly", "[unit]") {
  std::vector<Histogram> histograms(20, Histogram{kEndToEndPrecisionBits});
  for (Histogram& histogram : histograms) histogram.add(3'141'592, 1000);
  const QuantileEstimate estimate = quantile_estimate(test::pointers(histograms), 0.99, 0.95);
  CHECK(estimate.ns.resolved);
  CHECK(estimate.ns.estimate == 3'141'592.0);
  CHECK(estimate.ns.low == estimate.ns.high);
  CHECK(estimate.support.tau == 1.0);
}

TEST_CASE("the spread of sectioning is about the pooled quantile, and its interval reaches to where it is skewed", "[unit]") {
  // Ladders of 1000 steps of 1 ns from 1000; the last one 8 higher and with two requests a step.
  std::vector<Histogram> histograms(4, Histogram{kEndToEndPrecisionBits});
  for (std::size_t r = 0; r < 4; ++r)
    for (std::int64_t i = 0; i < 1000; ++i) histograms[r].add(1000 + i + (r == 3 ? 8 : 0), r == 3 ? 2 : 1);
  const SectionedQuantiles sections{test::pointers(histograms)};
  CHECK(sections.of_each_replication(0.5) == std::vector<double>{1499, 1499, 1499, 1507});
  const Interval median = sections.at(0.5, 0.95).ns;
  REQUIRE(median.resolved);
  CHECK(median.estimate == 1503.0);  // not 1501, the mean of the four
  const std::array<double, 4> each{1499, 1499, 1499, 1507};
  const Interval expected = skewed_interval(1503.0, std::sqrt(4 * 16.0 / 3 / 4), skewness_of(each), 4, 0.95);
  CHECK(median.low == Approx(expected.low).epsilon(1e-12));
  CHECK(median.high == Approx(expected.high).epsilon(1e-12));
  CHECK(median.high - 1503.0 > 2.0 * (1503.0 - median.low));
}

TEST_CASE("intervals of latency do not go below 0", "[unit]") {
  std::vector<Histogram> histograms(3, Histogram{kEndToEndPrecisionBits});
  test::TestNumbers numbers{39};
  for (Histogram& histogram : histograms)
    for (int i = 0; i < 2000; ++i) histogram.add(numbers.next() % 2 == 0 ? 1 : whole_ns(numbers.exponential(1e9)));
  const QuantileEstimate median = quantile_estimate(test::pointers(histograms), 0.501, 0.999999);
  REQUIRE(median.ns.resolved);
  CHECK(median.ns.low == 0.0);
}

}  // namespace towtank
