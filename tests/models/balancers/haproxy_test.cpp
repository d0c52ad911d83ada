#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "models/balancers/haproxy_servers.hpp"
#include "sim/random/mix.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// The algorithms of HAProxy: exact sequences (models/SOURCES.md 3.5), then shares.

namespace towtank::test {
namespace {

Instance haproxy(std::string_view name, const Numbers& weights, const Parameters& parameters = {},
                 std::uint32_t replication = 0) {
  return Instance{"haproxy", name, weights, parameters, replication};
}

struct Point {
  std::uint32_t key = 0, server = 0;
};

/// 16 points a weight, server by server, from the rule itself.
std::vector<Point> points_of(const Numbers& weights) {
  std::vector<Point> points;
  for (std::uint32_t server = 0; server < weights.size(); ++server)
    for (std::uint32_t i = 0; i < 16 * weights[server]; ++i)
      points.push_back({balancer::haproxy_avalanche((server + 1) * 4096 + i), server});
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.key < b.key; });
  return points;
}

/// Part of all 32-bit keys that lie nearest to a point of each server; of two points equally near the lower one's.
std::vector<double> shares_of_ring(const Numbers& weights) {
  const std::vector<Point> points = points_of(weights);
  std::vector<double> shares(weights.size(), 0.0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& next = points[(i + 1) % points.size()];
    const std::uint32_t gap = next.key - points[i].key;
    shares[points[i].server] += static_cast<double>(gap / 2) / 4294967296.0;
    shares[next.server] += static_cast<double>(gap - gap / 2) / 4294967296.0;
  }
  return shares;
}

}  // namespace

TEST_CASE("HAProxy's roundrobin gives turns as its trees do", "[unit]") {
  CHECK(haproxy("roundrobin", {1, 1, 1}).serve(9) == "abcabcabc");
  CHECK(haproxy("roundrobin", {3, 2, 1}).serve(6) == "abacab");
  CHECK(haproxy("roundrobin", {5, 1, 1}).serve(7) == "aaabaac");
  CHECK(haproxy("roundrobin", {4, 2}).serve(3) == "aab");
  for (const Numbers& weights : {Numbers{3, 2, 1}, Numbers{5, 1, 1}, Numbers{4, 2}, Numbers{7, 256, 1, 30}})
    CHECK(keeps_shares(haproxy("roundrobin", weights).serve(3'000), weights));
  CHECK_FALSE(keeps_shares(haproxy("roundrobin", {3, 2, 2}).serve(700), {3, 3, 1}));
}

TEST_CASE("HAProxy's static-rr gives turns from a map", "[unit]") {
  CHECK(haproxy("static-rr", {1, 1, 1}).serve(6) == "abcabc");
  CHECK(haproxy("static-rr", {3, 2, 1}).serve(12) == "aababcaababc");
  CHECK(haproxy("static-rr", {5, 1, 1}).serve(14) == "aaabaacaaabaac");
  CHECK(haproxy("static-rr", {6, 4, 2}).serve(6) == "aababc");  // by the common divisor
  Instance going = haproxy("static-rr", {1, 1, 1, 1});
  CHECK(going.serve(2) == "ab");
  going.ready({0, 2, 3});
  CHECK(going.serve(3) == "dac");  // at the third place of the new map
}

TEST_CASE("HAProxy's leastconn takes turns among those that tie", "[unit]") {
  CHECK(haproxy("leastconn", {1, 1, 1}).serve(6) == "abcabc");
  CHECK(haproxy("leastconn", {1, 1, 1}).hold(6) == "abcabc");
  CHECK(haproxy("leastconn", {1, 2}).serve(4) == "abab");        // idle ones tie whatever they weigh
  CHECK(haproxy("leastconn", {1, 2}).hold(10) == "abbbabbabb");  // keys: (in flight + 1) 256 and 128
  Instance a_first = haproxy("leastconn", {1, 2}), b_first = haproxy("leastconn", {1, 2});
  a_first.load({1, 3});  // 2 * 4096 / 16 = 4 * 4096 / 32
  CHECK(a_first.ask() == 0);
  b_first.load({0, 3});
  b_first.load({1, 0});
  CHECK(b_first.ask() == 1);
  Instance busy = haproxy("leastconn", {1, 1, 1});
  busy.load({2, 1, 3});
  CHECK(busy.serve(3) == "bbb");
}

TEST_CASE("HAProxy's leastconn keeps what is in flight when servers come and go", "[unit]") {
  Instance instance = haproxy("leastconn", {1, 1, 1});
  instance.load({0, 2, 1});
  instance.ready({1, 2});
  CHECK(instance.ask() == 2);
  instance.end(1);
  instance.end(1);
  CHECK(instance.ask() == 1);
  instance.load({1, 0, 0});
  instance.ready({0, 1, 2});
  CHECK(instance.ask() == 1);
}

TEST_CASE("HAProxy's avalanche is that of its full_hash", "[unit]") {
  CHECK(balancer::haproxy_avalanche(0) == 2874071335u);
  CHECK(balancer::haproxy_avalanche(4096) == 1237450891u);
  CHECK(balancer::haproxy_avalanche(address(10, 0, 0, 1)) == 715288146u);
}

TEST_CASE("HAProxy's source is the address modulo the weights", "[unit]") {
  Instance equal = haproxy("source", {1, 1, 1});
  CHECK(equal.ask(address(10, 0, 0, 1)) == 2);  // 167,772,161 = 3 * 55,924,053 + 2
  CHECK(equal.ask(address(10, 0, 0, 2)) == 0);
  CHECK(equal.ask(address(10, 0, 0, 3)) == 1);
  Instance weighted = haproxy("source", {2, 1});  // a, a, b
  CHECK(weighted.ask(address(10, 0, 0, 1)) == 1);
  CHECK(weighted.ask(address(10, 0, 0, 2)) == 0);
  CHECK(weighted.ask(address(10, 0, 0, 3)) == 0);
  Instance spread = haproxy("source", {1, 1, 1}, {{"avalanche", "true"}});
  for (std::uint32_t host = 0; host < 100; ++host) CHECK(spread.ask(host) == balancer::haproxy_avalanche(host) % 3);
}

TEST_CASE("of HAProxy's map all but 1/n of the keys move when a server leaves", "[unit]") {
  Instance all = haproxy("source", {1, 1, 1, 1}), fewer = haproxy("source", {1, 1, 1, 1});
  fewer.ready({0, 1, 2});
  int moved = 0;
  for (std::uint32_t host = 0; host < 12'000; ++host) moved += all.ask(host) != fewer.ask(host);
  CHECK(moved == 9'000);
}

TEST_CASE("HAProxy's consistent hash takes the nearest of 16 points a weight", "[unit]") {
  const Numbers weights = {1, 3, 2};
  const std::vector<Point> points = points_of(weights);
  CHECK(points.size() == 96);
  Instance instance = haproxy("source", weights, {{"consistent", "true"}});
  for (std::uint32_t host = 0; host < 2'000; ++host) {
    const std::uint32_t hash = balancer::haproxy_avalanche(host);
    const auto distance = [&](const Point& point) { return std::min(point.key - hash, hash - point.key); };
    const auto nearest = std::min_element(points.begin(), points.end(),
                                          [&](const Point& a, const Point& b) { return distance(a) < distance(b); });
    CHECK(instance.ask(host) == nearest->server);
  }
}

TEST_CASE("of HAProxy's circle only the keys of the server that leaves move", "[unit]") {
  const Parameters consistent = {{"consistent", "true"}};
  Instance all = haproxy("source", {1, 1, 1, 1}, consistent), fewer = haproxy("source", {1, 1, 1, 1}, consistent);
  fewer.ready({0, 1, 3});
  int moved = 0;
  for (std::uint32_t host = 0; host < 5'000; ++host) {
    const std::uint32_t before = all.ask(host);
    if (before == 2)
      moved += 1;
    else
      CHECK(fewer.ask(host) == before);
  }
  // Addresses fall on the circle at random: those of the third server are as many as the part that its points own.
  const auto is = [&](double part) {
    const double deviation = std::sqrt(5'000.0 * part * (1.0 - part));
    return std::abs(moved - 5'000.0 * part) < normal_quantile(1.0 - kFalseAlarm / 2) * deviation;
  };
  const double part = shares_of_ring({1, 1, 1, 1})[2];
  CHECK(is(part));
  CHECK_FALSE(is(part / 2));
}

TEST_CASE("HAProxy's hash-balance-factor passes a full server's callers to the next point", "[unit]") {
  // Nine in flight, 120 %, four alike: 12 slots of 64 units of weight, 3 each. A server with 3 has no room.
  Instance instance = haproxy("source", {1, 1, 1, 1}, {{"consistent", "true"}, {"bound", "120"}});
  const std::uint32_t owner = instance.ask(42);
  std::vector<int> loads(4, 2);
  loads[owner] = 3;
  instance.load(loads);
  const std::uint32_t elsewhere = instance.ask(42);
  CHECK(elsewhere != owner);
  CHECK(instance.ask(42) == elsewhere);
  instance.end(owner);  // 8 in flight: ceil(9 * 1.2) = 11 slots, 2 or 3 each by place
  const std::uint32_t slots = (16 * (owner + 1) * 11) / 64 - (16 * owner * 11) / 64;
  CHECK((instance.ask(42) == owner) == (slots == 3));
  BalancerArguments narrow{{{"consistent", "true"}, {"bound", "100"}}}, of_map{{{"bound", "120"}}};
  find_balancer("haproxy_source")->make(narrow, PickDraws{Draws{1, 0}, purpose_of("x")});
  REQUIRE(narrow.complaints("source").size() == 1);
  CHECK(narrow.complaints("source")[0].find("leaves no room") != std::string::npos);
  find_balancer("haproxy_source")->make(of_map, PickDraws{Draws{1, 0}, purpose_of("x")});
  REQUIRE(of_map.complaints("source").size() == 1);
  CHECK(of_map.complaints("source")[0].find("only `hash-type consistent`") != std::string::npos);
}

TEST_CASE("HAProxy's random draws twice from the ring and takes the less loaded", "[statistical]") {
  const std::vector<double> p = shares_of_ring({1, 1, 1});
  CHECK(p[0] + p[1] + p[2] == Approx(1.0));
  Instance instance = haproxy("random", {1, 1, 1});
  instance.load({2, 1, 0});
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  const double busiest = p[0] * p[0], middle = p[1] * p[1] + 2 * p[0] * p[1];
  CHECK(chi_square(counts, {busiest, middle, 1.0 - busiest - middle}).fits());
  CHECK_FALSE(chi_square(counts, {1.0 / 9, 3.0 / 9, 5.0 / 9}).fits());  // as if the ring were even
  Instance once = haproxy("random", {1, 1, 1}, {{"draws", "1"}});
  once.load({2, 1, 0});
  CHECK(chi_square(once.count(kPicks), p).fits());
}

TEST_CASE("HAProxy's random takes load by weight", "[statistical]") {
  const std::vector<double> p = shares_of_ring({1, 3});
  Instance instance = haproxy("random", {1, 3});
  instance.load({1, 2});  // 1 > 2/3
  CHECK(chi_square(instance.count(kPicks), {p[0] * p[0], 1.0 - p[0] * p[0]}).fits());
}

TEST_CASE("HAProxy's random prefers of equals who was asked less in the last second", "[unit]") {
  // Of 64 draws both servers are among but for 2^-60.
  int other = 0, same = 0;
  for (std::uint32_t replication = 0; replication < 40; ++replication) {
    Instance instance = haproxy("random", {1, 1}, {{"draws", "64"}}, replication);
    const std::string picks = instance.serve(11);
    CHECK(keeps_shares(picks.substr(0, 10), {1, 1}));
    instance.wait(900ms);
    CHECK(instance.ask() == (picks.back() == 'a' ? 1u : 0u));  // 6 against 5
    instance.wait(3s);
    (instance.ask() == (picks.back() == 'a' ? 1u : 0u) ? other : same) += 1;
  }
  CHECK(other > 0);
  CHECK(same > 0);  // forgotten
}

TEST_CASE("first fills the servers one after the other", "[unit]") {
  Instance first = haproxy("first", {1, 9, 1}, {{"maxconn", "2"}});
  CHECK(first.hold(8) == "aabbcc--");
  first.end(1);
  CHECK(first.hold(2) == "b-");
  first.end(2);
  first.end(0);
  CHECK(first.hold(3) == "ac-");
  CHECK(haproxy("first", {1, 1}).hold(4) == "aaaa");
}

TEST_CASE("roundrobin, static-rr and leastconn pass full servers over", "[unit]") {
  for (const char* name : {"roundrobin", "static-rr", "leastconn"}) {
    INFO(name);
    Instance limited = haproxy(name, {1, 1, 1}, {{"maxconn", "2"}});
    CHECK(limited.hold(7) == "abcabc-");
    limited.end(2);
    CHECK(limited.hold(2) == "c-");
    limited.end(0);
    limited.end(1);
    limited.end(1);
    const std::string three = limited.hold(4);
    CHECK(std::count(three.begin(), three.end(), 'a') == 1);
    CHECK(std::count(three.begin(), three.end(), 'b') == 2);
    CHECK(three[3] == '-');
    CHECK_FALSE(limited.balancer().waiting_room == WaitingRoom::none);
  }
}

TEST_CASE("a limit that is never reached changes no turn", "[unit]") {
  for (const char* name : {"roundrobin", "static-rr", "leastconn", "random", "source"})
    for (const Numbers& weights : {Numbers{1, 1, 1}, Numbers{5, 1, 1}, Numbers{4, 2}}) {
      INFO(name);
      CHECK(haproxy(name, weights, {{"maxconn", "1"}}).serve(500) == haproxy(name, weights).serve(500));
      CHECK(haproxy(name, weights, {{"maxconn", "900"}}).hold(500) == haproxy(name, weights, {{"maxconn", "500"}}).hold(500));
    }
}

TEST_CASE("roundrobin keeps the places of those that were full, but not in a round that has begun", "[unit]") {
  // Of a port of the trees, written for this test alone: whoever puts all full ones back by their places, or all by weight,
  // ends with bca.
  Instance limited = haproxy("roundrobin", {1, 1, 1}, {{"maxconn", "1"}});
  CHECK(limited.hold(4) == "abc-");
  limited.end(0);
  CHECK(limited.hold(5) == "a----");
  for (const std::uint32_t server : {1u, 0u, 2u}) limited.end(server);
  CHECK(limited.hold(5) == "cba--");
}

TEST_CASE("random and source come to full servers, and say so", "[unit]") {
  Instance random = haproxy("random", {1, 1}, {{"maxconn", "1"}, {"draws", "1"}});
  random.load({1, 1});
  CHECK(random.ask() != Balancer::kNone);
  CHECK(random.balancer().is_full(0));
  CHECK(random.balancer().waiting_room == WaitingRoom::any);
  random.end(0);
  CHECK_FALSE(random.balancer().is_full(0));
  Instance source = haproxy("source", {1, 1}, {{"maxconn", "1"}, {"timeout_queue", "200ms"}});
  const std::uint32_t at = source.start(7);
  CHECK(source.ask(7) == at);
  CHECK(source.balancer().is_full(at));
  CHECK(source.balancer().waiting_room == WaitingRoom::own);
  CHECK(source.balancer().longest_wait == 200ms);
  CHECK(haproxy("source", {1, 1}).balancer().waiting_room == WaitingRoom::none);
}

TEST_CASE("timeout_queue without maxconn is a mistake", "[unit]") {
  BalancerArguments arguments{{{"timeout_queue", "1s"}}};
  find_balancer("haproxy", "leastconn")->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  REQUIRE(arguments.complaints("leastconn").size() == 1);
  CHECK(arguments.complaints("leastconn")[0].find("add `maxconn`") != std::string::npos);
}

namespace {

/// So many requests a server may have, with so many in the backend, this one included, of which `waiting` wait.
std::uint32_t limit(const Parameters& parameters, std::uint32_t in_backend, std::uint32_t waiting = 0) {
  Instance instance = haproxy("random", {1, 1}, parameters);
  instance.balancer().line_changed(static_cast<std::int32_t>(waiting));
  std::uint32_t at_first = 0;
  for (std::uint32_t i = 0; i + waiting + 1 < in_backend; ++i) instance.balancer().started(1);
  while (!instance.balancer().is_full(0)) {
    instance.balancer().finished(1, {});  // from one server to the other: the backend has as many as before
    instance.balancer().started(0);
    ++at_first;
    REQUIRE(at_first + 1 < in_backend);
  }
  return at_first;
}

/// How many of 170 picks each of two servers gets, when the second came `age` ago.
std::vector<std::int64_t> shares_at(std::string_view name, Duration age, const Parameters& further = {}) {
  Parameters parameters = further;
  parameters.push_back({"slowstart", "60s"});
  Instance instance = haproxy(name, {1, 1}, parameters);
  instance.ready({0});
  instance.ready({0, 1});
  instance.wait(age);
  return instance.count(170);
}

}  // namespace

TEST_CASE("between minconn and maxconn the limit grows with the requests of the backend", "[unit]") {
  const Parameters given = {{"minconn", "10"}, {"maxconn", "100"}, {"fullconn", "1000"}};
  CHECK(limit(given, 400) == 40);
  CHECK(limit(given, 400, 350) == 40);  // those that wait count, too
  CHECK(limit(given, 59) == 10);
  CHECK(limit(given, 109) == 10);
  CHECK(limit(given, 110) == 11);
  CHECK(limit(given, 999) == 99);
  CHECK(limit(given, 1000) == 100);
  CHECK(limit(given, 5000) == 100);
  CHECK(limit({{"maxconn", "100"}}, 400) == 100);                                            // the twin
  CHECK(limit({{"minconn", "30"}, {"maxconn", "20"}}, 400) == 30);  // read as maxconn 30
}

TEST_CASE("each algorithm goes by the limit that moves", "[unit]") {
  const Parameters given = {{"minconn", "1"}, {"maxconn", "3"}, {"fullconn", "12"}};
  // The first three: one each. With the fourth request two are a server's, with 8 of them; never with as few.
  for (const char* name : {"roundrobin", "static-rr", "leastconn", "first"}) {
    INFO(name);
    Instance instance = haproxy(name, {1, 1, 1}, given);
    CHECK(instance.hold(4) == "abc-");
    instance.balancer().line_changed(4);  // 8 in the backend
    // roundrobin has put the full ones back last first, as HAProxy chains them.
    CHECK(instance.hold(1) == (std::string_view{name} == "roundrobin" ? "c" : "a"));
    instance.balancer().line_changed(-4);
    CHECK(instance.hold(1) == "-");
    instance.end(1);
    CHECK(instance.hold(1) == "b");
  }
}

TEST_CASE("a server that comes weighs more with each step of its slowstart", "[unit]") {
  // Sixteenths: 1 + 16 age / 60 s, age in steps of 3 s.
  CHECK(shares_at("roundrobin", 0s) == std::vector<std::int64_t>{160, 10});
  CHECK(shares_at("roundrobin", 2s) == std::vector<std::int64_t>{160, 10});
  CHECK(shares_at("roundrobin", 60s) == std::vector<std::int64_t>{85, 85});
  CHECK(shares_at("roundrobin", 100s) == std::vector<std::int64_t>{85, 85});
  const std::vector<std::int64_t> half = shares_at("roundrobin", 31s);  // 30 s: nine of 25
  CHECK(std::abs(half[1] - 170 * 9 / 25) <= 1);
  CHECK(shares_at("static-rr", 0s) == std::vector<std::int64_t>{85, 85});
  CHECK(shares_at("random", 0s, {{"draws", "1"}})[1] < 40);
  CHECK(shares_at("random", 60s, {{"draws", "1"}})[1] > 40);
  // 256 (n + 1) of the old one against 4096 (1 + 1) of the new one, whose key is there longer when they tie at 31.
  Instance least = haproxy("leastconn", {1, 1}, {{"slowstart", "60s"}});
  least.ready({0});
  least.ready({0, 1});
  least.load({1, 1});
  CHECK(least.hold(31) == std::string(30, 'a') + "b");
  Instance old = haproxy("leastconn", {1, 1});
  old.load({1, 1});
  CHECK(old.hold(4) == "abab");
}

TEST_CASE("those that are there at first do not warm up", "[unit]") {
  CHECK(haproxy("roundrobin", {1, 1}, {{"slowstart", "60s"}}).serve(6) == "ababab");
}

TEST_CASE("a server that comes may have a part of maxconn only", "[unit]") {
  const auto limit_at = [](Duration age) {
    Instance instance = haproxy("first", {1, 1}, {{"slowstart", "60s"}, {"maxconn", "20"}});
    instance.ready({1});
    instance.ready({0, 1});
    instance.wait(age);
    const std::string picks = instance.hold(30);
    return std::count(picks.begin(), picks.end(), 'a');
  };
  CHECK(limit_at(0s) == 1);
  CHECK(limit_at(30s) == 10);
  CHECK(limit_at(45s) == 15);
  CHECK(limit_at(59s) == 19);  // 98 %
  CHECK(limit_at(60s) == 20);
}

TEST_CASE("what limits of HAProxy need of each other is told", "[unit]") {
  const auto told = [](const Parameters& parameters) {
    BalancerArguments arguments{parameters};
    find_balancer("haproxy", "leastconn")->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
    const std::vector<std::string> found = arguments.complaints("leastconn");
    return found.size() == 1 ? found[0] : std::to_string(found.size());
  };
  CHECK(told({{"minconn", "5"}, {"maxconn", "9"}}).find("parameter `minconn`: needs `fullconn`") == 0);
  CHECK(told({{"fullconn", "5"}}).find("parameter `fullconn`: plays no part without a `minconn` below `maxconn`") == 0);
  CHECK(told({{"minconn", "5"}, {"maxconn", "5"}, {"fullconn", "100"}}).find("parameter `fullconn`: plays no part") == 0);
  CHECK(told({{"minconn", "5"}, {"maxconn", "9"}, {"fullconn", "100"}}) == "0");
  CHECK(told({{"minconn", "5"}}) == "0");  // maxconn is 5, too
}

}  // namespace towtank::test
