#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Directed graphs with vertices 0, 1, ... given by their edges, which may be parallel. Boost.Graph stands behind it.
namespace towtank::graph {

/// Length of a path: mean round trip, then number of edges, so that equal sums (an ideal network costs 0 everywhere)
/// do not leave the path to chance.
struct Length {
  double mean_s = 0.0;  ///< >= 0; infinity where there is no path
  std::uint32_t edges = 0;

  friend bool operator<(const Length& a, const Length& b) {
    return a.mean_s != b.mean_s ? a.mean_s < b.mean_s : a.edges < b.edges;
  }
  friend Length operator+(const Length& a, const Length& b) { return {a.mean_s + b.mean_s, a.edges + b.edges}; }
};

struct Way {
  std::size_t from = 0, to = 0;
  Length length;
};

/// The shortest paths from one vertex to all.
struct PathTree {
  std::vector<Length> length;           ///< by vertex
  std::vector<std::size_t> arrived_by;  ///< by vertex: index of the last edge of its path; of no use at the start

  bool reaches(std::size_t vertex) const;
};

/// Dijkstra's algorithm.
PathTree shortest_paths(std::size_t vertices, std::span<const Way> ways, std::size_t from);

struct Pipe {
  std::size_t from = 0, to = 0;
  std::int64_t capacity = 0;  ///< >= 0; those that leave one vertex add up to less than 2^63
};

struct Flow {
  std::int64_t value = 0;
  /// By vertex: still reached from the source when the flow is greatest. The pipes that lead out of this set are a
  /// minimum cut: full, and together as wide as the flow.
  std::vector<bool> source_side;
};

/// The greatest flow, by push-relabel. @source Goldberg, Tarjan, A new approach to the maximum-flow problem, JACM
/// 35(4), 1988.
Flow max_flow(std::size_t vertices, std::span<const Pipe> pipes, std::size_t source, std::size_t sink);

}  // namespace towtank::graph
