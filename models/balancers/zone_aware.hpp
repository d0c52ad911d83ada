#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// Makes an instance of an algorithm.
using BalancerMaker = std::function<std::unique_ptr<Balancer>(PickDraws)>;

/// An algorithm of Envoy's as its user wants it: as it is, or with `zone_aware` within the zone that `ZoneRouting`
/// chooses, where each zone has an instance of its own.
std::unique_ptr<Balancer> made_for_zones(BalancerArguments& arguments, PickDraws draws, BalancerMaker make);

/// @return from how many endpoints on it chooses a zone first (`min_cluster`); empty: not at all
/// @source Envoy api/envoy/extensions/load_balancing_policies/common/v3 (ZoneAwareLbConfig)
std::optional<std::uint32_t> zone_aware_from(BalancerArguments& arguments);

/// The parameters that `zone_aware_from` asks for, after an algorithm's own.
std::vector<BalancerParameter> with_zone_aware(std::vector<BalancerParameter> own);

}  // namespace towtank
