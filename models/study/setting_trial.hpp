#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "models/study/metrics.hpp"
#include "models/study/study.hpp"
#include "models/study/variant_run.hpp"
#include "models/world/report.hpp"

namespace towtank {

/// How far from its bound a metric must lie for the answer to matter: a share of the bound, of an availability one of
/// what it leaves (of 99.9 % as much as of an error rate of 0.1 %). In the unit of the bound, >= 0.
double indifference_of(const scenario::Objective& objective, double share);

/// Of the intervals that stand beside a plan's decisions.
inline constexpr double kConfidenceShown = 0.95;

/// A share of requests that fail below which latencies tell of nearly all: no warning where no objective counts
/// failures.
inline constexpr double kFewFailures = 0.001;

/// How a trial goes about it.
struct TrialManner {
  std::uint32_t first_draw = 0;  ///< of which replications it uses the chance
  /// Replications that would take more events in all are left out.
  std::uint64_t most_events = std::numeric_limits<std::uint64_t>::max();
  /// The duration that the scenario gives is the least, for it knew another load, and so is the warm-up where the load
  /// needs a longer one; else both are kept but where a percentile has too few requests in its tail.
  bool given_is_least = false;
  /// Ends undecided, after three looks, where the replications allowed will hardly be enough: the estimate is nearer to
  /// its bound than half of what the interval's half width will be with them. Costs decisions, and makes none wrong.
  bool gives_up = false;
};

/// Simulates one setting, replication by replication, until it is decided whether it meets its objectives.
class SettingTrial {
 public:
  enum class Verdict : std::uint8_t {
    met,       ///< every objective
    missed,    ///< at least one
    unsteady,  ///< its requests in flight grow, or some were lost from view: it has no steady state that could meet one
    undecided,  ///< within the replications allowed
    stopped,    ///< the user asked to end
  };

  /// @param run  with a steady state by its offered load
  SettingTrial(VariantRun run, Executor& executor, ProgressSink& progress, const TrialManner& manner = {});

  /// Looks at 20, 26, 34, ... replications (those of PrecisionStopping, within `spec.run.replications`). At the j-th
  /// look an objective is met when the upper confidence limit of its metric is below bound + indifference, and missed
  /// when the lower one is above bound - indifference; when both hold, the estimate's side of the bound decides. Each
  /// limit is one-sided and fails with chance error / (objectives j (j + 1)), so that all looks together decide wrongly
  /// with a chance of at most `error`; within the indifference either answer is right. That a percentile is missed is
  /// seen by the share of requests above bound - indifference, without many in the tail of each replication. What
  /// else has too few there begins again with longer replications, up to 3 times, whatever duration the scenario gives.
  /// @param error  in (0, 0.5)
  /// @param indifference  share, see `indifference_of`; with 0 met and missed are as the bound says, and what lies at
  /// the
  ///   bound stays undecided
  /// @source Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70(3), 1983, for errors
  ///   spent over looks; here their union bound, so that nothing need be known of how looks depend on each other.
  Verdict decide(double error, double indifference);

  /// Decides nothing: the fewest replications, long enough for the p99 of every traffic where the events allowed let
  /// it.
  /// @return met when it has a steady state, unsteady, undecided when even these take more than the events allowed,
  /// stopped
  Verdict look_only();

  /// The objectives as the last look left them, with two-sided intervals of the confidence given.
  std::vector<report::ObjectiveResult> objectives(double confidence) const;
  /// Dollars a month for what crosses zones: the mean of the replications.
  double dollars_per_month() const;

  /// Of the requests of a traffic, the greatest of all traffic.
  double failed_share() const;

  /// All metrics as the last look left them, by traffic.
  std::vector<TrafficMetrics> measured(double confidence) const;

  const VariantRun& run() const { return runs_.front(); }
  std::size_t replications() const { return run().results.size(); }
  const StudyHorizon& horizon() const { return horizon_; }
  std::uint64_t events() const { return events_; }

  /// Begins again for a comparison: with the horizon common to those compared, and with chance that no decision has
  /// seen.
  void begin_comparison(const StudyHorizon& common);
  /// Of one replication of the comparison. @return whether there are so many; false when the user asked to end
  bool grow_to(std::size_t replications);
  std::vector<double> dollars_of_replications() const;
  /// The objective's metric, turned so that less is better.
  std::vector<double> metric_of_replications(const scenario::Objective& objective) const;

  /// Replications at most, by the scenario.
  std::size_t most() const { return most_; }
  std::size_t fewest() const { return fewest_; }
  /// Gives the memory of the replications back; what was measured of them is gone.
  void forget();

 private:
  using Status = report::ObjectiveResult::Status;

  Verdict settle_horizon();
  /// Whether the events allowed are enough for so many replications of a window `factor` times as long.
  bool can_afford(std::size_t replications, double factor) const;
  /// Looks whether there is a steady state, as far as replications tell.
  bool is_lost();
  void look(double error_of_one_limit, double indifference);
  /// Whether so large a share of requests takes longer than the bound less `margin` that the percentile is missed.
  bool is_beyond(const scenario::Objective& objective, const Metric& metric, double margin, double confidence) const;
  /// Longer replications instead of more. @return false when the user asked to end
  bool begin_longer();
  double longer_by() const;
  /// Empty when nothing reaches it: it is then not in the model.
  std::optional<std::size_t> traffic_of(const scenario::Objective& objective) const;
  const std::vector<scenario::Objective>& wanted() const { return run().input->scenario.objectives; }

  std::vector<VariantRun> runs_;  // one; the functions of studies want a list
  Executor& executor_;
  ProgressSink& progress_;
  StudyHorizon horizon_;
  TrialManner manner_;
  std::size_t fewest_, most_;
  std::uint64_t events_ = 0;
  double lengthen_by_ = 1.0;  // times which the last look wants replications longer for their tails
  bool is_hopeless_ = false;  // as the last look left it
  std::vector<Status> status_;
};

}  // namespace towtank
