#pragma once

#include <cstdint>
#include <vector>

namespace towtank {

/// A set of endpoints that knows its members by rank, in the order of their numbers whatever came and went before.
/// Adding, removing and finding take O(log n). A Fenwick tree.
/// @source Fenwick, A New Data Structure for Cumulative Frequency Tables, Software: Practice and Experience 24(3),
/// 1994.
class RankedSet {
 public:
  /// Empties the set. @param count  endpoints are below it
  void reset(std::uint32_t count) {
    sums_.assign(count + 1, 0);
    is_member_.assign(count, false);
    size_ = 0;
    top_ = 1;
    while (top_ * 2 <= count) top_ *= 2;
  }

  std::uint32_t size() const { return size_; }
  bool contains(std::uint32_t endpoint) const { return is_member_[endpoint]; }

  void insert(std::uint32_t endpoint) {
    if (contains(endpoint)) return;
    is_member_[endpoint] = true;
    ++size_;
    for (std::uint32_t i = endpoint + 1; i < sums_.size(); i += i & (~i + 1)) ++sums_[i];
  }

  void erase(std::uint32_t endpoint) {
    if (!contains(endpoint)) return;
    is_member_[endpoint] = false;
    --size_;
    for (std::uint32_t i = endpoint + 1; i < sums_.size(); i += i & (~i + 1)) --sums_[i];
  }

  /// The member that `rank` others come before. @param rank  < size()
  std::uint32_t at(std::uint32_t rank) const {
    std::uint32_t at = 0;
    for (std::uint32_t step = top_; step > 0; step /= 2) {
      if (at + step >= sums_.size() || sums_[at + step] > rank) continue;
      at += step;
      rank -= sums_[at];
    }
    return at;
  }

 private:
  std::vector<std::uint32_t> sums_;  ///< of the members in the stretch that ends at each place
  std::vector<bool> is_member_;
  std::uint32_t size_ = 0, top_ = 1;
};

}  // namespace towtank
