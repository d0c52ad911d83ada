#include "sim/stats/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "sim/core/check.hpp"
#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

double correlation_of(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2) return kNotANumber;
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double aa = 0.0, bb = 0.0, ab = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  if (!(aa > 0.0) || !(bb > 0.0)) return kNotANumber;
  return std::clamp(ab / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

std::vector<double> differences(std::span<const double> candidate, std::span<const double> baseline) {
  std::vector<double> result(candidate.size());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = candidate[i] - baseline[i];
  return result;
}

/// Student's interval and test about a centre that need not be the mean. Without spread the centre is certain.
PairedDifference about(double centre, std::span<const double> each, double confidence) {
  const auto n = static_cast<double>(each.size());
  double squares = 0.0;
  for (double value : each) squares += (value - centre) * (value - centre);
  const double error = std::sqrt(squares / (n - 1.0) / n);
  PairedDifference result{Interval::around(centre, two_sided_t(each.size(), confidence) * error), kNotANumber, 1.0};
  if (centre != 0.0) result.p_value = error > 0.0 ? student_t_two_sided_p(centre / error, n - 1.0) : 0.0;
  return result;
}

/// Intervals of shares and percentiles need not be symmetric: the wider side counts.
double squared_error(const EstimatedMean& mean) {
  const Interval& interval = mean.interval;
  const double half_width = std::max({0.0, interval.high - interval.estimate, interval.estimate - interval.low});
  const double error = half_width / two_sided_t(mean.replications, mean.confidence);
  return error * error;
}

/// Fewest replications of which (t + z) standard errors fit into the distance `gap`; past the most that are sensible
/// one more than those. @param spread  of the replications' differences   @param level  of a two-sided test
std::size_t replications_for(double gap, double spread, double level) {
  const double z = normal_quantile(kChanceToTell);
  const auto is_enough = [&](std::size_t n) {
    return (two_sided_t(n, 1.0 - level) + z) * spread <= gap * std::sqrt(static_cast<double>(n));
  };
  std::size_t low = 2, high = kMostReplicationsToTell + 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (is_enough(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace

PairedDifference paired_mean_difference(std::span<const double> candidate, std::span<const double> baseline,
                                        double confidence) {
  TOWTANK_CHECK(candidate.size() == baseline.size(), "pairs need both sides of every replication");
  const std::vector<double> each = differences(candidate, baseline);
  const double centre = mean_of(each);
  if (each.size() < 2 || !std::isfinite(centre)) return {Interval::unresolved(centre), kNotANumber, 1.0};
  PairedDifference result = about(centre, each, confidence);
  result.correlation = correlation_of(candidate, baseline);
  return result;
}

PairedDifference paired_quantile_difference(const QuantileSections& candidate, const QuantileSections& baseline, double confidence) {
  TOWTANK_CHECK(candidate.each.size() == baseline.each.size(), "pairs need both sides of every replication");
  const double centre = candidate.centre - baseline.centre;
  if (!quantile_estimate(candidate, confidence).ns.resolved || !quantile_estimate(baseline, confidence).ns.resolved)
    return {Interval::unresolved(centre), kNotANumber, 1.0};
  PairedDifference result = about(centre, differences(candidate.each, baseline.each), confidence);
  result.correlation = correlation_of(candidate.each, baseline.each);
  return result;
}

PairedDifference independent_difference(const EstimatedMean& candidate, const EstimatedMean& baseline,
                                        double confidence) {
  const double centre = candidate.interval.estimate - baseline.interval.estimate;
  const bool is_resolved = candidate.interval.resolved && baseline.interval.resolved;
  if (!is_resolved || candidate.replications < 2 || baseline.replications < 2)
    return {Interval::unresolved(centre), kNotANumber, 1.0};
  const double ours = squared_error(candidate), theirs = squared_error(baseline);
  const double variance = ours + theirs;
  if (!(variance > 0.0)) return {Interval::around(centre, 0.0), kNotANumber, centre == 0.0 ? 1.0 : 0.0};
  const double df = variance * variance /
                    (ours * ours / static_cast<double>(candidate.replications - 1) +
                     theirs * theirs / static_cast<double>(baseline.replications - 1));
  const double error = std::sqrt(variance);
  return {Interval::around(centre, student_t_quantile(0.5 + 0.5 * confidence, df) * error), kNotANumber,
          student_t_two_sided_p(centre / error, df)};
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double p = p_values[order[rank]];
    TOWTANK_CHECK(p >= 0.0 && p <= 1.0, "a p-value is between 0 and 1");
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<bool> holm_reject(std::span<const double> p_values, double alpha) {
  std::vector<bool> rejected;
  for (double p : holm_adjusted(p_values)) rejected.push_back(p <= alpha);
  return rejected;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::same:
      return "same";
    case Verdict::cannot_tell:
      break;
  }
  return "cannot_tell";
}

double VerdictRule::limit(double baseline) const { return std::max(floor, indifference * std::abs(baseline)); }

Verdict verdict_of(const PairedDifference& difference, double adjusted_p, double baseline, const VerdictRule& rule) {
  const Interval& interval = difference.difference;
  if (!interval.resolved) return Verdict::cannot_tell;
  const double limit = rule.limit(baseline);  // 0 still holds the interval of identical variants
  const bool is_small = interval.low >= -limit && interval.high <= limit;
  if (is_small && !rule.minds_small) return Verdict::same;
  if (adjusted_p < 1.0 - rule.confidence && interval.estimate != 0.0) {
    const bool is_lower = interval.estimate < 0.0;
    return is_lower == (rule.preference == Preference::lower) ? Verdict::better : Verdict::worse;
  }
  return is_small ? Verdict::same : Verdict::cannot_tell;
}

std::optional<std::size_t> replications_to_tell(const PairedDifference& difference, std::size_t replications,
                                                double level, double baseline, const VerdictRule& rule) {
  const Interval& interval = difference.difference;
  if (!interval.resolved || replications < 2) return std::nullopt;
  const double error = interval.half_width() / two_sided_t(replications, rule.confidence);
  const double spread = error * std::sqrt(static_cast<double>(replications));
  const double distance = std::abs(interval.estimate), room = rule.limit(baseline) - distance;
  std::size_t fewest = kMostReplicationsToTell + 1;
  if (distance > 0.0) fewest = replications_for(distance, spread, level);
  if (room > 0.0) fewest = std::min(fewest, replications_for(room, spread, 1.0 - rule.confidence));
  if (fewest > kMostReplicationsToTell) return std::nullopt;
  return std::max(replications + 1, fewest);
}

}  // namespace towtank
