#pragma once

#include "models/balancers/balancer.hpp"

namespace towtank {

/// Adds an algorithm to those that scenarios and every verb know, beside those of registry.def. Before anything else is asked of
/// the registry: pointers and spans that it gave before point to nothing afterwards.
/// @param info  with a name that is new, also among what the users of its products write
/// @throws std::invalid_argument  when it has none, or when something is missing
void add_balancer(BalancerInfo info);

}  // namespace towtank
