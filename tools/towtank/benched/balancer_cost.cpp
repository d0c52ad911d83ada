#include "tools/towtank/benched/balancer_cost.hpp"

#include <time.h>

#include <algorithm>
#include <vector>

#include "models/balancers/pick_loop.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kBatches = 5;

/// Before memory is counted: enough for what grows with requests in flight, and soon done where a pick is slow.
constexpr std::uint32_t kPicksBefore = 2'000;

/// CPU time of this thread: what others do on the machine counts only as far as they empty its caches.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

double ns_of(const auto& work, std::uint64_t times) {
  const double start = cpu_ns();
  for (std::uint64_t i = 0; i < times; ++i) work();
  return cpu_ns() - start;
}

/// The median of some batches, each long enough for the clock.
double median_ns(const auto& work, std::int64_t measured_ns) {
  const double least = static_cast<double>(measured_ns) / kBatches;
  std::uint64_t times = 1;
  double once = ns_of(work, times);
  while (once < least / 4) once = ns_of(work, times *= 2);
  times = std::max<std::uint64_t>(times,
                                  static_cast<std::uint64_t>(static_cast<double>(times) * least / std::max(once, 1.0)));
  std::vector<double> batches;
  for (std::size_t i = 0; i < kBatches && (i == 0 || once < static_cast<double>(measured_ns)); ++i)
    batches.push_back(ns_of(work, times) / static_cast<double>(times));
  std::sort(batches.begin(), batches.end());
  return batches[batches.size() / 2];
}

}  // namespace

BalancerCost balancer_cost(const BalancerInfo& info, std::uint32_t endpoints, const CostOptions& options,
                           const HeapMeter& heap) {
  BalancerCost cost;
  cost.endpoints = endpoints;
  PickLoop loop{info, endpoints, options.seed};
  if (heap) heap.begin();
  loop.begin();
  for (std::uint32_t i = 0; i < kPicksBefore; ++i) loop.next();
  if (heap) cost.bytes = heap.end();
  std::uint32_t sum = 0;
  cost.pick_ns = median_ns([&] { sum += loop.next(); }, options.measured_ns);
  volatile std::uint32_t used = sum;
  static_cast<void>(used);
  cost.rebuild_ns = median_ns(
                        [&] {
                          loop.leave();
                          loop.join();
                        },
                        options.measured_ns) /
                    2.0;
  return cost;
}

}  // namespace towtank::tool
