#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// What a user says of the sets of hosts that Envoy keeps.
struct HostSetRules {
  std::uint32_t panic = 50;                  ///< percent
  bool fails_in_panic = false;               ///< nobody is chosen then
  bool has_failover = false;                 ///< the caller's own zone is the first priority, the others the second
  std::optional<std::uint32_t> min_cluster;  ///< of zone-aware routing; empty: there is none
  std::vector<std::pair<std::string, std::uint32_t>> zone_weights;  ///< by name; empty: zones are not weighed
  std::vector<std::string> subset;  ///< labels as KEY=VALUE, all of which a host must have; empty: any host will do
  bool any_without_subset = false;  ///< where no host has them all are chosen from, else none

  static HostSetRules read(BalancerArguments& arguments, HostSetUse use);
  /// Of an algorithm of the registry, as the scenario has it. @param given  its parameters, which have been checked
  static HostSetRules of(const BalancerInfo& info, const std::vector<std::pair<std::string, std::string>>& given);

  /// By where its caller stands.
  bool looks_at_callers() const { return has_failover || min_cluster.has_value(); }
  bool chooses_zones() const { return min_cluster.has_value() || !zone_weights.empty(); }
};

/// The parameters that `HostSetRules::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> with_host_sets(std::vector<BalancerParameter> own, HostSetUse use);

/// Whether it is Envoy's alone: about sets of hosts, or slow starts, which balancers of other products share an algorithm with.
/// @param info  the algorithm that has a parameter of this name
bool is_of_envoy(const BalancerInfo& info, std::string_view parameter);

}  // namespace towtank
