#pragma once

#include <span>
#include <vector>

#include "sim/random/distribution.hpp"
#include "sim/stats/histogram.hpp"
#include "sim/stats/sectioning.hpp"

namespace towtank {

/// Upper percentiles of a latency of which one part, the last service, is independent of the rest and of known law: in
/// place of counting who lay beyond t, the chance of each to lie there, given its rest. Conditional Monte Carlo; for
/// independent requests its variance is never above that of counting, and far below where a long latency is mostly a
/// long service.
///
/// The rule for how many requests carry a percentile is that of sectioning: a request counts by its chance (Kish's
/// effective number, sum of chances squared over sum of their squares), dependence by the dispersion between
/// replications.
/// @source Asmussen and Glynn, Stochastic Simulation (2007), V.4; Kish, Survey Sampling (1965), 11.7.
class ConditionalQuantiles {
 public:
  /// @param rests  latency less the service, one histogram of each replication, not null   @param service  its law:
  /// between its
  ///   quartiles there is some distance, of which a 128th is as fine as times are told apart
  ConditionalQuantiles(std::span<const Histogram* const> rests, Distribution service);

  /// Whether a law has what the constructor asks for.
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

  /// Chance that the service takes longer. @param s  also below 0
  double chance_above(double s) const;
  double share_above(const Sample& sample, double t_s) const;
  double quantile_s(const Sample& sample, double p) const;
  TailSupport support(double t_s) const;

  Distribution service_;
  double cell_s_;
  std::vector<double> chances_;  ///< that the service takes longer than so many cells
  std::vector<Sample> replications_;
  Sample pooled_;
};

}  // namespace towtank
