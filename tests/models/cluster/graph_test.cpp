#include "models/cluster/graph.hpp"

#include <catch2/catch.hpp>

namespace towtank::graph {
namespace {

/// 0 -> {1, 2} -> 3, with a way from 1 to 2. @param across  its capacity
std::vector<Pipe> diamond(std::int64_t across) { return {{0, 1, 10}, {0, 2, 4}, {1, 2, across}, {1, 3, 3}, {2, 3, 9}}; }

}  // namespace

TEST_CASE("the greatest flow and the pipes that limit it are those worked out by hand", "[unit]") {
  // 3 through the middle pipe at 1, at most 9 through 2, of which 4 come directly.
  const Flow flow = max_flow(4, diamond(2), 0, 3);
  CHECK(flow.value == 9);
  CHECK(flow.source_side == std::vector<bool>{true, true, false, false});  // cut: 4 + 2 + 3
  CHECK(max_flow(4, diamond(0), 0, 3).value == 7);
  CHECK(max_flow(4, diamond(5), 0, 3).value == 12);
  CHECK(max_flow(4, diamond(99), 0, 3).value == 12);
}

TEST_CASE("parallel pipes add up, and without a way nothing flows", "[unit]") {
  const std::vector<Pipe> parallel{{0, 1, 2}, {0, 1, 3}};
  CHECK(max_flow(2, parallel, 0, 1).value == 5);
  const Flow none = max_flow(3, parallel, 0, 2);
  CHECK(none.value == 0);
  CHECK(none.source_side == std::vector<bool>{true, true, false});
}

TEST_CASE("of equally long paths the one with fewer edges is taken, and what is not reached says so", "[unit]") {
  const std::vector<Way> ways{{0, 1, {0.5, 1}}, {1, 2, {0.5, 1}}, {0, 2, {1.0, 1}}, {3, 0, {1.0, 1}}};
  const PathTree tree = shortest_paths(4, ways, 0);
  CHECK(tree.arrived_by[2] == 2);
  CHECK(tree.length[2].mean_s == 1.0);
  CHECK(tree.reaches(1));
  CHECK_FALSE(tree.reaches(3));
}

}  // namespace towtank::graph
