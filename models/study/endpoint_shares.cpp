#include "models/study/endpoint_shares.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace towtank {
namespace {

constexpr double kNothing = 1e-12;

double total_in(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Chance that all choices fall on given `some` of all endpoints: so much comes to these whatever their load.
double chance_within(std::size_t some, std::size_t all, const Comparison& comparison) {
  if (comparison.choices == 0 || (comparison.distinct && comparison.choices >= all)) return some == all ? 1.0 : 0.0;
  double chance = 1.0;
  for (std::uint32_t i = 0; i < comparison.choices && chance > 0.0; ++i) {
    const std::size_t gone = comparison.distinct ? i : 0;
    chance *= some > gone ? static_cast<double>(some - gone) / static_cast<double>(all - gone) : 0.0;
  }
  return chance;
}

}  // namespace

std::vector<double> evened_out(const std::vector<double>& capacity, const Comparison& comparison) {
  const std::size_t all = capacity.size();
  std::vector<std::size_t> slowest_first(all);
  std::iota(slowest_first.begin(), slowest_first.end(), std::size_t{0});
  std::stable_sort(slowest_first.begin(), slowest_first.end(),
                   [&](std::size_t a, std::size_t b) { return capacity[a] < capacity[b]; });
  std::vector<double> shares(all);
  for (std::size_t start = 0; start < all;) {
    std::size_t end = start;
    double sum = 0.0, density = -1.0;
    const double before = chance_within(start, all, comparison);
    for (std::size_t i = start; i < all; ++i) {
      sum += capacity[slowest_first[i]];
      const double slope = (chance_within(i + 1, all, comparison) - before) / sum;
      if (slope < density) continue;
      density = slope;
      end = i + 1;
    }
    for (; start < end; ++start) shares[slowest_first[start]] = density * capacity[slowest_first[start]];
  }
  return shares;
}

std::vector<double> kept_within(std::vector<double> shares, const std::vector<double>& most, bool in_order) {
  const std::size_t n = shares.size();
  double left = 1.0;
  if (in_order) {
    for (std::size_t i = 0; i < n; ++i) left -= shares[i] = std::min(most[i], left);
  } else {
    std::vector<bool> is_full(n, false);
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      double own = 0.0, taken = 0.0;
      for (std::size_t i = 0; i < n; ++i) (is_full[i] ? taken : own) += is_full[i] ? most[i] : shares[i];
      left = 1.0 - taken;
      if (own <= 0.0) break;
      for (std::size_t i = 0; i < n; ++i) {
        if (is_full[i] || shares[i] * left / own <= most[i]) continue;
        is_full[i] = has_changed = true;
      }
      if (has_changed) continue;
      for (std::size_t i = 0; i < n; ++i) shares[i] = is_full[i] ? most[i] : shares[i] * left / own;
      return shares;
    }
    shares = most;
    left = 1.0 - total_in(most);
  }
  const double all = total_in(most);
  if (left > kNothing)
    for (std::size_t i = 0; i < n; ++i) shares[i] += left * most[i] / all;
  return shares;
}

}  // namespace towtank
