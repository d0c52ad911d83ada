#include "models/hops/pod_probes.hpp"

#include <algorithm>

namespace towtank {

void PodRecords::ended(std::uint32_t pod, std::uint32_t met, Duration latency, Duration service) {
  Level& level = pods_[pod].levels[std::min(met, kLevels - 1)];
  level.latencies[level.seen++ % kKept] = latency;
  pods_[pod].service = service;
}

Duration PodRecords::median(const Level& level) {
  std::array<Duration, kKept> sorted = level.latencies;
  const auto end = sorted.begin() + std::min(level.seen, kKept);
  const auto middle = sorted.begin() + (end - sorted.begin()) / 2;
  std::nth_element(sorted.begin(), middle, end);
  return *middle;
}

/// The latency is that of the level that is nearest among those of which one is known, the lower of two; else 0.
ProbeAnswer PodRecords::ask(std::uint32_t pod, StationId station) const {
  ProbeAnswer answer{.in_flight = in_flight(pod, station), .latency = {}, .service = pods_[pod].service};
  const std::uint32_t at = std::min(answer.in_flight, kLevels - 1);
  for (std::uint32_t away = 0; away < kLevels; ++away) {
    for (const std::uint32_t level : {at - std::min(at, away), std::min(at + away, kLevels - 1)}) {
      if (pods_[pod].levels[level].seen == 0) continue;
      answer.latency = median(pods_[pod].levels[level]);
      return answer;
    }
  }
  return answer;
}

}  // namespace towtank
