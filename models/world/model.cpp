#include "models/world/model.hpp"

#include <algorithm>

#include "sim/random/mix.hpp"
#include "sim/random/purpose.hpp"

namespace towtank::model {

std::vector<std::uint32_t> healthy_nodes(const Cluster& cluster, const Edge& edge) {
  const ServicePort& service = cluster.services[edge.service];
  if (!service.local || edge.is_name) return edge.nodes;
  std::vector<bool> has_pod(cluster.nodes.size(), false);
  for (const std::uint32_t pod : service.pods) has_pod[cluster.pods[pod].node] = true;
  for (const std::uint32_t node : service.healthy_by_others) has_pod[node] = true;
  std::vector<std::uint32_t> healthy;
  for (const std::uint32_t node : edge.nodes)
    if (has_pod[node]) healthy.push_back(node);
  return healthy.empty() ? edge.nodes : healthy;
}

std::uint64_t announcer_rank(const std::string& node, const std::string& service) {
  return mixed(static_cast<std::uint64_t>(purpose_of(node + "#" + service)));
}

namespace {

/// Nodes that have none stay out, unless none has any.
std::vector<std::uint32_t> once_for_each_pod(const Cluster& cluster, const Edge& edge, const std::vector<std::uint32_t>& nodes) {
  std::vector<std::uint32_t> made;
  for (const std::uint32_t node : nodes)
    for (const std::uint32_t pod : cluster.services[edge.service].pods)
      if (cluster.pods[pod].node == node) made.push_back(node);
  return made.empty() ? nodes : made;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> entry_targets(const Cluster& cluster, const Edge& edge) {
  std::vector<std::uint32_t> healthy = healthy_nodes(cluster, edge);
  if (edge.one_node && !healthy.empty()) {
    const auto rank = [&](std::uint32_t node) { return announcer_rank(cluster.nodes[node].name, cluster.services[edge.service].name); };
    const auto before = [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); };
    healthy = {*std::min_element(healthy.begin(), healthy.end(), before)};
  }
  if (edge.weighs_pods) healthy = once_for_each_pod(cluster, edge, healthy);
  if (!edge.zonal) return {healthy};
  std::vector<std::vector<std::uint32_t>> targets(cluster.zones.size());
  for (const std::uint32_t node : healthy)
    for (std::uint32_t zone = 0; zone < targets.size(); ++zone)
      if (edge.cross_zone || cluster.nodes[node].zone == zone) targets[zone].push_back(node);
  return targets;
}

std::vector<std::vector<std::uint32_t>> entry_pods(const Cluster& cluster, const Edge& edge) {
  const std::vector<std::uint32_t>& pods = cluster.services[edge.service].pods;
  if (!edge.zonal) return {pods};
  std::vector<std::vector<std::uint32_t>> targets(cluster.zones.size());
  for (const std::uint32_t pod : pods)
    for (std::uint32_t zone = 0; zone < targets.size(); ++zone)
      if (edge.cross_zone || cluster.nodes[cluster.pods[pod].node].zone == zone) targets[zone].push_back(pod);
  return targets;
}

std::vector<std::uint32_t> replicas_by_zone(const Cluster& cluster, std::uint32_t proxy) {
  std::vector<std::uint32_t> replicas(cluster.zones.size(), 0);
  for (const Pod& pod : cluster.pods)
    if (cluster.workloads[pod.workload].proxy == proxy) ++replicas[cluster.nodes[pod.node].zone];
  return replicas;
}

std::vector<std::uint32_t> zones_of(const Cluster& cluster, const std::vector<std::uint32_t>& pods) {
  std::vector<std::uint32_t> zones;
  for (const std::uint32_t pod : pods) zones.push_back(cluster.nodes[cluster.pods[pod].node].zone);
  return zones;
}

std::vector<std::uint32_t> pod_groups(const Cluster& cluster) {
  constexpr std::uint32_t kNone = UINT32_MAX;
  // Of each pod one that comes before it in its group, or itself: the group's first leads to no other.
  std::vector<std::uint32_t> before(cluster.pods.size());
  for (std::uint32_t pod = 0; pod < before.size(); ++pod) before[pod] = pod;
  const auto first_of = [&](std::uint32_t pod) {
    while (before[pod] != pod) pod = before[pod] = before[before[pod]];
    return pod;
  };
  const auto join = [&](std::uint32_t a, std::uint32_t b) {
    const auto [low, high] = std::minmax({first_of(a), first_of(b)});
    before[high] = low;
  };
  std::vector<std::uint32_t> first_of_workload(cluster.workloads.size(), kNone);
  for (std::uint32_t pod = 0; pod < before.size(); ++pod) {
    std::uint32_t& first = first_of_workload[cluster.pods[pod].workload];
    if (first == kNone) first = pod;
    join(first, pod);
  }
  for (const ServicePort& service : cluster.services)
    for (const std::uint32_t pod : service.pods) join(service.pods.front(), pod);
  std::vector<std::uint32_t> groups(before.size());
  std::uint32_t count = 0;
  for (std::uint32_t pod = 0; pod < groups.size(); ++pod) groups[pod] = first_of(pod) == pod ? count++ : groups[first_of(pod)];
  return groups;
}

std::vector<BackendShare> backends_of(const Cluster& cluster, const Traffic& traffic) {
  if (!traffic.proxy || !traffic.backend) return {};
  const std::vector<Proxy::Backend>& all = cluster.proxies[*traffic.proxy].backends;
  if (!traffic.canary) return {{&all[*traffic.backend], 1.0}};
  return {{&all[*traffic.backend], 1.0 - traffic.canary->share()}, {&all[traffic.canary->backend], traffic.canary->share()}};
}

std::string scheduler_of(const Cluster& cluster, const ServicePort& service) {
  if (service.entry == ServicePort::Entry::direct) return {};
  return cluster.kube_proxy.at_socket && service.entry == ServicePort::Entry::cluster_ip ? std::string{} : cluster.kube_proxy.scheduler;
}

bool masquerades(const Cluster& cluster, const ServicePort& service) {
  return service.entry == ServicePort::Entry::node_port && !service.local && !cluster.kube_proxy.answers_directly;
}

/// Ports that pods have of their nodes are nobody's elsewhere. @source models/SOURCES.md 3.1 (Cilium)
bool refuses_without_pods(const Cluster& cluster, const ServicePort& service) {
  return service.entry == ServicePort::Entry::direct || cluster.kube_proxy.at_socket;
}

std::vector<CrossedRules> rules_on_way(const Cluster& cluster, const Traffic& traffic) {
  std::vector<CrossedRules> found;
  if (traffic.entry == Traffic::Entry::edge && !cluster.edges[traffic.edge].to_pods)
    found.push_back({&cluster.services[cluster.edges[traffic.edge].service], cluster.edges[traffic.edge].l7});
  if (traffic.entry == Traffic::Entry::service && cluster.services[traffic.service].entry != ServicePort::Entry::direct)
    found.push_back({&cluster.services[traffic.service], false});
  for (const auto& [backend, share] : backends_of(cluster, traffic))
    if (backend->through_service) found.push_back({&cluster.services[backend->service], true});
  return found;
}

const std::vector<std::uint32_t>& first_pods(const Cluster& cluster, const Traffic& traffic) {
  static const std::vector<std::uint32_t> kNone;
  switch (traffic.entry) {
    case Traffic::Entry::edge:
      return cluster.services[cluster.edges[traffic.edge].service].pods;
    case Traffic::Entry::service:
      return cluster.services[traffic.service].pods;
    case Traffic::Entry::refused:
    case Traffic::Entry::lost:
      break;
  }
  return kNone;
}

const std::vector<std::uint32_t>& serving_pods(const Cluster& cluster, const Traffic& traffic) {
  static const std::vector<std::uint32_t> kNone;
  if (!traffic.proxy) return first_pods(cluster, traffic);
  if (!traffic.backend) return kNone;
  if (traffic.canary) return traffic.canary->pods;
  return cluster.services[cluster.proxies[*traffic.proxy].backends[*traffic.backend].service].pods;
}

}  // namespace towtank::model
