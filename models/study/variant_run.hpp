#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/offered_load.hpp"
#include "models/world/recorder.hpp"
#include "models/world/world.hpp"

namespace towtank {

/// One variant on its way through a study.
struct VariantRun {
  const scenario::VariantInput* input = nullptr;
  scenario::BuiltVariant built;
  OfferedLoad load;                        ///< of the placement that loads some pod most, of all that will be drawn
  std::uint32_t busiest_draw = scenario::kPlacedOnce;  ///< of placements, which that is
  std::vector<HopInfo> hops;
  std::vector<ReplicationResult> results;  ///< by replication
  bool drifts = false;                     ///< requests in flight grew from the first to the second half of the window
  bool is_cut = false;                     ///< requests were lost from view: nothing may be concluded

  const std::string& name() const { return input->name; }
  /// Pods stand elsewhere in each replication.
  bool is_placed_anew() const { return input->scenario.cluster.placement.draw == scenario::PlacementDraw::per_replication; }
  const model::Cluster& cluster() const { return built.cluster; }
  bool is_simulated() const { return load.has_steady_state; }
  bool is_measured() const { return !results.empty(); }
  bool is_steady() const { return is_simulated() && !drifts && !is_cut; }
  /// "steady", "saturated", "unstable", "drifting" or "cut"
  std::string state() const;
};

/// Replications of a variant at least and at most, unless the scenario says otherwise.
inline constexpr std::size_t kFewestReplications = 20;
inline constexpr std::size_t kMostReplications = 200;

/// Times that a study is begun again when its replications prove too short.
inline constexpr int kLengthenings = 2;

/// The variants of a study that could be made ready, in its order.
struct BuiltStudy {
  std::vector<VariantRun> runs;
  Problems problems;  ///< of all variants, each once
};

/// Builds every variant, and of those that are placed anew in each replication every placement.
BuiltStudy build_variants(const scenario::Study& study);

/// Sentences of all variants, each once, in the order of letters.
std::vector<std::string> gathered(const std::vector<VariantRun>& runs, std::vector<std::string> scenario::BuiltVariant::*of);

/// One replication. @param placement  which draw of the pods' places; without meaning unless they are placed anew
ReplicationResult replicate_once(const VariantRun& run, const Horizon& horizon, const Draws& draws, std::uint32_t placement);

/// Requests per second of a traffic; of a closed loop the most that its users ask for or its pods serve.
double expected_rate(const model::Cluster& cluster, const model::Traffic& traffic);

/// How long replications are, and how the length came about.
struct StudyHorizon {
  Horizon horizon;
  bool warmup_given = false, window_given = false, bin_given = false;
};

/// A first horizon from the configured loads, common to all variants: warm-up of at least ten relaxation times of the
/// busiest station and 1,000 requests, a window of at least 20,000 requests and four warm-ups.
StudyHorizon plan_horizon(std::span<const VariantRun> runs, const scenario::Run& given);

/// Looks at what the replications saw: lengthens the horizon when MSER-5 on their averages finds the transient longer
/// than the warm-up. @return whether the study must be run again
bool lengthen_horizon(std::span<const VariantRun> runs, StudyHorizon& horizon);

/// Replications whose own tail decided whether they were long enough lean to a calm one. Hence the first ones, made to find
/// the length, are kept only where they hold so many times as many independent tail requests as a p99 needs (TailSupport).
inline constexpr double kPilotTails = 4.0;

/// Looks at what the replications saw: lengthens the window, unless it was given, when some traffic's tail holds less than
/// `times` what its p99 needs for an interval. It is then long enough for two and a half times what is needed, since the few
/// requests there are do not tell well how much they depend on each other; never shorter than before, and so perhaps the same.
/// Where that would take more than 1e8 events in all it stays as it is, and the p99 unresolved.
/// @return whether the study must be run again, with other draws
bool lengthen_for_p99(const std::vector<VariantRun>& runs, StudyHorizon& horizon, double times);

/// Whether the requests in flight of some traffic grow: the mean over the second half of the window is more than a fifth above that of
/// the first, and not by chance (paired t over replications, 1e-3).
bool drifts(const std::vector<ReplicationResult>& results);

/// Some replication lost requests from view: its figures are of no use.
bool is_cut(const std::vector<ReplicationResult>& results);

}  // namespace towtank
