#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "models/balancers/maglev_table.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Schedulers of IPVS: exact sequences (models/SOURCES.md 3.1).

namespace towtank::test {
namespace {

Instance ipvs(std::string_view name, const Numbers& weights) { return Instance{"ipvs", name, weights}; }

/// Connections that have ended, so many at each destination; they count for two minutes.
void ended(Instance& instance, const std::vector<int>& connections) {
  for (std::uint32_t i = 0; i < connections.size(); ++i)
    for (int k = 0; k < connections[i]; ++k) {
      instance.balancer().started(i);
      instance.end(i);
    }
}

}  // namespace

TEST_CASE("rr gives each destination its turn, whatever it weighs", "[unit]") {
  CHECK(ipvs("rr", {1, 1, 1}).serve(6) == "abcabc");
  CHECK(ipvs("rr", {3, 2, 1}).serve(6) == "abcabc");
}

TEST_CASE("rr goes on after the last one when destinations come and go", "[unit]") {
  Instance instance = ipvs("rr", {1, 1, 1, 1});
  instance.ready({0, 1, 2});
  CHECK(instance.serve(2) == "ab");
  instance.ready({0, 1, 2, 3});
  CHECK(instance.serve(3) == "cda");
  instance.ready({1, 2, 3});  // steps back from a, which has gone: to before the first
  CHECK(instance.serve(1) == "b");
  instance.ready({2, 3});
  instance.ready({0, 1, 2, 3});
  CHECK(instance.serve(1) == "a");
}

TEST_CASE("wrr interleaves by weight, in steps of the common divisor", "[unit]") {
  CHECK(ipvs("wrr", {4, 3, 2}).serve(18) == "aababcabcaababcabc");
  CHECK(ipvs("wrr", {5, 1, 1}).serve(7) == "aaaaabc");
  CHECK(ipvs("wrr", {3, 2, 1}).serve(6) == "aababc");
  CHECK(ipvs("wrr", {6, 4}).serve(5) == "aabab");
}

TEST_CASE("lc takes the least of 256 active + inactive", "[unit]") {
  Instance instance = ipvs("lc", {1, 1, 1});
  ended(instance, {0, 300, 5});
  instance.load({1, 0, 0});  // 256, 300, 5
  CHECK(instance.ask() == 2);
  instance.load({0, 0, 1});  // 256, 300, 261
  CHECK(instance.ask() == 0);
  instance.wait(120s);  // those that ended are forgotten: 256, 0, 256
  CHECK(instance.ask() == 1);
  CHECK(ipvs("lc", {1, 5}).hold(4) == "abab");  // weights do not count
}

TEST_CASE("wlc compares by weight, the first in the list when equal", "[unit]") {
  Instance instance = ipvs("wlc", {2, 1});
  instance.load({4, 2});  // 512 and 512
  CHECK(instance.ask() == 0);
  instance.load({1, 0});
  CHECK(instance.ask() == 1);
  CHECK(ipvs("wlc", {1, 1}).hold(6) == "ababab");
  CHECK(ipvs("wlc", {1, 1}).serve(6) == "ababab");  // what ended counts, too
}

TEST_CASE("connections that ended count for two minutes each", "[unit]") {
  Instance instance = ipvs("wlc", {1, 1});
  ended(instance, {100, 0});
  instance.wait(60s);
  ended(instance, {0, 200});
  CHECK(instance.ask() == 0);
  instance.wait(59s);
  CHECK(instance.ask() == 0);  // 100 and 200
  instance.wait(1s);
  ended(instance, {250, 0});
  CHECK(instance.ask() == 1);  // 250 and 200
  instance.wait(60s);
  CHECK(instance.ask() == 1);  // 250 and 0
  instance.wait(60s);
  CHECK(instance.ask() == 0);
}

TEST_CASE("sed takes the least delay with this connection, nq the first idle one before that", "[unit]") {
  CHECK(ipvs("sed", {1, 3}).ask() == 1);  // 1 and 1/3
  CHECK(ipvs("nq", {1, 3}).ask() == 0);
  Instance tied = ipvs("sed", {1, 3});
  tied.load({0, 2});  // 1 and 3/3
  CHECK(tied.ask() == 0);
  ended(tied, {300, 0});  // do not count
  CHECK(tied.ask() == 0);
  Instance nq = ipvs("nq", {1, 3, 1});
  CHECK(nq.hold(3) == "abc");
  CHECK(nq.hold(1) == "b");  // 2, 2/3, 2
  nq.end(2);
  CHECK(nq.ask() == 2);
  nq.ready({0, 1});
  CHECK(nq.hold(1) == "b");  // 2, 3/3
}

TEST_CASE("lblc keeps to one until it has more than its weight and another less than half of its own", "[unit]") {
  Instance instance = ipvs("lblc", {2, 1, 2});
  CHECK(instance.hold(3) == "aaa");  // 3 > 2, and b and c are idle
  CHECK(instance.hold(2) == "bb");   // 1 is not more than 1
  CHECK(instance.hold(3) == "ccc");  // c was idle when b had 2
  CHECK(instance.hold(2) == "cc");   // 3 > 2, but a has 3 and b 2: nobody is idle
  instance.end(1);
  instance.end(1);
  CHECK(instance.hold(1) == "b");
  instance.ready({0, 2});
  CHECK(instance.hold(1) == "a");  // 3 / 2 against 5 / 2
}

TEST_CASE("dh sends all of a Service to one", "[unit]") {
  Instance instance = ipvs("dh", {1, 1, 1});
  const std::uint32_t one = instance.ask(1);
  for (std::uint32_t source = 0; source < 100; ++source) CHECK(instance.ask(source) == one);
  std::vector<bool> seen(3, false);
  for (std::uint32_t replication = 0; replication < 40; ++replication)
    seen[Instance("ipvs", "dh", {1, 1, 1}, {}, replication).ask()] = true;
  CHECK(seen == std::vector<bool>(3, true));  // which one that is follows from the Service's address
}

TEST_CASE("sh goes by the top bits of the address times a golden ratio", "[unit]") {
  Instance instance = ipvs("sh", {1, 1, 1});
  CHECK(instance.ask(address(10, 0, 0, 1)) == 0);      // bucket 39
  CHECK(instance.ask(address(10, 0, 0, 2)) == 2);      // 137
  CHECK(instance.ask(address(10, 0, 0, 3)) == 1);      // 235
  CHECK(instance.ask(address(192, 168, 1, 10)) == 2);  // 248
  Instance weighted = ipvs("sh", {2, 1});              // a a b a a b ...
  CHECK(weighted.ask(address(10, 0, 0, 1)) == 0);
  CHECK(weighted.ask(address(10, 0, 0, 2)) == 1);
}

TEST_CASE("mh owns places of a table of 4093, in whole turns by weight", "[unit]") {
  const std::vector<MaglevWish> wishes = {{3, 4, 2}, {0, 2, 1}, {3, 1, 1}};
  // Turns a a b c: places 3; 0 (3, 7 mod 7 = 0); then b at 2 (0 is taken), c at 4; a at 1 (4 is taken), 5; b at 6.
  CHECK(maglev_table_by_turns(wishes, 7) == std::vector<std::uint32_t>{0, 0, 1, 0, 2, 0, 1});
  const std::vector<MaglevWish> equal = {{3, 4, 1}, {0, 2, 1}, {3, 1, 1}};
  CHECK(maglev_table_by_turns(equal, 7) == maglev_table(equal, 7));
}

namespace {

/// Part of the 4093 places of destinations that take so many in a row.
std::vector<double> shares_of_turns(const Numbers& turns) {
  std::vector<double> shares;
  const std::uint32_t round = std::accumulate(turns.begin(), turns.end(), 0u);
  std::uint32_t rest = 4093 % round;  // of the last round, which is not whole
  for (const std::uint32_t each : turns) {
    const std::uint32_t last = std::min(rest, each);
    rest -= last;
    shares.push_back((4093 / round * each + last) / 4093.0);
  }
  return shares;
}

std::vector<std::int64_t> count_sources(Instance instance, std::size_t destinations) {
  std::vector<std::int64_t> counts(destinations, 0);
  for (std::uint32_t source = 0; source < 60'000; ++source) ++counts[instance.ask(source)];
  return counts;
}

}  // namespace

TEST_CASE("mh shares sources by weight, of which six bits count", "[statistical]") {
  const std::vector<std::int64_t> small = count_sources(ipvs("mh", {1, 3, 2}), 3);
  CHECK(chi_square(small, shares_of_turns({1, 3, 2})).fits());
  CHECK_FALSE(chi_square(small, shares_of_turns({3, 9, 7})).fits());
  // 256 has nine bits, so that three go: 1 and 32 places. 254, 4 and 2 are 127, 2 and 1, and 63, 1 and 1.
  const std::vector<std::int64_t> large = count_sources(ipvs("mh", {1, 256}), 2);
  CHECK(chi_square(large, shares_of_turns({1, 32})).fits());
  CHECK_FALSE(chi_square(large, shares_of_turns({1, 256})).fits());
  CHECK(chi_square(count_sources(ipvs("mh", {254, 4, 2}), 3), shares_of_turns({63, 1, 1})).fits());
}

}  // namespace towtank::test
