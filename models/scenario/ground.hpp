#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/scenario/scenario.hpp"

namespace towtank::scenario {

/// Where a request may go, with everything resolved that does not depend on the request.
struct Ground {
  /// The controller of one ingress class.
  struct Controller {
    ServedClass served;
    IngressController product = IngressController::ingress_nginx;
    std::uint32_t workload = 0;  ///< its pods: index into Objects::workloads
    std::int64_t service = -1;   ///< in front of it: index into the state's services; -1 = none
    std::uint32_t tries = 1;     ///< how many targets it tries for one request; UINT32_MAX = each of them once
    Labels settings;             ///< its ConfigMap
    std::optional<BalanceSpec> balance;  ///< of spec.ingress
  };
  /// Means of round trips, seconds. @source models/cluster/network_presets.hpp where the scenario does not say
  struct RoundTrips {
    double client_s = 0.0, same_node_s = 0.0, same_zone_s = 0.0, cross_zone_s = 0.0;
  };

  Objects objects;
  Scenario scenario;
  ClusterState state;
  std::vector<Controller> controllers;
  RoundTrips round_trips;
};

}  // namespace towtank::scenario
