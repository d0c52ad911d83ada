#include "models/cluster/placement.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "tests/models/cluster/policies.hpp"

namespace towtank {
namespace {

constexpr std::int64_t kGi = std::int64_t{1} << 30;

/// A number in [0, 1) for each pair of seed and index (splitmix64).
double hashed_uniform(std::uint64_t seed, std::uint32_t index) {
  std::uint64_t x = seed * 0x9E3779B97F4A7C15U + index + 1U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  x ^= x >> 31U;
  return static_cast<double>(x >> 11U) * 0x1p-53;
}

PlacementDraw draws(std::uint64_t seed) {
  return [seed](std::uint32_t index) { return hashed_uniform(seed, index); };
}

std::vector<PlacementNode> worker_nodes(std::size_t count, std::size_t zones = 1) {
  std::vector<PlacementNode> nodes;
  for (std::size_t i = 0; i < count; ++i)
    nodes.push_back({"worker-" + std::to_string(i), "zone-" + std::to_string(i % zones), 4000, 16 * kGi});
  return nodes;
}

PlacementRequest request_for(std::int64_t replicas, PlacementPolicy policy) {
  PlacementRequest request;
  request.workload = "shop";
  request.replicas = replicas;
  request.policy = policy;
  return request;
}

std::vector<std::int64_t> pods_on_nodes(const std::vector<PlacedPod>& pods, std::size_t nodes) {
  std::vector<std::int64_t> counts(nodes, 0);
  for (const PlacedPod& pod : pods)
    if (pod.node) ++counts[*pod.node];
  return counts;
}

std::vector<std::int64_t> counts_of(const std::vector<PlacementNode>& nodes, const PlacementRequest& request,
                                    std::uint64_t seed = 1) {
  const auto pods = place(nodes, request, draws(seed));
  REQUIRE(pods);
  REQUIRE(pods->size() == static_cast<std::size_t>(request.replicas));
  return pods_on_nodes(*pods, nodes.size());
}

TEST_CASE("even differs by at most one pod between nodes", "[unit]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const std::int64_t replicas : {0, 1, 4, 7, 30}) {
      const auto counts = counts_of(worker_nodes(7, 3), request_for(replicas, PlacementPolicy::even), seed);
      CHECK(*std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end()) <= 1);
    }
}

TEST_CASE("even breaks ties by the emptier zone", "[unit]") {
  // Four nodes in zone 0, two in zone 1: four pods must go two and two.
  auto nodes = worker_nodes(6);
  nodes[4].zone = nodes[5].zone = "zone-1";
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto counts = counts_of(nodes, request_for(4, PlacementPolicy::even), seed);
    CHECK(counts[4] + counts[5] == 2);
  }
}

TEST_CASE("ties are broken by the draw, not by the order of nodes", "[unit]") {
  std::map<std::int64_t, int> first_node;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto pods = place(worker_nodes(4), request_for(1, PlacementPolicy::even), draws(seed));
    ++first_node[*pods->front().node];
  }
  CHECK(first_node.size() == 4);
}

TEST_CASE("random chooses each node equally often", "[statistical]") {
  constexpr std::int64_t kPods = 40'000;
  constexpr std::size_t kNodes = 8;
  const auto chi_square = [&](const std::vector<std::int64_t>& counts) {
    const double expected = static_cast<double>(kPods) / kNodes;
    double sum = 0.0;
    for (const std::int64_t count : counts) sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
    return sum;
  };
  constexpr double kFalseAlarm = 1e-6;
  const double limit = quantile(complement(boost::math::chi_squared{kNodes - 1.0}, kFalseAlarm));
  CHECK(chi_square(counts_of(worker_nodes(kNodes), request_for(kPods, PlacementPolicy::random), 42)) < limit);
  // Broken twin: draws that are a little too small must be noticed.
  const auto low = place(worker_nodes(kNodes), request_for(kPods, PlacementPolicy::random),
                         [](std::uint32_t index) { return 0.97 * hashed_uniform(42, index); });
  CHECK(chi_square(pods_on_nodes(*low, kNodes)) > limit);
}

TEST_CASE("packed fills one node after the other, the fullest first", "[unit]") {
  auto nodes = worker_nodes(3);
  nodes[1].used_cpu_millicores = 1000;
  auto request = request_for(8, PlacementPolicy::packed);
  request.cpu_millicores = 1000;
  const auto counts = counts_of(nodes, request);
  CHECK(counts[1] == 3);
  CHECK(std::max(counts[0], counts[2]) == 4);
  CHECK(std::min(counts[0], counts[2]) == 1);
}

TEST_CASE("the default scheduler spreads, but not as strictly as even", "[unit]") {
  int uneven = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto counts = counts_of(worker_nodes(5), request_for(50, PlacementPolicy::scheduler_default), seed);
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    CHECK(*most - *least <= 6);
    uneven += *most - *least > 1 ? 1 : 0;
  }
  CHECK(uneven > 0);
}

TEST_CASE("the default scheduler prefers free nodes", "[unit]") {
  auto nodes = worker_nodes(2);
  nodes[0].used_cpu_millicores = 3500;
  nodes[0].used_memory_bytes = 15 * kGi;
  auto request = request_for(1, PlacementPolicy::scheduler_default);
  request.cpu_millicores = 100;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) CHECK(counts_of(nodes, request, seed)[1] == 1);
}

TEST_CASE("pods that fit nowhere are pending, with the reason", "[unit][golden]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto nodes = worker_nodes(3);
    nodes[2].schedulable = false;
    auto request = request_for(5, policy);
    request.cpu_millicores = 2000;
    const auto pods = place(nodes, request, draws(3));
    REQUIRE(pods);
    CHECK(pods_on_nodes(*pods, 3) == std::vector<std::int64_t>{2, 2, 0});
    CHECK_FALSE(pods->back().node);
    CHECK(pods->back().pending_reason == "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu");
  }
}

TEST_CASE("memory and pod slots limit too, and no node at all leaves everything pending", "[unit]") {
  auto nodes = worker_nodes(1);
  auto request = request_for(20, PlacementPolicy::even);
  request.memory_bytes = kGi;
  CHECK(counts_of(nodes, request)[0] == 16);
  nodes[0].free_pod_slots = 3;
  CHECK(counts_of(nodes, request)[0] == 3);
  const auto nowhere = place({}, request, draws(1));
  REQUIRE(nowhere);
  CHECK(nowhere->size() == 20);
  CHECK(nowhere->front().pending_reason == "no nodes available to schedule pods");
}

TEST_CASE("pods are named in the order placed", "[unit]") {
  const auto pods = place(worker_nodes(2), request_for(3, PlacementPolicy::even), draws(1));
  CHECK((*pods)[0].name == "shop-0");
  CHECK((*pods)[2].name == "shop-2");
}

TEST_CASE("pins hold, and the policy places the rest with them in view", "[unit]") {
  auto request = request_for(6, PlacementPolicy::even);
  request.pins = {{"worker-0", 3, {}}, {"worker-1", 1, {}}};
  CHECK(counts_of(worker_nodes(3), request) == std::vector<std::int64_t>{3, 1, 2});
  auto nodes = worker_nodes(3);
  nodes[0].schedulable = false;
  CHECK(counts_of(nodes, request)[0] == 3);
}

TEST_CASE("pins that cannot be are errors, all of them", "[unit][golden]") {
  auto request = request_for(3, PlacementPolicy::even);
  request.pins = {
      {"worker-0", 2, {"s.yaml", 4, 7}}, {"workr-1", 1, {"s.yaml", 5, 7}}, {"worker-0", 1, {"s.yaml", 6, 7}}};
  const auto pods = place(worker_nodes(3), request, draws(1));
  REQUIRE_FALSE(pods);
  REQUIRE(pods.error().size() == 3);
  CHECK(pods.error()[0].text() == "s.yaml:5:7: no node is named \"workr-1\"; did you mean \"worker-1\"?");
  CHECK(pods.error()[1].text() == "s.yaml:6:7: the node \"worker-0\" is pinned twice");
  CHECK(pods.error()[2].text() == "s.yaml:6:7: the pins of shop are more than its 3 replicas");
  request.pins = {{"worker-0", -1, {}}};
  CHECK_FALSE(place(worker_nodes(3), request, draws(1)));
}

TEST_CASE("the order in which nodes are given does not count", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto nodes = worker_nodes(12, 3);
    auto request = request_for(17, policy);
    request.cpu_millicores = 900;
    const auto forward = place(nodes, request, draws(9));
    std::reverse(nodes.begin(), nodes.end());
    const auto backward = place(nodes, request, draws(9));
    for (std::size_t i = 0; i < 17; ++i) CHECK(11 - *(*forward)[i].node == *(*backward)[i].node);
  }
}

TEST_CASE("numbers in names are ordered by value", "[unit]") {
  CHECK(comes_before_by_name("worker-2", "worker-10"));
  CHECK_FALSE(comes_before_by_name("worker-10", "worker-2"));
  CHECK(comes_before_by_name("a9z", "a10"));
  CHECK(comes_before_by_name("a", "a1"));
  CHECK(comes_before_by_name("a-b", "b-a"));
  CHECK(comes_before_by_name("n01", "n1"));
  CHECK_FALSE(comes_before_by_name("n1", "n01"));
  CHECK_FALSE(comes_before_by_name("n1", "n1"));
}

TEST_CASE("many pods on many nodes take no walk over all nodes for each pod", "[unit]") {
  const auto counts = counts_of(worker_nodes(5000, 3), request_for(150'000, PlacementPolicy::even));
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  CHECK(*most - *least <= 1);
}

}  // namespace
}  // namespace towtank
