#include "sim/stats/ratio.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "sim/core/check.hpp"

namespace towtank {
namespace {

struct Ratio {
  double value;     ///< NaN when the denominators' sum is not positive
  double variance;  ///< of the value, by the delta method; 0 with fewer than two replications
  double numerators_total, denominators_total;
};

Ratio ratio_of(std::span<const double> numerators, std::span<const double> denominators) {
  TOWTANK_CHECK(numerators.size() == denominators.size(), "a ratio needs a numerator and a denominator a replication");
  Ratio ratio{std::numeric_limits<double>::quiet_NaN(), 0.0, 0.0, 0.0};
  for (double numerator : numerators) ratio.numerators_total += numerator;
  for (double denominator : denominators) ratio.denominators_total += denominator;
  if (!(ratio.denominators_total > 0.0)) return ratio;
  ratio.value = ratio.numerators_total / ratio.denominators_total;
  if (numerators.size() < 2) return ratio;
  double squares = 0.0;
  for (std::size_t i = 0; i < numerators.size(); ++i) {
    const double excess = numerators[i] - ratio.value * denominators[i];
    squares += excess * excess;
  }
  const auto n = static_cast<double>(numerators.size());
  ratio.variance = squares * n / (n - 1.0) / (ratio.denominators_total * ratio.denominators_total);
  return ratio;
}

std::vector<double> as_doubles(std::span<const std::uint64_t> counts) { return {counts.begin(), counts.end()}; }

}  // namespace

Interval ratio_interval(std::span<const double> numerators, std::span<const double> denominators, double confidence) {
  const Ratio ratio = ratio_of(numerators, denominators);
  if (numerators.size() < 2 || std::isnan(ratio.value)) return Interval::unresolved(ratio.value);
  return Interval::around(ratio.value, two_sided_t(numerators.size(), confidence) * std::sqrt(ratio.variance));
}

Interval share_interval(std::span<const std::uint64_t> hits, std::span<const std::uint64_t> trials, double confidence) {
  const Ratio share = ratio_of(as_doubles(hits), as_doubles(trials));
  if (hits.size() < 2 || std::isnan(share.value)) return Interval::unresolved(share.value);
  const double n = share.denominators_total;
  const double rarer = std::min(share.numerators_total, n - share.numerators_total);
  TOWTANK_CHECK(rarer >= 0.0, "a share has no more hits than trials");
  const double binomial = share.value * (1.0 - share.value) / n;
  double dependence = binomial > 0.0 ? share.variance / binomial : 1.0;
  if (rarer < 100.0) dependence = std::max(dependence, 1.0);
  const double t = two_sided_t(hits.size(), confidence);
  const double pull = t * t * dependence / n;  // 0 = no spread: the interval is the value
  const double centre = (share.value + 0.5 * pull) / (1.0 + pull);
  const double half = std::sqrt(pull * share.value * (1.0 - share.value) + 0.25 * pull * pull) / (1.0 + pull);
  // At the ends the two terms are equal but for rounding; the end itself belongs to the interval.
  return {share.value, std::clamp(centre - half, 0.0, share.value), std::clamp(centre + half, share.value, 1.0), true};
}

}  // namespace towtank
