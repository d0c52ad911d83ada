#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/node_fit.hpp"
#include "models/cluster/schedule.hpp"
#include "models/kubernetes/endpoint_set.hpp"
#include "models/kubernetes/objects.hpp"
#include "sim/core/result.hpp"

namespace towtank {

struct NodeState {
  std::string name;
  std::string zone;
  std::string role;                                ///< as in `kubectl get nodes`, e.g. "control-plane"; empty = none
  std::string internal_address, external_address;  ///< the latter may be empty
  Labels labels;
  std::vector<Taint> taints;
  bool schedulable = true;  ///< not cordoned
  bool ready = true;
  bool in_load_balancers = true;  ///< on the target lists of load balancers; node ports answer on every node
  std::int64_t cpu_millicores = 0, memory_bytes = 0;  ///< allocatable
  std::optional<std::int64_t> pod_slots;              ///< empty = any number
};

struct PodState {
  std::string name;
  std::string name_space;
  Labels labels;
  std::uint32_t workload = 0;         ///< whose pod it is: index into Objects::workloads
  std::optional<std::uint32_t> node;  ///< index into the nodes; empty = Pending
  std::string pending_reason;
  std::string ip;         ///< the node's own of a pod of the host's network; empty while Pending
  bool observed = false;  ///< there is a Pod object of it; else its workload is all that is known
  bool ready = false, terminating = false;
  bool host_network = false;
  std::size_t containers = 0;
  std::vector<ContainerPort> ports;
  std::vector<HostPort> host_ports;
};

/// One address and port behind a port of a Service.
struct EndpointState {
  std::optional<std::uint32_t> pod;  ///< index into the pods; empty = an address of an EndpointSlice
  std::string address;
  std::int64_t port = 0;  ///< as this pod names it
  std::optional<std::uint32_t> node;
  EndpointConditions conditions;
  std::vector<std::string> zone_hints, node_hints;
};

struct ServicePortState {
  std::vector<EndpointState> endpoints;  ///< in the order of the pods, then of addresses
};

struct ServiceState {
  std::uint32_t object = 0;                     ///< index into Objects::services
  Service service;                              ///< with the node ports given out
  std::string cluster_ip;                       ///< empty: headless or ExternalName
  std::vector<std::string> external_addresses;  ///< of type LoadBalancer: IP or host name
  std::vector<ServicePortState> ports;          ///< one for each of the Service's
};

/// The cluster as `kubectl get` would show it. All lists are in the order of namespace and name, numbers in names by
/// value; nothing points elsewhere.
struct ClusterState {
  std::string version;  ///< of Kubernetes, e.g. "1.33"
  std::vector<NodeState> nodes;
  std::vector<PodState> pods;
  std::vector<ServiceState> services;
  std::vector<Ingress> ingresses;
  std::string
      policy;  ///< the placement policy that some pods have their node from; empty: all are where they were seen
  std::vector<std::string> notes;     ///< what was observed, one line each
  std::vector<std::string> warnings;  ///< which pods stay Pending, one line each

  std::optional<std::uint32_t> find_node(std::string_view name) const;
  std::optional<std::uint32_t> find_pod(std::string_view name_space, std::string_view name) const;
  const ServiceState* find_service(std::string_view name_space, std::string_view name) const;
};

/// Puts nodes in their order and gives those an address that have none.
/// @error two nodes of one name or address, at the marks given (one for each node)
Problems finish_nodes(std::vector<NodeState>& nodes, std::vector<Mark> marks);

/// @param nodes      finished   @param schedule  of their pods, in this order of nodes
/// @param objects    what the schedule was made of   @param services  those of the objects, with node ports given out
/// Addresses are given by a hash of names, so that no object's depends on what else there is, but for collisions:
/// nodes 10.0.0.0/16; pods 10.244.N.0/24, N by node; ClusterIPs 10.96.0.0/12 behind the static band; load balancers
/// 198.51.100.0/24. Ranges that are full go on into others. Addresses that the objects tell are kept.
/// @error two Services with one clusterIP
Result<ClusterState> make_cluster_state(std::vector<NodeState> nodes, const Schedule& schedule, const Objects& objects,
                                        std::span<const Service> services);

/// Zones that have nodes, in the order of the text.
std::vector<std::string> zones_of(const ClusterState& state);

/// As kube-proxy sees the endpoints of a port; zones are numbered as `zones_of` lists them.
std::vector<EndpointFacts> facts_of(const ClusterState& state, const ServicePortState& port);

}  // namespace towtank
