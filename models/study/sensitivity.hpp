#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/study.hpp"
#include "sim/stats/student_t.hpp"

namespace towtank {

struct PairedStudies;
struct StudyComparison;

struct SensitivityOptions {
  std::string metric = "latency_p99";  ///< as in summary.csv
  std::string traffic{};               ///< empty = the first that both sides have
  double range = 4.0;                  ///< each setting is tried down to value / range and up to value x range, > 1
  std::uint64_t most_events = 400'000'000;  ///< begins no further setting once it has used so many
};

/// An assumed default, and how far the verdict holds when it alone is another.
struct SettingSensitivity {
  /// Where the verdict turns: found by bisection to 10 % (of a count: to the next one) and by a straight line within.
  struct Flip {
    bool is_above = true;          ///< it turns when the setting is above `value`, else below
    double value = 0.0;            ///< seconds or a count; of a count the first that turns it
    double low = 0.0, high = 0.0;  ///< between these the trials' noise leaves the sign open
  };

  scenario::AssumedSetting setting;
  double lowest = 0.0, highest = 0.0;                 ///< tried, in the unit of the setting
  bool is_cut_below = false, is_cut_above = false;    ///< beyond it neither side would have a steady state
  bool is_open_below = false, is_open_above = false;  ///< at that end nobody can tell
  bool is_tried = true;
  std::vector<Flip> flips;  ///< at most one below and one above

  bool holds() const { return is_tried && flips.empty() && !is_open_below && !is_open_above; }
};

/// Of one pair of variants.
struct Sensitivity {
  std::string variants, traffic, metric;
  std::string verdict;   ///< better|worse|same of B, the one that could turn; else there is nothing to turn
  bool is_shown = true;  ///< false: too close for the trials to show even that verdict
  std::vector<SettingSensitivity> settings;
  double range = 4.0;
  std::size_t replications = 0;  ///< of each trial
  std::uint64_t trials = 0, events = 0;
};

/// What is wrong with the options, before anything is simulated: a metric or a traffic that there is not.
Problems problems_with(const PairedStudies& paired, const SensitivityOptions& options);

/// For each pair: which numeric default that is only assumed would turn the verdict of one metric, and at which value.
/// Each is varied alone, by a factor, on both sides where both take the default, under the common random numbers of the
/// comparison, in few replications at its horizon, and holds or turns only where that is beyond their noise. Better and worse turn where the difference changes its sign; same
/// turns where the difference leaves the indifference. Where only one side has a steady state, it is the better one.
/// @param comparison  of these studies: gives the verdicts and the indifference
/// @error as `problems_with`
Result<std::vector<Sensitivity>> sensitivity_of(const PairedStudies& paired, const StudyComparison& comparison,
                                                const SensitivityOptions& options, Executor& executor,
                                                ProgressSink& progress);

}  // namespace towtank
