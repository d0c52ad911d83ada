#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/scenario.hpp"

/// What the programs in the pods listen on, for those who simulate it and for those who walk through it.
namespace towtank::scenario {

/// Whether the reference means this workload: same name, and same kind and namespace if it gives them.
bool means(const ObjectRef& ref, const Workload& workload);

/// What spec.pods says of the workload; null when it says nothing.
const PodModel* pod_model_of(std::span<const PodModel> models, const Workload& workload);

struct Listener {
  std::int64_t port = 0;
  bool is_loopback = false;  ///< heard by the pod itself only: `127.0.0.1:8001`, `localhost:8001`, `[::1]:8001`
};

/// @param text  as spec.pods.*.listen takes it: `8001`, `ADDRESS:8001`
Listener parse_listener(const std::string& text);

/// Ports that others reach, in the order given, each once.
std::vector<std::int64_t> open_ports(const PodModel& model);

/// The ports of a pod that others reach, as far as anything tells.
struct PodListeners {
  std::vector<std::int64_t> ports;  ///< each once
  bool is_known = false;            ///< false: nothing tells, so that it may listen on any

  bool hear(std::int64_t port) const;
};

/// Those of spec.pods; without them the ports that containers declare, and where none is declared those that Services
/// name as targets. That is what manifests tell of where an app listens: a containerPort itself opens nothing.
/// @param pod    index into the state's   @param given  what spec.pods says of its workload; null = nothing
PodListeners listeners_of(const ClusterState& state, std::uint32_t pod, const PodModel* given);

/// Whether the pod itself hears the port, by the addresses of others or by those of its loopback.
bool hears_itself(const PodListeners& listeners, const PodModel* given, std::int64_t port);

/// A pod that has a port of its node's own.
struct PodOnNode {
  std::uint32_t pod = 0;                      ///< index into the state's
  std::int64_t port = 0;                      ///< of the pod
  const ContainerPort* host_port = nullptr;   ///< that maps it; null: the pod has the host's network
};

/// By hostPort, or as the pod has the host's network, where what listens counts and not what is declared.
/// @source models/SOURCES.md 1.3, row 21
std::optional<PodOnNode> pod_on_node(const ClusterState& state, const Objects& objects,
                                     std::span<const PodModel> models, std::uint32_t node, std::int64_t port);

}  // namespace towtank::scenario
