#include "sim/stats/warmup.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "sim/stats/student_t.hpp"
#include "tests/sim/stats/test_numbers.hpp"

namespace towtank {
namespace {

/// `height` for the first `length` values, then 1 and -1 by turns.
std::vector<double> step(double height, std::size_t length, std::size_t total) {
  std::vector<double> series(total);
  for (std::size_t i = 0; i < total; ++i) series[i] = i < length ? height : (i % 2 == 0 ? 1.0 : -1.0);
  return series;
}

/// First-order autoregressive noise of variance 1 about an exponentially decaying bias.
std::vector<double> decaying(double bias, double relaxation, std::size_t total, test::TestNumbers& numbers) {
  constexpr double kCorrelation = 0.5;
  double noise = numbers.normal();
  std::vector<double> series(total);
  for (std::size_t i = 0; i < total; ++i) {
    series[i] = bias * std::exp(-static_cast<double>(i) / relaxation) + noise;
    noise = kCorrelation * noise + std::sqrt(1.0 - kCorrelation * kCorrelation) * numbers.normal();
  }
  return series;
}

double mean_from(const std::vector<double>& series, std::size_t begin) {
  return mean_of(std::span{series}.subspan(begin));
}

}  // namespace

TEST_CASE("MSER-5 cuts a clear step exactly at its end", "[unit]") {
  CHECK(mser5(step(50.0, 100, 1000)) == 100);
  CHECK(mser5(step(-50.0, 200, 1000)) == 200);
  CHECK(mser5(step(50.0, 98, 1000)) == 100);  // whole blocks of five
}

TEST_CASE("MSER-5 asks for a longer run when the transient fills more than half", "[unit]") {
  CHECK(mser5(step(50.0, 500, 1000)) == 500);
  CHECK_FALSE(mser5(step(50.0, 700, 1000)).has_value());
}

TEST_CASE("MSER-5 asks for a longer run when there is hardly any", "[unit]") {
  CHECK_FALSE(mser5(std::vector<double>{}).has_value());
  CHECK_FALSE(mser5(std::vector<double>(49, 1.0)).has_value());
  CHECK(mser5(std::vector<double>(50, 1.0)).has_value());
}

TEST_CASE("a constant series needs no warm-up", "[unit]") {
  CHECK(mser5(std::vector<double>(300, 0.1)) == 0);
  CHECK(mser5(std::vector<double>(300, 0.0)) == 0);
}

TEST_CASE("gaps in a series are left out, not taken for zeros", "[unit]") {
  auto series = step(50.0, 100, 1000);
  for (std::size_t i = 0; i < series.size(); i += 3) series[i] = NAN;
  for (std::size_t i = 400; i < 430; ++i) series[i] = NAN;
  CHECK(mser5(series) == 100);
  std::vector<double> late(1000, 7.0);  // nothing is seen at first, then all is steady
  for (std::size_t i = 0; i < 200; ++i) late[i] = NAN;
  CHECK(mser5(late) == 0);
  CHECK_FALSE(mser5(std::vector<double>(1000, NAN)).has_value());
  std::vector<double> sparse(1000, NAN);
  for (std::size_t i = 0; i < 45; ++i) sparse[i * 5] = 1.0;
  CHECK(mser5(sparse) == 0);
  for (std::size_t i = 9; i < 45; ++i) sparse[i * 5] = NAN;
  CHECK_FALSE(mser5(sparse).has_value());  // nine blocks
}

TEST_CASE("the average over replications skips gaps and ends with the shortest", "[unit]") {
  const std::vector<std::vector<double>> replications = {{1, NAN, 3, 4}, {3, 5, NAN}, {5, 7, NAN, 8}};
  const auto average = average_of_replications(replications);
  REQUIRE(average.size() == 3);
  CHECK(average[0] == 3.0);
  CHECK(average[1] == 6.0);
  CHECK(average[2] == 3.0);
  CHECK(average_of_replications({}).empty());
  CHECK(std::isnan(average_of_replications(std::vector<std::vector<double>>{{NAN}, {NAN}})[0]));
}

TEST_CASE("the longest of several transients is the warm-up", "[unit]") {
  const std::vector<std::vector<double>> series = {step(50, 100, 1000), step(9, 300, 1000), step(0, 0, 1000)};
  CHECK(warmup_of(series) == 300);
  auto with_empty = series;
  with_empty.emplace_back(1000, NAN);
  CHECK(warmup_of(with_empty) == 300);
  with_empty.push_back(step(50, 700, 1000));
  CHECK_FALSE(warmup_of(with_empty).has_value());
  CHECK_FALSE(warmup_of({}).has_value());
}

TEST_CASE("MSER-5 removes a known bias, which stays when nothing is cut", "[statistical]") {
  constexpr std::size_t kSeries = 100, kLength = 2000;
  constexpr double kRelaxation = 50.0;
  test::TestNumbers numbers{51};
  std::vector<double> cut_means, whole_means;
  for (std::size_t i = 0; i < kSeries; ++i) {
    const auto series = decaying(10.0, kRelaxation, kLength, numbers);
    const auto cut = mser5(series);
    REQUIRE(cut.has_value());
    cut_means.push_back(mean_from(series, *cut));
    whole_means.push_back(mean_from(series, 0));
  }
  // The sum of correlations of the noise is (1 + 1/2) / (1 - 1/2) = 3. Allowed: a fifth of one run's half width.
  const double error = std::sqrt(3.0 / kLength);
  const double allowed = 0.2 * normal_quantile(0.975) * error +
                         -normal_quantile(test::kFalseAlarm / 2) * error / std::sqrt(static_cast<double>(kSeries));
  CHECK(std::abs(mean_of(cut_means)) < allowed);
  CHECK(std::abs(mean_of(whole_means)) > allowed);
}

TEST_CASE("averaging replications shows a transient that one replication hides", "[statistical]") {
  test::TestNumbers numbers{52};
  std::vector<std::vector<double>> replications;
  for (int i = 0; i < 100; ++i) replications.push_back(decaying(1.0, 100.0, 2000, numbers));
  const auto cut = mser5(average_of_replications(replications));
  REQUIRE(cut.has_value());
  // What is left of the bias at the cut is below four standard errors of an averaged value.
  CHECK(std::exp(-static_cast<double>(*cut) / 100.0) < 4.0 / std::sqrt(100.0));
  CHECK(*cut < 1000);
}

TEST_CASE("MSER-5 cuts little from a stationary series", "[statistical]") {
  test::TestNumbers numbers{53};
  constexpr int kSeries = 200;
  int kept_most = 0;
  for (int i = 0; i < kSeries; ++i) {
    const auto cut = mser5(decaying(0.0, 1.0, 2000, numbers));
    kept_most += cut.has_value() && *cut <= 1000;
  }
  CHECK(kept_most >= test::CoverageLimits(kSeries, 0.85).fewest);
}

}  // namespace towtank
