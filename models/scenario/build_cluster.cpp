#include <algorithm>

#include "models/cluster/topology.hpp"
#include "models/scenario/builder.hpp"
#include "sim/core/check.hpp"
#include "sim/random/draws.hpp"

namespace towtank::scenario {

namespace {

/// Services whose rules a node walks through when the scenario does not say: manifests are never the whole cluster.
constexpr std::int64_t kServicesOfACluster = 100;

towtank::PlacementPolicy policy_of(PlacementPolicy policy) {
  switch (policy) {
    case PlacementPolicy::even:
      return towtank::PlacementPolicy::even;
    case PlacementPolicy::scheduler_default:
      return towtank::PlacementPolicy::scheduler_default;
    case PlacementPolicy::random:
      return towtank::PlacementPolicy::random;
    case PlacementPolicy::packed:
      break;
  }
  return towtank::PlacementPolicy::packed;
}

bool takes_pods(const NodePool& pool) {
  const auto repels = [](const std::string& taint) {
    return taint.find("NoSchedule") != std::string::npos || taint.find("NoExecute") != std::string::npos;
  };
  return pool.role != "control-plane" && std::none_of(pool.taints.begin(), pool.taints.end(), repels);
}

bool is_excluded_from_edges(const NodePool& pool) {
  return pool.role == "control-plane" || pool.labels.count("node.kubernetes.io/exclude-from-external-load-balancers") > 0;
}

}  // namespace

Distribution Builder::leg(const std::optional<Distribution>& given, LegKind kind) {
  if (given) return *given;
  const CostDefault fallback = preset_.round_trip(kind);
  assume(fallback);
  return fallback.law;
}

void Builder::add_network() {
  const Network& given = scenario_.cluster.network;
  model::Network& network = built_.cluster.network;
  network.client = leg(given.client, LegKind::client);
  network.same_node = leg(given.same_node, LegKind::same_node);
  network.same_zone = leg(given.same_zone, LegKind::same_zone);
  network.cross_zone = leg(given.cross_zone, LegKind::cross_zone);
  if (is_ideal()) return;

  const FirstPacketCost costs = preset_.first_packet();
  model::KubeProxy& proxy = built_.cluster.kube_proxy;
  proxy.lookup = costs.base.law;
  proxy.conntrack = costs.conntrack.law;
  proxy.snat = costs.source_nat.law;
  for (const CostDefault& cost : {costs.base, costs.conntrack, costs.source_nat}) assume(cost);
  if (scenario_.cluster.kube_proxy != KubeProxyMode::iptables) return;
  const std::int64_t services = scenario_.cluster.kube_proxy_services.value_or(kServicesOfACluster);
  proxy.chain_walk_s = costs.service_rule_s * static_cast<double>(services);
  proxy.per_endpoint_s = costs.endpoint_rule_s;
  if (!scenario_.cluster.kube_proxy_services)
    assume("kube-proxy's rules hold " + std::to_string(services) + " Services (spec.cluster.kubeProxy.services)");
}

void Builder::add_nodes() {
  std::vector<NodePool> pools = scenario_.cluster.node_pools;
  if (pools.empty()) {
    NodePool pool;
    pool.name = "worker";
    pool.count = 3;
    pool.zones = {"a", "b", "c"};
    pools.push_back(pool);
    assume("the cluster has 3 worker nodes, one in each of zones a, b, c (spec.cluster.nodePools)");
  }
  struct Made {
    std::string name, zone;
    const NodePool* pool;
  };
  std::vector<Made> nodes;
  for (const NodePool& pool : pools)
    for (std::int64_t i = 0; i < pool.count; ++i) {
      const std::string zone = pool.zones.empty() ? "default" : pool.zones[static_cast<std::size_t>(i) % pool.zones.size()];
      nodes.push_back({pool.name + "-" + std::to_string(i), zone, &pool});
    }
  std::sort(nodes.begin(), nodes.end(), [](const Made& a, const Made& b) { return comes_before_by_name(a.name, b.name); });
  std::set<std::string> zones;
  for (const Made& node : nodes) zones.insert(node.zone);
  for (const std::string& zone : zones) built_.cluster.zones.push_back({zone});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0 && nodes[i].name == nodes[i - 1].name)
      complain(nodes[i].pool->mark, "two nodes are named " + nodes[i].name + ": rename one of the node pools");
    const auto zone = static_cast<std::uint32_t>(std::distance(zones.begin(), zones.find(nodes[i].zone)));
    built_.cluster.nodes.push_back({nodes[i].name, zone});
    placement_nodes_.push_back({.name = nodes[i].name,
                                .zone = nodes[i].zone,
                                .cpu_millicores = static_cast<std::int64_t>(nodes[i].pool->cpu * 1000.0),
                                .memory_bytes = nodes[i].pool->memory_bytes,
                                .schedulable = takes_pods(*nodes[i].pool)});
    excluded_from_edges_.push_back(is_excluded_from_edges(*nodes[i].pool));
  }
}

/// The way between two zones, by shortest paths over the topology.
void Builder::add_topology() {
  model::Network& network = built_.cluster.network;
  Topology topology{network.same_zone.mean_s()};
  for (const model::Zone& zone : built_.cluster.zones) topology.add({zone.name, ""});
  topology.link_all(network.cross_zone.mean_s(), network.client.mean_s());
  const Result<LatencyMatrix> matrix = topology.latency_matrix();
  if (!matrix) {
    problems_.insert(problems_.end(), matrix.error().begin(), matrix.error().end());
    return;
  }
  for (std::uint32_t from = 0; from < built_.cluster.zones.size(); ++from)
    for (std::uint32_t to = 0; to < built_.cluster.zones.size(); ++to) {
      const std::vector<LegKind>& legs = matrix->legs_between(NodeClassId{from}, NodeClassId{to});
      TOWTANK_CHECK(legs.size() == 1, "every pair of zones has a link of its own");
      network.between_zones.push_back(legs[0]);
    }
}

std::vector<const Workload*> Builder::workloads_by_name() const {
  std::vector<const Workload*> workloads;
  for (const Workload& workload : variant_.objects.workloads) workloads.push_back(&workload);
  std::sort(workloads.begin(), workloads.end(),
            [](const Workload* a, const Workload* b) { return a->meta.full_name() < b->meta.full_name(); });
  return workloads;
}

/// All workloads, in the order of their names: the resources that each takes are gone for the next.
void Builder::place_workloads() {
  const std::vector<const Workload*> workloads = workloads_by_name();
  const Draws draws{scenario_.run.seed.value_or(kDefaultSeed), placement_draw_};
  const Placement& given = scenario_.cluster.placement;
  std::string there;
  for (const Workload* workload : workloads) there += (there.empty() ? "; there is " : ", ") + std::string{name_of(workload->kind)} + "/" + workload->meta.name;
  for (const Pin& pin : given.pins) {
    const bool known = std::any_of(workloads.begin(), workloads.end(), [&](const Workload* workload) { return names(pin.workload, *workload); });
    if (!known) complain(pin.mark, "placement pins " + pin.workload.kind + "/" + pin.workload.name + ", which is not in the resources" + there);
  }
  for (const Workload* workload : workloads) {
    PlacementRequest request;
    request.workload = workload->meta.name;
    request.replicas = workload->replicas;
    request.cpu_millicores = workload->pods.requested_cpu_millicores();
    request.memory_bytes = workload->pods.requested_memory_bytes();
    request.policy = policy_of(given.policy);
    for (const Pin& pin : given.pins) {
      if (!names(pin.workload, *workload)) continue;
      for (const auto& [node, pods] : pin.pods_on_node) request.pins.push_back({node, pods, pin.mark});
    }
    const PurposeId purpose = purpose_of("placement/" + workload->meta.full_name());
    Result<std::vector<PlacedPod>> placed =
        place(placement_nodes_, request, [&](std::uint32_t index) { return draws.uniform(purpose, index); });
    if (!placed) {
      problems_.insert(problems_.end(), placed.error().begin(), placed.error().end());
      continue;
    }
    std::map<std::string, std::size_t> pending;
    for (const PlacedPod& pod : *placed) {
      if (!pod.node) {
        ++pending[pod.pending_reason];
        continue;
      }
      placement_nodes_[*pod.node].used_cpu_millicores += request.cpu_millicores;
      placement_nodes_[*pod.node].used_memory_bytes += request.memory_bytes;
    }
    for (const auto& [reason, count] : pending)
      built_.warnings.push_back("Deployment/" + workload->meta.full_name() + ": " + std::to_string(count) + " of " +
                                std::to_string(workload->replicas) + " pods stay Pending: " + reason);
    placed_[workload] = std::move(*placed);
  }
}

bool Builder::names(const ObjectRef& ref, const Workload& workload) {
  return (ref.kind.empty() || ref.kind == name_of(workload.kind)) && ref.name == workload.meta.name &&
         (ref.name_space.empty() || ref.name_space == workload.meta.name_space);
}

}  // namespace towtank::scenario
