#include <algorithm>
#include <cmath>
#include <set>

#include "models/scenario/builder.hpp"

namespace towtank::scenario {

namespace {

constexpr std::string_view kRoleLabel = "node-role.kubernetes.io/";
constexpr std::string_view kExcludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";
/// @source kubernetes cloud-provider controllers/service/controller.go: what takes a node off the target lists
constexpr std::string_view kToBeDeleted = "ToBeDeletedByClusterAutoscaler";
constexpr std::string_view kNoZone = "default";
constexpr std::string_view kControlPlane = "control-plane";

/// What a kubelet says of its node by itself; manifests choose nodes by it.
/// @source Kubernetes documentation, "Well-Known Labels, Annotations and Taints"
void add_kubelet_labels(NodeState& node) {
  node.labels.emplace(kHostnameLabel, node.name);  // a Node object may tell another one
  for (const auto& [key, value] : {std::pair{"os", "linux"}, std::pair{"arch", "amd64"}}) {
    node.labels.emplace(std::string{"kubernetes.io/"} + key, value);
    node.labels.emplace(std::string{"beta.kubernetes.io/"} + key, value);
  }
}

NodeState node_of_pool(const NodePool& pool, std::int64_t number) {
  NodeState node;
  node.name = pool.name + "-" + std::to_string(number);
  node.zone = pool.zones.empty() ? kNoZone : pool.zones[static_cast<std::size_t>(number) % pool.zones.size()];
  node.role = pool.role;
  node.labels = pool.labels;
  node.labels.emplace(kZoneLabel, node.zone);
  node.labels.emplace(std::string{kRoleLabel} + pool.role, "");
  node.taints = pool.taints;
  if (pool.role == kControlPlane)
    node.taints.push_back({std::string{kControlPlaneLabel}, "", Taint::Effect::no_schedule});
  node.in_load_balancers = pool.role != kControlPlane && pool.labels.count(std::string{kExcludeLabel}) == 0;
  node.cpu_millicores = std::llround(pool.cpu * 1000.0);
  node.memory_bytes = pool.memory_bytes;
  add_kubelet_labels(node);
  return node;
}

/// As `kubectl get nodes` lists them, e.g. "control-plane,etcd".
std::string roles_of(const Labels& labels) {
  std::string roles;
  for (const auto& [key, value] : labels)
    if (key.size() > kRoleLabel.size() && key.substr(0, kRoleLabel.size()) == kRoleLabel)
      roles += (roles.empty() ? "" : ",") + key.substr(kRoleLabel.size());
  return roles;
}

NodeState node_of_object(const Node& object) {
  NodeState node;
  node.name = object.meta.name;
  node.zone = object.zone().empty() ? std::string{kNoZone} : object.zone();
  node.role = roles_of(object.meta.labels);
  node.internal_address = object.internal_address;
  node.external_address = object.external_address;
  node.labels = object.meta.labels;
  if (!object.zone().empty()) node.labels.emplace(kZoneLabel, object.zone());
  node.taints = object.taints;
  node.schedulable = !object.unschedulable;
  node.ready = object.ready.value_or(true);
  // The node controller keeps pods off nodes that do not answer.
  const Taint not_ready{"node.kubernetes.io/not-ready", "", Taint::Effect::no_schedule};
  const auto is_told = [](const Taint& taint) {
    return taint.key == "node.kubernetes.io/not-ready" || taint.key == "node.kubernetes.io/unreachable";
  };
  if (!node.ready && std::none_of(node.taints.begin(), node.taints.end(), is_told)) node.taints.push_back(not_ready);
  const auto leaves = [](const Taint& taint) { return taint.key == kToBeDeleted; };
  node.in_load_balancers = object.meta.labels.count(std::string{kExcludeLabel}) == 0 &&
                           std::none_of(object.taints.begin(), object.taints.end(), leaves);
  const NodePool usual;
  node.cpu_millicores = object.allocatable.cpu_millicores.value_or(static_cast<std::int64_t>(usual.cpu * 1000.0));
  node.memory_bytes = object.allocatable.memory_bytes.value_or(usual.memory_bytes);
  node.pod_slots = object.pod_slots;
  add_kubelet_labels(node);
  return node;
}

}  // namespace

std::vector<NodeState> Builder::nodes_of_pools(std::vector<Mark>& marks) {
  std::vector<NodePool> pools = scenario_.cluster.node_pools;
  if (pools.empty()) {
    NodePool pool;
    pool.name = "worker";
    pool.count = 3;
    pool.zones = {"a", "b", "c"};
    pools.push_back(pool);
    assume("the cluster has 3 worker nodes, one in each of zones a, b, c (spec.cluster.nodePools)");
  }
  std::vector<NodeState> nodes;
  for (const NodePool& pool : pools)
    for (std::int64_t i = 0; i < pool.count; ++i) {
      nodes.push_back(node_of_pool(pool, i));
      marks.push_back(pool.mark);
    }
  return nodes;
}

std::vector<NodeState> Builder::nodes_of_objects(std::vector<Mark>& marks) {
  std::vector<NodeState> nodes;
  std::size_t without_size = 0;
  for (const Node& object : variant_.objects.nodes) {
    nodes.push_back(node_of_object(object));
    marks.push_back(object.meta.mark);
    if (!object.allocatable.cpu_millicores || !object.allocatable.memory_bytes) ++without_size;
  }
  if (without_size > 0)
    assume(std::to_string(without_size) +
           " Node objects tell no allocatable cpu or memory and have 4 cores and 16Gi (status.allocatable)");
  return nodes;
}

void Builder::add_nodes() {
  const std::vector<NodePool>& pools = scenario_.cluster.node_pools;
  const bool has_objects = !variant_.objects.nodes.empty();
  if (has_objects && !pools.empty()) {
    complain(pools.front().mark, "spec.cluster.nodePools and the Node objects of the resources, such as Node/" +
                                     variant_.objects.nodes.front().meta.name +
                                     ", both say which nodes there are: keep one of them");
    return;
  }
  std::vector<Mark> marks;
  state_.nodes = has_objects ? nodes_of_objects(marks) : nodes_of_pools(marks);
  const Problems problems = finish_nodes(state_.nodes, std::move(marks));
  problems_.insert(problems_.end(), problems.begin(), problems.end());
  const std::vector<std::string> zones = zones_of(state_);
  for (const std::string& zone : zones) built_.cluster.zones.push_back({zone});
  for (const NodeState& node : state_.nodes) {
    const auto zone = std::lower_bound(zones.begin(), zones.end(), node.zone) - zones.begin();
    built_.cluster.nodes.push_back({node.name, static_cast<std::uint32_t>(zone), ipv4_of(node.internal_address).value_or(0)});
  }
}

}  // namespace towtank::scenario
