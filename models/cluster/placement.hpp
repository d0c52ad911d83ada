#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  bool schedulable = true;               ///< false: cordoned, or tainted against this workload
  std::int64_t used_cpu_millicores = 0;  ///< requested by other workloads
  std::int64_t used_memory_bytes = 0;
  std::int64_t free_pod_slots = std::numeric_limits<std::int64_t>::max();  ///< kubelet's maxPods minus those there
};

struct PlacementPin {
  std::string node;
  std::int64_t pods = 0;
  Mark mark;
};

struct PlacementRequest {
  std::string workload;  ///< pods are named WORKLOAD-0, WORKLOAD-1, ... in the order placed
  std::int64_t replicas = 0;
  std::int64_t cpu_millicores = 0;  ///< requests of one pod; 0 = none known: fits everywhere
  std::int64_t memory_bytes = 0;
  PlacementPolicy policy = PlacementPolicy::even;
  std::vector<PlacementPin> pins;  ///< these go first; the policy counts them and places the rest
};

struct PlacedPod {
  std::string name;
  std::optional<std::uint32_t> node;  ///< index into the nodes as given; empty = Pending
  std::string pending_reason;         ///< why, when it is Pending
};

/// A number in [0, 1) for each index; the same index, the same number.
using PlacementDraw = std::function<double(std::uint32_t)>;

/// Places all pods of one workload; each policy looks at this workload's pods only, but for the resources that others
/// use. The nodes' order does not count: they are taken by name, numbers in names by value (worker-2 before worker-10).
/// A pin states a fact: it holds on a cordoned or full node too.
///
/// Pod k takes draw k; under `scheduler_default` pod k on the n-th node takes draw k * nodes + n (modulo 2^32). Cost:
/// pods times zones; under `scheduler_default` pods times nodes.
/// @error a pin on an unknown node (with the nearest name) or twice on one, a negative count, more pins than replicas
Result<std::vector<PlacedPod>> place(std::span<const PlacementNode> nodes, const PlacementRequest& request,
                                     const PlacementDraw& uniform);

/// Order of names with runs of digits compared by value: a2 < a10 < b1. Names that differ only in leading zeros are
/// ordered as text, so that it is a total order.
bool comes_before_by_name(std::string_view a, std::string_view b);

}  // namespace towtank
