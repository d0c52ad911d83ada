#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "sim/stats/histogram.hpp"
#include "sim/stats/student_t.hpp"

namespace towtank {

/// How many requests carry a quantile. Requests that follow each other meet the same queue, so they count for less than
/// independent ones: tau of them for one.
struct TailSupport {
  double requests = 0;            ///< beyond the quantile, on its thinner side: n min(p, 1 - p)
  double tau = 1;                 ///< requests that tell as much as one independent one, >= 1
  double effective = 0;           ///< requests / tau
  double effective_smallest = 0;  ///< the same of the replication with the fewest requests

  static constexpr double kEffectiveInAll = 100.0, kEffectiveInEach = 5.0;

  /// The rule under which intervals keep their confidence: 100 effective requests in all, 5 in every replication.
  bool is_enough() const { return effective >= kEffectiveInAll && is_enough_in_each(); }
  /// The part of the rule that further replications cannot mend, only longer ones.
  bool is_enough_in_each() const { return effective_smallest >= kEffectiveInEach; }

  /// How many times as many requests in every replication would be enough, dependent as these are: <= 1 where they are;
  /// infinity when some replication has none.
  double lack() const {
    if (!(effective_smallest > 0.0)) return std::numeric_limits<double>::infinity();
    return std::max(kEffectiveInAll / effective, kEffectiveInEach / effective_smallest);
  }
};

struct QuantileEstimate {
  Interval ns;
  TailSupport support;
};

/// A quantile as sectioning takes it.
struct QuantileSections {
  double centre;             ///< of every request pooled, ns; NaN without requests
  std::vector<double> each;  ///< of each replication by itself, ns; NaN where one has no request
  TailSupport support;
};

/// The estimate is the centre. The interval is unresolved with fewer than two replications, when one has no request, or when
/// `is_enough` fails. It does not go below 0.
/// @param confidence  in (0, 1)
QuantileEstimate quantile_estimate(const QuantileSections& sections, double confidence);

/// Percentiles of latency with confidence intervals, by sectioning with the replications as sections: the centre is the
/// quantile of all requests pooled, the spread is that of the replications' own quantiles about this centre (not about
/// their mean, which is biased when replications are short), with R - 1 degrees of freedom. Quantiles of a tail are skewed to
/// the right, and so the interval reaches further up than down (`skewed_interval`).
///
/// tau is estimated by the variance between replications of the share of requests above the pooled quantile, over the
/// variance this share would have if requests were independent (a binomial dispersion, or design effect), and never
/// below 1. Its limits: the relative error is about sqrt(2 / (R - 1)), a third at R = 20; what differs between
/// replications for another reason, such as a placement drawn anew, counts as dependence too.
/// @source Asmussen and Glynn, Stochastic Simulation (2007), III.5; Nakayama, Confidence Intervals for Quantiles Using
///   Sectioning, ACM TOMACS 24(4), 2014. Dispersion: McCullagh and Nelder, Generalized Linear Models (1989), 4.5.
class SectionedQuantiles {
 public:
  /// @param replications  one histogram of equal precision each, not null; they must outlive this object
  explicit SectionedQuantiles(std::span<const Histogram* const> replications);

  const Histogram& pooled() const { return pooled_; }
  std::size_t replications() const { return replications_.size(); }

  /// @param p  0 .. 1   @param confidence  in (0, 1)
  QuantileEstimate at(double p, double confidence) const { return quantile_estimate(sections(p), confidence); }

  /// @param p  0 .. 1
  QuantileSections sections(double p) const { return {pooled_.quantile_ns(p), of_each_replication(p), support(p)}; }

  /// @param p  0 .. 1
  TailSupport support(double p) const;

  /// The quantile of each replication by itself, ns; NaN where one has no request. @param p  0 .. 1
  std::vector<double> of_each_replication(double p) const;

 private:
  std::vector<const Histogram*> replications_;
  Histogram pooled_;
};

/// One percentile. For several of the same histograms make a SectionedQuantiles, which pools them once.
QuantileEstimate quantile_estimate(std::span<const Histogram* const> replications, double p, double confidence);

}  // namespace towtank
