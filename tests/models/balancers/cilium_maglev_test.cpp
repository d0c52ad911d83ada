#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "sim/random/mix.hpp"

// Cilium's Maglev tables (models/SOURCES.md 3.1).

namespace towtank::test {
namespace {

constexpr std::uint32_t kFlows = 20'000;

/// What a node has of the table.
class NodeTable {
 public:
  explicit NodeTable(const char* node, std::uint32_t replication = 0,
                     std::vector<std::pair<std::string, std::string>> parameters = {}) {
    BalancerArguments arguments{std::move(parameters)};
    const BalancerInfo& info = *find_balancer("cilium", "maglev");
    balancer_ = info.make(arguments, PickDraws{Draws{5, replication}, purpose_of(node)});
    REQUIRE(arguments.complaints("maglev").empty());
  }

  NodeTable& of(std::vector<std::uint32_t> pods, std::uint32_t count = 10) {
    balancer_->update({.count = count, .ready = pods});
    return *this;
  }
  std::uint32_t pod(std::uint64_t flow, std::uint32_t attempt = 0, std::uint32_t address = 7) {
    return balancer_->pick({.key = flow, .attempt = attempt, .source_address = address});
  }

 private:
  std::unique_ptr<Balancer> balancer_;
};

std::vector<std::uint32_t> all(std::uint32_t pods) {
  std::vector<std::uint32_t> made(pods);
  std::iota(made.begin(), made.end(), 0u);
  return made;
}

std::uint32_t differing(NodeTable& a, NodeTable& b) {
  std::uint32_t count = 0;
  for (std::uint32_t flow = 0; flow < kFlows; ++flow) count += a.pod(flow) != b.pod(flow) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("all nodes send a flow to the same pod", "[unit]") {
  NodeTable first{"worker-0"}, second{"worker-1"}, elsewhere{"worker-0", 1};
  CHECK(differing(first.of(all(10)), second.of(all(10))) == 0);
  CHECK(differing(first, elsewhere.of(all(10))) > kFlows / 2);  // of another cluster: other addresses
}

TEST_CASE("a pod that leaves moves its own flows, and at most one in a hundred of the others", "[unit]") {
  NodeTable before{"worker-0"}, after{"worker-0"};
  before.of(all(10));
  after.of({0, 1, 2, 4, 5, 6, 7, 8, 9});
  std::uint32_t moved = 0;
  for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
    CHECK(after.pod(flow) != 3);
    moved += before.pod(flow) != 3 && before.pod(flow) != after.pod(flow) ? 1 : 0;
  }
  CHECK(moved > 0);
  CHECK(moved < kFlows / 100);
}

TEST_CASE("a port of its own makes another flow of an address, unless ports are not hashed", "[unit]") {
  NodeTable by_flow{"worker-0"}, by_address{"worker-0", 0, {{"port", "false"}}};
  by_flow.of(all(10));
  by_address.of(all(10));
  std::uint32_t apart = 0, addresses_apart = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    apart += by_flow.pod(i) != by_flow.pod(i, 1) ? 1 : 0;
    CHECK(by_address.pod(i, i % 3, 99) == by_address.pod(0, 0, 99));
    addresses_apart += by_address.pod(0, 0, i) != by_address.pod(0, 0, i + 1000) ? 1 : 0;
  }
  CHECK(apart > 800);  // 900 of 1,000 in the mean
  CHECK(addresses_apart > 800);
}

TEST_CASE("only Cilium's own sizes of tables will do", "[unit]") {
  for (const char* size : {"251", "131071", "1000", "65537"}) {
    BalancerArguments arguments{{{"table", size}}};
    find_balancer("cilium_maglev")->make(arguments, PickDraws{Draws{5, 0}, PurposeId{0}});
    CHECK(arguments.complaints("maglev").empty() == (std::string{size} == "251" || std::string{size} == "131071"));
  }
}

}  // namespace towtank::test
