#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/cluster/placement.hpp"
#include "models/kubernetes/ownership.hpp"

namespace towtank {

/// How the pods of a whole cluster are to be placed.
struct ScheduleRequest {
  PlacementPolicy policy = PlacementPolicy::even;
  std::function<std::vector<PlacementPin>(const Workload&)> pins_of;
  std::function<PlacementDraw(const Workload&)> draws_of;
};

struct PlacedWorkload {
  const Workload* workload = nullptr;
  std::vector<PlacedPod> pods;  ///< names are different within a namespace
};

struct Schedule {
  std::vector<PlacedWorkload> workloads;  ///< in the order given
  std::vector<std::string> observed;      ///< of which workload how many pods were observed, one line each
  std::vector<std::string> pending;       ///< of which workload how many pods stay Pending and why, one line each
  bool is_modelled = false;               ///< a pod has its node from the policy
};

/// Places all pods. What those take that are somewhere already is gone for all others; then come DaemonSets, then the
/// others in the order given: what each takes of a node is gone for the next.
/// @param nodes     as they are without these pods
/// @param workloads in canonical order
/// @error those of `place`
Result<Schedule> schedule(std::vector<PlacementNode> nodes, const std::vector<OwnedPods>& workloads,
                          const ScheduleRequest& request);

}  // namespace towtank
