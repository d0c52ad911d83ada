// Nanoseconds a pick, with the feedback that the algorithm asks for, and nanoseconds of an `update` by which one
// endpoint leaves or comes back: every algorithm of the registry with its defaults, at 3 to 10,000 endpoints. As many
// requests as endpoints are in flight. `towtank balancers --bench` shows the same beside what the algorithms are good
// for.
//   balancers_bench [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "models/balancers/pick_loop.hpp"

namespace {

using namespace towtank;

PickLoop loop_of(const benchmark::State& state, const BalancerInfo& info) {
  return PickLoop{info, static_cast<std::uint32_t>(state.range(0)), 1};
}

void pick(benchmark::State& state, const BalancerInfo& info) {
  PickLoop loop = loop_of(state, info);
  loop.begin();
  for (auto _ : state) benchmark::DoNotOptimize(loop.next());
}

void rebuild(benchmark::State& state, const BalancerInfo& info) {
  PickLoop loop = loop_of(state, info);
  loop.begin();
  bool is_out = false;
  for (auto _ : state) {
    if (is_out)
      loop.join();
    else
      loop.leave();
    is_out = !is_out;
  }
}

void add(const char* what, const BalancerInfo& info, void (*measure)(benchmark::State&, const BalancerInfo&)) {
  auto* const added = benchmark::RegisterBenchmark((std::string{what} + '/' + std::string{info.name}).c_str(),
                                                   [&info, measure](benchmark::State& state) { measure(state, info); });
  for (const std::int64_t endpoints : {3, 64, 1'000, 10'000}) added->Arg(endpoints);
}

}  // namespace

int main(int argc, char** argv) {
  for (const BalancerInfo& info : balancers()) add("pick", info, pick);
  for (const BalancerInfo& info : balancers()) add("rebuild", info, rebuild);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
