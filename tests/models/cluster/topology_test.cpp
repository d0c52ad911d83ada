#include "models/cluster/topology.hpp"

#include <catch2/catch.hpp>

namespace towtank {
namespace {

using Legs = std::vector<LegKind>;
constexpr NodeClassId kFirst{0}, kSecond{1}, kThird{2};

}  // namespace

TEST_CASE("a full mesh of two zones gives the matrix worked out by hand", "[unit]") {
  Topology topology{0.0002};
  topology.add({"a", "worker"});
  topology.add({"a", "ingress"});
  topology.add({"b", "worker"});
  topology.link_all(0.0008, 0.030);
  const auto matrix = topology.latency_matrix();
  REQUIRE(matrix);

  Eigen::MatrixXd by_hand(4, 3);
  by_hand << 0.0002, 0.0002, 0.0008,  // a worker  -> a worker (another node), a ingress, b worker
      0.0002, 0.0002, 0.0008,         // a ingress
      0.0008, 0.0008, 0.0002,         // b worker
      0.030, 0.030, 0.030;            // client side
  CHECK(matrix->mean_round_trip_s == by_hand);

  CHECK(matrix->legs_between(kFirst, kFirst) == Legs{LegKind::same_zone});
  CHECK(matrix->legs_between(kFirst, kSecond) == Legs{LegKind::same_zone});
  CHECK(matrix->legs_between(kSecond, kThird) == Legs{LegKind::cross_zone});
  CHECK(matrix->legs_between(kThird, kFirst) == Legs{LegKind::cross_zone});
  CHECK(matrix->legs_from_client(kThird) == Legs{LegKind::client});
}

TEST_CASE("zones without a link of their own are reached over another zone, the shorter way", "[unit]") {
  Topology topology{0.001};
  for (const char* zone : {"a", "b", "c", "d"}) topology.add({zone, "worker"});
  topology.link_zones("a", "b", 0.002);
  topology.link_zones("b", "d", 0.004);
  topology.link_zones("a", "c", 0.003);
  topology.link_zones("c", "d", 0.001);
  topology.link_client("b", 0.030);
  const auto matrix = topology.latency_matrix();
  REQUIRE(matrix);

  Eigen::MatrixXd by_hand(5, 4);
  by_hand << 0.001, 0.002, 0.003, 0.003 + 0.001,           // a: to d over c (4 ms), not over b (6 ms)
      0.002, 0.001, 0.002 + 0.003, 0.004,                  // b: to c over a (5 ms), and over d as long
      0.003, 0.003 + 0.002, 0.001, 0.001,                  // c
      0.001 + 0.003, 0.004, 0.001, 0.001,                  // d
      0.030 + 0.002, 0.030, 0.030 + 0.005, 0.030 + 0.004;  // client side, in through b
  CHECK(matrix->mean_round_trip_s.isApprox(by_hand, 1e-14));
  CHECK(matrix->legs_between(kFirst, NodeClassId{3}) == Legs{LegKind::cross_zone, LegKind::cross_zone});
  CHECK(matrix->legs_from_client(kSecond) == Legs{LegKind::client});
  CHECK(matrix->legs_from_client(NodeClassId{3}) == Legs{LegKind::client, LegKind::cross_zone});
}

TEST_CASE("a network that costs nothing still has the legs that theory expects", "[unit]") {
  Topology topology{0.0};
  for (const char* zone : {"a", "b", "c"}) topology.add({zone, "worker"});
  topology.link_all(0.0, 0.0);
  const auto matrix = topology.latency_matrix();
  REQUIRE(matrix);
  CHECK(matrix->mean_round_trip_s.isZero(0.0));
  CHECK(matrix->legs_between(kFirst, kFirst) == Legs{LegKind::same_zone});
  CHECK(matrix->legs_between(kFirst, kThird) == Legs{LegKind::cross_zone});
  CHECK(matrix->legs_from_client(kSecond) == Legs{LegKind::client});
}

TEST_CASE("of two links between the same zones the shorter one is taken, and its kind", "[unit]") {
  Topology topology{0.001};
  topology.add({"a", "worker"});
  topology.add({"b", "worker"});
  topology.link_client("a", 0.001);
  topology.link_zones("a", "b", 0.009);
  topology.link_zones("a", "b", 0.002);
  const auto matrix = topology.latency_matrix();
  REQUIRE(matrix);
  CHECK(matrix->mean_round_trip_s(0, 1) == 0.002);
}

TEST_CASE("the internet is no way from zone to zone, and a missing path names both zones", "[unit]") {
  Topology topology{0.001};
  topology.add({"a", "worker"});
  topology.add({"b", "worker"});
  topology.link_client("a", 0.030);
  topology.link_client("b", 0.030);
  const auto matrix = topology.latency_matrix();
  REQUIRE_FALSE(matrix);
  REQUIRE(matrix.error().size() == 2);
  CHECK(matrix.error()[0].message ==
        "no network path from zone 'a' to zone 'b'; link them, directly or over another zone");
  CHECK(matrix.error()[1].message ==
        "no network path from zone 'b' to zone 'a'; link them, directly or over another zone");
}

TEST_CASE("a zone that no client can enter is an error of the client side", "[unit]") {
  Topology topology{0.001};
  topology.add({"a", "worker"});
  const auto matrix = topology.latency_matrix();
  REQUIRE_FALSE(matrix);
  REQUIRE(matrix.error().size() == 1);
  CHECK(matrix.error()[0].message ==
        "no network path from the client side to zone 'a'; link them, directly or over another zone");
}

TEST_CASE("a node class is added once, and its id is its place", "[unit]") {
  Topology topology{0.001};
  CHECK(topology.add({"a", "worker"}) == kFirst);
  CHECK(topology.add({"a", "ingress"}) == kSecond);
  CHECK(topology.add({"a", "worker"}) == kFirst);
  CHECK(topology.classes().size() == 2);
  CHECK(topology.zones().size() == 1);
}

}  // namespace towtank
