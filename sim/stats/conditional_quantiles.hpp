#pragma once

#include <span>
#include <vector>

#include "sim/random/distribution.hpp"
#include "sim/stats/histogram.hpp"
#include "sim/stats/sectioning.hpp"

namespace towtank {

/// How likely a law's values are to be longer than a point, from a table: 256 points to each doubling, from the longer
/// of a nanosecond and a quantile that hardly any value lies below to where 1e-12 are left. Between them straight
/// lines.
class TailTable {
 public:
  explicit TailTable(const Distribution& law);

  /// @param s  seconds, also below 0
  double above(double s) const;

 private:
  double first_s_;
  std::vector<double> chances_;
};

/// Upper percentiles of a latency of which one part, the last service, is independent of the rest and of known law: in
/// place of counting who lay beyond t, the chance of each to lie there, given its rest. Conditional Monte Carlo; for
/// independent requests its variance is never above that of counting, and far below where a long latency is mostly a
/// long service.
///
/// A request counts by its chance (Kish's effective number, sum of chances squared over sum of their squares),
/// dependence by the dispersion between replications. This number knows nothing of rests that no request had: see
/// `limited`.
/// @source Asmussen and Glynn, Stochastic Simulation (2007), V.4; Kish, Survey Sampling (1965), 11.7.
class ConditionalQuantiles {
 public:
  /// @param rests  latency less the service, one histogram of each replication, not null   @param service  `can_take`
  /// it
  ConditionalQuantiles(std::span<const Histogram* const> rests, const Distribution& service);

  /// Whether a law is smooth enough, down to a few values in a million: nowhere do many of its values lie in a
  /// millionth of their size.
  static bool can_take(const Distribution& service);

  /// @param p  0.5 .. 1, exclusive
  QuantileSections sections(double p) const;

 private:
  /// So many requests had a rest of about so long.
  struct Rest {
    double s, count;
  };
  /// Rests of requests, in their order.
  struct Sample {
    std::vector<Rest> rests;
    double count = 0.0;
  };
  struct Chances {
    double sum = 0.0, squares = 0.0;
    double effective() const { return squares > 0.0 ? sum * sum / squares : 0.0; }
  };

  Sample sample_of(const Histogram& rests) const;
  Chances chances_above(const Sample& sample, double t_s) const;
  double quantile_s(const Sample& sample, double p) const;
  TailSupport support(double t_s) const;

  Distribution service_;
  double cell_s_;  ///< rests nearer than that are taken together
  TailTable tail_;
  std::vector<Sample> replications_;
  Sample pooled_;
};

/// A conditional support, not taken for more than four times that of counting: of n requests a kind of rest with a
/// chance of 3/n may be missing, which may not be much beside the tail's own 1 - p.
TailSupport limited(TailSupport conditional, const TailSupport& counted);

}  // namespace towtank
