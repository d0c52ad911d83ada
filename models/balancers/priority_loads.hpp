#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace towtank {

/// As many times as healthy as they are hosts count, in percent (`overprovisioning_factor`).
inline constexpr std::uint32_t kOverprovisioningPercent = 140;

/// Hosts of one priority.
struct PriorityHealth {
  std::uint32_t hosts = 0, healthy = 0;
};

struct PriorityLoad {
  std::uint32_t percent = 0;  ///< of the requests; of all priorities 100
  bool in_panic = false;      ///< its hosts, if it has any, are chosen from whatever their health
};

/// Which part of the requests each priority gets. A priority counts as 1.4 times as healthy as its hosts are, up to
/// 100 %; the first one gets as much, the next ones what is left, in whole percents whose rest goes to the first that has
/// a healthy host. While all together are less than 100 % healthy, a priority of which less than `panic` percent of the
/// hosts are healthy panics; when all do, each gets as much as it has hosts.
/// @param priorities  at least one   @param panic  0 .. 100; 0 = none ever panics
/// @source Envoy source/extensions/load_balancing_policies/common/load_balancer_impl.cc (recalculatePerPriorityState,
/// recalculatePerPriorityPanic, recalculateLoadInTotalPanic)
std::vector<PriorityLoad> priority_loads(std::span<const PriorityHealth> priorities, std::uint32_t panic);

}  // namespace towtank
