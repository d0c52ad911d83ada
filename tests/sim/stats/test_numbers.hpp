#pragma once

#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

/// Random numbers and limits for the tests of the statistics, independent of the engine's own generator.
namespace towtank::test {

/// Chance that a statistical check fails although all is well.
inline constexpr double kFalseAlarm = 1e-6;

/// SplitMix64. @source Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
class TestNumbers {
 public:
  explicit TestNumbers(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  /// In (0, 1), both ends excluded.
  double uniform() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1p-52; }
  double exponential(double mean) { return -mean * std::log(uniform()); }
  double normal() {
    constexpr double kTwoPi = 6.283185307179586;
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(kTwoPi * uniform());
  }

 private:
  std::uint64_t state_;
};

/// The fewest and the most of `trials` intervals that may cover the truth when each does with the chance `coverage`.
struct CoverageLimits {
  CoverageLimits(int trials, double coverage) {
    using namespace boost::math;
    const binomial_distribution<double> law{static_cast<double>(trials), coverage};
    fewest = static_cast<int>(std::floor(quantile(law, kFalseAlarm / 2)));
    most = static_cast<int>(std::ceil(quantile(complement(law, kFalseAlarm / 2))));
  }
  int fewest, most;
};

}  // namespace towtank::test
