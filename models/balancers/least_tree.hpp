#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace towtank {

/// Endpoints with a load each: which have the least, and how many these are, is known at once; a change takes O(log n).
class LeastTree {
 public:
  /// Empties the tree. @param count  endpoints are below it
  void reset(std::uint32_t count) {
    leaves_ = 1;
    while (leaves_ < count) leaves_ *= 2;
    nodes_.assign(2 * leaves_, {});
  }

  void set(std::uint32_t endpoint, std::uint32_t load) { put(endpoint, {load, 1}); }
  bool contains(std::uint32_t endpoint) const {
    return endpoint < leaves_ && nodes_.size() > 1 && nodes_[leaves_ + endpoint].ties > 0;
  }

  /// How many have the least load; 0 when the tree is empty.
  std::uint32_t ties() const { return nodes_.size() > 1 ? nodes_[1].ties : 0; }

  /// The one of these that `rank` others come before, by their numbers. @param rank  < ties()
  std::uint32_t at(std::uint32_t rank) const {
    std::size_t node = 1;
    while (node < leaves_) {
      node *= 2;
      const std::uint32_t left = nodes_[node].load == nodes_[node / 2].load ? nodes_[node].ties : 0;
      if (rank < left) continue;
      rank -= left;
      ++node;
    }
    return static_cast<std::uint32_t>(node - leaves_);
  }

 private:
  struct Node {
    std::uint32_t load = UINT32_MAX;
    std::uint32_t ties = 0;
  };

  void put(std::uint32_t endpoint, const Node& leaf) {
    std::size_t node = leaves_ + endpoint;
    nodes_[node] = leaf;
    while ((node /= 2) > 0) {
      const Node &a = nodes_[2 * node], &b = nodes_[2 * node + 1];
      nodes_[node] = a.load < b.load ? a : b.load < a.load ? b : Node{a.load, a.ties + b.ties};
    }
  }

  std::size_t leaves_ = 1;
  std::vector<Node> nodes_;  ///< the root is 1, those below node i are 2i and 2i + 1
};

}  // namespace towtank
