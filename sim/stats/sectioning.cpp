#include "sim/stats/sectioning.hpp"

#include <algorithm>
#include <cmath>

#include "sim/stats/skewness.hpp"

namespace towtank {
namespace {

Histogram pooled_of(std::span<const Histogram* const> replications) {
  Histogram pooled{replications.empty() ? kEndToEndPrecisionBits : replications.front()->precision_bits()};
  for (const Histogram* replication : replications) pooled.merge(*replication);
  return pooled;
}

}  // namespace

SectionedQuantiles::SectionedQuantiles(std::span<const Histogram* const> replications)
    : replications_{replications.begin(), replications.end()}, pooled_{pooled_of(replications)} {}

std::vector<double> SectionedQuantiles::of_each_replication(double p) const {
  std::vector<double> quantiles;
  quantiles.reserve(replications_.size());
  for (const Histogram* replication : replications_) quantiles.push_back(replication->quantile_ns(p));
  return quantiles;
}

TailSupport SectionedQuantiles::support(double p) const {
  TailSupport support;
  const auto total = static_cast<double>(pooled_.count());
  if (total == 0.0) return support;
  const double centre = pooled_.quantile_ns(p);
  const double share = pooled_.share_above(centre);  // 1 - p, but for atoms
  double smallest = total;
  double dispersion = 0.0;
  for (const Histogram* replication : replications_) {
    const auto n = static_cast<double>(replication->count());
    smallest = std::min(smallest, n);
    if (n == 0.0) continue;
    const double excess = replication->share_above(centre) - share;
    dispersion += n * excess * excess;
  }
  const double binomial = share * (1.0 - share) * (static_cast<double>(replications_.size()) - 1.0);
  const double thin_side = std::min(p, 1.0 - p);
  if (binomial > 0.0) support.tau = std::max(1.0, dispersion / binomial);
  support.requests = total * thin_side;
  support.effective = support.requests / support.tau;
  support.effective_smallest = smallest * thin_side / support.tau;
  return support;
}

QuantileEstimate quantile_estimate(const QuantileSections& sections, double confidence) {
  QuantileEstimate estimate{Interval::unresolved(sections.centre), sections.support};
  const std::size_t replications = sections.each.size();
  if (replications < 2 || !estimate.support.is_enough()) return estimate;
  double squares = 0.0;
  for (const double quantile : sections.each) squares += (quantile - sections.centre) * (quantile - sections.centre);
  const auto n = static_cast<double>(replications);
  estimate.ns = skewed_interval(sections.centre, std::sqrt(squares / (n - 1.0) / n), skewness_of(sections.each), replications, confidence);
  estimate.ns.low = std::max(estimate.ns.low, 0.0);
  return estimate;
}

QuantileEstimate quantile_estimate(std::span<const Histogram* const> replications, double p, double confidence) {
  return SectionedQuantiles{replications}.at(p, confidence);
}

}  // namespace towtank
