#include "models/hops/pod_probes.hpp"

#include <algorithm>

namespace towtank {

void PodRecords::ended(std::uint32_t pod, const Taken& taken, Time now) {
  Pod& at = pods_[pod];
  Level& level = at.levels[std::min(taken.met, kLevels - 1)];
  level.latencies[level.seen++ % kKept] = taken.latency;
  at.service = taken.service;
  report(at, now);
  ++at.requests;
  at.work += taken.work;
}

void PodRecords::failed(std::uint32_t pod, Time now) {
  report(pods_[pod], now);
  ++pods_[pod].requests;
  ++pods_[pod].errors;
}

/// What has been before this request, when that is long enough.
void PodRecords::report(Pod& pod, Time now) {
  if (now - pod.since < kReported) return;
  const double time_s = to_seconds(now - pod.since);
  pod.rps = static_cast<double>(pod.requests) / time_s;
  pod.eps = static_cast<double>(pod.errors) / time_s;
  pod.utilization = to_seconds(pod.work) / time_s / pod.servers;
  pod.since = now;
  pod.requests = pod.errors = 0;
  pod.work = Duration::zero();
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
  ProbeAnswer answer{.in_flight = in_flight(pod, station),
                     .latency = {},
                     .service = pods_[pod].service,
                     .rps = pods_[pod].rps,
                     .eps = pods_[pod].eps,
                     .utilization = pods_[pod].utilization};
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
