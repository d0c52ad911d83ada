#pragma once

#include <array>
#include <bit>
#include <cstdint>

/// Philox4x32-10: a keyed bijection of 128-bit counters, used as random access to random numbers.
/// @source Salmon, Moraes, Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011.
namespace towtank {

/// The four 32-bit words that one counter gives. Two doubles, or four integers below some bound.
struct alignas(16) PhiloxBlock {
  std::array<std::uint32_t, 4> lane;

  friend bool operator==(const PhiloxBlock&, const PhiloxBlock&) = default;
};

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

namespace philox_detail {
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53u;
inline constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57u;
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;  // golden ratio
inline constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;  // sqrt(3) - 1
inline constexpr int kRounds = 10;
}  // namespace philox_detail

/// One block of the generator.
inline PhiloxBlock philox4x32_10(PhiloxCounter counter, PhiloxKey key) {
  using namespace philox_detail;
  // Plain words, no arrays: g++ -O2 would keep those in memory.
  std::uint32_t word0 = counter[0], word1 = counter[1], word2 = counter[2], word3 = counter[3];
  std::uint32_t key0 = key[0], key1 = key[1];
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * word0;
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * word2;
    word0 = static_cast<std::uint32_t>(product1 >> 32) ^ word1 ^ key0;
    word1 = static_cast<std::uint32_t>(product1);
    word2 = static_cast<std::uint32_t>(product0 >> 32) ^ word3 ^ key1;
    word3 = static_cast<std::uint32_t>(product0);
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return {{word0, word1, word2, word3}};
}

/// How many blocks the batch form makes at once.
inline constexpr std::uint32_t kPhiloxBatch = 64;

/// A uniform of the open interval (0, 1): (n + 1/2) / 2^52 with n = the top 52 bits of (high, low). Never 0 or 1, and
/// 1 - u is exact and of the same set.
inline double uniform_from(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t top = ((std::uint64_t{high} << 32) | low) >> 12;
  // The bits become the fraction of a number in [1, 2); taking 1 - 2^-53 off is exact.
  constexpr double kJustBelowOne = 0x1.fffffffffffffp-1;
  return std::bit_cast<double>(top | 0x3FF0000000000000u) - kJustBelowOne;
}

}  // namespace towtank
