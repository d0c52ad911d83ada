#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/hops/node_legs.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// A load balancer that forwards connections to nodes (instance targets) or to pods (IP targets). A zonal one stands in every zone, and name
/// resolution spreads connections evenly over the zones that have a target; of another a connection enters in the zone
/// of the node that it goes to.
/// @source AWS, "Target groups for your Network Load Balancers", target type
struct L4EdgeConfig {
  std::string name;
  HopId next{};                     ///< kube-proxy, by node
  std::vector<HopId> hop_of_pod;    ///< of IP targets: who answers for each pod; empty = the targets are nodes
  std::span<const std::uint32_t> node_of_pod;  ///< then; outlives the hop
  struct Zone {
    std::vector<std::uint32_t> targets;   ///< healthy nodes, or pods, that connections entering in this zone may go to
    std::unique_ptr<Balancer> balancer;   ///< over `targets`, by place; one instance per zone
  };
  bool zonal = false;
  std::vector<Zone> zones;          ///< those without a target are left out of name resolution; one when not zonal
  NodeLegsConfig network;           ///< from the zone where it enters to the node
  Distribution adder = Distribution::constant(0.0);       ///< of the balancer itself, per direction
};

class L4Edge final : public Hop {
 public:
  L4Edge(L4EdgeConfig config, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;
  void on_end_of_route(std::span<const EndpointId> route, Time at, WalkControl& control) override;

 private:
  bool choose(Request& request, Frame& frame, Time now);
  bool has_pods() const { return !config_.hop_of_pod.empty(); }
  std::uint32_t node_of(EndpointId target) const {
    const auto place = static_cast<std::uint32_t>(target);
    return has_pods() ? config_.node_of_pod[place] : place;
  }

  L4EdgeConfig config_;
  std::vector<std::uint32_t> open_zones_;
  PickDraws zone_draws_;
  NodeLegs legs_;
  Leg adder_;
};

}  // namespace towtank
