#include "sim/stats/conditional_quantiles.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"
#include "sim/random/elementary.hpp"
#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

/// Rests are taken together as finely as a thousandth of where most services lie.
constexpr double kCellsOfSpread = 1000.0;
constexpr double kLeast_s = 1e-9, kLongest_s = 1e10;
/// Of a quantile, relative: far below any interval.
constexpr double kTolerance = 1e-7;

constexpr int kDoublingBits = 8;
constexpr double kPointsOfDoubling = 1 << kDoublingBits;

double spread_s(const Distribution& law) { return law.quantile(0.999) - law.quantile(0.001); }

}  // namespace

TailTable::TailTable(const Distribution& law) : first_s_{std::max(kLeast_s, law.quantile(1e-4))} {
  const double last_s = std::min(kLongest_s, law.quantile(1.0 - 1e-12));
  for (double from_s = first_s_;; from_s *= 2.0) {
    for (int i = 0; i < 1 << kDoublingBits; ++i)
      chances_.push_back(law.mass(from_s * (1.0 + i / kPointsOfDoubling)).above);
    if (!(from_s < last_s)) break;
  }
}

double TailTable::above(double s) const {
  if (s < 0.0) return 1.0;
  if (s < first_s_) return 1.0 + s / first_s_ * (chances_.front() - 1.0);
  int exponent = 0;
  const double of_doubling = 2.0 * std::frexp(s / first_s_, &exponent);  // 1 .. 2
  const double place = (exponent - 1 + (of_doubling - 1.0)) * kPointsOfDoubling;
  if (place >= static_cast<double>(chances_.size() - 1)) return 0.0;
  const auto below = static_cast<std::size_t>(place);
  return chances_[below] + (place - static_cast<double>(below)) * (chances_[below + 1] - chances_[below]);
}

bool ConditionalQuantiles::can_take(const Distribution& service) {
  constexpr double kApart = 1e-6, kApartInTail = 1e-12;  // the tail may end sharply, but at no value that many share
  double before_s = 0.0;
  const auto is_beyond = [&](double u, double apart) {
    const double s = service.quantile(u);
    const bool is_apart = s - before_s > apart * s && s >= kLeast_s;
    before_s = s;
    return is_apart;
  };
  for (int i = 1; i < 1000; ++i)
    if (!is_beyond(i / 1000.0, kApart)) return false;
  double left = 1e-3;
  for (int i = 0; i < 30; ++i)
    if (!is_beyond(1.0 - (left *= 0.8), kApartInTail)) return false;
  return std::isfinite(before_s);
}

ConditionalQuantiles::ConditionalQuantiles(std::span<const Histogram* const> rests, const Distribution& service)
    : service_{service}, cell_s_{std::max(kLeast_s, spread_s(service) / kCellsOfSpread)}, tail_{service} {
  TOWTANK_CHECK(can_take(service), "a service time that varies smoothly");
  Histogram all{rests.empty() ? kEndToEndPrecisionBits : rests.front()->precision_bits()};
  for (const Histogram* replication : rests) {
    replications_.push_back(sample_of(*replication));
    all.merge(*replication);
  }
  pooled_ = sample_of(all);
}

ConditionalQuantiles::Sample ConditionalQuantiles::sample_of(const Histogram& rests) const {
  Sample sample;
  double cell_ends_s = -1.0;
  rests.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t n) {
    const std::int64_t from = std::max(low, rests.min_ns()), to = std::min(high, rests.max_ns());
    const double middle_s = 0.5e-9 * (static_cast<double>(from) + static_cast<double>(to)),
                 count = static_cast<double>(n);
    sample.count += count;
    if (middle_s < cell_ends_s) {
      Rest& cell = sample.rests.back();
      cell.s += (middle_s - cell.s) * count / (cell.count + count);
      cell.count += count;
      return;
    }
    sample.rests.push_back({middle_s, count});
    cell_ends_s = middle_s + cell_s_;
  });
  return sample;
}

ConditionalQuantiles::Chances ConditionalQuantiles::chances_above(const Sample& sample, double t_s) const {
  Chances chances;
  for (const Rest& rest : sample.rests) {
    const double chance = tail_.above(t_s - rest.s);
    chances.sum += rest.count * chance;
    chances.squares += rest.count * chance * chance;
  }
  return chances;
}

/// By regula falsi on the logarithm of the share above, which tails make nearly straight, and by halves where it does
/// not pull in both ends. @source Dowell and Jarratt, BIT 11(2), 1971 (the Illinois rule)
double ConditionalQuantiles::quantile_s(const Sample& sample, double p) const {
  if (sample.rests.empty()) return kNotANumber;
  const double alone_s = service_.quantile(p), wanted = elementary::log(1.0 - p);
  // More than is wanted lies above the least rest and the service's own quantile, and less above the most and it, but
  // for what the table's straight lines are off.
  double low = sample.rests.front().s + alone_s,
         high = sample.rests.back().s + alone_s * (1.0 + 1.0 / kPointsOfDoubling);
  const auto off = [&](double t_s) {
    return elementary::log(std::max(chances_above(sample, t_s).sum / sample.count, 1e-300)) - wanted;
  };
  double at_low = off(low), at_high = off(high);
  int kept = 0;  // how often in a row the low end stayed (+), or the high one (-)
  while (high - low > kTolerance * high && at_low > 0.0) {
    const bool is_slow = std::abs(kept) > 2 || !(at_low > at_high);
    const double middle =
        is_slow ? 0.5 * (low + high) : std::clamp(low + (high - low) * at_low / (at_low - at_high), low, high);
    const double here = off(middle);
    if (std::abs(here) < kTolerance) return middle;
    if (here > 0.0) {
      low = middle, at_low = here;
      kept = std::min(kept, 0) - 1;
      if (kept < -1) at_high *= 0.5;
    } else {
      high = middle, at_high = here;
      kept = std::max(kept, 0) + 1;
      if (kept > 1) at_low *= 0.5;
    }
    if (is_slow) kept = 0;
  }
  return low;
}

TailSupport ConditionalQuantiles::support(double t_s) const {
  TailSupport support;
  const Chances all = chances_above(pooled_, t_s);
  if (!(all.squares > 0.0)) return support;
  const double share = all.sum / pooled_.count;
  const double of_one = all.squares / pooled_.count - share * share;  // variance of a request's chance
  double dispersion = 0.0, smallest = pooled_.count;
  for (const Sample& replication : replications_) {
    const Chances own = chances_above(replication, t_s);
    smallest = std::min(smallest, own.effective());
    if (replication.count == 0.0) continue;
    const double excess = own.sum / replication.count - share;
    dispersion += replication.count * excess * excess;
  }
  const double independent = of_one * (static_cast<double>(replications_.size()) - 1.0);
  if (independent > 0.0) support.tau = std::max(1.0, dispersion / independent);
  support.requests = all.effective();
  support.effective = support.requests / support.tau;
  support.effective_smallest = smallest / support.tau;
  return support;
}

QuantileSections ConditionalQuantiles::sections(double p) const {
  QuantileSections sections{kNotANumber, {}, {}};
  const double centre_s = quantile_s(pooled_, p);
  sections.centre = centre_s * 1e9;
  if (!pooled_.rests.empty()) sections.support = support(centre_s);
  for (const Sample& replication : replications_) sections.each.push_back(quantile_s(replication, p) * 1e9);
  return sections;
}

TailSupport limited(TailSupport conditional, const TailSupport& counted) {
  constexpr double kMostGain = 4.0;
  conditional.effective = std::min(conditional.effective, kMostGain * counted.effective);
  conditional.effective_smallest = std::min(conditional.effective_smallest, kMostGain * counted.effective_smallest);
  return conditional;
}

}  // namespace towtank
