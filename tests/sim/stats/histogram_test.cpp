#include "sim/stats/histogram.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

#if __has_include(<rapidcheck/catch.h>)
#include <rapidcheck/catch.h>
#define TOWTANK_HAS_RAPIDCHECK 1
#endif

namespace towtank {
namespace {

/// Waiting times of a heavy kind: lognormal, mean 20 ms, squared coefficient of variation 16.
std::vector<std::int64_t> lognormal_samples(std::size_t n, std::uint64_t seed) {
  test::TestNumbers numbers{seed};
  const double variance = std::log(17.0);
  std::vector<std::int64_t> samples(n);
  for (std::int64_t& sample : samples)
    sample = static_cast<std::int64_t>(20e6 * std::exp(std::sqrt(variance) * numbers.normal() - variance / 2));
  return samples;
}

Histogram histogram_of(const std::vector<std::int64_t>& samples, int bits = kEndToEndPrecisionBits) {
  Histogram histogram{bits};
  for (std::int64_t sample : samples) histogram.add(sample);
  return histogram;
}

/// The largest relative difference between the histogram's quantiles and the order statistics of the samples.
double worst_quantile_error(const Histogram& histogram, std::vector<std::int64_t> samples) {
  std::sort(samples.begin(), samples.end());
  double worst = 0.0;
  for (double p : {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(samples.size())));
    const auto exact = static_cast<double>(samples[rank - 1]);
    worst = std::max(worst, std::abs(histogram.quantile_ns(p) - exact) / exact);
  }
  return worst;
}

}  // namespace

TEST_CASE("histogram quantiles agree with sorted samples within a bucket's width", "[unit]") {
  const auto samples = lognormal_samples(1'000'000, 9);
  const Histogram fine = histogram_of(samples);
  CHECK(fine.count() == samples.size());
  CHECK(worst_quantile_error(fine, samples) <= std::ldexp(1.0, -kEndToEndPrecisionBits));
  const Histogram coarse = histogram_of(samples, kPerHopPrecisionBits);
  CHECK(worst_quantile_error(coarse, samples) <= std::ldexp(1.0, -kPerHopPrecisionBits));
  // The twin: so coarse a histogram could not pass for the fine one.
  CHECK(worst_quantile_error(coarse, samples) > std::ldexp(1.0, -kEndToEndPrecisionBits));
}

TEST_CASE("quantiles of ten million samples are right to a thousandth up to p99.99", "[slow]") {
  const auto samples = lognormal_samples(10'000'000, 10);
  CHECK(worst_quantile_error(histogram_of(samples), samples) <= 1e-3);
  // The twin: the histogram of a hop is too coarse for that.
  CHECK(worst_quantile_error(histogram_of(samples, kPerHopPrecisionBits), samples) > 1e-3);
}

TEST_CASE("64 parts of a histogram merged in any order equal the whole", "[unit]") {
  const auto samples = lognormal_samples(200'000, 10);
  const Histogram whole = histogram_of(samples);
  std::vector<Histogram> parts(64, Histogram{kEndToEndPrecisionBits});
  for (std::size_t i = 0; i < samples.size(); ++i) parts[i % parts.size()].add(samples[i]);
  Histogram forwards{kEndToEndPrecisionBits}, backwards{kEndToEndPrecisionBits}, in_pairs{kEndToEndPrecisionBits};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    forwards.merge(parts[i]);
    backwards.merge(parts[parts.size() - 1 - i]);
  }
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    Histogram pair = parts[i];
    pair.merge(parts[i + 1]);
    in_pairs.merge(pair);
  }
  CHECK(forwards == whole);
  CHECK(backwards == whole);
  CHECK(in_pairs == whole);
  forwards.add(samples.front());
  CHECK_FALSE(forwards == whole);
}

TEST_CASE("every value lies in a bucket no wider than the precision promises", "[unit]") {
  for (int bits : {1, 5, 10, 16}) {
    std::vector<std::int64_t> values = {0, 1, 2, 3, INT64_MAX, INT64_MAX - 1};
    for (int power = 2; power < 63; ++power)
      for (std::int64_t step : {-1, 0, 1}) values.push_back((std::int64_t{1} << power) + step);
    for (std::int64_t value : values) {
      Histogram histogram{bits};
      histogram.add(value);
      int buckets = 0;
      histogram.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
        ++buckets;
        CHECK(count == 1);
        CHECK((low <= value && value <= high));
        const double width = static_cast<double>(high - low) + 1.0;
        CHECK((low == high || width <= std::ldexp(static_cast<double>(low), -bits)));
      });
      CHECK(buckets == 1);
    }
  }
}

TEST_CASE("neighbouring buckets touch and do not overlap", "[unit]") {
  Histogram histogram{3};
  for (std::int64_t value = 0; value < 5000; ++value) histogram.add(value);
  std::int64_t next = 0;
  std::uint64_t total = 0;
  histogram.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
    CHECK(low == next);
    CHECK(count == static_cast<std::uint64_t>(std::min<std::int64_t>(high, 4999) - low + 1));
    next = high + 1;
    total += count;
  });
  CHECK(total == 5000);
}

TEST_CASE("a quantile is the smallest value with enough at or below it", "[unit]") {
  Histogram histogram{10};
  for (std::int64_t value = 1; value <= 100; ++value) histogram.add(value);  // below 2^11 each has its own bucket
  for (int percent = 1; percent <= 100; ++percent) CHECK(histogram.quantile_ns(percent / 100.0) == percent);
  CHECK(histogram.quantile_ns(0.0) == 1.0);
  CHECK(histogram.quantile_ns(0.005) == 1.0);
  CHECK(histogram.quantile_ns(0.0701) == 8.0);
}

TEST_CASE("equal values are their own quantile, exactly", "[unit]") {
  Histogram histogram{5};
  histogram.add(123'456'789, 1000);
  for (double p : {0.0, 0.3, 0.99, 1.0}) CHECK(histogram.quantile_ns(p) == 123'456'789.0);
  CHECK(histogram.share_above(123'456'788.0) == 1.0);
  CHECK(histogram.share_above(123'456'789.0) == 0.0);
}

TEST_CASE("the share above a quantile is what the quantile leaves", "[unit]") {
  const Histogram histogram = histogram_of(lognormal_samples(50'000, 11));
  for (double p : {0.01, 0.2, 0.5, 0.9, 0.99, 0.999})
    CHECK(histogram.share_above(histogram.quantile_ns(p)) == Approx(1.0 - p).epsilon(1e-9));
  CHECK(histogram.share_above(static_cast<double>(histogram.min_ns()) - 1.0) == 1.0);
  CHECK(histogram.share_above(static_cast<double>(histogram.max_ns())) == 0.0);
}

TEST_CASE("the count above a value is exact at the end of its bucket", "[unit]") {
  const auto samples = lognormal_samples(20'000, 12);
  const Histogram histogram = histogram_of(samples, 5);
  const auto exact = [&](std::int64_t limit) {
    return static_cast<std::uint64_t>(
        std::count_if(samples.begin(), samples.end(), [limit](std::int64_t sample) { return sample > limit; }));
  };
  histogram.for_each_bucket(
      [&](std::int64_t, std::int64_t high, std::uint64_t) { CHECK(histogram.count_above(high) == exact(high)); });
  CHECK(histogram.count_above(histogram.min_ns() - 1) == samples.size());
  CHECK(histogram.count_above(histogram.max_ns()) == 0);
}

TEST_CASE("an empty histogram has no quantile and no share", "[unit]") {
  const Histogram histogram{10};
  CHECK(histogram.count() == 0);
  CHECK(std::isnan(histogram.quantile_ns(0.5)));
  CHECK(std::isnan(histogram.share_above(1.0)));
  CHECK(histogram.count_above(0) == 0);
  CHECK(histogram.min_ns() == 0);
  CHECK(histogram.max_ns() == 0);
}

TEST_CASE("counts beyond 32 bits are carried", "[unit]") {
  Histogram one_by_one{10};
  one_by_one.add(5'000'000, UINT32_MAX);
  one_by_one.add(5'000'000);  // the hot path goes over the end of the cell
  one_by_one.add(7'000'000, 3);
  CHECK(one_by_one.count() == (std::uint64_t{1} << 32) + 3);
  Histogram doubled{10};
  doubled.add(5'000'000);
  for (int i = 0; i < 32; ++i) doubled.merge(Histogram{doubled});
  doubled.add(7'000'000, 3);
  CHECK(one_by_one == doubled);
  CHECK(doubled.count_above(5'010'000) == 3);
  std::uint64_t first = 0;
  doubled.for_each_bucket([&](std::int64_t, std::int64_t, std::uint64_t n) { first = std::max(first, n); });
  CHECK(first == std::uint64_t{1} << 32);
  CHECK(doubled.quantile_ns(0.999) < 5'010'000.0);
}

TEST_CASE("a histogram that was reset is as good as new", "[unit]") {
  Histogram histogram = histogram_of(lognormal_samples(1000, 13));
  histogram.add(1, std::uint64_t{1} << 33);
  histogram.reset();
  CHECK(histogram == Histogram{10});
  histogram.add(42);
  CHECK(histogram == histogram_of({42}));
}

#ifdef TOWTANK_HAS_RAPIDCHECK
TEST_CASE("histograms keep their promises for any values", "[unit]") {
  const auto values = rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 100), rc::gen::inRange<std::int64_t>(0, 100'000'000'000),
                     rc::gen::inRange<std::int64_t>(0, INT64_MAX)));
  rc::prop("cutting the values in two and merging changes nothing", [&] {
    const auto a = *values, b = *values;
    auto both = a;
    both.insert(both.end(), b.begin(), b.end());
    Histogram left = histogram_of(a), right = histogram_of(b);
    left.merge(right);
    right.merge(histogram_of(a));
    RC_ASSERT(left == histogram_of(both));
    RC_ASSERT(left == right);
  });
  rc::prop("quantiles lie within a bucket of the order statistic and do not fall", [&] {
    auto samples = *rc::gen::nonEmpty(values);
    const Histogram histogram = histogram_of(samples);
    std::sort(samples.begin(), samples.end());
    double last = 0.0;
    for (std::size_t rank = 1; rank <= samples.size(); ++rank) {
      const double p = static_cast<double>(rank) / static_cast<double>(samples.size());
      const double quantile = histogram.quantile_ns(p);
      const auto exact = static_cast<double>(samples[rank - 1]);
      RC_ASSERT(std::abs(quantile - exact) <= exact * std::ldexp(1.0, -10));
      RC_ASSERT(quantile >= last);
      last = quantile;
    }
  });
}
#endif

}  // namespace towtank
