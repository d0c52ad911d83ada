#include "sim/stats/comparison.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/sim/stats/pointers.hpp"
#include "tests/sim/stats/test_numbers.hpp"

#if __has_include(<rapidcheck/catch.h>)
#include <rapidcheck/catch.h>
#define TOWTANK_HAS_RAPIDCHECK 1
#endif

namespace towtank {
namespace {

/// Twenty replications whose load differs, met by a variant that is `factor` times as slow.
std::vector<Histogram> variant(double factor, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  std::vector<Histogram> histograms(20, Histogram{kEndToEndPrecisionBits});
  for (Histogram& histogram : histograms) {
    const double load = 0.9 + 0.2 * numbers.uniform();
    for (int i = 0; i < 3000; ++i) histogram.add(static_cast<std::int64_t>(numbers.exponential(1e7) * load * factor));
  }
  return histograms;
}

/// How many of `trials` comparisons of equal laws (shifted by `shift` of their spread) are called different at 5 %.
int false_alarms(int trials, double shift, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  int alarms = 0;
  std::vector<double> a(20), b(20);
  for (int trial = 0; trial < trials; ++trial) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double common = 5.0 * numbers.normal();
      a[i] = common + numbers.normal() + shift;
      b[i] = common + numbers.normal();
    }
    alarms += paired_mean_difference(a, b, 0.95).p_value < 0.05;
  }
  return alarms;
}

PairedDifference difference_of(double estimate, double half_width) {
  return {Interval::around(estimate, half_width), 0.5, 0.5};
}

}  // namespace

TEST_CASE("a paired difference is Student's on the differences", "[unit]") {
  const std::vector<double> candidate = {11, 13, 15, 17}, baseline = {10, 11, 15, 14};  // 1 2 0 3
  const PairedDifference result = paired_mean_difference(candidate, baseline, 0.95);
  const double error = std::sqrt(5.0 / 3.0 / 4.0);
  CHECK(result.difference.estimate == 1.5);
  CHECK(result.difference.half_width() == Approx(student_t_quantile(0.975, 3) * error).epsilon(1e-12));
  CHECK(result.p_value == Approx(student_t_two_sided_p(1.5 / error, 3)).epsilon(1e-12));
  CHECK(result.correlation == Approx(16.0 / std::sqrt(20.0 * 17.0)).epsilon(1e-12));
}

TEST_CASE("identical variants differ by exactly 0", "[unit]") {
  const std::vector<double> values = {0.1, 0.7, 0.3};
  const PairedDifference means = paired_mean_difference(values, values, 0.95);
  CHECK(means.difference.resolved);
  CHECK(means.difference.estimate == 0.0);
  CHECK(means.difference.low == 0.0);
  CHECK(means.difference.high == 0.0);
  CHECK(means.p_value == 1.0);
  CHECK(means.correlation == Approx(1.0));
  CHECK(verdict_of(means, 1.0, 0.0, {}) == Verdict::same);

  const auto histograms = variant(1.0, 61);
  const SectionedQuantiles one{test::pointers(histograms)}, other{test::pointers(histograms)};
  const PairedDifference tails = paired_quantile_difference(one.sections(0.99), other.sections(0.99), 0.95);
  CHECK(tails.difference.resolved);
  CHECK(tails.difference.low == 0.0);
  CHECK(tails.difference.high == 0.0);
  CHECK(tails.p_value == 1.0);
}

TEST_CASE("a difference without spread is certain, and divides nothing by zero", "[unit]") {
  const PairedDifference result =
      paired_mean_difference(std::vector<double>{3, 4, 5}, std::vector<double>{1, 2, 3}, 0.95);
  CHECK(result.difference.low == 2.0);
  CHECK(result.difference.high == 2.0);
  CHECK(result.p_value == 0.0);
  const PairedDifference flat =
      paired_mean_difference(std::vector<double>{3, 3, 3}, std::vector<double>{1, 2, 4}, 0.95);
  CHECK(std::isnan(flat.correlation));
  CHECK(std::isfinite(flat.p_value));
}

TEST_CASE("one replication, none, or a hole cannot tell a difference", "[unit]") {
  const PairedDifference single = paired_mean_difference(std::vector<double>{3}, std::vector<double>{1}, 0.95);
  CHECK(single.difference.estimate == 2.0);
  CHECK_FALSE(single.difference.resolved);
  CHECK(single.p_value == 1.0);
  CHECK(verdict_of(single, 0.0, 1.0, {}) == Verdict::cannot_tell);
  CHECK_FALSE(paired_mean_difference({}, {}, 0.95).difference.resolved);
  const PairedDifference hole =
      paired_mean_difference(std::vector<double>{3, NAN, 4}, std::vector<double>{1, 2, 3}, 0.95);
  CHECK_FALSE(hole.difference.resolved);
  CHECK(hole.p_value == 1.0);
}

TEST_CASE("common random numbers show a difference of percentiles that separate intervals would hide", "[unit]") {
  const auto fast = variant(1.0, 62), slow = variant(1.02, 62), apart = variant(1.02, 63);
  const SectionedQuantiles baseline{test::pointers(fast)}, paired{test::pointers(slow)},
      unpaired{test::pointers(apart)};
  const PairedDifference common = paired_quantile_difference(paired.sections(0.99), baseline.sections(0.99), 0.95);
  CHECK(common.difference.estimate == Approx(0.02 * baseline.pooled().quantile_ns(0.99)).epsilon(0.1));
  CHECK(common.correlation > 0.99);
  CHECK(common.difference.low > 0.0);
  const PairedDifference independent = paired_quantile_difference(unpaired.sections(0.99), baseline.sections(0.99), 0.95);
  CHECK(independent.difference.half_width() > 3.0 * common.difference.half_width());
}

TEST_CASE("a difference of percentiles is resolved only when both of them are", "[unit]") {
  const auto histograms = variant(1.0, 64);
  const SectionedQuantiles sections{test::pointers(histograms)};
  const PairedDifference far = paired_quantile_difference(sections.sections(0.9999), sections.sections(0.9999), 0.95);
  CHECK_FALSE(far.difference.resolved);
  CHECK(far.p_value == 1.0);
}

TEST_CASE("equal variants are called different as often as the level says", "[statistical]") {
  constexpr int kTrials = 4000;
  const test::CoverageLimits limits{kTrials, 0.05};
  const int alarms = false_alarms(kTrials, 0.0, 65);
  CHECK(alarms >= limits.fewest);
  CHECK(alarms <= limits.most);
  CHECK(false_alarms(kTrials, 0.3, 66) > limits.most);  // the twin
}

TEST_CASE("among ten comparisons with one baseline Holm's procedure errs in a family as rarely as the level says",
          "[statistical][slow]") {
  constexpr int kTrials = 3000;
  constexpr std::size_t kVariants = 10, kReplications = 20;
  const auto families_with_an_error = [&](bool adjusted) {
    test::TestNumbers numbers{67};
    int families = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      std::vector<double> baseline(kReplications);
      for (double& value : baseline) value = numbers.normal();
      std::vector<double> p_values;
      for (std::size_t i = 0; i < kVariants; ++i) {
        std::vector<double> candidate = baseline;  // as common random numbers do: the pairs are correlated
        for (double& value : candidate) value += numbers.normal();
        p_values.push_back(paired_mean_difference(candidate, baseline, 0.95).p_value);
      }
      const std::vector<double> compared = adjusted ? holm_adjusted(p_values) : p_values;
      families += *std::min_element(compared.begin(), compared.end()) <= 0.05 ? 1 : 0;
    }
    return families;
  };
  const test::CoverageLimits limits{kTrials, 0.05};
  CHECK(families_with_an_error(true) <= limits.most);
  CHECK(families_with_an_error(false) > limits.most);  // the twin
}

TEST_CASE("Holm's procedure gives the textbook answers", "[unit]") {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const auto adjusted = holm_adjusted(p);
  CHECK(adjusted[0] == Approx(0.03));
  CHECK(adjusted[1] == Approx(0.06));
  CHECK(adjusted[2] == Approx(0.06));
  CHECK(adjusted[3] == Approx(0.02));
  CHECK(holm_reject(p, 0.05) == std::vector<bool>{true, false, false, true});
}

TEST_CASE("Holm's procedure stops at the first one it keeps", "[unit]") {
  // 0.026 x 2 is too much; 0.04 alone would pass, yet must not.
  CHECK(holm_reject(std::vector<double>{0.001, 0.026, 0.04}, 0.05) == std::vector<bool>{true, false, false});
  CHECK(holm_adjusted(std::vector<double>{0.9, 0.8}) == std::vector<double>{1.0, 1.0});
  CHECK(holm_adjusted({}).empty());
  CHECK(holm_adjusted(std::vector<double>{0.04}) == std::vector<double>{0.04});
}

TEST_CASE("a verdict says better, worse, same or that nobody can tell", "[unit]") {
  const VerdictRule latency{};
  CHECK(verdict_of(difference_of(-5, 1), 0.001, 100, latency) == Verdict::better);
  CHECK(verdict_of(difference_of(+5, 1), 0.001, 100, latency) == Verdict::worse);
  CHECK(verdict_of(difference_of(+0.2, 0.7), 0.4, 100, latency) == Verdict::same);
  CHECK(verdict_of(difference_of(+0.2, 0.9), 0.4, 100, latency) == Verdict::cannot_tell);
  CHECK(verdict_of(difference_of(-5, 1), 0.2, 100, latency) == Verdict::cannot_tell);  // lost to its family
  VerdictRule throughput{};
  throughput.preference = Preference::higher;
  CHECK(verdict_of(difference_of(+5, 1), 0.001, 100, throughput) == Verdict::better);
  CHECK(name_of(Verdict::cannot_tell) == "cannot_tell");
  CHECK(name_of(Verdict::same) == "same");
}

TEST_CASE("a rule that minds no small differences calls them the same, however sure they are", "[unit]") {
  VerdictRule rule{};
  CHECK(verdict_of(difference_of(+0.5, 0.1), 0.001, 100, rule) == Verdict::worse);
  rule.minds_small = false;
  CHECK(verdict_of(difference_of(+0.5, 0.1), 0.001, 100, rule) == Verdict::same);
  CHECK(verdict_of(difference_of(+0.95, 0.1), 0.001, 100, rule) == Verdict::worse);  // it may be more than 1 %
  CHECK(verdict_of(difference_of(+0.5, 0.1), 0.001, 10, rule) == Verdict::worse);
  rule.floor = 1.0;
  CHECK(verdict_of(difference_of(+0.5, 0.1), 0.001, 10, rule) == Verdict::same);
}

TEST_CASE("two intervals alone are compared by Welch's t", "[unit]") {
  // Standard errors 3 and 4: of the difference 5, with 25^2 / (81 / 9 + 256 / 15) degrees of freedom.
  const auto estimated = [](double mean, double error, std::size_t n) {
    return EstimatedMean{Interval::around(mean, two_sided_t(n, 0.95) * error), n, 0.95};
  };
  const PairedDifference difference = independent_difference(estimated(110, 3, 10), estimated(100, 4, 16), 0.95);
  const double df = 625.0 / (81.0 / 9.0 + 256.0 / 15.0);
  CHECK(difference.difference.estimate == 10.0);
  CHECK(difference.difference.half_width() == Approx(5.0 * student_t_quantile(0.975, df)));
  CHECK(difference.p_value == Approx(student_t_two_sided_p(2.0, df)));
  CHECK(std::isnan(difference.correlation));
  const PairedDifference back = independent_difference(estimated(100, 4, 16), estimated(110, 3, 10), 0.95);
  CHECK(back.difference.estimate == -10.0);
  CHECK(back.p_value == difference.p_value);
  CHECK_FALSE(
      independent_difference({Interval::unresolved(3), 20, 0.95}, estimated(1, 1, 20), 0.95).difference.resolved);
  CHECK(independent_difference(estimated(1, 0, 20), estimated(1, 0, 20), 0.95).p_value == 1.0);
}

namespace {

/// How many of `trials` studies of so many replications reach a verdict; differences of mean 1 and spread `spread`.
int told(int trials, std::size_t replications, double spread, double baseline, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  VerdictRule rule{};
  rule.minds_small = false;
  int told = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> a(replications, 0.0), b(replications);
    for (double& value : b) value = 1.0 + spread * numbers.normal();
    const PairedDifference difference = paired_mean_difference(b, a, 0.95);
    told += verdict_of(difference, difference.p_value, baseline, rule) != Verdict::cannot_tell ? 1 : 0;
  }
  return told;
}

/// A difference of mean 1 and of this spread, as seen in 20 replications.
PairedDifference seen(double spread) {
  const double half_width = two_sided_t(20, 0.95) * spread / std::sqrt(20.0);
  return {Interval::around(1.0, half_width), 0.0, student_t_two_sided_p(std::sqrt(20.0) / spread, 19.0)};
}

}  // namespace

TEST_CASE("as many replications as are said to tell, tell nine times in ten", "[statistical]") {
  constexpr int kTrials = 2000;
  const test::CoverageLimits limits{kTrials, kChanceToTell};
  VerdictRule rule{};
  rule.minds_small = false;
  // Of a baseline of 10 nobody minds 0.1: a sure difference is what is waited for. Of 1,000 nobody minds 10: `same` is.
  for (const auto& [spread, baseline] : {std::pair{4.0, 10.0}, std::pair{60.0, 1000.0}}) {
    const auto needed = replications_to_tell(seen(spread), 20, 0.05, baseline, rule);
    REQUIRE(needed);
    const int enough = told(kTrials, *needed, spread, baseline, 71);
    CHECK(enough >= limits.fewest);
    CHECK(enough <= limits.most + kTrials / 20);  // whole replications, and either verdict counts
    CHECK(told(kTrials, *needed / 4, spread, baseline, 72) < limits.fewest);  // the twin
  }
}

TEST_CASE("replications that would tell grow with the square of the spread, and end in hopelessness", "[unit]") {
  const VerdictRule rule{.indifference = 0.001};
  // (1.96 + 1.2816)^2 x 16 = 168, a little more by Student.
  const auto some = replications_to_tell(seen(4), 20, 0.05, 10, rule),
             more = replications_to_tell(seen(8), 20, 0.05, 10, rule);
  REQUIRE(some);
  CHECK(*some >= 168);
  CHECK(*some <= 172);
  REQUIRE(more);
  CHECK(static_cast<double>(*more) / static_cast<double>(*some) == Approx(4.0).epsilon(0.02));
  CHECK(*replications_to_tell(seen(4), 20, 0.01, 10, rule) > *some);  // a harder test, as in a larger family
  CHECK_FALSE(replications_to_tell(seen(40), 20, 0.05, 10, rule));
  CHECK_FALSE(replications_to_tell({Interval::unresolved(1), NAN, 1.0}, 20, 0.05, 10, rule));
  CHECK(*replications_to_tell(seen(0.1), 20, 0.05, 10, rule) == 21);
}

#ifdef TOWTANK_HAS_RAPIDCHECK
TEST_CASE("Holm's adjustment keeps its promises for any family", "[unit]") {
  rc::prop("no p falls, order is kept, and the smallest is Bonferroni's", [] {
    const auto thousandths = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001)));
    std::vector<double> p(thousandths.begin(), thousandths.end());
    for (double& value : p) value /= 1000.0;
    const auto adjusted = holm_adjusted(p);
    std::size_t smallest = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      RC_ASSERT(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
      for (std::size_t j = 0; j < p.size(); ++j) RC_ASSERT(p[i] > p[j] || adjusted[i] <= adjusted[j]);
      if (p[i] < p[smallest]) smallest = i;
    }
    RC_ASSERT(adjusted[smallest] == std::min(1.0, p[smallest] * static_cast<double>(p.size())));
  });
}
#endif

}  // namespace towtank
