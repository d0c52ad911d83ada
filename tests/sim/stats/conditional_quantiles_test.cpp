#include "sim/stats/conditional_quantiles.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/sim/stats/pointers.hpp"
#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

constexpr double kService_s = 0.010;
constexpr std::size_t kSections = 20;

Distribution service_law(double factor = 1.0) { return Distribution::exponential(factor * kService_s); }

/// Latencies and their rests.
struct Sample {
  std::vector<Histogram> latencies{kSections, Histogram{kEndToEndPrecisionBits}},
      rests{kSections, Histogram{kEndToEndPrecisionBits}};

  /// @param rest_ns  drawn for `cluster` requests at once, each with a service of its own
  Sample(test::TestNumbers& numbers, int requests, const std::function<double()>& rest_ns, int cluster = 1) {
    for (std::size_t section = 0; section < kSections; ++section)
      for (int i = 0; i < requests; ++i) {
        const double rest = rest_ns();
        for (int member = 0; member < cluster; ++member) {
          rests[section].add(static_cast<std::int64_t>(rest));
          latencies[section].add(static_cast<std::int64_t>(rest + numbers.exponential(1e9 * kService_s)));
        }
      }
  }

  QuantileSections counted(double p) const { return SectionedQuantiles{test::pointers(latencies)}.sections(p); }
  QuantileSections conditional(double p, const Distribution& law = service_law()) const {
    return ConditionalQuantiles{test::pointers(rests), law}.sections(p);
  }
};

/// Of two exponential parts, the rest `shorter` times as short as the service on average, > 1: by bisection of the
/// tail.
double quantile_of_sum_ns(double p, double shorter) {
  const auto above = [shorter](double t) {
    return (shorter * std::exp(-t) - std::exp(-shorter * t)) / (shorter - 1.0);
  };
  double low = 0.0, high = 100.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (above(middle) > 1.0 - p ? low : high) = middle;
  }
  return low * 1e9 * kService_s;
}

double squares_about_centre_of(const QuantileSections& sections) {
  double squares = 0.0;
  for (const double quantile : sections.each) squares += (quantile - sections.centre) * (quantile - sections.centre);
  return squares;
}

}  // namespace

TEST_CASE("of a constant rest, the percentile is that of the service and exact", "[unit]") {
  test::TestNumbers numbers{1};
  const Sample sample{numbers, 10, [] { return 5e6; }};
  for (const double p : {0.9, 0.999, 0.9999}) {
    INFO(p);
    const QuantileSections sections = sample.conditional(p);
    const double exact = 5e6 - 1e9 * kService_s * std::log1p(-p);
    CHECK(sections.centre == Approx(exact).epsilon(1e-4));
    for (const double each : sections.each) CHECK(each == Approx(sections.centre).epsilon(1e-9));
    CHECK(sections.support.tau == 1.0);
    CHECK(sections.support.requests == Approx(10.0 * kSections));
    CHECK(quantile_estimate(sections, 0.95).ns.resolved);
    CHECK_FALSE(quantile_estimate(sample.counted(p), 0.95).ns.resolved);
  }
}

TEST_CASE("rests by hand", "[unit]") {
  // Three of four have a rest of 0, one of 20 ms: P(T > t) = 3/4 exp(-t/10) + 1/4 exp(-(t - 20)/10) from 20 ms on.
  std::vector<Histogram> rests(2, Histogram{kEndToEndPrecisionBits});
  for (Histogram& histogram : rests) {
    histogram.add(0, 3);
    histogram.add(20'000'000);
  }
  const double p = 0.999, weight = 0.75 + 0.25 * std::exp(2.0);
  const QuantileSections sections = ConditionalQuantiles{test::pointers(rests), service_law()}.sections(p);
  CHECK(sections.centre == Approx(1e7 * std::log(weight / (1.0 - p))).epsilon(1e-4));
  // Kish: chances of e^-t/10 (three times) and e^2 of that.
  const double chances = 3.0 + std::exp(2.0), squares = 3.0 + std::exp(4.0);
  CHECK(sections.support.requests == Approx(2.0 * chances * chances / squares).epsilon(1e-3));
}

TEST_CASE("a service that is nothing beside the rest leaves the percentile of counting", "[unit]") {
  test::TestNumbers numbers{2};
  const Sample sample{numbers, 20'000, [&] { return numbers.exponential(1e9); }};
  const Distribution law = Distribution::uniform(0.0, 1e-5);
  const QuantileSections ours = sample.conditional(0.999, law),
                         plain = SectionedQuantiles{test::pointers(sample.rests)}.sections(0.999);
  CHECK(ours.centre == Approx(plain.centre).epsilon(2e-3));
  CHECK(ours.support.requests == Approx(plain.support.requests).epsilon(0.01));
  CHECK(ours.support.tau == Approx(plain.support.tau).epsilon(0.1));
}

TEST_CASE("the percentiles of a sum of two parts lie where theory has them, and nearer than by counting",
          "[statistical]") {
  test::TestNumbers numbers{3};
  const Sample sample{numbers, 5'000, [&] { return numbers.exponential(1e9 * kService_s / 3.0); }};
  for (const double p : {0.99, 0.999, 0.9999}) {
    INFO(p);
    const double exact = quantile_of_sum_ns(p, 3.0);
    const QuantileSections ours = sample.conditional(p);
    const Interval interval = quantile_estimate(ours, 1.0 - 1e-7).ns;
    REQUIRE(interval.resolved);
    CHECK(interval.low <= exact);
    CHECK(exact <= interval.high);
    CHECK(squares_about_centre_of(ours) < squares_about_centre_of(sample.counted(p)));
    // The twin: who takes the service for 5 % longer is found out.
    CHECK(quantile_estimate(sample.conditional(p, service_law(1.05)), 1.0 - 1e-7).ns.low > exact);
  }
}

TEST_CASE("requests that share their rest count for less", "[statistical]") {
  test::TestNumbers numbers{4};
  constexpr int kCluster = 50;
  const auto rest = [&] { return numbers.exponential(5e9 * kService_s); };
  const Sample alone{numbers, 5'000, rest}, shared{numbers, 5'000, rest, kCluster};
  const TailSupport one = alone.conditional(0.999).support, many = shared.conditional(0.999).support;
  // A dispersion over 19 degrees of freedom lies within 0.2 to 2.7 times its mean but for 1e-6 (chi-squared).
  CHECK(one.tau < 2.7);
  CHECK(many.tau > 0.2 * kCluster);
  CHECK(many.tau < 2.7 * kCluster);
}

TEST_CASE("intervals given the rest cover the percentile as often as they say", "[statistical][slow]") {
  constexpr int kTrials = 300;
  constexpr double kP = 0.9999;
  const test::CoverageLimits limits{kTrials, 0.95};
  test::TestNumbers numbers{5};
  const double exact = quantile_of_sum_ns(kP, 3.0);
  int resolved = 0, covered = 0, wrong = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Sample sample{numbers, 300, [&] { return numbers.exponential(1e9 * kService_s / 3.0); }};
    const auto covers = [&](const Distribution& law) {
      const Interval interval = quantile_estimate(sample.conditional(kP, law), 0.95).ns;
      return interval.low <= exact && exact <= interval.high;
    };
    resolved += quantile_estimate(sample.conditional(kP), 0.95).ns.resolved ? 1 : 0;
    covered += covers(service_law()) ? 1 : 0;
    wrong += covers(service_law(1.04)) ? 1 : 0;
  }
  CHECK(resolved == kTrials);  // of 6,000 requests none lies beyond, mostly
  CHECK(covered >= limits.fewest);
  CHECK(covered <= limits.most);
  CHECK(wrong < limits.fewest);
}

TEST_CASE("laws are taken that are smooth down to a few in a million", "[unit]") {
  const auto takes = [](const Distribution& law) { return ConditionalQuantiles::can_take(law); };
  CHECK(takes(Distribution::exponential(1e-3)));
  CHECK(takes(Distribution::pareto(1.1, 1e-3)));
  CHECK(takes(Distribution::lognormal_mean_cv(0.02, 1.0)));
  CHECK(takes(Distribution::hyperexponential_mean_cv(0.02, 30.0)));
  CHECK(takes(Distribution::uniform(0.010, 0.020)));
  CHECK_FALSE(takes(Distribution::constant(1.0)));
  CHECK_FALSE(takes(Distribution::gamma(0.01, 10.0)));  // a third of it within the first nanosecond
  CHECK_FALSE(takes(Distribution::empirical({0.001, 0.1, 0.1})));
  const Distribution smooth = Distribution::exponential(0.01), miss = Distribution::constant(1.0);
  CHECK_FALSE(takes(Distribution::mixture({{0.99, smooth}, {0.01, miss}})));
  CHECK_FALSE(takes(Distribution::mixture({{0.9999, smooth}, {0.0001, miss}})));
  CHECK(takes(Distribution::mixture({{0.99, smooth}, {0.01, Distribution::exponential(1.0)}})));
}

TEST_CASE("rests far apart, and a service that is short beside them", "[unit]") {
  // 9,990 rests of 3 s, ten of 9 s: p99.95 lies among the long ones, by half of them.
  std::vector<Histogram> rests(2, Histogram{kEndToEndPrecisionBits});
  for (Histogram& histogram : rests) {
    histogram.add(3'000'000'000, 9'990);
    histogram.add(9'000'000'000, 10);
  }
  const Distribution law = Distribution::uniform(1e-5, 2e-5);
  const QuantileSections sections = ConditionalQuantiles{test::pointers(rests), law}.sections(0.9995);
  CHECK(sections.centre == Approx(9e9).epsilon(1.0 / 2048));
}

TEST_CASE("a conditional support is no more than four times that of counting", "[unit]") {
  const TailSupport counted{30.0, 2.0, 15.0, 0.5};
  const TailSupport many = limited({5'000.0, 1.0, 5'000.0, 250.0}, counted),
                    few = limited({50.0, 1.0, 50.0, 1.5}, counted);
  CHECK(many.effective == 60.0);
  CHECK(many.effective_smallest == 2.0);
  CHECK(few.effective == 50.0);
  CHECK(few.effective_smallest == 1.5);
}

TEST_CASE("without requests there is no percentile", "[unit]") {
  const std::vector<Histogram> none(2, Histogram{kEndToEndPrecisionBits});
  const QuantileSections sections = ConditionalQuantiles{test::pointers(none), service_law()}.sections(0.999);
  CHECK(std::isnan(sections.centre));
  CHECK_FALSE(quantile_estimate(sections, 0.95).ns.resolved);
}

TEST_CASE("a heavy tail beyond the table is the law's own", "[unit]") {
  test::TestNumbers numbers{6};
  const Sample sample{numbers, 10, [] { return 0.0; }};
  const Distribution law = Distribution::pareto(1.1, 1e-3);
  for (const double p : {0.99, 0.9999, 0.999999}) {
    INFO(p);
    CHECK(sample.conditional(p, law).centre == Approx(1e9 * law.quantile(p)).epsilon(1e-3));
  }
}

}  // namespace towtank
