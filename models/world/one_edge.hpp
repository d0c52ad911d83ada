#pragma once

#include <cstdint>
#include <string_view>

#include "models/world/model.hpp"

namespace towtank::model {

/// The dispatcher of theory: pods with one worker each behind one L7 edge, which spreads Poisson arrivals over them
/// itself and loses no time; nor does the network. All is in one zone, on one node.
/// @param balancer  of the registry, with its defaults   @param utilization  of the pods together
Cluster behind_one_edge(std::uint32_t pods, std::string_view balancer, const Distribution& service, double utilization);

}  // namespace towtank::model
