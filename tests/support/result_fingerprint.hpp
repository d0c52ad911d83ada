#pragma once

#include <cstdint>

#include "models/world/recorder.hpp"
#include "sim/stats/fingerprint.hpp"

namespace towtank::test {

inline void add_wide(Fingerprint& fingerprint, WideInteger number) {
  fingerprint.add(static_cast<std::uint64_t>(number));
  fingerprint.add(static_cast<std::uint64_t>(number >> 64));
}

inline void add_hop(Fingerprint& fingerprint, const HopTotals& hop) {
  fingerprint.add(hop.visits);
  fingerprint.add(hop.wait);
  fingerprint.add(hop.service);
  fingerprint.add(hop.delay);
  fingerprint.add(hop.time);
}

/// A hash over all that a replication measured. The number of events is left out: it may differ where results do not.
inline std::uint64_t fingerprint_of(const ReplicationResult& result) {
  Fingerprint fingerprint;
  for (const TrafficTotals& traffic : result.traffic) {
    for (const std::uint64_t number : {traffic.offered, traffic.second_hops, traffic.zone_crossings, traffic.attempts})
      fingerprint.add(number);
    fingerprint.add(traffic.ok_sum);
    fingerprint.add(traffic.ok);
    fingerprint.add(traffic.failed);
    for (const auto& by_hop : traffic.outcomes)
      for (const std::uint64_t count : by_hop) fingerprint.add(count);
    for (const HopTotals& hop : traffic.hops) add_hop(fingerprint, hop);
    for (const HopTotals* hop : {&traffic.retries, &traffic.client_pool, &traffic.connect}) add_hop(fingerprint, *hop);
    for (const SeriesBin& bin : traffic.series) {
      for (const std::uint64_t number : {bin.offered, bin.completed, bin.errors}) fingerprint.add(number);
      fingerprint.add(bin.ok);
      fingerprint.add(static_cast<std::uint64_t>(bin.starts));
      fingerprint.add(static_cast<std::uint64_t>(bin.start_rest_ns));
    }
    for (const DurationSum& slice : traffic.latency_series) fingerprint.add(slice);
  }
  for (const EndpointTotals& endpoint : result.endpoints) {
    fingerprint.add(endpoint.requests);
    fingerprint.add(endpoint.errors);
    add_wide(fingerprint, endpoint.wait_ns);
    add_wide(fingerprint, endpoint.sojourn_ns);
  }
  for (const StationTotals& station : result.stations) {
    add_wide(fingerprint, static_cast<WideInteger>(station.queue_area));
    add_wide(fingerprint, static_cast<WideInteger>(station.busy_area));
  }
  for (const NodeTotals& node : result.nodes) {
    fingerprint.add(node.requests);
    fingerprint.add(node.second_hops);
  }
  fingerprint.add(result.requests);
  fingerprint.add(result.overflowed);
  fingerprint.add(result.censored);
  return fingerprint.value();
}

}  // namespace towtank::test
