#pragma once

#include <cstddef>
#include <span>

#include "sim/stats/student_t.hpp"

namespace towtank {

/// The number of replications at which precision is looked at next: 1.3 times as many, rounded up, at most `most`.
/// From 20: 26, 34, 45, 59, 77, 101, 132, 172, 224. Checking rarely keeps a lucky small variance from ending the run.
/// @param done  >= 1 @return > done, or `most` when done >= most
std::size_t next_replication_count(std::size_t done, std::size_t most);

/// Half width over estimate: 0 for an exact one, infinity when unresolved or about 0.
double relative_half_width(const Interval& interval);

/// The largest of several; 0 of none.
double worst_relative_half_width(std::span<const Interval> intervals);

enum class StopDecision {
  go_on,        ///< `replications()` has grown
  converged,    ///< precise enough twice in a row
  cap_reached,  ///< the replications are used up; report the interval reached, flagged
};

/// Decides when there are replications enough: when the worst metric is precise enough at two checks in a row. When
/// `fewest` = `most` the user has fixed the number, nothing is chosen by looking, and the one check counts.
/// Looks at replications only, never at the clock, so the answer does not depend on the machine.
/// @source Chow and Robbins, Annals of Mathematical Statistics 36(2), 1965; Law, Simulation Modeling and
/// Analysis, 9.4.1.
class PrecisionStopping {
 public:
  /// @param fewest  replications at the first check, >= 1; 20 or more keep the confidence honest
  /// @param most    >= fewest
  /// @param relative_precision  half width over true value wanted, e.g. 0.05, > 0
  PrecisionStopping(std::size_t fewest, std::size_t most, double relative_precision);

  /// How many replications there must be at the next check.
  std::size_t replications() const { return replications_; }

  /// What half width over estimate passes: e / (1 + e), so that the error is at most e of the true value.
  double limit() const { return limit_; }

  /// The check at `replications()`. @param worst  `worst_relative_half_width` of all metrics asked for
  StopDecision judge(double worst);

 private:
  std::size_t replications_;
  std::size_t most_;
  double limit_;
  int passes_needed_;
  int passes_ = 0;
};

}  // namespace towtank
