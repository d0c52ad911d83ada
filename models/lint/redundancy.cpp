#include "models/lint/redundancy.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "models/lint/autoscalers.hpp"

namespace towtank::lint {
namespace {

/// As the model calls them: `NAMESPACE/NAME`, in namespace default the name alone.
std::set<std::string> pods_on_paths(const model::Cluster& cluster) {
  // A canary without a ready pod is passed by.
  std::vector<bool> is_spared(cluster.pods.size(), false);
  for (const model::Traffic& traffic : cluster.traffic)
    if (traffic.canary && traffic.canary->weight < traffic.canary->total)
      for (const std::uint32_t pod : cluster.services[model::backends_of(cluster, traffic).back().backend->service].pods) is_spared[pod] = true;
  for (const model::Traffic& traffic : cluster.traffic)
    if (const std::vector<model::BackendShare> backends = model::backends_of(cluster, traffic); !backends.empty())
      for (const std::uint32_t pod : cluster.services[backends.front().backend->service].pods) is_spared[pod] = false;
  std::set<std::string> pods;
  for (std::size_t i = 0; i < cluster.pods.size(); ++i)
    if (!is_spared[i]) pods.insert(cluster.pods[i].name);
  return pods;
}

struct Spread {
  std::size_t pods = 0, placed = 0;
  std::set<std::uint32_t> nodes;
  bool on_path = false;
  bool has_other_pods = false;   ///< every Service of its pods has pods of other workloads, too
  bool has_other_nodes = false;  ///< every Service of its pods has pods on other nodes, too
};

bool is_reached(const Service& service, const model::Cluster& cluster) {
  const std::string name = service.meta.full_name() + ':';
  return std::any_of(cluster.services.begin(), cluster.services.end(),
                     [&](const model::ServicePort& each) { return each.name.compare(0, name.size(), name) == 0; });
}

/// Behind a Service that traffic reaches other workloads may stand in for it, as a stable one does for its canary.
void look_at_services(const Subject& subject, std::uint32_t workload, Spread& spread) {
  const ClusterState& state = subject.state;
  bool is_selected = false, other_pods = true, other_nodes = true;
  for (const ServiceState& service : state.services) {
    if (!is_reached(service.service, subject.built.cluster)) continue;
    for (const ServicePortState& port : service.ports) {
      bool is_here = false, other_pod = false, other_node = false;
      for (const EndpointState& endpoint : port.endpoints) {
        const bool is_its = endpoint.pod && state.pods[*endpoint.pod].workload == workload;
        is_here = is_here || is_its;
        other_pod = other_pod || !is_its;
        other_node = other_node || (endpoint.node && spread.nodes.count(*endpoint.node) == 0);
      }
      is_selected = is_selected || is_here;
      other_pods = other_pods && (!is_here || other_pod);
      other_nodes = other_nodes && (!is_here || other_node);
    }
  }
  spread.has_other_pods = is_selected && other_pods;
  spread.has_other_nodes = is_selected && other_nodes;
}

/// By index of the workload.
std::map<std::uint32_t, Spread> spreads(const Subject& subject) {
  const std::set<std::string> on_paths = pods_on_paths(subject.built.cluster);
  std::map<std::uint32_t, Spread> all;
  for (const PodState& pod : subject.state.pods) {
    if (pod.terminating) continue;
    Spread& spread = all[pod.workload];
    ++spread.pods;
    const std::string prefix = pod.name_space == "default" ? "" : pod.name_space + '/';
    spread.on_path = spread.on_path || on_paths.count(prefix + pod.name) > 0;
    if (!pod.node) continue;
    ++spread.placed;
    spread.nodes.insert(*pod.node);
  }
  for (auto& [workload, spread] : all)
    if (spread.on_path) look_at_services(subject, workload, spread);
  return all;
}

std::string more_pods(const Workload& workload) {
  if (workload.kind == WorkloadKind::daemon_set) return "a second node that its pods may run on would do";
  if (workload.kind == WorkloadKind::pod) return "a Deployment with two replicas on different nodes would do";
  return "`replicas: 2`, on different nodes, would do";
}

Finding one_pod(const Workload& workload) {
  return {workload.replicas_mark, "one pod " + workload.meta.full_name(),
          title(workload) +
              " has one pod, and traffic goes through it: while it or its node is down every such request fails; " +
              more_pods(workload)};
}

Finding one_node(const Workload& workload, const Spread& spread, const ClusterState& state) {
  const Mark& mark = workload.pods.mark.line > 0 ? workload.pods.mark : workload.meta.mark;
  return {
      mark, "one node " + workload.meta.full_name(),
      title(workload) + " has all " + std::to_string(spread.placed) + " pods on node " +
          state.nodes[*spread.nodes.begin()].name +
          ", and traffic goes through them: while it is down every such request fails; topologySpreadConstraints or "
          "podAntiAffinity by kubernetes.io/hostname would do"};
}

}  // namespace

Findings single_points_of_failure(const Subject& subject) {
  const std::vector<NodeState>& nodes = subject.state.nodes;
  if (std::count_if(nodes.begin(), nodes.end(), [](const NodeState& node) { return node.ready && node.schedulable; }) <
      2)
    return {};
  Findings findings;
  for (const auto& [index, spread] : spreads(subject)) {
    const Workload& workload = subject.input.objects.workloads[index];
    if (!spread.on_path) continue;
    const HorizontalPodAutoscaler* autoscaler = autoscaler_of(workload, subject.input.objects);
    const bool grows = autoscaler != nullptr && autoscaler->min_replicas > 1;
    if (spread.pods == 1 && !grows && !spread.has_other_pods) findings.push_back(one_pod(workload));
    if (spread.placed > 1 && spread.nodes.size() == 1 && !spread.has_other_nodes && !subject.is_placed_anew())
      findings.push_back(one_node(workload, spread, subject.state));
  }
  return findings;
}

}  // namespace towtank::lint
