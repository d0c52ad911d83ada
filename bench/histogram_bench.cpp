// What recording one latency costs, and what reading a study's percentiles costs afterwards.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "sim/random/elementary.hpp"
#include "sim/random/philox.hpp"
#include "sim/stats/histogram.hpp"
#include "sim/stats/sectioning.hpp"
#include "sim/stats/summary.hpp"

namespace {

using namespace towtank;

/// Lognormal latencies, median 10 ms, sigma 1: some ten octaves, as a loaded service has.
std::vector<std::int64_t> latencies(std::uint32_t seed) {
  std::vector<std::int64_t> values(1 << 16);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const PhiloxBlock block = philox4x32_10({i, 0, 0, 0}, {seed, 0});
    const double uniform = (static_cast<double>(block.lane[0]) + 0.5) * 0x1p-32;
    values[i] = static_cast<std::int64_t>(1e7 * elementary::exp(elementary::inverse_normal(uniform)));
  }
  return values;
}

void add_to_histogram(benchmark::State& state) {
  const auto values = latencies(1);
  Histogram histogram{static_cast<int>(state.range(0))};
  std::size_t i = 0;
  for (auto _ : state) histogram.add(values[i++ & (values.size() - 1)]);
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add_to_histogram)->Arg(kPerHopPrecisionBits)->Arg(kEndToEndPrecisionBits);

void add_to_duration_sum(benchmark::State& state) {
  const auto values = latencies(1);
  DurationSum sum;
  std::size_t i = 0;
  for (auto _ : state) {
    sum.add(values[i++ & (values.size() - 1)]);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add_to_duration_sum);

void change_level_of_time_average(benchmark::State& state) {
  TimeAverage level;
  Time now = kTimeZero;
  for (auto _ : state) {
    now += 1us;
    level.add((now.time_since_epoch().count() & 1024) != 0 ? 1 : -1, now);
    benchmark::DoNotOptimize(level);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(change_level_of_time_average);

void merge_histograms(benchmark::State& state) {
  Histogram part{kEndToEndPrecisionBits}, whole{kEndToEndPrecisionBits};
  for (std::int64_t value : latencies(1)) part.add(value);
  for (auto _ : state) whole.merge(part);
  benchmark::DoNotOptimize(whole.count());
}
BENCHMARK(merge_histograms);

/// A hundred percentiles with intervals, from `range` replications, pooling included.
void hundred_percentiles(benchmark::State& state) {
  std::vector<Histogram> replications(static_cast<std::size_t>(state.range(0)), Histogram{kEndToEndPrecisionBits});
  std::vector<const Histogram*> pointers;
  for (std::uint32_t r = 0; r < replications.size(); ++r) {
    for (std::int64_t value : latencies(r)) replications[r].add(value);
    pointers.push_back(&replications[r]);
  }
  for (auto _ : state) {
    const SectionedQuantiles sections{pointers};
    for (int percent = 1; percent <= 99; ++percent)
      benchmark::DoNotOptimize(sections.at(percent / 100.0, 0.95).ns.high);
  }
}
BENCHMARK(hundred_percentiles)->Arg(20)->Arg(200)->Unit(benchmark::kMillisecond);

}  // namespace
