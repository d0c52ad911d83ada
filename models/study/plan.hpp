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

/// The answer of `plan`: the cheapest setting of a scenario that meets its objectives, with a stated probability.
namespace towtank {

enum class PlanCost : std::uint8_t {
  replicas,  ///< cores that all pods request; pods, where some request none
  nodes,
  usd,  ///< a month, for what crosses zones: simulated, so that settings are told apart by selection
};

struct PlanOptions {
  bool is_range = false;         ///< the settings are one field's whole numbers, ascending: the smaller is the cheaper
  std::optional<PlanCost> cost;  ///< default replicas
  double probability = 0.95;     ///< that no decision is wrong, in (0.5, 1)
  double indifference = 0.01;    ///< share of an objective's bound within which either answer is right, in (0, 1)
};

struct PlannedSetting {
  enum class State : std::uint8_t { not_tried, overloaded, met, missed, unsteady, undecided };

  std::string name;  ///< `replicas=4`
  State state = State::not_tried;
  std::size_t tried = 0;  ///< the how manieth that was simulated, from 1; 0 = was not
  std::size_t replications = 0;
  std::optional<double> cost;                       ///< of usd known where it was simulated
  std::optional<double> utilization;                ///< of its busiest pod, in closed form; above 1 overloaded
  std::string bottleneck;                           ///< the name of that pod
  std::vector<report::ObjectiveResult> objectives;  ///< empty where it was not simulated
};

struct StudyPlan {
  enum class Answer : std::uint8_t {
    met,          ///< `chosen` is the cheapest
    none_meets,   ///< `nearest` comes nearest
    undecided,    ///< a cheaper setting than `chosen`, or any, could not be decided
    interrupted,  ///< the user asked to end
  };

  std::string scenario, variant;
  std::vector<std::string> objectives;
  Answer answer = Answer::undecided;
  std::vector<PlannedSetting> settings;  ///< in the order of the values
  std::optional<std::size_t> chosen;     ///< the cheapest that was shown to meet all objectives
  std::optional<std::size_t> nearest;    ///< of those that do not, the one with the least excess over a bound
  bool by_bisection = false;             ///< a larger value is taken to serve no worse; else in the order of cost
  /// Settings that cost the same and meet the objectives, or with usd all that do: `chosen` was selected among them.
  std::vector<std::size_t> compared;
  bool selection_is_sure = true;  ///< false: the selection ran into the replications allowed
  PlanCost cost = PlanCost::replicas;
  std::string cost_unit;      ///< "cores", "pods", "nodes", "USD/month"
  std::size_t decisions = 0;  ///< at most, among which 1 - probability is split
  double probability = 0.95, indifference = 0.01;
  std::uint32_t seed = 0;
  std::vector<std::string> assumptions, warnings;
};

/// @param study  of settings (`LoadOptions::vary`)
/// @error what makes a setting impossible to run; no objective
Result<StudyPlan> plan_study(const scenario::Study& study, const PlanOptions& options, Executor& executor,
                             ProgressSink& progress);

}  // namespace towtank
