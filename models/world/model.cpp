#include "models/world/model.hpp"

#include <algorithm>

#include "sim/random/mix.hpp"
#include "sim/random/purpose.hpp"

namespace towtank::model {

std::vector<std::uint32_t> healthy_nodes(const Cluster& cluster, const Edge& edge) {
  const ServicePort& service = cluster.services[edge.service];
  if (!service.local) return edge.nodes;
  std::vector<bool> has_pod(cluster.nodes.size(), false);
  for (const std::uint32_t pod : service.pods) has_pod[cluster.pods[pod].node] = true;
  std::vector<std::uint32_t> healthy;
  for (const std::uint32_t node : edge.nodes)
    if (has_pod[node]) healthy.push_back(node);
  return healthy.empty() ? edge.nodes : healthy;
}

std::uint64_t announcer_rank(const std::string& node, const std::string& service) {
  return mixed(static_cast<std::uint64_t>(purpose_of(node + "#" + service)));
}

std::vector<std::vector<std::uint32_t>> entry_targets(const Cluster& cluster, const Edge& edge) {
  std::vector<std::uint32_t> healthy = healthy_nodes(cluster, edge);
  if (edge.one_node && !healthy.empty()) {
    const auto rank = [&](std::uint32_t node) { return announcer_rank(cluster.nodes[node].name, cluster.services[edge.service].name); };
    const auto before = [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); };
    healthy = {*std::min_element(healthy.begin(), healthy.end(), before)};
  }
  if (!edge.zonal) return {healthy};
  std::vector<std::vector<std::uint32_t>> targets(cluster.zones.size());
  for (const std::uint32_t node : healthy)
    for (std::uint32_t zone = 0; zone < targets.size(); ++zone)
      if (edge.cross_zone || cluster.nodes[node].zone == zone) targets[zone].push_back(node);
  return targets;
}

const std::vector<std::uint32_t>& serving_pods(const Cluster& cluster, const Traffic& traffic) {
  static const std::vector<std::uint32_t> kNone;
  if (traffic.proxy) {
    if (!traffic.backend) return kNone;
    return cluster.services[cluster.proxies[*traffic.proxy].backends[*traffic.backend].service].pods;
  }
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

}  // namespace towtank::model
