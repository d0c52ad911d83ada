#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/random/alias_table.hpp"
#include "sim/random/distribution.hpp"
#include "sim/random/draws.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/philox.hpp"

// Cost per value of everything random. `items_per_second` counts values: blocks, logarithms, samples.
namespace towtank {
namespace {

constexpr PurposeId kPurpose = purpose_of("bench");
constexpr std::size_t kValues = 4096;

std::vector<double> uniforms() {
  const Draws draws{1, 1};
  std::vector<double> result;
  for (std::uint64_t key = 0; key < kValues; ++key) result.push_back(draws.uniform(kPurpose, key));
  return result;
}

void count_values(benchmark::State& state, std::size_t per_iteration) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(per_iteration));
}

void philox_scalar(benchmark::State& state) {
  const Draws draws{1, 1};
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(draws.block(kPurpose, key++));
  count_values(state, 1);
}
BENCHMARK(philox_scalar);

void philox_batch(benchmark::State& state) {
  const Draws draws{1, 1};
  std::array<PhiloxBlock, kPhiloxBatch> blocks;
  std::uint64_t key = 0;
  for (auto _ : state) {
    draws.blocks(kPurpose, key, blocks);
    benchmark::DoNotOptimize(blocks);
    key += kPhiloxBatch;
  }
  count_values(state, kPhiloxBatch);
}
BENCHMARK(philox_batch);

template <double (*kFunction)(double)>
void elementary_scalar(benchmark::State& state) {
  const std::vector<double> in = uniforms();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(kFunction(in[i++ % kValues]));
  count_values(state, 1);
}
BENCHMARK_TEMPLATE(elementary_scalar, elementary::log);
BENCHMARK_TEMPLATE(elementary_scalar, elementary::exp);
BENCHMARK_TEMPLATE(elementary_scalar, elementary::inverse_normal);

template <void (*kFunction)(std::span<const double>, std::span<double>)>
void elementary_array(benchmark::State& state) {
  const std::vector<double> in = uniforms();
  std::vector<double> out(kValues);
  for (auto _ : state) {
    kFunction(in, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_values(state, kValues);
}
BENCHMARK_TEMPLATE(elementary_array, elementary::log);
BENCHMARK_TEMPLATE(elementary_array, elementary::exp);
BENCHMARK_TEMPLATE(elementary_array, elementary::inverse_normal);

Distribution law(std::int64_t index) {
  switch (index) {
    case 0:
      return Distribution::constant(0.001);
    case 1:
      return Distribution::exponential(0.02);
    case 2:
      return Distribution::lognormal_mean_cv(0.02, 1.5);
    case 3:
      return Distribution::weibull(0.7, 0.02);
    case 4:
      return Distribution::pareto(1.5, 0.01, 10.0);
    case 5:
      return Distribution::gamma(0.02, 0.5);
    case 6:
      return Distribution::gamma(0.02, 3.0);
    case 7:
      return Distribution::hyperexponential_mean_cv(0.02, 4.0);
    default:
      return Distribution::mixture({{0.99, law(2)}, {0.01, Distribution::constant(1.0)}});
  }
}

/// The law alone: one uniform after the other.
void sample_one(benchmark::State& state) {
  const Distribution distribution = law(state.range(0));
  const std::vector<double> in = uniforms();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(distribution.sample(in[i++ % kValues]));
  count_values(state, 1);
  state.SetLabel(distribution.describe());
}
BENCHMARK(sample_one)->DenseRange(0, 8);

/// The law alone, in arrays.
void sample_many(benchmark::State& state) {
  const Distribution distribution = law(state.range(0));
  const std::vector<double> in = uniforms();
  std::vector<std::int64_t> out(kValues);
  for (auto _ : state) {
    distribution.sample(in, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_values(state, kValues);
  state.SetLabel(distribution.describe());
}
BENCHMARK(sample_many)->DenseRange(0, 8);

/// Philox and law, without a ring.
void sample_key_scalar(benchmark::State& state) {
  const Distribution distribution = law(state.range(0));
  const Draws draws{1, 1};
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sample_scalar(distribution, draws, kPurpose, key++));
  count_values(state, 1);
  state.SetLabel(distribution.describe());
}
BENCHMARK(sample_key_scalar)->DenseRange(0, 2);

void sample_ring(benchmark::State& state) {
  const Distribution distribution = law(state.range(0));
  SampleRing ring{Draws{1, 1}, kPurpose, distribution};
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ring.at(key++));
  count_values(state, 1);
  state.SetLabel(distribution.describe());
}
BENCHMARK(sample_ring)->DenseRange(0, 8);

void leg_ring(benchmark::State& state) {
  const Distribution distribution = law(state.range(0));
  LegRing ring{Draws{1, 1}, kPurpose, distribution};
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ring.at(key++));
  count_values(state, 2);
  state.SetLabel(distribution.describe());
}
BENCHMARK(leg_ring)->DenseRange(0, 2);

void block_ring(benchmark::State& state) {
  BlockRing ring{Draws{1, 1}, kPurpose};
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ring.at(key++));
  count_values(state, 1);
}
BENCHMARK(block_ring);

/// Keys without order among `range(0)` groups of 64: what a ring costs the user for whom it is not made.
void sample_ring_disordered(benchmark::State& state) {
  SampleRing ring{Draws{1, 1}, kPurpose, law(1)};
  const auto keys = static_cast<std::uint32_t>(state.range(0) * 64);
  std::uint32_t step = 1;
  for (auto _ : state) {
    step = step * 1664525u + 1013904223u;
    benchmark::DoNotOptimize(ring.at(Draws::below(keys, step)));
  }
  count_values(state, 1);
}
BENCHMARK(sample_ring_disordered)->Arg(8)->Arg(12)->Arg(16)->Arg(24)->Arg(32)->Arg(64)->Arg(1 << 20);

void alias_table(benchmark::State& state) {
  std::vector<double> weights;
  for (int i = 1; i <= 2000; ++i) weights.push_back(1.0 / i);
  const AliasTable table{weights};
  const std::vector<double> in = uniforms();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(table.pick(in[i++ % kValues]));
  count_values(state, 1);
}
BENCHMARK(alias_table);

void build_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(law(state.range(0)));
  state.SetLabel(law(state.range(0)).describe());
}
BENCHMARK(build_table)->DenseRange(5, 8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace towtank

BENCHMARK_MAIN();
