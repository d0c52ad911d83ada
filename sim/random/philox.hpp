#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/// The same, one by one: the reference for the batch form, and its fallback.
inline void philox4x32_10_batch_portable(PhiloxCounter first, PhiloxKey key, std::span<PhiloxBlock, kPhiloxBatch> out) {
  for (std::uint32_t i = 0; i < kPhiloxBatch; ++i)
    out[i] = philox4x32_10({first[0], first[1], first[2] + i, first[3]}, key);
}

#ifdef __SSE2__
namespace philox_detail {

inline __m128i splat(std::uint32_t word) { return _mm_set1_epi64x(static_cast<long long>(word)); }

struct TwoKeys {
  __m128i key0, key1;
};

/// Two blocks. Words live in the low halves of 64-bit lanes, where pmuludq multiplies; the high halves hold garbage,
/// which it ignores.
struct TwoBlocks {
  __m128i word0, word1, word2, word3;

  void round(__m128i key0, __m128i key1) {
    const __m128i product0 = _mm_mul_epu32(word0, splat(kMultiplier0));
    const __m128i product1 = _mm_mul_epu32(word2, splat(kMultiplier1));
    word0 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(product1, 32), word1), key0);
    word1 = product1;
    word2 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(product0, 32), word3), key1);
    word3 = product0;
  }

  void store(PhiloxBlock* out) const {
    const __m128i low_halves = _mm_set_epi32(0, -1, 0, -1);
    const __m128i words01 = _mm_or_si128(_mm_and_si128(word0, low_halves), _mm_slli_epi64(word1, 32));
    const __m128i words23 = _mm_or_si128(_mm_and_si128(word2, low_halves), _mm_slli_epi64(word3, 32));
    _mm_store_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi64(words01, words23));
    _mm_store_si128(reinterpret_cast<__m128i*>(out + 1), _mm_unpackhi_epi64(words01, words23));
  }
};

inline TwoBlocks two_blocks(const PhiloxCounter& first, std::uint32_t low) {
  const __m128i word2 = _mm_set_epi32(0, static_cast<int>(low + 1), 0, static_cast<int>(low));
  return {splat(first[0]), splat(first[1]), word2, splat(first[3])};
}

}  // namespace philox_detail
#endif

/// Blocks of 64 counters that differ in word 2 only: `first[2] + i` (modulo 2^32, no carry into word 3).
/// Bit-equal to 64 single calls.
inline void philox4x32_10_batch(PhiloxCounter first, PhiloxKey key, std::span<PhiloxBlock, kPhiloxBatch> out) {
#ifdef __SSE2__
  using namespace philox_detail;
  std::array<TwoKeys, kRounds> keys;
  for (auto& [key0, key1] : keys) {
    key0 = splat(key[0]);
    key1 = splat(key[1]);
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  for (std::uint32_t i = 0; i < kPhiloxBatch; i += 4) {
    TwoBlocks front = two_blocks(first, first[2] + i);
    TwoBlocks back = two_blocks(first, first[2] + i + 2);
    for (const auto& [key0, key1] : keys) {
      front.round(key0, key1);
      back.round(key0, key1);
    }
    front.store(&out[i]);
    back.store(&out[i + 2]);
  }
#else
  philox4x32_10_batch_portable(first, key, out);
#endif
}

/// A uniform of the open interval (0, 1): (n + 1/2) / 2^52 with n = the top 52 bits of (high, low). Never 0 or 1, and
/// 1 - u is exact and of the same set.
inline double uniform_from(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t top = ((std::uint64_t{high} << 32) | low) >> 12;
  // The bits become the fraction of a number in [1, 2); taking 1 - 2^-53 off is exact.
  constexpr double kJustBelowOne = 0x1.fffffffffffffp-1;
  return std::bit_cast<double>(top | 0x3FF0000000000000u) - kJustBelowOne;
}

}  // namespace towtank
