#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "models/study/study.hpp"
#include "models/world/report.hpp"
#include "sim/core/result.hpp"

/// The answer of `plan --maximize spec.load`: how much load each variant bears, with a stated probability. Loads are
/// values of `spec.load`.
namespace towtank {

struct LoadPlanOptions {
  double probability = 0.95;  ///< that no decision about any variant is wrong, in (0.5, 1)
  double resolution = 0.02;   ///< share of a load that the ends of its interval may be apart, in (0, 1)
  bool whole_curve = true;    ///< false: of the curve only the loads that the search tries
};

/// One load that was simulated to be decided about.
struct TriedLoad {
  enum class State : std::uint8_t { met, missed, unsteady, undecided };

  double load = 0.0;
  State state = State::undecided;
  std::size_t tried = 0;  ///< the how manieth, from 1
  std::size_t replications = 0;
  std::vector<report::ObjectiveResult> objectives;
};

/// One traffic of one variant at one load: a row of load_curve.csv.
struct LoadCurveRow {
  std::string variant, traffic;
  double load = 0.0;
  std::optional<double> rate_per_s;   ///< as sent; empty of closed loops
  std::optional<double> utilization;  ///< of the station that saturates first, in closed form
  std::string state;                  ///< steady|drifting|cut|overloaded|not_simulated
  report::Estimate mean_ms, p50_ms, p99_ms;
  std::optional<double> error_rate;
  std::size_t replications = 0;
  std::uint64_t samples = 0;
};

struct VariantLoad {
  enum class Answer : std::uint8_t {
    found,        ///< `low` is shown to meet all objectives
    capacity,     ///< no objective binds the variant: the ceiling is all there is to say
    missed,       ///< an objective is missed already at the lowest load tried
    unsteady,     ///< there is no steady state at the lowest load tried
    undecided,    ///< no load was shown to meet the objectives, and the lowest was not shown to miss them
    interrupted,  ///< the user asked to end
  };

  std::string variant;
  std::vector<std::string> objectives;  ///< that bind it
  Answer answer = Answer::undecided;
  std::optional<double> low;   ///< the largest load shown to meet
  /// The smallest shown to miss, else the ceiling; empty before anything is known, and where queues that end let loads
  /// beyond the ceiling have a steady state, which are not searched.
  std::optional<double> high;
  double ceiling = 0.0;        ///< the load at which the first station saturates, in closed form
  std::optional<double> rate_per_s;       ///< of all open traffic at load 1
  std::vector<std::string> breaks_first;  ///< stations that saturate at the ceiling
  std::string waits_at;                   ///< the hop where requests wait longest, at the lowest load that missed
  std::vector<TriedLoad> tried;           ///< ascending loads
};

struct StudyLoadPlan {
  std::string scenario;
  bool complete = true;  ///< false: the user asked to end
  std::vector<VariantLoad> variants;
  std::vector<LoadCurveRow> curve;  ///< by variant, ascending loads, by traffic; the ceiling last
  std::size_t decisions = 0;        ///< at most, of all variants, among which 1 - probability is split
  double probability = 0.95, resolution = 0.02, confidence = 0.95;  ///< confidence of each interval of the curve
  std::uint32_t seed = 0;
  std::vector<std::string> assumptions, warnings;
};

/// Whether the first bears more than the second, less, or it cannot be told: only intervals that do not overlap tell.
enum class LoadOrder : std::uint8_t { more, less, cannot_tell };
LoadOrder compared(const VariantLoad& one, const VariantLoad& other);

/// Of each variant: the ceiling in closed form, `LoadSearch` below it with trials of `SettingTrial`, and a curve of
/// latency over load that the trials are part of. Equal loads meet equal chance in all variants, other loads another.
/// @error what makes a variant impossible to run; closed loops alone, whose load `spec.load` does not change; nothing
/// on
///   the way that could saturate; an objective that more load serves better
Result<StudyLoadPlan> plan_load(const scenario::Study& study, const LoadPlanOptions& options, Executor& executor,
                                ProgressSink& progress);

}  // namespace towtank
