#pragma once

#include <bit>
#include <cstring>

#include "sim/random/batch.hpp"
#include "sim/random/quantile_formulas.hpp"

/// The code behind BatchCode, for registers of any width. Each width has a .cpp file of its own, which says in a
/// `Width` how many lanes of 64 bits it has and what the language has no words for.
namespace towtank::batch {

static_assert(std::endian::native == std::endian::little, "words are put together in the order of a little endian");

using elementary::detail::load;
using elementary::detail::real_of;
using elementary::detail::store;

/// As many Philox blocks as there are lanes. Words live in the low halves of the lanes, where the multiplication looks;
/// the high halves hold garbage.
template <class Width>
struct Words {
  typename Width::Bits word0, word1, word2, word3;

  void round(typename Width::Bits key0, typename Width::Bits key1) {
    const typename Width::Bits product0 = Width::low_product(word0, Width::splat(philox_detail::kMultiplier0));
    const typename Width::Bits product1 = Width::low_product(word2, Width::splat(philox_detail::kMultiplier1));
    word0 = (product1 >> 32) ^ word1 ^ key0;
    word1 = product1;
    word2 = (product0 >> 32) ^ word3 ^ key1;
    word3 = product0;
  }
};

/// `take(index, words)` for the blocks of `first` and the counters after it, which `order` deals to the lanes.
template <class Width, class Order, class Take>
inline void for_each_block(const PhiloxCounter& first, const PhiloxKey& key, Order order, Take take) {
  using Bits = typename Width::Bits;
  const std::uint32_t *const counter = first.data(), *const keys = key.data();
  Bits key0[philox_detail::kRounds], key1[philox_detail::kRounds];
  for (std::uint32_t round = 0; round < philox_detail::kRounds; ++round) {
    key0[round] = Width::splat(keys[0] + round * philox_detail::kWeyl0);
    key1[round] = Width::splat(keys[1] + round * philox_detail::kWeyl1);
  }
  const Bits word0 = Width::splat(counter[0]), word1 = Width::splat(counter[1]), word3 = Width::splat(counter[3]);
  for (std::uint32_t i = 0; i < kPhiloxBatch; i += 2 * Width::kLanes) {
    // Two chains side by side: the rounds of one wait for each other.
    Words<Width> front{word0, word1, order(counter[2] + i), word3};
    Words<Width> back{word0, word1, order(counter[2] + i + Width::kLanes), word3};
    for (int round = 0; round < philox_detail::kRounds; ++round) {
      front.round(key0[round], key1[round]);
      back.round(key0[round], key1[round]);
    }
    take(i, front);
    take(i + Width::kLanes, back);
  }
}

inline constexpr std::uint64_t kLowHalf = 0xFFFFFFFFu;

/// `uniform_from` of each lane.
template <class Width>
inline typename Width::Real uniform_of(typename Width::Bits high, typename Width::Bits low) {
  const typename Width::Bits top = ((high << 32) | (low & kLowHalf)) >> 12;
  constexpr double kJustBelowOne = 0x1.fffffffffffffp-1;
  return real_of<typename Width::Real>(top | 0x3FF0000000000000u) - kJustBelowOne;
}

template <class Width>
void blocks(const PhiloxCounter& first, const PhiloxKey& key, PhiloxBlock* out) {
  const auto order = [](std::uint32_t low) { return Width::counters_to_pair(low); };
  for_each_block<Width>(first, key, order, [out](std::uint32_t i, const Words<Width>& words) {
    const typename Width::Bits words01 = (words.word0 & kLowHalf) | (words.word1 << 32);
    const typename Width::Bits words23 = (words.word2 & kLowHalf) | (words.word3 << 32);
    const typename Width::Bits pairs[] = {Width::first_pairs(words01, words23), Width::last_pairs(words01, words23)};
    std::memcpy(out + i, pairs, sizeof pairs);
  });
}

template <class Width>
void uniforms(const PhiloxCounter& first, const PhiloxKey& key, double* out) {
  const auto order = [](std::uint32_t low) { return Width::counters(low); };
  for_each_block<Width>(first, key, order, [out](std::uint32_t i, const Words<Width>& words) {
    store(uniform_of<Width>(words.word0, words.word1), out + i);
  });
}

template <class Width>
void uniform_pairs(const PhiloxCounter& first, const PhiloxKey& key, double* out) {
  const auto order = [](std::uint32_t low) { return Width::counters_to_pair(low); };
  for_each_block<Width>(first, key, order, [out](std::uint32_t i, const Words<Width>& words) {
    const auto ones = uniform_of<Width>(words.word0, words.word1), others = uniform_of<Width>(words.word2, words.word3);
    store(Width::first_pairs(ones, others), out + 2 * i);
    store(Width::last_pairs(ones, others), out + 2 * i + Width::kLanes);
  });
}

template <class Width, class Function>
inline void for_each_pack(const double* in, double* out, std::size_t count, Function of) {
  for (std::size_t i = 0; i < count; i += Width::kLanes) store(of(load<typename Width::Real>(in + i)), out + i);
}

template <class Width>
void exponential(const double* u, double* out_s, std::size_t count, double mean_s) {
  for_each_pack<Width>(u, out_s, count, [=](auto x) { return quantile_formulas::exponential(x, mean_s); });
}

template <class Width>
void weibull(const double* u, double* out_s, std::size_t count, double shape, double scale_s) {
  for_each_pack<Width>(u, out_s, count, [=](auto x) { return quantile_formulas::weibull(x, shape, scale_s); });
}

template <class Width>
void pareto(const double* u, double* out_s, std::size_t count, double alpha, double min_s, double cut_share) {
  for_each_pack<Width>(u, out_s, count, [=](auto x) { return quantile_formulas::pareto(x, alpha, min_s, cut_share); });
}

template <class Width>
void lognormal(const double* z, double* out_s, std::size_t count, double mu, double sigma) {
  for_each_pack<Width>(z, out_s, count, [=](auto x) { return quantile_formulas::lognormal(x, mu, sigma); });
}

template <class Width>
void normal_middle(const double* u, double* out, std::size_t count) {
  for_each_pack<Width>(u, out, count, [](auto x) { return elementary::detail::inverse_normal_middle(x - 0.5); });
}

template <class Width>
bool to_ns(const double* seconds, std::int64_t* out_ns, std::size_t count) {
  using Real = typename Width::Real;
  constexpr double kMagic = 6755399441055744.0;         // 1.5 * 2^52, as in round_to_int64
  constexpr double kMagicLimitNs = 2251799813685248.0;  // 2^51: below it the magic holds
  auto fits = Real{} == Real{};
  for (std::size_t i = 0; i < count; i += Width::kLanes) {
    // The bits of x + 1.5 * 2^52 are those of 1.5 * 2^52, plus the rounded x.
    const Real ns = load<Real>(seconds + i) * 1e9;
    const auto rounded = elementary::detail::bits_of(ns + kMagic) - std::bit_cast<std::uint64_t>(kMagic);
    fits &= ns < kMagicLimitNs;
    std::memcpy(out_ns + i, &rounded, sizeof rounded);
  }
  bool all = true;
  for (std::size_t lane = 0; lane < Width::kLanes; ++lane) all = all && fits[lane] != 0;
  return all;
}

template <class Width>
constexpr BatchCode code_of(const char* registers) {
  return {.registers = registers,
          .blocks = blocks<Width>,
          .uniforms = uniforms<Width>,
          .uniform_pairs = uniform_pairs<Width>,
          .exponential = exponential<Width>,
          .weibull = weibull<Width>,
          .pareto = pareto<Width>,
          .lognormal = lognormal<Width>,
          .normal_middle = normal_middle<Width>,
          .to_ns = to_ns<Width>};
}

}  // namespace towtank::batch
