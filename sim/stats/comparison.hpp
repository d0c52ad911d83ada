#pragma once

#include <cstddef>
#include <optional>
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
/// @param candidate, baseline  of equally many replications, in their order
PairedDifference paired_quantile_difference(const QuantileSections& candidate, const QuantileSections& baseline, double confidence);

/// An interval that somebody else computed, and over how many replications.
struct EstimatedMean {
  Interval interval;
  std::size_t replications = 0;
  double confidence = 0.95;
};

/// Candidate minus baseline of two simulations of which only intervals are known: as if they were independent, by
/// Welch's t, the standard errors from the intervals' wider sides. Under common random numbers this wastes what the
/// pair shares; it errs to the safe side. Unresolved when one side is.
/// @param confidence  of the result, in (0, 1)
/// @source Welch, Biometrika 34 (1947); degrees of freedom: Satterthwaite, Biometrics Bulletin 2(6), 1946.
PairedDifference independent_difference(const EstimatedMean& candidate, const EstimatedMean& baseline,
                                        double confidence);

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
  double floor = 0.0;          ///< what nobody minds whatever the baseline is, in the unit of the difference
  bool minds_small = true;     ///< whether a difference that is surely within the indifference is better or worse, too

  /// What nobody minds, in the unit of the difference.
  double limit(double baseline) const;
};

/// better or worse: the adjusted p is below 1 - confidence. Otherwise same: no replication differs, or the interval
/// lies within the indifference (which comes first for a rule that does not mind small differences). Otherwise, and
/// when unresolved, nobody can tell.
/// @param adjusted_p  this difference's p among its family's (`holm_adjusted`)
/// @param baseline    the baseline's estimate, in the unit of the difference
Verdict verdict_of(const PairedDifference& difference, double adjusted_p, double baseline, const VerdictRule& rule);

/// Chance with which `replications_to_tell` are enough.
inline constexpr double kChanceToTell = 0.9;

/// Beyond so many replications a longer study is no answer any more.
inline constexpr std::size_t kMostReplicationsToTell = 5000;

/// How many replications, of the same length and in all, would probably turn `cannot_tell` into a verdict: `same`, or a
/// sure difference, whichever comes first. Takes the observed difference for the true one and the observed spread for
/// that of more replications, so it is right in order of magnitude and no better; the chance is `kChanceToTell`.
/// @param replications  behind `difference`, >= 2
/// @param level         below which the p of this difference would have to be: Holm's, in (0, 1)
/// @param baseline      the baseline's estimate, in the unit of the difference
/// @return > `replications`; empty when unresolved, or when it would take more than `kMostReplicationsToTell`
std::optional<std::size_t> replications_to_tell(const PairedDifference& difference, std::size_t replications,
                                                double level, double baseline, const VerdictRule& rule);

}  // namespace towtank
