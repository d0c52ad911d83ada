#pragma once

#include <memory>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_key.hpp"

/// What HAProxy's algorithms of a hash have in common: map or circle, bound and limits.
namespace towtank::balancer {

/// The parameters that `made_haproxy_hash` asks for, after an algorithm's own.
std::vector<BalancerParameter> haproxy_hash_parameters(std::vector<BalancerParameter> own = {});

/// @param avalanche  map-based, too, keys are spread before the modulo; on a circle they always are
std::unique_ptr<Balancer> made_haproxy_hash(BalancerArguments& arguments, HashKey key, bool avalanche = false);

}  // namespace towtank::balancer
