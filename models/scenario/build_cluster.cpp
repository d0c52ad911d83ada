#include <algorithm>
#include <limits>

#include "models/balancers/balancer.hpp"
#include "models/cluster/schedule.hpp"
#include "models/cluster/topology.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"
#include "sim/core/check.hpp"
#include "sim/random/draws.hpp"

namespace towtank::scenario {

namespace {

/// Services whose rules a node walks through when the scenario does not say: manifests are never the whole cluster.
constexpr std::int64_t kServicesOfACluster = 100;
/// That iptables' lists hold each. @source xt_recent, ip_list_tot; models/SOURCES.md 2.8
constexpr std::uint32_t kRecentAddresses = 100;
constexpr std::size_t kMostKeys = 3;  ///< that a sentence names

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

/// As the scenario writes it.
std::string_view name_of(PlacementPolicy policy) {
  switch (policy) {
    case PlacementPolicy::even:
      return "even";
    case PlacementPolicy::scheduler_default:
      return "default";
    case PlacementPolicy::random:
      return "random";
    case PlacementPolicy::packed:
      break;
  }
  return "packed";
}

}  // namespace

Distribution Builder::leg(const std::optional<Distribution>& given, LegKind kind) {
  if (given) return *given;
  const CostDefault fallback = preset_.round_trip(kind);
  const auto from_outside = [](const Traffic& traffic) { return traffic.from == "internet"; };
  const bool is_used = kind != LegKind::client || std::any_of(scenario_.traffic.begin(), scenario_.traffic.end(), from_outside);
  if (!is_used || scenario_.traffic.empty()) return fallback.law;
  return assume(fallback, "spec.cluster.network." + std::string{towtank::name_of(kind)});
}

/// By what the nodes choose, where not at random.
void Builder::add_schedulers() {
  const Cluster& given = scenario_.cluster;
  model::KubeProxy& proxy = built_.cluster.kube_proxy;
  if (given.kube_proxy == KubeProxyMode::ipvs) proxy.scheduler = find_balancer("ipvs", scheduler_of(given))->name;
  if (given.kube_proxy != KubeProxyMode::cilium) return;
  proxy.at_socket = true;
  proxy.answers_directly = scenario::answers_directly(given);
  if (scheduler_of(given) != "maglev") return;
  proxy.scheduler = find_balancer("cilium", "maglev")->name;
  if (given.maglev_table_size) proxy.scheduler_parameters = {{"table", std::to_string(*given.maglev_table_size)}};
}

void Builder::add_network() {
  const Network& given = scenario_.cluster.network;
  model::Network& network = built_.cluster.network;
  network.client = leg(given.client, LegKind::client);
  network.same_node = leg(given.same_node, LegKind::same_node);
  network.same_zone = leg(given.same_zone, LegKind::same_zone);
  network.cross_zone = leg(given.cross_zone, LegKind::cross_zone);
  add_schedulers();
  if (scenario_.cluster.kube_proxy == KubeProxyMode::iptables) built_.cluster.kube_proxy.affinity_list = kRecentAddresses;
  if (is_ideal()) return;

  const FirstPacketCost costs = preset_.first_packet();
  model::KubeProxy& proxy = built_.cluster.kube_proxy;
  const auto used = [&](const CostDefault& cost) { return scenario_.traffic.empty() ? cost.law : assume(cost); };
  if (proxy.at_socket) proxy.socket = used(costs.socket);
  proxy.lookup = used(costs.base);
  proxy.conntrack = used(costs.conntrack);
  proxy.snat = used(costs.source_nat);
  if (scenario_.cluster.kube_proxy != KubeProxyMode::iptables) return;
  std::int64_t services = scenario_.cluster.kube_proxy_services.value_or(kServicesOfACluster);
  if (!scenario_.cluster.kube_proxy_services && !scenario_.traffic.empty()) {
    assume("kube-proxy's rules hold " + std::to_string(services) + " Services (spec.cluster.kubeProxy.services)");
    services = assume_count("Services in kube-proxy's rules", "spec.cluster.kubeProxy.services", services);
  }
  proxy.chain_walk_s = costs.service_rule_s * static_cast<double>(services);
  proxy.per_endpoint_s = costs.endpoint_rule_s;
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
  for (const OwnedPods& owned : owned_) workloads.push_back(owned.workload);
  return workloads;
}

void Builder::check_pins() {
  const std::vector<const Workload*> workloads = workloads_by_name();
  std::string there;
  for (const Workload* workload : workloads) there += (there.empty() ? "; there is " : ", ") + std::string{towtank::name_of(workload->kind)} + "/" + workload->meta.name;
  for (const Pin& pin : scenario_.cluster.placement.pins) {
    const bool known = std::any_of(workloads.begin(), workloads.end(), [&](const Workload* workload) { return names(pin.workload, *workload); });
    if (!known) complain(pin.mark, "placement pins " + pin.workload.kind + "/" + pin.workload.name + ", which is not in the resources" + there);
  }
}

std::vector<PlacementPin> Builder::pins_of(const Workload& workload) const {
  std::vector<PlacementPin> pins;
  for (const Pin& pin : scenario_.cluster.placement.pins)
    if (names(pin.workload, workload))
      for (const auto& [node, pods] : pin.pods_on_node) pins.push_back({node, pods, pin.mark});
  return pins;
}

void Builder::place_workloads() {
  owned_ = owned_pods(variant_.objects);
  check_pins();
  std::vector<PlacementNode> nodes;
  for (const NodeState& node : state_.nodes)
    nodes.push_back({.name = node.name,
                     .zone = node.zone,
                     .cpu_millicores = node.cpu_millicores,
                     .memory_bytes = node.memory_bytes,
                     .schedulable = node.schedulable,
                     .free_pod_slots = node.pod_slots.value_or(std::numeric_limits<std::int64_t>::max()),
                     .labels = node.labels,
                     .taints = node.taints});
  const Draws draws{scenario_.run.seed.value_or(kDefaultSeed), placement_draw_};
  ScheduleRequest request;
  request.policy = policy_of(scenario_.cluster.placement.policy);
  request.pins_of = [this](const Workload& workload) { return pins_of(workload); };
  request.draws_of = [draws](const Workload& workload) {
    const PurposeId purpose = purpose_of("placement/" + workload.meta.full_name());
    return [draws, purpose](std::uint32_t index) { return draws.uniform(purpose, index); };
  };
  Result<Schedule> placed = schedule(std::move(nodes), owned_, request);
  if (!placed) {
    problems_.insert(problems_.end(), placed.error().begin(), placed.error().end());
    return;
  }
  Result<ClusterState> state = make_cluster_state(std::move(state_.nodes), *placed, variant_.objects, services_);
  if (!state) {
    problems_.insert(problems_.end(), state.error().begin(), state.error().end());
    return;
  }
  state_ = std::move(*state);
  state_.version = scenario_.cluster.version;
  if (placed->is_modelled) state_.policy = name_of(scenario_.cluster.placement.policy);
  model_pod_.assign(state_.pods.size(), 0);
  built_.warnings.insert(built_.warnings.end(), state_.warnings.begin(), state_.warnings.end());
  built_.findings.insert(built_.findings.end(), state_.notes.begin(), state_.notes.end());
  for (PlacedWorkload& workload : placed->workloads) placed_[workload.workload] = std::move(workload.pods);
}

/// What the cluster is, before anything of it is modelled.
void Builder::add_state() {
  if (std::optional<Problem> problem = allocate_node_ports(services_)) problems_.push_back(*problem);
  for (Service& service : services_) leave_to_provider(service);
  add_nodes();
  if (problems_.empty()) place_workloads();
}

/// What annotations say counts where the load balancer is made by whom they are for.
void Builder::leave_to_provider(Service& service) {
  if (service.type != ServiceType::load_balancer) return;
  const EdgeKind kind = kind_before(scenario_.edges, scenario_.cluster.network.preset, service);
  if (is_l7(kind)) return;
  const auto choose = [&](EdgeKind whose, const std::optional<InternalLoadBalancer>& internal) {
    if (!internal) return;
    if (kind == whose)
      service.internal = internal;
    else
      find_once("Service/" + short_name(service.meta) + ": " + internal->said + " (" + internal->mark.file + ":" + std::to_string(internal->mark.line) +
                ") plays no part, for its load balancer is of kind " + std::string{kind_name(kind)});
  };
  choose(EdgeKind::gclb_passthrough, service.internal_by_gke);
  choose(EdgeKind::azure_slb, service.internal_by_azure);
  if (kind == EdgeKind::nlb) {
    service.internal = service.aws.internal;
    return;
  }
  std::vector<std::string> keys;
  for (const AwsLoadBalancer::Said& said : service.aws.said) keys.push_back(said.key.substr(said.key.rfind('/') + 1));
  if (!keys.empty())
    find_once("Service/" + short_name(service.meta) + ": of AWS' annotations (" + listed_first(keys, kMostKeys) + ", " + service.aws.said.front().mark.file + ":" +
              std::to_string(service.aws.said.front().mark.line) + ") none plays a part, for its load balancer is of kind " + std::string{kind_name(kind)});
  service.aws = {};
}

Result<ClusterState> Builder::run_state() {
  add_state();
  if (!problems_.empty()) return problems_;
  return std::move(state_);
}

bool Builder::names(const ObjectRef& ref, const Workload& workload) { return means(ref, workload); }

}  // namespace towtank::scenario
