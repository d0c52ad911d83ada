#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sim/stats/sectioning.hpp"
#include "sim/stats/student_t.hpp"

namespace towtank {

/// Candidate minus baseline, paired by replication: under common random numbers both meet the same customers, and what
/// the pair shares cancels. The pairing is valid whatever the correlation; it only gains when that is positive.
struct PairedDifference {
  Interval difference;  ///< unresolved with fewer than two replications, or when one side is not resolved
  double correlation;   ///< of the replications' values; NaN when one side does not vary, or has no spread to know
  double p_value;       ///< two-sided, of the hypothesis "no difference"; 1 when unresolved
};

/// Difference of means. Equal inputs give exactly 0 with an interval of width 0.
/// @param candidate, baseline  one value of each replication, equally many, in the order of the replications
/// @param confidence  in (0, 1)
PairedDifference paired_mean_difference(std::span<const double> candidate, std::span<const double> baseline,
                                        double confidence);

/// Difference of a quantile, ns, by sectioning: centre = difference of the pooled quantiles, spread = the replications'
/// own differences about it. Resolved when both quantiles are.
/// @param candidate, baseline  of equally many replications, in their order   @param p  0 .. 1
PairedDifference paired_quantile_difference(const SectionedQuantiles& candidate, const SectionedQuantiles& baseline,
                                            double p, double confidence);

/// The p-values made comparable with one common level: whoever rejects those <= alpha errs anywhere in the whole family
/// with a chance of at most alpha. @param p_values  0 .. 1 @return in the same order, each >= its own
/// @source Holm, Scandinavian Journal of Statistics 6(2), 1979.
std::vector<double> holm_adjusted(std::span<const double> p_values);

/// Which hypotheses of the family Holm's procedure rejects at the level alpha.
std::vector<bool> holm_reject(std::span<const double> p_values, double alpha);

enum class Verdict { better, worse, same, cannot_tell };

/// As the column `verdict` of the result files has it.
std::string_view name_of(Verdict verdict);

enum class Preference { lower, higher };

struct VerdictRule {
  Preference preference = Preference::lower;
  double confidence = 0.95;
  double indifference = 0.01;  ///< share of the baseline's estimate below which nobody minds a difference
};

/// better or worse: the adjusted p is below 1 - confidence. Otherwise same: no replication differs, or the interval
/// lies within the indifference. Otherwise, and when unresolved, nobody can tell.
/// @param adjusted_p  this difference's p among its family's (`holm_adjusted`)
/// @param baseline    the baseline's estimate, in the unit of the difference
Verdict verdict_of(const PairedDifference& difference, double adjusted_p, double baseline, const VerdictRule& rule);

}  // namespace towtank
