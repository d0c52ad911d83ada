#pragma once

#include <vector>

#include "models/analytic/ideal_capacity.hpp"
#include "models/study/path_spread.hpp"

namespace towtank {

/// What the open traffic could grow to if every balancer on its way split as the pods can bear: the same edges, nodes
/// and pods that `path_spread` uses, in other parts. Requests that are dropped or refused stay so; callers inside the
/// cluster stay where they are. An ingress controller whose pods reach only the backends of their own node is taken to
/// reach those of all its nodes, so that the answer is never too small.
/// @param spreads  of the cluster's traffic, in its order
/// @return stations are pods
analytic::IdealCapacity ideal_path_capacity(const model::Cluster& cluster, const std::vector<PathSpread>& spreads);

}  // namespace towtank
