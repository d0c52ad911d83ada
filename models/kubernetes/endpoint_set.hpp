#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank {

/// The conditions that an EndpointSlice tells of one endpoint. @source models/SOURCES.md 2.2
struct EndpointConditions {
  bool ready = false;
  bool serving = false;
  bool terminating = false;
};

/// @param pod_ready        the pod's Ready condition
/// @param being_deleted    it has a deletion timestamp
/// @param publish_not_ready  `publishNotReadyAddresses` of the Service
EndpointConditions endpoint_conditions(bool pod_ready, bool being_deleted, bool publish_not_ready);

/// One endpoint as a kube-proxy sees it. Nodes and zones are named by number; -1 = not known.
struct EndpointFacts {
  EndpointConditions conditions;
  std::int32_t node = -1;
  std::vector<std::int32_t> zone_hints;
  std::vector<std::int32_t> node_hints;
};

/// What one node's kube-proxy may choose from; indices into the endpoints, ascending.
struct EndpointSet {
  std::vector<std::uint32_t> cluster;  ///< where a policy of Cluster applies
  std::vector<std::uint32_t> local;    ///< where a policy of Local applies
  bool any_usable = false;             ///< ready, or serving while it terminates, anywhere in the cluster
};

/// @source models/SOURCES.md 2.3 (kubernetes pkg/proxy/topology.go)
EndpointSet categorize(std::span<const EndpointFacts> endpoints, std::int32_t node, std::int32_t zone);

/// How a packet came to the node that decides.
enum class ServiceEntry : std::uint8_t {
  cluster_ip,           ///< to the cluster IP: internalTrafficPolicy decides
  external,             ///< node port, load balancer's or external IP, from outside the node: externalTrafficPolicy
  external_from_local,  ///< the same addresses, from a pod of this node or the node itself: no policy decides
};

enum class EndpointVerdict : std::uint8_t { forward, drop, reject };

struct EndpointDecision {
  EndpointVerdict verdict = EndpointVerdict::reject;
  std::span<const std::uint32_t> candidates;  ///< of `forward`: one is chosen; lives as long as the set
  /// The node puts its own address in place of the client's. For `external_from_local` with a policy of Local that is
  /// so only when the node itself sends, which the caller knows.
  bool masquerades = false;
};

/// Which set is chosen from, and what happens when it is empty.
/// @param policy  the Service's policy for this kind of entry; not looked at for `external_from_local` with Local
EndpointDecision decide(const EndpointSet& set, ServiceEntry entry, TrafficPolicy policy);

/// What `healthCheckNodePort` answers on a node: 200 while a ready endpoint is local, else 503. Endpoints that
/// terminate do not count. @source models/SOURCES.md 2.3, worked example
bool passes_load_balancer_check(std::span<const EndpointFacts> endpoints, std::int32_t node);

}  // namespace towtank
