#pragma once

#include <cstdint>
#include <string>

#include "sim/stats/histogram.hpp"
#include "sim/stats/summary.hpp"

namespace towtank {

/// A 64-bit hash over the integers added, in their order: two runs with the same fingerprint gave the same results.
/// Each step is a bijection of the state, so runs that differ in one number never meet again by that number alone.
/// @source the mixing function is SplitMix64's: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators,
/// 2014.
class Fingerprint {
 public:
  void add(std::uint64_t number) {
    state_ = mixed(state_ ^ mixed(number + kWeyl)) + kWeyl;
    ++numbers_;
  }

  /// What a histogram holds, whatever memory it has and however it was filled.
  void add(const Histogram& histogram);
  void add(const DurationSum& sum);

  std::uint64_t value() const { return mixed(state_ + numbers_); }

  /// 16 digits, lower case.
  std::string hex() const;

 private:
  static constexpr std::uint64_t kWeyl = 0x9E3779B97F4A7C15u;  // 2^64 / golden ratio

  static constexpr std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  std::uint64_t state_ = 0;
  std::uint64_t numbers_ = 0;
};

}  // namespace towtank
