#include "sim/random/batch.hpp"

#include "sim/random/batch_code.hpp"

namespace towtank {

namespace {

struct Narrow {
  using Real = elementary::detail::Register<16>::Real;
  using Bits = elementary::detail::Register<16>::Bits;
  static constexpr std::uint32_t kLanes = 2;

  static Bits splat(std::uint32_t word) { return Bits{} + word; }
  static Bits counters(std::uint32_t low) { return Bits{low, low + 1u}; }

  static Bits low_product(Bits a, Bits b) {
#ifdef __SSE2__
    return reinterpret_cast<Bits>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
    return (a & batch::kLowHalf) * b;
#endif
  }

  // Lane i of both, side by side: the order of counters that makes the pairs come in order is the plain one.
  static Bits counters_to_pair(std::uint32_t low) { return counters(low); }
  template <class Pack>
  static Pack first_pairs(Pack a, Pack b) {
    return Pack{a[0], b[0]};
  }
  template <class Pack>
  static Pack last_pairs(Pack a, Pack b) {
    return Pack{a[1], b[1]};
  }
};

}  // namespace

const BatchCode& narrow_batch_code() {
  static constexpr BatchCode kCode = batch::code_of<Narrow>("16 bytes");
  return kCode;
}

const BatchCode* wide_batch_code() {
#ifdef TOWTANK_HAS_AVX2_CODE
  if (__builtin_cpu_supports("avx2")) return &kAvx2BatchCode;
#endif
  return nullptr;
}

const BatchCode& batch_code() {
  static const BatchCode& chosen = wide_batch_code() != nullptr ? *wide_batch_code() : narrow_batch_code();
  return chosen;
}

}  // namespace towtank
