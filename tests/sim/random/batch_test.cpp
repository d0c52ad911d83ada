#include "sim/random/batch.hpp"

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/quantile_formulas.hpp"

namespace towtank {
namespace {

/// Every width that this machine can run; says so where that leaves one untested.
std::vector<const BatchCode*> all_widths() {
  std::vector<const BatchCode*> widths{&narrow_batch_code()};
  if (wide_batch_code() != nullptr)
    widths.push_back(wide_batch_code());
  else
    WARN("this machine has no registers of 32 bytes (AVX2): only those of 16 bytes are tested");
  return widths;
}

constexpr PhiloxKey kKey{12345, 678};
constexpr std::array<std::uint32_t, 5> kLowWords{0u, 64u, 0x7fffffc0u, 0xffffffc0u, 0xfffffff0u};

PhiloxCounter counter_of(std::uint32_t low) { return {0xdeadbeef, 3, low, 0x80000001}; }

bool are_same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// Uniforms of the kind that draws give, both ends among them.
std::vector<double> uniforms(std::size_t count) {
  std::vector<double> all{0x1p-53, 1.0 - 0x1p-53, 0.5 - 0x1p-53, 0.5 + 0x1p-53};
  for (std::uint32_t i = 0; all.size() < count; ++i) {
    const PhiloxBlock block = philox4x32_10({i, 1, 0, 0}, kKey);
    all.push_back(uniform_from(block.lane[0] >> (i % 31), block.lane[1]));
  }
  return all;
}

/// `batched(in, out, count)` gives the bits of `single(in[i])`, into another array and in place.
template <class Batched, class Single>
bool agree(const std::vector<double>& in, Batched batched, Single single) {
  std::vector<double> out(in.size()), in_place = in;
  batched(in.data(), out.data(), in.size());
  batched(in_place.data(), in_place.data(), in.size());
  bool same = true;
  for (std::size_t i = 0; i < in.size(); ++i)
    same = same && are_same_bits(out[i], single(in[i])) && are_same_bits(in_place[i], out[i]);
  return same;
}

}  // namespace

TEST_CASE("a batch is 64 single blocks in registers of every width, also where the counter word wraps", "[unit]") {
  for (const BatchCode* code : all_widths()) {
    INFO(code->registers);
    for (const std::uint32_t low : kLowWords) {
      std::array<PhiloxBlock, kPhiloxBatch> blocks;
      std::array<double, kPhiloxBatch> ones;
      std::array<double, 2 * kPhiloxBatch> pairs;
      code->blocks(counter_of(low), kKey, blocks.data());
      code->uniforms(counter_of(low), kKey, ones.data());
      code->uniform_pairs(counter_of(low), kKey, pairs.data());
      for (std::uint32_t i = 0; i < kPhiloxBatch; ++i) {
        const PhiloxBlock single = philox4x32_10({0xdeadbeef, 3, low + i, 0x80000001}, kKey);
        CHECK(blocks[i] == single);
        CHECK(are_same_bits(ones[i], uniform_from(single.lane[0], single.lane[1])));
        CHECK(are_same_bits(pairs[2 * i], uniform_from(single.lane[0], single.lane[1])));
        CHECK(are_same_bits(pairs[2 * i + 1], uniform_from(single.lane[2], single.lane[3])));
      }
    }
  }
}

TEST_CASE("quantiles in registers of every width have the bits of single ones", "[unit]") {
  namespace formulas = quantile_formulas;
  const std::vector<double> u = uniforms(20'000);
  std::vector<double> z;
  for (const double each : u) z.push_back(elementary::inverse_normal(each));
  for (const BatchCode* code : all_widths()) {
    INFO(code->registers);
    CHECK(agree(
        u, [&](auto in, auto out, auto n) { code->exponential(in, out, n, 0.25); },
        [](double x) { return formulas::exponential(x, 0.25); }));
    CHECK(agree(
        u, [&](auto in, auto out, auto n) { code->weibull(in, out, n, 0.7, 3.0); },
        [](double x) { return formulas::weibull(x, 0.7, 3.0); }));
    CHECK(agree(
        u, [&](auto in, auto out, auto n) { code->pareto(in, out, n, 1.5, 0.01, 1e-4); },
        [](double x) { return formulas::pareto(x, 1.5, 0.01, 1e-4); }));
    CHECK(agree(
        z, [&](auto in, auto out, auto n) { code->lognormal(in, out, n, -2.0, 1.3); },
        [](double x) { return formulas::lognormal(x, -2.0, 1.3); }));
    CHECK(agree(
        u, [&](auto in, auto out, auto n) { code->normal_middle(in, out, n); },
        [](double x) { return elementary::detail::inverse_normal_middle(x - 0.5); }));
    // The judge itself: a mean that is off by one in the last place is found.
    CHECK_FALSE(agree(
        u, [&](auto in, auto out, auto n) { code->exponential(in, out, n, 0.25 + 0x1p-54); },
        [](double x) { return formulas::exponential(x, 0.25); }));
  }
}

TEST_CASE("nanoseconds in registers of every width are rounded as single ones, and know what is too long", "[unit]") {
  std::vector<double> seconds{0.0, 0.5e-9, 1.5e-9, 2.5e-9, 1e-9, 1.0, 86'400.0, 2'251'799.0};
  for (const double u : uniforms(1'000)) seconds.push_back(1e3 * u);
  for (const BatchCode* code : all_widths()) {
    INFO(code->registers);
    std::vector<std::int64_t> ns(seconds.size());
    CHECK(code->to_ns(seconds.data(), ns.data(), seconds.size()));
    for (std::size_t i = 0; i < seconds.size(); ++i) CHECK(ns[i] == from_seconds(seconds[i]).count());
    for (std::size_t at = 0; at < 8; ++at) {
      std::vector<double> one_long(8, 1.0);
      one_long[at] = 2'251'800.0;  // 2^51 ns are 2,251,799.8 s
      CHECK_FALSE(code->to_ns(one_long.data(), ns.data(), one_long.size()));
    }
  }
}

}  // namespace towtank
