#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/cluster/leg_kind.hpp"
#include "models/hops/leg.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// A load balancer that forwards connections to nodes (instance targets). It stands in every zone; a client's name
/// resolution spreads connections evenly over the zones that have a target.
struct L4EdgeConfig {
  std::string name;
  HopId next{};                     ///< kube-proxy, by node
  struct Zone {
    std::vector<std::uint32_t> targets;   ///< healthy nodes that connections entering in this zone may go to
    std::unique_ptr<Balancer> balancer;   ///< over `targets`, by place; one instance per zone
  };
  std::vector<Zone> zones;          ///< those without a target are left out of name resolution
  std::span<const std::uint32_t> zone_of_node;  ///< place in `zones`; outlives the hop
  std::span<const LegKind> between_zones;   ///< zones x zones, row = caller
  Distribution same_zone = Distribution::constant(0.0);   ///< round trip to a node of the zone
  Distribution cross_zone = Distribution::constant(0.0);  ///< round trip to a node of another zone
  Distribution adder = Distribution::constant(0.0);       ///< of the balancer itself, per direction
};

class L4Edge final : public Hop {
 public:
  L4Edge(L4EdgeConfig config, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;

 private:
  bool choose(Request& request, Frame& frame);

  L4EdgeConfig config_;
  std::vector<std::uint32_t> open_zones_;
  PickDraws zone_draws_;
  Leg same_zone_, cross_zone_, adder_;
};

}  // namespace towtank
