#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/check.hpp"

namespace towtank {

/// Picks an index with probability proportional to its weight, in constant time from one uniform.
/// Not monotone in the uniform: for choices among equals (which client, which key), not for durations.
/// @source Vose, A Linear Algorithm for Generating Random Numbers with a Given Distribution, IEEE TSE 17(9), 1991.
class AliasTable {
 public:
  /// @param weights at least one, each >= 0 and finite, sum > 0
  explicit AliasTable(std::span<const double> weights);

  /// @param u in (0, 1) @return an index of the weights
  std::uint32_t pick(double u) const {
    const double position = u * static_cast<double>(cells_.size());
    auto index = static_cast<std::uint32_t>(position);
    // u just below 1 times the size may round up to the size.
    if (index >= cells_.size()) index = static_cast<std::uint32_t>(cells_.size() - 1);
    const Cell& cell = cells_[index];
    return position - static_cast<double>(index) < cell.own_share ? index : cell.alias;
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(cells_.size()); }

 private:
  struct Cell {
    double own_share;  ///< of this cell's width, 0..1; the rest belongs to `alias`
    std::uint32_t alias;
  };
  std::vector<Cell> cells_;
};

inline AliasTable::AliasTable(std::span<const double> weights) {
  TOWTANK_CHECK(!weights.empty() && weights.size() < UINT32_MAX, "an alias table needs between 1 and 2^32 - 2 weights");
  double sum = 0.0;
  for (const double weight : weights) {
    TOWTANK_CHECK(weight >= 0.0, "a weight must not be negative");
    sum += weight;
  }
  TOWTANK_CHECK(sum > 0.0 && sum * 0.0 == 0.0, "the weights must have a finite sum above 0");
  const double mean = sum / static_cast<double>(weights.size());
  std::vector<std::uint32_t> poor, rich;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    cells_.push_back({weights[i] / mean, i});
    (cells_[i].own_share < 1.0 ? poor : rich).push_back(i);
  }
  while (!poor.empty() && !rich.empty()) {
    const std::uint32_t taker = poor.back();
    const std::uint32_t giver = rich.back();
    poor.pop_back();
    cells_[taker].alias = giver;
    cells_[giver].own_share = (cells_[giver].own_share + cells_[taker].own_share) - 1.0;
    if (cells_[giver].own_share < 1.0) {
      rich.pop_back();
      poor.push_back(giver);
    }
  }
  // What is left is full but for rounding.
  for (const auto* rest : {&poor, &rich})
    for (const std::uint32_t i : *rest) cells_[i].own_share = 1.0;
}

}  // namespace towtank
