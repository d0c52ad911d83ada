#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace towtank {

/// What an exchange of packets travels over; each has a law of its round trip (models/cluster/network_presets.hpp).
enum class LegKind : std::uint8_t {
  loopback,    ///< within one pod
  same_node,   ///< pod to pod of one node
  same_zone,   ///< node to node of one zone
  cross_zone,  ///< node to node of two zones
  client,      ///< the client side of the world to the edge of a zone
};
inline constexpr std::size_t kLegKinds = 5;

/// As in the scenario's `network`: "loopback", "sameNode", "sameZone", "crossZone", "client".
std::string_view name_of(LegKind kind);

}  // namespace towtank
