// Nanoseconds a pick, with the feedback that the algorithm asks for: every algorithm of the registry with its defaults,
// at 64 and 1,000 endpoints. As many requests as endpoints are in flight.
//   balancers_bench [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "sim/random/mix.hpp"

namespace {

using namespace towtank;

void pick(benchmark::State& state, const BalancerInfo& info) {
  const auto endpoints = static_cast<std::uint32_t>(state.range(0));
  BalancerArguments arguments;
  const std::unique_ptr<Balancer> balancer = info.make(arguments, PickDraws{Draws{1, 0}, purpose_of("bench")});
  std::vector<std::uint32_t> ready(endpoints), in_flight(endpoints, Balancer::kNone);
  std::iota(ready.begin(), ready.end(), 0u);
  balancer->update({endpoints, ready});
  std::uint64_t key = 0;
  for (auto _ : state) {
    const Time now = Time{} + key * 10us;
    std::uint32_t& oldest = in_flight[key % endpoints];
    if (balancer->counts && oldest != Balancer::kNone) balancer->finished(oldest, {.latency = 5ms, .now = now});
    oldest = balancer->pick(
        {.key = key, .plain = true, .source_address = static_cast<std::uint32_t>(mixed(key)), .now = now});
    if (balancer->counts) balancer->started(oldest);
    benchmark::DoNotOptimize(oldest);
    ++key;
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const BalancerInfo& info : balancers())
    benchmark::RegisterBenchmark(std::string{info.name}.c_str(),
                                 [&info](benchmark::State& state) { pick(state, info); })
        ->Arg(64)
        ->Arg(1'000);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
