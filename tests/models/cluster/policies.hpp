#pragma once

#include "models/cluster/placement.hpp"

namespace towtank {

/// Every way to place pods.
inline constexpr PlacementPolicy kPolicies[] = {PlacementPolicy::even, PlacementPolicy::scheduler_default,
                                                PlacementPolicy::random, PlacementPolicy::packed};

}  // namespace towtank
