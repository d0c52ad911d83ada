#pragma once

#include <cstdint>
#include <optional>

#include "models/balancers/balancer.hpp"
#include "tools/towtank/benched/heap_meter.hpp"

namespace towtank::tool {

/// What an algorithm with its defaults costs in this process, on this machine and at this moment.
struct BalancerCost {
  std::uint32_t endpoints = 0;
  double pick_ns = 0.0;               ///< with `started` and `finished` where the algorithm wants them
  double rebuild_ns = 0.0;            ///< of an `update` by which one endpoint leaves or comes back
  std::optional<std::int64_t> bytes;  ///< that an instance holds with as many requests in flight as endpoints
};

/// How long each of the two times is measured at least.
struct CostOptions {
  std::uint32_t seed = 1;
  std::int64_t measured_ns = 30'000'000;
};

/// @param endpoints  >= 2
BalancerCost balancer_cost(const BalancerInfo& info, std::uint32_t endpoints, const CostOptions& options,
                           const HeapMeter& heap);

}  // namespace towtank::tool
