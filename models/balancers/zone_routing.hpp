#pragma once

#include <cstdint>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "sim/random/philox.hpp"

namespace towtank {

/// Envoy's zone-aware routing: in which zone the endpoint of a caller's request is. Where the caller's zone has no
/// smaller share of the endpoints than of the callers, in its own. Else only so many requests stay that its endpoints
/// get no more than others, and the rest goes to the zones that have a larger share of the endpoints than of the
/// callers, by how much larger it is. Shares are whole ten-thousandths, as Envoy counts them.
/// @source Envoy source/extensions/load_balancing_policies/common/load_balancer_impl.cc (ZoneAwareLoadBalancerBase)
class ZoneRouting {
 public:
  /// @param min_cluster  of fewer endpoints it is off
  explicit ZoneRouting(std::uint32_t min_cluster) : min_cluster_{min_cluster} {}

  void update(const EndpointView& view);

  /// Off, when any endpoint may be chosen: there are too few, or all in one zone, or nobody knows of callers.
  bool is_on() const { return is_on_; }
  /// Whether all requests stay in the caller's zone.
  bool stays() const { return staying_ == kWhole; }
  std::uint32_t own_zone() const { return own_zone_; }

  /// Of one that is on. @param words  at random, the first two count  @return a zone that has an endpoint
  std::uint32_t zone(const PhiloxBlock& words) const;

  /// By zone the chance of being chosen, up to the last that may be; empty of one that is off.
  std::vector<double> chances() const;

 private:
  static constexpr std::uint32_t kWhole = 10'000;

  static std::uint32_t share(std::uint32_t part, std::uint64_t all) {
    return static_cast<std::uint32_t>(std::uint64_t{kWhole} * part / all);
  }

  std::uint32_t min_cluster_;
  bool is_on_ = false;
  std::uint32_t own_zone_ = 0, staying_ = 0;
  std::vector<std::uint32_t> open_;        ///< zones that have an endpoint, ascending
  std::vector<std::uint32_t> room_up_to_;  ///< by place among them: how much more they take, with all before them
};

}  // namespace towtank
