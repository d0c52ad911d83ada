#pragma once

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/build.hpp"
#include "models/scenario/load_study.hpp"

namespace towtank::lint {

/// One variant as the rules see it. Nothing is owned.
struct Subject {
  const scenario::VariantInput& input;           ///< its objects, and what the scenario says of them
  const ClusterState& state;                     ///< where the pods are
  const scenario::BuiltVariant& built;           ///< what traffic reaches
  const scenario::VariantInput& baseline_input;  ///< the first variant, which may be this one
  const scenario::BuiltVariant& baseline_built;

  /// Each replication has its pods elsewhere: `state` is one case of many.
  bool is_placed_anew() const {
    return input.scenario.cluster.placement.draw == scenario::PlacementDraw::per_replication;
  }
};

}  // namespace towtank::lint
