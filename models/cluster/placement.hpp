#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/cluster/node_fit.hpp"
#include "models/kubernetes/name_order.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// How pods find their nodes. @source models/SOURCES.md 8.1
enum class PlacementPolicy : std::uint8_t {
  even,               ///< the node with fewest pods of this workload; ties: the zone with fewest; then at random
  scheduler_default,  ///< the highest of spread + free resources + noise
  random,             ///< uniform over the nodes where the pod fits
  packed,             ///< the fullest node where it fits; ties at random
};

/// A node as the scheduler sees it before it places this workload.
struct PlacementNode {
  std::string name;
  std::string zone;
  std::int64_t cpu_millicores = 0;       ///< allocatable
  std::int64_t memory_bytes = 0;         ///< allocatable
  bool schedulable = true;               ///< false: cordoned
  std::int64_t used_cpu_millicores = 0;  ///< requested by other workloads
  std::int64_t used_memory_bytes = 0;
  std::int64_t free_pod_slots = std::numeric_limits<std::int64_t>::max();  ///< kubelet's maxPods minus those there
  Labels labels{};
  std::vector<Taint> taints{};
};

/// Pods of another workload, which are where they are.
struct PodsThere {
  std::string name_space;
  Labels labels;
  std::vector<HostPort> host_ports;
  std::vector<LabelSelector> apart_by_node,
      apart_by_zone;  ///< their required anti-affinity, which keeps others off, too
  std::vector<std::pair<std::uint32_t, std::int64_t>> on_nodes;  ///< index of a node, how many there
};

struct PlacementPin {
  std::string node;
  std::int64_t pods = 0;
  Mark mark;
};

/// A pod that is there already, or was created and waits.
struct KnownPod {
  std::string name;
  std::string node;  ///< empty: not placed yet
  Mark mark;
};

struct PlacementRequest {
  std::string workload;  ///< pods are named WORKLOAD-0, WORKLOAD-1, ... in the order placed
  Mark mark;             ///< of the pod template
  std::int64_t replicas = 0;
  std::int64_t cpu_millicores = 0;  ///< requests of one pod; 0 = none known: fits everywhere
  std::int64_t memory_bytes = 0;
  PlacementPolicy policy = PlacementPolicy::even;
  std::vector<PlacementPin> pins;  ///< these go first; the policy counts them and places the rest
  std::vector<KnownPod> known;  ///< of the replicas: those with a node go before the pins, the others lend their names
  std::string name_space = "default";
  Labels labels;
  Scheduling scheduling;  ///< a node_name in it puts all pods there
  std::vector<HostPort> host_ports;
  bool is_daemon =
      false;  ///< one pod on each node that it may run on, named WORKLOAD-NODE; `replicas` is not looked at
};

struct PlacedPod {
  std::string name;
  std::optional<std::uint32_t> node;  ///< index into the nodes as given; empty = Pending
  /// Why, when it is Pending, as `kubectl describe pod` has it: "0/3 nodes are available: 3 Insufficient cpu"
  std::string pending_reason;
  const Workload* observed = nullptr;  ///< the Pod object that says so; null: it is modelled
};

/// A number in [0, 1) for each index; the same index, the same number.
using PlacementDraw = std::function<double(std::uint32_t)>;

/// Places all pods of one workload: what keeps a pod off a node is the scheduler's, which of the others it takes is the
/// policy's. Each policy looks at this workload's pods only, but for the resources that others use. The nodes' order
/// does not count: they are taken by name, numbers in names by value (worker-2 before worker-10).
/// A pin, like a node that a pod names, states a fact: it holds on a cordoned, tainted or full node too.
///
/// Pod k takes draw k; under `scheduler_default` pod k on the n-th node takes draw k * nodes + n (modulo 2^32). Cost:
/// pods times zones; pods times nodes under `scheduler_default`, or with anti-affinity or spread constraints.
/// @return the known pods with a node first, in their order; then the pinned; then the rest
/// @error a pin or a pod on an unknown node (with the nearest name), a pin twice on one node, a negative count, more
///        pins than replicas, pins of a DaemonSet
/// @source kubernetes pkg/scheduler/framework/plugins: nodeunschedulable, tainttoleration, nodeaffinity, nodeports,
///         noderesources, podtopologyspread, interpodaffinity (in this order)
Result<std::vector<PlacedPod>> place(std::span<const PlacementNode> nodes, const PlacementRequest& request,
                                     const PlacementDraw& uniform, std::span<const PodsThere> others = {});

}  // namespace towtank
