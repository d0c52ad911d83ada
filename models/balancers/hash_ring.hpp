#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace towtank {

/// Points on a circle of 64-bit hashes, each of which belongs to somebody; a hash belongs to whom the next point does.
/// @source Karger et al., Consistent Hashing and Random Trees, STOC 1997.
class HashRing {
 public:
  void clear() { points_.clear(); }
  void add(std::uint64_t hash, std::uint32_t owner) { points_.emplace_back(hash, owner); }
  /// To be called when all points are there, before the others.
  void close() { std::sort(points_.begin(), points_.end()); }

  std::size_t size() const { return points_.size(); }

  /// O(log n). The ring must have a point.
  std::uint32_t owner_of(std::uint64_t hash) const {
    const auto point = std::lower_bound(points_.begin(), points_.end(), std::pair{hash, std::uint32_t{0}});
    return point == points_.end() ? points_.front().second : point->second;
  }

  /// Part of the circle of each owner, 0 .. 1. @param owners  all are below it
  std::vector<double> shares(std::uint32_t owners) const {
    constexpr double kCircle = 18446744073709551616.0;  // 2^64
    std::vector<double> shares(owners, 0.0);
    std::uint64_t before = points_.back().first;
    for (const auto& [hash, owner] : points_) {
      shares[owner] += static_cast<double>(hash - before) / kCircle;
      before = hash;
    }
    return shares;
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint32_t>> points_;  ///< where one lies, and whose it is
};

/// Points of each host on Envoy's ring: so many that the lightest host has a whole number of them and all together have
/// at least `least`, but no more than `most`. Hosts of equal weight have ceil(least / hosts) each: another number when
/// one leaves, so that more than its keys move. @param weights  not empty, each >= 1
/// @source Envoy source/extensions/load_balancing_policies/ring_hash
std::vector<std::uint64_t> ring_points(std::span<const std::uint32_t> weights, double least, double most);

}  // namespace towtank
