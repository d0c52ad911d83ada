#include "sim/stats/warmup.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

constexpr std::size_t kBlock = 5;
constexpr std::size_t kFewestBlocks = 10;
constexpr std::size_t kAlwaysKept = 5;

/// Mean of the finite values; NaN of none.
double mean_of_finite(std::span<const double> values) {
  double sum = 0.0;
  std::size_t n = 0;
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++n;
  }
  return n == 0 ? kNotANumber : sum / static_cast<double>(n);
}

std::vector<double> blocks_of(std::span<const double> series) {
  std::vector<double> blocks;
  blocks.reserve(series.size() / kBlock);
  for (std::size_t begin = 0; begin + kBlock <= series.size(); begin += kBlock)
    blocks.push_back(mean_of_finite(series.subspan(begin, kBlock)));
  return blocks;
}

bool is_without_observation(const std::vector<double>& series) {
  return std::none_of(series.begin(), series.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

std::optional<std::size_t> mser5(std::span<const double> series) {
  const std::vector<double> blocks = blocks_of(series);
  // From the end to the front, so that each candidate adds one block to mean and squares (Welford's update: no
  // cancellation, and exactly 0 for equal blocks).
  double mean = 0.0, squares = 0.0, kept = 0.0;
  double smallest = std::numeric_limits<double>::infinity();
  std::size_t best = blocks.size();
  for (std::size_t d = blocks.size(); d-- > 0;) {
    if (!std::isfinite(blocks[d])) continue;
    kept += 1.0;
    const double excess = blocks[d] - mean;
    mean += excess / kept;
    squares += excess * (blocks[d] - mean);
    const double error = squares / (kept * kept);
    if (kept >= static_cast<double>(kAlwaysKept) && error <= smallest) {  // of equal ones the shortest cut
      smallest = error;
      best = d;
    }
  }
  if (kept < static_cast<double>(kFewestBlocks)) return std::nullopt;
  while (best > 0 && !std::isfinite(blocks[best - 1])) --best;  // gaps before the cut need no cutting
  if (2 * best > blocks.size()) return std::nullopt;
  return best * kBlock;
}

std::vector<double> average_of_replications(std::span<const std::vector<double>> replications) {
  if (replications.empty()) return {};
  std::size_t length = replications.front().size();
  for (const auto& replication : replications) length = std::min(length, replication.size());
  std::vector<double> average(length), column(replications.size());
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t r = 0; r < replications.size(); ++r) column[r] = replications[r][i];
    average[i] = mean_of_finite(column);
  }
  return average;
}

std::optional<std::size_t> warmup_of(std::span<const std::vector<double>> averaged_series) {
  std::optional<std::size_t> longest;
  for (const std::vector<double>& series : averaged_series) {
    if (is_without_observation(series)) continue;
    const std::optional<std::size_t> cut = mser5(series);
    if (!cut) return std::nullopt;
    longest = std::max(longest.value_or(0), *cut);
  }
  return longest;
}

}  // namespace towtank
