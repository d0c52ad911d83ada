#include "sim/stats/conditional_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/random/elementary.hpp"
#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

constexpr double kCellsOfQuartiles = 128.0;
constexpr std::size_t kTabulated = 4096;  // cells; longer services are rare
/// Of a quantile, relative: far below any interval.
constexpr double kTolerance = 1e-7;

double quartile_distance_s(const Distribution& law) { return law.quantile(0.75) - law.quantile(0.25); }

}  // namespace

bool ConditionalQuantiles::can_take(const Distribution& service) { return quartile_distance_s(service) > 0.0; }

ConditionalQuantiles::ConditionalQuantiles(std::span<const Histogram* const> rests, Distribution service)
    : service_{std::move(service)}, cell_s_{quartile_distance_s(service_) / kCellsOfQuartiles} {
  TOWTANK_CHECK(can_take(service_), "a service time that varies");
  for (std::size_t cells = 0; cells < kTabulated; ++cells)
    chances_.push_back(service_.mass(static_cast<double>(cells) * cell_s_).above);
  struct Cell {
    double count = 0.0, sum_s = 0.0;
  };
  const auto sample_of = [](const std::map<std::int64_t, Cell>& cells) {
    Sample sample;
    for (const auto& [number, cell] : cells) {
      sample.rests.push_back({cell.sum_s / cell.count, cell.count});
      sample.count += cell.count;
    }
    return sample;
  };
  std::map<std::int64_t, Cell> all;
  for (const Histogram* replication : rests) {
    std::map<std::int64_t, Cell> cells;
    replication->for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t n) {
      const double middle_s = 0.5e-9 * (static_cast<double>(low) + static_cast<double>(high)),
                   count = static_cast<double>(n);
      const auto number = static_cast<std::int64_t>(middle_s / cell_s_);
      for (Cell* cell : {&cells[number], &all[number]}) {
        cell->count += count;
        cell->sum_s += count * middle_s;
      }
    });
    replications_.push_back(sample_of(cells));
  }
  pooled_ = sample_of(all);
}

double ConditionalQuantiles::chance_above(double s) const {
  if (s < 0.0) return 1.0;
  const double cells = s / cell_s_;
  if (cells >= static_cast<double>(kTabulated - 1)) return service_.mass(s).above;
  const auto below = static_cast<std::size_t>(cells);
  return chances_[below] + (cells - static_cast<double>(below)) * (chances_[below + 1] - chances_[below]);
}

double ConditionalQuantiles::share_above(const Sample& sample, double t_s) const {
  double sum = 0.0;
  for (const Rest& rest : sample.rests) sum += rest.count * chance_above(t_s - rest.s);
  return sum / sample.count;
}

/// By regula falsi on the logarithm of the share above, which tails make nearly straight, and by halves where it does
/// not pull in both ends. @source Dowell and Jarratt, BIT 11(2), 1971 (the Illinois rule)
double ConditionalQuantiles::quantile_s(const Sample& sample, double p) const {
  if (sample.rests.empty()) return kNotANumber;
  const double alone_s = service_.quantile(p), wanted = elementary::log(1.0 - p);
  // Nothing lies below the least rest and the service's own quantile, and less than is wanted above the most and it.
  double low = sample.rests.front().s + alone_s, high = sample.rests.back().s + alone_s;
  const auto off = [&](double t_s) { return elementary::log(std::max(share_above(sample, t_s), 1e-300)) - wanted; };
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
  double chances = 0.0, squares = 0.0;
  for (const Rest& rest : pooled_.rests) {
    const double chance = chance_above(t_s - rest.s);
    chances += rest.count * chance;
    squares += rest.count * chance * chance;
  }
  if (!(squares > 0.0)) return support;
  const double share = chances / pooled_.count;
  const double of_one = squares / pooled_.count - share * share;  // variance of a request's chance
  double dispersion = 0.0, smallest = pooled_.count;
  for (const Sample& replication : replications_) {
    smallest = std::min(smallest, replication.count);
    if (replication.count == 0.0) continue;
    const double excess = share_above(replication, t_s) - share;
    dispersion += replication.count * excess * excess;
  }
  const double independent = of_one * (static_cast<double>(replications_.size()) - 1.0);
  if (independent > 0.0) support.tau = std::max(1.0, dispersion / independent);
  support.requests = chances * chances / squares;
  support.effective = support.requests / support.tau;
  support.effective_smallest = support.effective * smallest / pooled_.count;
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

}  // namespace towtank
