#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/ground.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/load_study.hpp"
#include "models/world/model.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// A number that neither manifests nor scenario give, so that the model took a default that is tagged *assumed*.
struct AssumedSetting {
  std::string what;    ///< "round trip crossZone", "workers a pod of Deployment/shop": no other has the same
  std::string path;    ///< the field of the scenario that would set it; empty = none does
  double value = 0.0;  ///< the default: of a law its median in seconds, else a count
  bool is_count = false;
};

/// A variant made ready to simulate, and what its reader should know of it.
struct BuiltVariant {
  model::Cluster cluster;
  std::vector<std::string> findings;     ///< what was resolved, one line each: paths, ports, placements
  std::vector<std::string> assumptions;  ///< defaults used that are tagged *assumed*, one sentence each
  std::vector<std::string> warnings;
  std::vector<ServedClass> ingress_classes;
  std::vector<AssumedSetting> assumed;   ///< of `assumptions` those that are numbers, in the order of the way
};

/// Resolves references, fills defaults in and places pods. Only what some traffic reaches is in the model, in the order
/// of names: neither the order of files nor an unrelated Service changes it.
/// @param placement_draw  which draw of the random placement: the replication's number, or always the same
/// @error dangling references, Services without endpoints, ports that nobody serves, pods that fit nowhere: all at once
Result<BuiltVariant> build(const VariantInput& variant, std::uint32_t placement_draw);

/// The cluster of a variant with all its addresses, whatever traffic there is: what `kubectl get` would show.
/// @error dangling pins, nodes that are not there, duplicate addresses: all at once. Pods that fit nowhere are Pending.
Result<ClusterState> cluster_state(const VariantInput& variant, std::uint32_t placement_draw);

/// What a single request meets on its way, whatever traffic there is (models/walk).
/// @error those of `cluster_state`, and ingress classes without the controller that the scenario names
Result<Ground> ground_of(const VariantInput& variant, std::uint32_t placement_draw);

/// Draw number of placements that are drawn once for all replications.
inline constexpr std::uint32_t kPlacedOnce = UINT32_MAX;

inline constexpr std::uint32_t kDefaultSeed = 1;

}  // namespace towtank::scenario
