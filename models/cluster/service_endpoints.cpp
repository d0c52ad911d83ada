#include "models/cluster/service_endpoints.hpp"

#include <algorithm>
#include <tuple>

#include "models/cluster/address_book.hpp"
#include "models/kubernetes/name_order.hpp"
#include "models/kubernetes/selection.hpp"

namespace towtank {
namespace {

/// As resolve_target_port, of one pod. @return empty when it has no port of that name
std::optional<std::int64_t> target_port_of(const ServicePort& port, const PodState& pod) {
  if (port.target_port.number) return port.target_port.number;
  for (const ContainerPort& candidate : pod.ports)
    if (candidate.name == port.target_port.text && candidate.protocol == port.protocol) return candidate.container_port;
  return std::nullopt;
}

/// Whether a Service's selector fits pods: a workload's are judged once, not one by one, where they have one template.
class Selection {
 public:
  Selection(const Service& service, const Objects& objects)
      : service_{service}, objects_{objects}, by_workload_(objects.workloads.size()) {}

  bool takes(const PodState& pod) {
    if (pod.name_space != service_.meta.name_space) return false;
    if (pod.observed || objects_.workloads[pod.workload].kind == WorkloadKind::stateful_set)
      return matches(*service_.selector, pod.labels);
    std::optional<bool>& known = by_workload_[pod.workload];
    if (!known) known = matches(*service_.selector, pod.labels);
    return *known;
  }

 private:
  const Service& service_;
  const Objects& objects_;
  std::vector<std::optional<bool>> by_workload_;
};

/// What a slice says of the endpoint; what it does not know counts as ready.
/// @source kubernetes discovery/v1 types.go, EndpointConditions
EndpointConditions conditions_of(const EndpointSlice::Endpoint& endpoint) {
  const bool ready = endpoint.ready.value_or(true);
  return {ready, endpoint.serving.value_or(ready), endpoint.terminating.value_or(false)};
}

void add_slice(const EndpointSlice& slice, const ServicePort& port, const ClusterState& state,
               std::vector<EndpointState>& endpoints) {
  for (const EndpointSlice::Port& listed : slice.ports) {
    if (listed.name != port.name || listed.protocol != port.protocol || !listed.port) continue;
    for (const EndpointSlice::Endpoint& endpoint : slice.endpoints) {
      // Of several addresses kube-proxy takes the first; other families and host names are not of this one's business.
      if (endpoint.addresses.empty() || !ipv4_of(endpoint.addresses[0])) continue;
      EndpointState made;
      made.address = endpoint.addresses[0];
      made.port = *listed.port;
      made.conditions = conditions_of(endpoint);
      if (!endpoint.pod.empty()) made.pod = state.find_pod(slice.meta.name_space, endpoint.pod);
      made.node = made.pod ? state.pods[*made.pod].node : state.find_node(endpoint.node);
      made.zone_hints = endpoint.zone_hints;
      made.node_hints = endpoint.node_hints;
      endpoints.push_back(std::move(made));
    }
  }
}

/// The hints that the EndpointSlice controller gives to ready endpoints, and to those whose node it knows.
/// @source kubernetes staging/src/k8s.io/endpointslice/trafficdist
void hint(const Service& service, const ClusterState& state, EndpointState& endpoint) {
  if (service.traffic_distribution == TrafficDistribution::none || !endpoint.conditions.ready || !endpoint.node) return;
  const NodeState& node = state.nodes[*endpoint.node];
  endpoint.zone_hints = {node.zone};
  if (service.traffic_distribution == TrafficDistribution::same_node) endpoint.node_hints = {node.name};
}

}  // namespace

std::vector<EndpointState> endpoints_of(const Service& service, const ServicePort& port, const ClusterState& state,
                                        const Objects& objects) {
  std::vector<EndpointState> endpoints;
  if (service.type == ServiceType::external_name) return endpoints;
  if (service.selector) {
    Selection selection{service, objects};
    for (std::uint32_t i = 0; i < state.pods.size(); ++i) {
      const PodState& pod = state.pods[i];
      if (!pod.node || !selection.takes(pod)) continue;
      const std::optional<std::int64_t> target = target_port_of(port, pod);
      if (!target) continue;
      EndpointState made;
      made.pod = i;
      made.address = pod.ip;
      made.port = *target;
      made.node = pod.node;
      made.conditions = endpoint_conditions(pod.ready, pod.terminating, service.publish_not_ready_addresses);
      hint(service, state, made);
      endpoints.push_back(std::move(made));
    }
    return endpoints;
  }
  for (const EndpointSlice& slice : objects.endpoint_slices)
    if (slice.service == service.meta.name && slice.meta.name_space == service.meta.name_space)
      add_slice(slice, port, state, endpoints);
  std::sort(endpoints.begin(), endpoints.end(), [](const EndpointState& a, const EndpointState& b) {
    if (a.address != b.address) return comes_before_by_name(a.address, b.address);
    // Of two that tell of one endpoint the one counts that lets it serve: the order of files does not.
    const auto rank = [](const EndpointState& e) {
      return std::tuple{e.port,
                        !e.conditions.ready,
                        !e.conditions.serving,
                        e.conditions.terminating,
                        !e.pod,
                        !e.node,
                        e.node.value_or(0),
                        e.zone_hints,
                        e.node_hints};
    };
    return rank(a) < rank(b);
  });
  // One endpoint may stand in two slices for a while.
  const auto is_same = [](const EndpointState& a, const EndpointState& b) {
    return a.address == b.address && a.port == b.port;
  };
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end(), is_same), endpoints.end());
  return endpoints;
}

}  // namespace towtank
