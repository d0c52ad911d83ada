#include "models/world/recorder.hpp"

#include <algorithm>

namespace towtank {

std::string_view name_of(HopKind kind) {
  static constexpr std::array<std::string_view, kHopKinds> kNames = {"client",  "l4_edge",    "l7_edge", "kube_proxy", "ingress",
                                                                     "cluster_ip", "network", "pod",     "dead_end"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::uint64_t TrafficTotals::count(Outcome outcome) const {
  std::uint64_t sum = 0;
  for (const auto& by_hop : outcomes) sum += by_hop[static_cast<std::size_t>(outcome)];
  return sum;
}

std::vector<double> ReplicationResult::in_flight(std::size_t index) const {
  const std::vector<SeriesBin>& bins = traffic[index].series;
  std::vector<double> means;
  auto level = static_cast<double>(bins[0].starts);
  for (std::size_t i = 1; i < bins.size(); ++i) {
    const Duration width = std::min(bin, window - static_cast<std::int64_t>(i - 1) * bin);
    means.push_back(level + static_cast<double>(bins[i].start_rest_ns) / static_cast<double>(width.count()));
    level += static_cast<double>(bins[i].starts);
  }
  return means;
}

Recorder::Recorder(const Setup& setup)
    : setup_{setup},
      arrival_bin_{setup.window_start, setup.bin},
      latency_bin_{setup.window_start, setup.bin},
      end_bin_{setup.window_start, setup.bin},
      slice_{Time{}, setup.slice},
      sample_{setup.traffic, setup.sample} {
  for (const HopInfo& hop : setup.hops) kinds_.push_back(hop.kind);
  const auto count = [](Duration whole, Duration part) {
    return static_cast<std::size_t>((whole + part - Duration{1}) / part);
  };
  const std::size_t bins = count(setup.window_end - setup.window_start, setup.bin);
  const std::size_t slices = count(setup.window_end - Time{}, setup.slice);
  result_.traffic.resize(setup.traffic);
  for (TrafficTotals& traffic : result_.traffic) {
    traffic.outcomes.resize(setup.hops.size());
    traffic.hops.resize(setup.hops.size());
    traffic.series.resize(bins + 1);
    traffic.latency_series.resize(slices);
  }
  result_.endpoints.resize(setup.pods);
  result_.stations.resize(setup.pods);
  result_.nodes.resize(setup.nodes);
  result_.bin = setup.bin;
  result_.slice = setup.slice;
  result_.warmup = setup.window_start - Time{};
  result_.window = setup.window_end - setup.window_start;
}

void Recorder::arrived(std::uint32_t index, Time now) {
  TrafficTotals& traffic = result_.traffic[index];
  ++result_.requests;
  if (now >= setup_.window_end) return;
  if (now >= setup_.window_start) ++traffic.offered;
  ++count_in_flight(traffic, arrival_bin_, now, +1).offered;
}

/// The requests in flight of every bin follow from what each arrival and each end leaves of its own bin. @return the bin
SeriesBin& Recorder::count_in_flight(TrafficTotals& traffic, BinCursor& cursor, Time t, int change) {
  SeriesBin& bin = traffic.series[bin_of(cursor, t)];
  const Time end = t < setup_.window_start ? setup_.window_start : std::min(cursor.end(t), setup_.window_end);
  bin.starts += change;
  bin.start_rest_ns += change * (end - t).count();
  return bin;
}

void Recorder::completed(const Request& request, Time end) {
  TrafficTotals& traffic = result_.traffic[request.owner];
  const Duration latency = end - request.arrived;
  const bool ok = request.status == Outcome::ok;
  if (request.arrived < setup_.window_end) {
    if (end < setup_.window_end) count_in_flight(traffic, end_bin_, end, -1);
    SeriesBin& bin = traffic.series[bin_of(latency_bin_, request.arrived)];
    if (ok) {
      ++bin.completed;
      bin.ok.add(latency);
      traffic.latency_series[slice_.index(request.arrived)].add(latency);
    } else {
      ++bin.errors;
    }
  }
  if (!request.measured) return;
  sample_.add(request, end);
  const HopId where = ok ? request.frames[0].hop : request.failed_at;
  ++traffic.outcomes[static_cast<std::size_t>(where)][static_cast<std::size_t>(request.status)];
  traffic.attempts += request.attempt + 1u;
  if (ok) {
    traffic.ok.add(latency);
    traffic.ok_sum.add(latency);
    record_hops(request, traffic, end);
  } else {
    traffic.failed.add(latency);
    record_failure(request);
  }
}

/// Splits the latency of a success among its hops, so that the parts sum to it to the nanosecond: what passed before
/// the last attempt, before its connection, then each hop's delays, and at the last one waiting and service.
void Recorder::record_hops(const Request& request, TrafficTotals& traffic, Time end) {
  constexpr Duration kNone{0};
  const Frame& client = request.frames[0];
  if (client.entered > request.arrived) traffic.retries.add(client.entered - request.arrived, kNone, kNone);
  if (client.started > client.entered) traffic.client_pool.add(client.started - client.entered, kNone, kNone);
  if (request.attempt_started > client.started) traffic.connect.add(kNone, kNone, request.attempt_started - client.started);

  Time from = request.attempt_started;
  Duration backs{0};
  const std::size_t last = request.top - 1u;
  for (std::size_t i = 0; i < last; ++i) {
    const Frame& frame = request.frames[i];
    const Frame& next = request.frames[i + 1];
    const Duration time = next.entered - from + frame.back;
    const HopKind kind = kinds_[static_cast<std::size_t>(frame.hop)];
    if (kind == HopKind::ingress) {
      record_ingress(frame, time, traffic);
    } else if (kind == HopKind::l7_edge) {
      const Duration wait = frame.started - frame.entered;  // for a target that may take no more
      traffic.hops[static_cast<std::size_t>(frame.hop)].add(wait, kNone, time - wait);
    } else {
      traffic.hops[static_cast<std::size_t>(frame.hop)].add(kNone, kNone, time);
    }
    from = next.entered;
    backs += frame.back;
    record_node(request, i, &traffic);
  }
  const Frame& top = request.frames[last];
  const Duration wait = top.started - top.entered, service = end - backs - top.started;
  traffic.hops[static_cast<std::size_t>(top.hop)].add(wait, service, kNone);
  if (!setup_.records_rest.empty() && setup_.records_rest[request.owner]) traffic.ok_rest.add(end - request.arrived - service);
  record_pod(top, wait, service);
}

/// A proxy in a pod: its worker's queue, its worker, and what passes beside them (failed tries included).
void Recorder::record_ingress(const Frame& frame, Duration time, TrafficTotals& traffic) {
  const Duration wait = frame.started - frame.entered, service{frame.served_ns};
  traffic.hops[static_cast<std::size_t>(frame.hop)].add(wait, service, time - wait - service);
  record_pod(frame, wait, service);
}

void Recorder::record_pod(const Frame& frame, Duration wait, Duration service) {
  EndpointTotals& pod = result_.endpoints[static_cast<std::uint32_t>(frame.endpoint)];
  ++pod.requests;
  pod.wait_ns += wait.count();
  pod.sojourn_ns += (wait + service).count();
}

void Recorder::record_failure(const Request& request) {
  for (std::size_t i = 0; i < request.top; ++i) {
    const Frame& frame = request.frames[i];
    const HopKind kind = kinds_[static_cast<std::size_t>(frame.hop)];
    if (kind == HopKind::pod || kind == HopKind::ingress) {
      EndpointTotals& pod = result_.endpoints[static_cast<std::uint32_t>(frame.endpoint)];
      ++pod.requests;
      ++pod.errors;
    }
    if (kind != HopKind::pod && i + 1 < request.top) record_node(request, i, nullptr);
    // What a node drops or refuses came to it all the same.
    if (kind == HopKind::kube_proxy && i + 1 == request.top) ++result_.nodes[static_cast<std::uint32_t>(frame.endpoint)].requests;
  }
}

/// What a hop that chooses nodes or leaves them did with the request. @param traffic null for a failure
void Recorder::record_node(const Request& request, std::size_t at, TrafficTotals* traffic) {
  const Frame& frame = request.frames[at];
  const HopKind kind = kinds_[static_cast<std::size_t>(frame.hop)];
  const auto here = static_cast<std::uint32_t>(frame.endpoint), next = static_cast<std::uint32_t>(request.frames[at + 1].endpoint);
  if (kind == HopKind::kube_proxy) {
    NodeTotals& node = result_.nodes[here];
    ++node.requests;
    const std::uint32_t there = setup_.node_of_pod[next];
    if (there == here) return;
    ++node.second_hops;
    if (traffic == nullptr) return;
    ++traffic->second_hops;
    traffic->zone_crossings += crosses_zones(here, there);
  } else if (traffic == nullptr) {
    return;
  } else if (kind == HopKind::l4_edge) {
    const bool is_node = kinds_[static_cast<std::size_t>(request.frames[at + 1].hop)] == HopKind::kube_proxy;
    traffic->zone_crossings += setup_.zone_of_node[is_node ? next : setup_.node_of_pod[next]] != here;
  } else if (kind == HopKind::cluster_ip || kind == HopKind::network) {
    traffic->zone_crossings += crosses_zones(here, setup_.node_of_pod[next]);
  } else if (kind == HopKind::ingress && kinds_[static_cast<std::size_t>(request.frames[at + 1].hop)] == HopKind::pod) {
    traffic->zone_crossings += crosses_zones(setup_.node_of_pod[here], setup_.node_of_pod[next]);
  }
}

}  // namespace towtank
