#include "sim/random/batch.hpp"

// Only what is defined below the pragma may use AVX2. Nothing of it may be code that another file has too: the linker
// keeps one copy, and would keep this one for CPUs that cannot run it. So: registers of 32 bytes, of which no other
// file knows, raw pointers, and all headers of others above.
#ifdef TOWTANK_HAS_AVX2_CODE

#include <immintrin.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#include "sim/random/batch_code.hpp"

namespace towtank {

namespace {

struct Wide {
  using Real = elementary::detail::Register<32>::Real;
  using Bits = elementary::detail::Register<32>::Bits;
  static constexpr std::uint32_t kLanes = 4;

  static Bits splat(std::uint32_t word) { return Bits{} + word; }
  static Bits counters(std::uint32_t low) { return Bits{low, low + 1u, low + 2u, low + 3u}; }
  static Bits low_product(Bits a, Bits b) {
    return reinterpret_cast<Bits>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }

  // The cheap interleaving works in each half of a register: lanes 0 and 2, lanes 1 and 3.
  static Bits counters_to_pair(std::uint32_t low) { return Bits{low, low + 2u, low + 1u, low + 3u}; }
  static Bits first_pairs(Bits a, Bits b) {
    return reinterpret_cast<Bits>(_mm256_unpacklo_epi64(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }
  static Bits last_pairs(Bits a, Bits b) {
    return reinterpret_cast<Bits>(_mm256_unpackhi_epi64(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }
  static Real first_pairs(Real a, Real b) { return _mm256_unpacklo_pd(a, b); }
  static Real last_pairs(Real a, Real b) { return _mm256_unpackhi_pd(a, b); }
};

}  // namespace

const BatchCode kAvx2BatchCode = batch::code_of<Wide>("32 bytes, AVX2");

}  // namespace towtank

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
