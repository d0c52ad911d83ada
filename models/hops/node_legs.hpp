#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/cluster/leg_kind.hpp"
#include "models/hops/leg.hpp"

namespace towtank {

/// Where nodes are, and the round trips between them.
struct NodeLegsConfig {
  std::span<const std::uint32_t> zone_of_node;  ///< outlives the legs, as the next
  std::span<const LegKind> between_zones;       ///< zones x zones, row = caller
  std::size_t zones = 1;
  Distribution same_node = Distribution::constant(0.0);
  Distribution same_zone = Distribution::constant(0.0);
  Distribution cross_zone = Distribution::constant(0.0);
};

/// The ways from one hop to pods or nodes: within a node, a zone, or across zones.
class NodeLegs {
 public:
  /// @param name  of the hop they lead from
  NodeLegs(const NodeLegsConfig& config, const Draws& draws, PurposeRegistry& purposes, const std::string& name)
      : config_{config},
        same_node_{config.same_node, draws, purposes, "leg/" + name},
        same_zone_{config.same_zone, draws, purposes, "leg/" + name},
        cross_zone_{config.cross_zone, draws, purposes, "leg/" + name} {}

  Legs between_nodes(std::uint32_t from, std::uint32_t to, const Request& request) {
    if (from == to) return same_node_.draw(request);
    return between_zones(config_.zone_of_node[from], config_.zone_of_node[to], request);
  }

  Legs between_zones(std::uint32_t from, std::uint32_t to, const Request& request) {
    const bool crosses = config_.between_zones[from * config_.zones + to] == LegKind::cross_zone;
    return (crosses ? cross_zone_ : same_zone_).draw(request);
  }

  std::uint32_t zone_of(std::uint32_t node) const { return config_.zone_of_node[node]; }

 private:
  NodeLegsConfig config_;
  Leg same_node_, same_zone_, cross_zone_;
};

}  // namespace towtank
