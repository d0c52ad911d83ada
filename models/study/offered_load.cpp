#include "models/study/offered_load.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "models/kubernetes/name_order.hpp"

namespace towtank {

bool limit_holds(const model::Cluster& cluster, const model::Workload& workload) {
  if (!workload.queue_limit_given) return false;
  if (workload.when_full == model::WhenFull::http_503) return true;
  return std::none_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
    if (traffic.proxy) return cluster.proxies[*traffic.proxy].keeps_upstream;
    if (traffic.entry != model::Traffic::Entry::edge) return traffic.keepalive;
    const model::Edge& edge = cluster.edges[traffic.edge];
    return (traffic.keepalive && !edge.l7) || edge.upstream == model::Edge::Upstream::pooled;
  });
}

double handshake_mean_s(const model::Cluster& cluster, const model::Traffic& traffic) {
  const bool ends_before = traffic.entry == model::Traffic::Entry::edge && cluster.edges[traffic.edge].l7;
  if (!traffic.proxy || !traffic.tls || ends_before) return 0.0;
  const double one_s = to_seconds(cluster.proxies[*traffic.proxy].handshake);
  if (!traffic.keepalive) return one_s;
  return traffic.max_requests == 0 ? 0.0 : one_s / traffic.max_requests;
}

double mean_attempts(const model::Cluster& cluster, const model::Traffic& traffic, const PathSpread& spread) {
  const model::Retries& retries = traffic.retries;
  const bool by_edge = traffic.entry == model::Traffic::Entry::edge && cluster.edges[traffic.edge].l7;
  const double lost = spread.dropped + spread.refused;
  // A proxy answers for what lies behind it. A caller inside comes by its own node, whatever it tries.
  const double reached = std::accumulate(spread.at_first.begin(), spread.at_first.end(), 0.0);
  const double in_front = by_edge ? 0.0 : traffic.proxy ? std::min(lost, 1.0 - reached) : lost;
  const double unanswered = std::min(in_front, spread.dropped);
  const double failing = (retries.on_connect_failure ? in_front : retries.on_timeout ? unanswered : 0.0) + (retries.on_5xx ? lost - in_front : 0.0);
  if (retries.budget > 0.0 || traffic.inside || failing <= 0.0) return 1.0;
  double attempts = 0.0, left = 1.0;  // those who failed all the time before
  for (std::uint32_t i = 0; i <= retries.max; ++i, left *= failing) attempts += left;
  return attempts;
}

namespace {

constexpr double kOfBrim = 1e-9;

/// Requests of open traffic that an edge has at its targets, in the mean: from the choice of a target on, without a wait in a
/// pod, or what lies between nodes and pods.
/// @source Little's law
double requests_beyond(const model::Cluster& cluster, std::uint32_t index, const std::vector<PathSpread>& spreads) {
  const model::Edge& edge = cluster.edges[index];
  double requests = 0.0;
  for (std::size_t t = 0; t < cluster.traffic.size(); ++t) {
    const model::Traffic& traffic = cluster.traffic[t];
    if (!traffic.is_open() || traffic.entry != model::Traffic::Entry::edge || traffic.edge != index) continue;
    const double round_trips = edge.upstream == model::Edge::Upstream::per_request ? 1.0 + edge.upstream_setup_round_trips : 1.0;
    double time_s = edge.adder.mean_s() + round_trips * cluster.network.same_zone.mean_s();
    for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod) time_s += spreads[t].visits(pod) * service_mean_s(cluster, cluster.pods[pod]);
    requests += traffic.rate_per_s * mean_attempts(cluster, traffic, spreads[t]) * time_s;
  }
  return requests;
}

/// Whether all that comes to a pod comes by edges that let it have a limited number of requests at once: the others wait there,
/// for a limited time.
bool waits_at_edges(const model::Cluster& cluster, std::uint32_t pod, const std::vector<PathSpread>& spreads) {
  for (std::size_t t = 0; t < cluster.traffic.size(); ++t) {
    const model::Traffic& traffic = cluster.traffic[t];
    if (spreads[t].visits(pod) <= 0.0) continue;
    if (traffic.entry != model::Traffic::Entry::edge || !places_of_target(cluster.edges[traffic.edge].balance)) return false;
  }
  return true;
}

/// Edges whose targets take a limited number each.
void add_places(const model::Cluster& cluster, const std::vector<PathSpread>& spreads, OfferedLoad& load) {
  for (std::uint32_t i = 0; i < cluster.edges.size(); ++i) {
    const model::Edge& edge = cluster.edges[i];
    const std::optional<double> each = places_of_target(edge.balance);
    const std::size_t targets = edge.to_pods ? cluster.services[edge.service].pods.size() : edge.nodes.size();
    if (!each || targets == 0) continue;
    double taken = requests_beyond(cluster, i, spreads) / (*each * static_cast<double>(targets));
    if (edge.to_pods && passes_full_ones_over(edge.balance)) {
      double borne_per_s = 0.0;
      for (const std::uint32_t pod : cluster.services[edge.service].pods) borne_per_s += bearable_per_s(cluster, edge, pod);
      taken = open_rate_per_s(cluster, edge) / borne_per_s;
    }
    if (taken <= load.places_taken) continue;
    load.places_taken = taken;
    load.tightest_edge = i;
  }
  load.is_overloaded = load.is_overloaded || load.places_taken >= 1.0;
}

}  // namespace

OfferedLoad offered_load(const model::Cluster& cluster) {
  std::vector<PathSpread> spreads;
  for (const model::Traffic& traffic : cluster.traffic) spreads.push_back(path_spread(cluster, traffic));
  return offered_load(cluster, spreads);
}

OfferedLoad offered_load(const model::Cluster& cluster, const std::vector<PathSpread>& spreads) {
  OfferedLoad load;
  load.arrivals_per_s.assign(cluster.pods.size(), 0.0);
  load.is_looped.assign(cluster.pods.size(), false);
  std::vector<double> handshakes_s(cluster.pods.size(), 0.0);  // work per second, of proxies
  for (std::size_t t = 0; t < cluster.traffic.size(); ++t) {
    const model::Traffic& traffic = cluster.traffic[t];
    if (traffic.arrivals == model::Traffic::Arrivals::closed) {
      load.closed = true;
      for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod)
        if (spreads[t].visits(pod) > 0.0) load.is_looped[pod] = true;
      continue;
    }
    const double handshake_s = handshake_mean_s(cluster, traffic), attempts_per_s = traffic.rate_per_s * mean_attempts(cluster, traffic, spreads[t]);
    for (std::size_t pod = 0; pod < cluster.pods.size(); ++pod) {
      load.arrivals_per_s[pod] += attempts_per_s * spreads[t].visits(pod);
      handshakes_s[pod] += attempts_per_s * spreads[t].at_first[pod] * handshake_s;
    }
  }
  std::optional<std::uint32_t> bottleneck;
  for (std::uint32_t i = 0; i < cluster.pods.size(); ++i) {
    const model::Workload& workload = cluster.workloads[cluster.pods[i].workload];
    const double work_s = load.arrivals_per_s[i] * service_mean_s(cluster, cluster.pods[i]) + handshakes_s[i] * cluster.pods[i].slowdown;
    const double utilization = work_s / servers_of(cluster, cluster.pods[i]);
    load.utilization.push_back(utilization);
    const bool is_brimful = std::abs(utilization - 1.0) < kOfBrim && waits_at_edges(cluster, i, spreads);  // and its excess elsewhere
    if (is_brimful) continue;
    if (!bottleneck || utilization > load.utilization[*bottleneck]) bottleneck = i;
    if (!(utilization >= 1.0)) continue;
    load.is_overloaded = true;
    if (limit_holds(cluster, workload) || workload.queue_timeout) continue;
    if (waits_at_edges(cluster, i, spreads)) {
      load.waits_at_edge = true;
      continue;
    }
    if (load.has_steady_state || utilization > load.utilization[load.unbounded]) load.unbounded = i;
    load.has_steady_state = false;
  }
  load.bottleneck = bottleneck.value_or(0);
  add_places(cluster, spreads, load);
  return load;
}

std::string station_name(const model::Cluster& cluster, std::uint32_t pod) {
  return "pod " + cluster.pods[pod].name + " on " + cluster.nodes[cluster.pods[pod].node].name;
}

std::string bottleneck_name(const model::Cluster& cluster, const OfferedLoad& load) {
  if (load.is_short_of_places()) return "edge " + cluster.edges[load.tightest_edge].name + " (maxconn)";
  return cluster.pods.empty() ? std::string{} : station_name(cluster, load.bottleneck);
}

std::vector<std::uint32_t> pods_by_name(const model::Cluster& cluster) {
  std::vector<std::uint32_t> pods(cluster.pods.size());
  for (std::uint32_t i = 0; i < pods.size(); ++i) pods[i] = i;
  std::sort(pods.begin(), pods.end(), [&](std::uint32_t a, std::uint32_t b) {
    return comes_before_by_name(cluster.pods[a].name, cluster.pods[b].name);
  });
  return pods;
}

}  // namespace towtank
