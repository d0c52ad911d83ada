#include "models/balancers/priority_loads.hpp"

#include <algorithm>

namespace towtank {

namespace {

constexpr std::uint32_t kWhole = 100;

}  // namespace

std::vector<PriorityLoad> priority_loads(std::span<const PriorityHealth> priorities, std::uint32_t panic) {
  std::vector<PriorityLoad> loads(priorities.size());
  std::vector<std::uint32_t> healths;
  std::uint32_t health_of_all = 0;
  for (const PriorityHealth& each : priorities) {
    const std::uint64_t health = each.hosts == 0 ? 0 : std::uint64_t{kOverprovisioningPercent} * each.healthy / each.hosts;
    healths.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(kWhole, health)));
    health_of_all = std::min(kWhole, health_of_all + healths.back());
  }
  if (health_of_all == 0 && panic == 0) {
    loads.front().percent = kWhole;
    return loads;
  }
  bool all_panic = true;
  std::uint64_t hosts_of_all = 0;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const PriorityHealth& each = priorities[i];
    loads[i].in_panic = health_of_all < kWhole && (each.hosts == 0 ? panic > 0 : std::uint64_t{kWhole} * each.healthy < std::uint64_t{panic} * each.hosts);
    all_panic = all_panic && loads[i].in_panic;
    hosts_of_all += each.hosts;
  }
  std::uint32_t left = kWhole;
  PriorityLoad* first = nullptr;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const std::uint64_t part = !all_panic                  ? std::uint64_t{kWhole} * healths[i] / health_of_all
                               : hosts_of_all == 0 ? 0 : std::uint64_t{kWhole} * priorities[i].hosts / hosts_of_all;
    if (first == nullptr && (all_panic ? priorities[i].hosts > 0 : healths[i] > 0)) first = &loads[i];
    loads[i].percent = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, part));
    left -= loads[i].percent;
  }
  (first == nullptr ? loads.front() : *first).percent += left;
  return loads;
}

}  // namespace towtank
