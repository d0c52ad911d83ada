#include "models/study/offered_load.hpp"

#include <algorithm>

#include "models/balancers/balancer.hpp"

namespace towtank {

namespace {

double service_mean_s(const model::Cluster& cluster, const model::Pod& pod) { return work_of(cluster, pod).mean_s() * pod.slowdown; }

/// Adds what `rate` connections arriving at one node bring to the pods behind it.
void add_through_node(const model::Cluster& cluster, const model::ServicePort& service, std::uint32_t node, double rate,
                      std::vector<double>& pods) {
  if (!service.local) {
    for (const std::uint32_t pod : service.pods) pods[pod] += rate / static_cast<double>(service.pods.size());
    return;
  }
  std::vector<std::uint32_t> set;
  for (const std::uint32_t pod : service.pods)
    if (cluster.pods[pod].node == node) set.push_back(pod);
  for (const std::uint32_t pod : set) pods[pod] += rate / static_cast<double>(set.size());
}

/// From callers inside the cluster, each at its node.
void add_inside(const model::Cluster& cluster, const model::ServicePort& service, const std::vector<std::uint32_t>& nodes, double rate,
                std::vector<double>& pods) {
  for (const std::uint32_t node : nodes) add_through_node(cluster, service, node, rate / static_cast<double>(nodes.size()), pods);
}

/// Of the algorithms that look at requests in flight or at latencies.
bool looks_at_load(const std::string& balancer) { return balancer == "least_request" || balancer == "least_conn" || balancer == "ewma"; }

/// What a proxy spreads itself, request by request. A balancer that looks at the load is taken to even the utilization out.
void add_by_request(const model::Cluster& cluster, const model::ServicePort& service, const model::Balance& balance, double rate,
                    std::vector<double>& pods) {
  const auto takes_time = [&](std::uint32_t pod) { return service_mean_s(cluster, cluster.pods[pod]) > 0.0; };
  const bool evens_out = looks_at_load(balance.name) && std::all_of(service.pods.begin(), service.pods.end(), takes_time);
  const auto weight = [&](std::uint32_t pod) {
    return evens_out ? servers_of(cluster, cluster.pods[pod]) / service_mean_s(cluster, cluster.pods[pod]) : 1.0;
  };
  double sum = 0.0;
  for (const std::uint32_t pod : service.pods) sum += weight(pod);
  for (const std::uint32_t pod : service.pods) pods[pod] += rate * weight(pod) / sum;
}

/// What reaches the pods of an ingress controller goes on to the backend's.
void add_behind_proxy(const model::Cluster& cluster, const model::Traffic& traffic, const std::vector<double>& at_proxy,
                      std::vector<double>& pods) {
  if (!traffic.backend) return;
  const model::Proxy::Backend& backend = cluster.proxies[*traffic.proxy].backends[*traffic.backend];
  const model::ServicePort& service = cluster.services[backend.service];
  if (service.closed) return;
  double rate = 0.0;
  for (std::size_t pod = 0; pod < at_proxy.size(); ++pod) {
    rate += at_proxy[pod];
    if (backend.through_service && at_proxy[pod] > 0.0) add_through_node(cluster, service, cluster.pods[pod].node, at_proxy[pod], pods);
  }
  if (!backend.through_service) add_by_request(cluster, service, backend.balance, rate, pods);
}

void add_l4(const model::Cluster& cluster, const model::Edge& edge, double rate, std::vector<double>& pods) {
  const model::ServicePort& service = cluster.services[edge.service];
  const std::vector<std::vector<std::uint32_t>> targets = model::entry_targets(cluster, edge);
  const auto open = std::count_if(targets.begin(), targets.end(), [](const auto& zone) { return !zone.empty(); });
  std::vector<double> by_node(cluster.nodes.size(), 0.0);
  for (const std::vector<std::uint32_t>& zone : targets)
    for (const std::uint32_t node : zone) by_node[node] += rate / static_cast<double>(open) / static_cast<double>(zone.size());
  for (std::uint32_t node = 0; node < by_node.size(); ++node)
    if (by_node[node] > 0.0) add_through_node(cluster, service, node, by_node[node], pods);
}

/// Where an L7 edge's requests end up. A node that drops them passes its part on to the others, if the edge tries these
/// and the client waits for it.
std::vector<std::uint32_t> serving_nodes(const model::Cluster& cluster, const model::Edge& edge, const std::optional<Duration>& patience) {
  const model::ServicePort& service = cluster.services[edge.service];
  const bool passes_on = edge.tries > 1 && (!patience || *patience > edge.connect_timeout);
  if (!service.local || !passes_on) return edge.nodes;
  std::vector<std::uint32_t> serving;
  for (const std::uint32_t node : edge.nodes)
    if (std::any_of(service.pods.begin(), service.pods.end(), [&](std::uint32_t pod) { return cluster.pods[pod].node == node; }))
      serving.push_back(node);
  return serving;
}

void add_l7(const model::Cluster& cluster, const model::Edge& edge, double rate, const std::optional<Duration>& patience,
            std::vector<double>& pods) {
  const model::ServicePort& service = cluster.services[edge.service];
  if (!edge.to_pods) {
    const std::vector<std::uint32_t> nodes = serving_nodes(cluster, edge, patience);
    for (const std::uint32_t node : nodes) add_through_node(cluster, service, node, rate / static_cast<double>(nodes.size()), pods);
    return;
  }
  add_by_request(cluster, service, edge.balance, rate, pods);
}

/// What arrives at the first pods on the way, by pod.
void add_entry(const model::Cluster& cluster, const model::Traffic& traffic, std::vector<double>& arrivals) {
  if (traffic.entry == model::Traffic::Entry::service) {
    const model::ServicePort& service = cluster.services[traffic.service];
    if (!service.closed) add_inside(cluster, service, traffic.nodes, traffic.rate_per_s, arrivals);
  } else if (traffic.entry == model::Traffic::Entry::edge) {
    const model::Edge& edge = cluster.edges[traffic.edge];
    if (cluster.services[edge.service].closed) return;
    if (edge.l7)
      add_l7(cluster, edge, traffic.rate_per_s, traffic.timeout, arrivals);
    else
      add_l4(cluster, edge, traffic.rate_per_s, arrivals);
  }
}

/// What share of a traffic's requests brings the set-up of a TLS connection with it, at least: kept connections may also
/// age or idle away.
double handshakes_per_request(const model::Cluster& cluster, const model::Traffic& traffic) {
  const bool ends_before = traffic.entry == model::Traffic::Entry::edge && cluster.edges[traffic.edge].l7;
  if (!traffic.tls || ends_before) return 0.0;
  if (!traffic.keepalive) return 1.0;
  return traffic.max_requests == 0 ? 0.0 : 1.0 / traffic.max_requests;
}

/// Whether the queue that the user limited stays within the limit: with 503 always; else only where each request needs
/// a connection of its own, for what an open connection sends waits in its socket.
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

}  // namespace

const Distribution& work_of(const model::Cluster& cluster, const model::Pod& pod) {
  const model::Workload& workload = cluster.workloads[pod.workload];
  if (workload.proxy) return cluster.proxies[*workload.proxy].cpu;
  return workload.cpu ? *workload.cpu : workload.service;
}

std::uint32_t servers_of(const model::Cluster& cluster, const model::Pod& pod) {
  const model::Workload& workload = cluster.workloads[pod.workload];
  return workload.proxy ? cluster.proxies[*workload.proxy].workers : workload.servers;
}

OfferedLoad offered_load(const model::Cluster& cluster) {
  OfferedLoad load;
  load.arrivals_per_s.assign(cluster.pods.size(), 0.0);
  std::vector<double> handshakes_s(cluster.pods.size(), 0.0);  // work per second, of proxies
  for (const model::Traffic& traffic : cluster.traffic) {
    if (traffic.arrivals == model::Traffic::Arrivals::closed) {
      load.closed = true;
      continue;
    }
    std::vector<double> arrivals(cluster.pods.size(), 0.0);
    add_entry(cluster, traffic, arrivals);
    if (traffic.proxy) add_behind_proxy(cluster, traffic, arrivals, load.arrivals_per_s);
    for (std::size_t pod = 0; traffic.proxy && pod < arrivals.size(); ++pod)
      handshakes_s[pod] += arrivals[pod] * handshakes_per_request(cluster, traffic) * to_seconds(cluster.proxies[*traffic.proxy].handshake);
    for (std::size_t pod = 0; pod < arrivals.size(); ++pod) load.arrivals_per_s[pod] += arrivals[pod];
  }
  for (std::uint32_t i = 0; i < cluster.pods.size(); ++i) {
    const model::Workload& workload = cluster.workloads[cluster.pods[i].workload];
    const double work_s = load.arrivals_per_s[i] * service_mean_s(cluster, cluster.pods[i]) + handshakes_s[i] * cluster.pods[i].slowdown;
    const double utilization = work_s / servers_of(cluster, cluster.pods[i]);
    load.utilization.push_back(utilization);
    if (utilization > load.utilization[load.bottleneck]) load.bottleneck = i;
    if (!(utilization >= 1.0)) continue;
    load.is_overloaded = true;
    if (!limit_holds(cluster, workload) && !workload.queue_timeout) load.has_steady_state = false;
  }
  return load;
}

std::string bottleneck_name(const model::Cluster& cluster, const OfferedLoad& load) {
  if (cluster.pods.empty()) return {};
  const model::Pod& pod = cluster.pods[load.bottleneck];
  return "pod " + pod.name + " on " + cluster.nodes[pod.node].name;
}

}  // namespace towtank
