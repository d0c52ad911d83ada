#include "models/cluster/cluster_state.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "models/cluster/address_book.hpp"
#include "models/cluster/service_endpoints.hpp"
#include "models/kubernetes/name_order.hpp"

namespace towtank {
namespace {

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24U | b << 16U | c << 8U | d;
}

/// Behind each range those that serve when it is full. Subnets' first and last addresses are left out where one
/// network holds them all.
constexpr AddressRange kNodes[] = {{ip(10, 0, 0, 4), 65'531}, {ip(10, 1, 0, 0), 63U << 16U}};
/// Of the number of addresses min(max(16, n/16), 256) at the beginning are kept for those asked for by number.
/// @source kubernetes KEP-3070, "Reserve Service IP Ranges For Dynamic and Static IP Allocation"
constexpr AddressRange kClusterIps[] = {{ip(10, 96, 1, 1), (1U << 20U) - 258U}};
/// Networks for documentation and for benchmarks. @source RFC 5737, RFC 2544
constexpr AddressRange kLoadBalancerRanges[] = {{ip(198, 51, 100, 1), 254}, {ip(198, 18, 0, 0), 1U << 17U}};
/// /24 blocks by their number: 10.244.0.0/16, the rest of 10.0.0.0/8 behind it, 100.64.0.0/10, class E.
constexpr AddressRange kPodBlocks[] = {{ip(10, 244, 0, 0) >> 8U, 256},
                                       {ip(10, 245, 0, 0) >> 8U, 11U * 256U},
                                       {ip(100, 64, 0, 0) >> 8U, 1U << 14U},
                                       {ip(240, 0, 0, 0) >> 8U, 1U << 19U}};
/// Pods beyond the 253 of their node's block: kubelets hold 110 unless told otherwise.
constexpr AddressRange kMorePods = {ip(10, 128, 0, 0), 1U << 22U};

std::string address_for(AddressBook& book, const std::string& name, std::span<const AddressRange> ranges) {
  const std::optional<std::uint32_t> address = book.give(name, ranges);
  return address ? ipv4_text(*address) : std::string{};
}

void take(AddressBook& book, const std::string& text) {
  if (const std::optional<std::uint32_t> address = ipv4_of(text)) book.take(*address);
}

/// Order of objects that have a namespace.
bool comes_before(std::string_view name_space, std::string_view name, std::string_view other_space,
                  std::string_view other_name) {
  if (name_space != other_space) return comes_before_by_name(name_space, other_space);
  return comes_before_by_name(name, other_name);
}

bool comes_before(const ObjectMeta& a, const ObjectMeta& b) {
  return comes_before(a.name_space, a.name, b.name_space, b.name);
}

/// What the StatefulSet controller adds, so that a Service can select one pod.
/// @source kubernetes KEP-4017, "Add Pod Index Label for StatefulSets and Indexed Jobs" (on since 1.28)
void label_by_ordinal(PodState& pod) {
  pod.labels.emplace("statefulset.kubernetes.io/pod-name", pod.name);
  pod.labels.emplace("apps.kubernetes.io/pod-index", pod.name.substr(pod.name.rfind('-') + 1));
}

class StateMaker {
 public:
  StateMaker(const Schedule& schedule, const Objects& objects, std::span<const Service> services, ClusterState& state)
      : schedule_{schedule}, objects_{objects}, services_{services}, state_{state} {}

  Problems run() {
    for (const NodeState& node : state_.nodes)
      for (const std::string& address : {node.internal_address, node.external_address}) take(book_, address);
    take_given_addresses();
    add_pods();
    add_services();
    state_.ingresses = objects_.ingresses;
    std::sort(state_.ingresses.begin(), state_.ingresses.end(),
              [](const Ingress& a, const Ingress& b) { return comes_before(a.meta, b.meta); });
    return std::move(problems_);
  }

 private:
  void add_pods() {
    for (const PlacedWorkload& placed : schedule_.workloads)
      for (const PlacedPod& pod : placed.pods) state_.pods.push_back(pod_of(*placed.workload, pod));
    std::sort(state_.pods.begin(), state_.pods.end(), [](const PodState& a, const PodState& b) {
      return comes_before(a.name_space, a.name, b.name_space, b.name);
    });
    give_pod_addresses();
  }

  PodState pod_of(const Workload& workload, const PlacedPod& placed) const {
    const Workload& source = placed.observed != nullptr ? *placed.observed : workload;
    PodState pod;
    pod.name = placed.name;
    pod.name_space = workload.meta.name_space;
    pod.labels = source.pods.labels;
    if (workload.kind == WorkloadKind::stateful_set) label_by_ordinal(pod);
    pod.workload = static_cast<std::uint32_t>(&workload - objects_.workloads.data());
    pod.node = placed.node;
    pod.pending_reason = placed.pending_reason;
    pod.observed = placed.observed != nullptr;
    pod.ready = placed.node && source.observed.ready.value_or(true);
    pod.terminating = source.observed.terminating;
    pod.host_network = source.pods.host_network;
    pod.containers = source.pods.containers.size();
    for (const Container& container : source.pods.containers)
      pod.ports.insert(pod.ports.end(), container.ports.begin(), container.ports.end());
    pod.host_ports = host_ports_of(source.pods);
    if (placed.node && pod.host_network) {
      pod.ip = state_.nodes[*placed.node].internal_address;
    } else if (placed.node) {
      pod.ip = source.observed.pod_ip;
    }
    return pod;
  }

  void give_pod_addresses() {
    AddressBook blocks;
    std::vector<std::optional<std::uint32_t>> block_of;
    for (const NodeState& node : state_.nodes) block_of.push_back(blocks.give(node.name, kPodBlocks));
    for (const PodState& pod : state_.pods) take(book_, pod.ip);
    for (PodState& pod : state_.pods) {
      if (!pod.node || !pod.ip.empty()) continue;
      std::vector<AddressRange> ranges;
      if (block_of[*pod.node]) ranges.push_back({(*block_of[*pod.node] << 8U) + 2U, 253});
      ranges.push_back(kMorePods);
      pod.ip = address_for(book_, pod.name_space + '/' + pod.name, ranges);
    }
  }

  void add_services() {
    std::vector<std::uint32_t> order(services_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return comes_before(services_[a].meta, services_[b].meta); });
    for (const std::uint32_t index : order) {
      ServiceState made;
      made.object = index;
      made.service = services_[index];
      if (made.service.type != ServiceType::external_name && !made.service.is_headless())
        made.cluster_ip = made.service.cluster_ip;
      made.external_addresses = made.service.load_balancer_addresses;
      if (made.external_addresses.empty() && made.service.type == ServiceType::load_balancer && !made.service.load_balancer_ip.empty())
        made.external_addresses.push_back(made.service.load_balancer_ip);
      for (const ServicePort& port : made.service.ports)
        made.ports.push_back({endpoints_of(made.service, port, state_, objects_)});
      state_.services.push_back(std::move(made));
    }
    tell_addresses_given_twice();
    for (ServiceState& each : state_.services) {
      const std::string name = each.service.meta.full_name();
      const bool is_bare = each.service.type == ServiceType::external_name || each.service.is_headless();
      if (!is_bare && each.cluster_ip.empty()) each.cluster_ip = address_for(book_, name, kClusterIps);
      if (each.service.type == ServiceType::load_balancer && each.external_addresses.empty())
        each.external_addresses.push_back(address_for(book_, name, kLoadBalancerRanges));
    }
  }

  /// Before anybody is given one: neither a pod nor another Service may have what a Service asks for by number.
  void take_given_addresses() {
    for (const Service& service : services_) {
      for (const std::string& address : service.load_balancer_addresses) take(book_, address);
      for (const std::string& address : service.external_ips) take(book_, address);
      take(book_, service.load_balancer_ip);
      if (service.type != ServiceType::external_name) take(book_, service.cluster_ip);
    }
  }

  void tell_addresses_given_twice() {
    std::map<std::string, const Service*> owners;
    for (const ServiceState& each : state_.services) {
      if (each.cluster_ip.empty()) continue;
      const auto [owner, is_new] = owners.emplace(each.cluster_ip, &each.service);
      if (!is_new)
        problems_.push_back(
            {each.service.meta.mark, "Service/" + each.service.meta.full_name() + " has the clusterIP " +
                                         each.cluster_ip + ", which Service/" + owner->second->meta.full_name() +
                                         " has too: give one of them another, or leave it out to have one given"});
    }
  }

  const Schedule& schedule_;
  const Objects& objects_;
  std::span<const Service> services_;
  ClusterState& state_;
  AddressBook book_;
  Problems problems_;
};

}  // namespace

std::optional<std::uint32_t> ClusterState::find_node(std::string_view name) const {
  const auto at = std::lower_bound(
      nodes.begin(), nodes.end(), name,
      [](const NodeState& node, std::string_view wanted) { return comes_before_by_name(node.name, wanted); });
  if (at == nodes.end() || at->name != name) return std::nullopt;
  return static_cast<std::uint32_t>(at - nodes.begin());
}

std::optional<std::uint32_t> ClusterState::find_pod(std::string_view name_space, std::string_view name) const {
  const auto at = std::lower_bound(pods.begin(), pods.end(), name, [&](const PodState& pod, std::string_view wanted) {
    return comes_before(pod.name_space, pod.name, name_space, wanted);
  });
  if (at == pods.end() || at->name_space != name_space || at->name != name) return std::nullopt;
  return static_cast<std::uint32_t>(at - pods.begin());
}

const ServiceState* ClusterState::find_service(std::string_view name_space, std::string_view name) const {
  const auto at =
      std::lower_bound(services.begin(), services.end(), name, [&](const ServiceState& each, std::string_view wanted) {
        return comes_before(each.service.meta.name_space, each.service.meta.name, name_space, wanted);
      });
  const bool found = at != services.end() && at->service.meta.name_space == name_space && at->service.meta.name == name;
  return found ? &*at : nullptr;
}

Problems finish_nodes(std::vector<NodeState>& nodes, std::vector<Mark> marks) {
  std::vector<std::pair<NodeState, Mark>> sorted;
  for (std::size_t i = 0; i < nodes.size(); ++i) sorted.emplace_back(std::move(nodes[i]), std::move(marks[i]));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return comes_before_by_name(a.first.name, b.first.name); });
  Problems problems;
  std::map<std::string, std::string> owners;
  AddressBook book;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [node, mark] = sorted[i];
    if (i > 0 && node.name == sorted[i - 1].first.name)
      problems.push_back({mark, "two nodes are named " + node.name + ": rename one of the node pools"});
    if (node.internal_address.empty()) continue;
    take(book, node.internal_address);
    const auto [owner, is_new] = owners.emplace(node.internal_address, node.name);
    if (!is_new)
      problems.push_back({mark, "Node/" + node.name + " has the InternalIP " + node.internal_address + ", which Node/" +
                                    owner->second + " has too: correct one of them"});
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    nodes[i] = std::move(sorted[i].first);
    if (nodes[i].internal_address.empty()) nodes[i].internal_address = address_for(book, nodes[i].name, kNodes);
  }
  return problems;
}

Result<ClusterState> make_cluster_state(std::vector<NodeState> nodes, const Schedule& schedule, const Objects& objects,
                                        std::span<const Service> services) {
  ClusterState state;
  state.nodes = std::move(nodes);
  state.notes = schedule.observed;
  state.warnings = schedule.pending;
  if (Problems problems = StateMaker{schedule, objects, services, state}.run(); !problems.empty()) return problems;
  return state;
}

std::vector<std::string> zones_of(const ClusterState& state) {
  std::set<std::string> zones;
  for (const NodeState& node : state.nodes) zones.insert(node.zone);
  return {zones.begin(), zones.end()};
}

std::vector<EndpointFacts> facts_of(const ClusterState& state, const ServicePortState& port) {
  std::map<std::string_view, std::int32_t> zones;
  const std::vector<std::string> names = zones_of(state);
  for (const std::string& zone : names) zones.emplace(zone, static_cast<std::int32_t>(zones.size()));
  std::vector<EndpointFacts> facts;
  for (const EndpointState& endpoint : port.endpoints) {
    EndpointFacts made;
    made.conditions = endpoint.conditions;
    if (endpoint.node) made.node = static_cast<std::int32_t>(*endpoint.node);
    // A hint at what is not there is a hint all the same.
    for (const std::string& hint : endpoint.zone_hints) {
      const auto zone = zones.find(hint);
      made.zone_hints.push_back(zone == zones.end() ? -1 : zone->second);
    }
    for (const std::string& hint : endpoint.node_hints) {
      const std::optional<std::uint32_t> node = state.find_node(hint);
      made.node_hints.push_back(node ? static_cast<std::int32_t>(*node) : -1);
    }
    facts.push_back(std::move(made));
  }
  return facts;
}

}  // namespace towtank
