#pragma once

#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank {

/// A workload that makes pods, and those of its pods that are among the objects.
struct OwnedPods {
  const Workload* workload = nullptr;
  /// Pods seen in the cluster, those that end left out; in the order of their names. A Pod without owner owns itself.
  std::vector<const Workload*> observed;
};

/// What there is to place: every workload but those that another one among the objects made (a ReplicaSet by a
/// Deployment, a Pod by any), and but Pods that have ended. In the order of namespace, name and kind. A Pod finds its
/// Deployment also when the ReplicaSet between them is not among the objects: by the name's `-HASH` of its label
/// pod-template-hash. The pointers live as long as `objects`.
/// @source Kubernetes documentation, "Owners and Dependents"
std::vector<OwnedPods> owned_pods(const Objects& objects);

/// Those of the observed pods that are there when the workload has `replicas`: pods that terminate are beyond them, and
/// of too many go first those without node, then those not ready, then those that share their node with most others,
/// then the last by name; of a StatefulSet the last.
/// @source kubernetes pkg/controller/controller_utils.go, ActivePodsWithRanks
std::vector<const Workload*> scaled_down(const OwnedPods& owned, std::int64_t replicas);

}  // namespace towtank
