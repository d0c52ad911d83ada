#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/world/model.hpp"

namespace towtank {

/// What a variant is asked to carry, in closed form, before any of it is simulated. First attempts only.
struct OfferedLoad {
  std::vector<double> arrivals_per_s;  ///< expected, by pod; closed loops count 0
  std::vector<double> utilization;     ///< by pod: work offered per second of server time
  std::uint32_t bottleneck = 0;        ///< the pod of the greatest utilization
  bool is_overloaded = false;          ///< some pod is offered as much as it can serve, or more
  bool has_steady_state = true;        ///< false: an overloaded pod queues without a bound that the user gave
  bool closed = false;                 ///< closed loops are part of the load: its rates are not known beforehand

  double greatest() const { return utilization.empty() ? 0.0 : utilization[bottleneck]; }
};

/// Expected load of each pod. A load balancer spreads over zones and nodes evenly, kube-proxy over its pods; an edge
/// that decides by load is taken to even utilization out, which is the best it can do.
OfferedLoad offered_load(const model::Cluster& cluster);

/// What occupies a server of a pod for one request: of a proxy its CPU, of an event loop the part that holds the loop.
const Distribution& work_of(const model::Cluster& cluster, const model::Pod& pod);
std::uint32_t servers_of(const model::Cluster& cluster, const model::Pod& pod);

/// `Deployment pod NAME on NODE`, the station that saturates first.
std::string bottleneck_name(const model::Cluster& cluster, const OfferedLoad& load);

}  // namespace towtank
