#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <string>

#include "models/balancers/balancer.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// The algorithms of ingress-nginx: exact sequences (models/SOURCES.md 3.3), then shares (3.10).

namespace towtank::test {
namespace {

constexpr Time kStart = Time{} + 1'000s;

std::unique_ptr<Balancer> ingress_nginx(std::string_view name, const Numbers& ready, const Numbers& weights = {},
                                        std::uint32_t replication = 0) {
  BalancerArguments arguments;
  auto made = find_balancer("ingress-nginx", name)
                  ->make(arguments, PickDraws{Draws{7, replication}, purpose_of("balance/test")});
  made->update({8, ready, weights, kStart});
  return made;
}

std::string picks(Balancer& balancer, std::uint64_t n) {
  std::string letters;
  for (std::uint64_t key = 0; key < n; ++key)
    letters += static_cast<char>('a' + balancer.pick({.key = key, .plain = true}));
  return letters;
}

void record(Balancer& balancer, std::uint32_t endpoint, Duration latency, Time now = kStart, bool retried = false) {
  balancer.started(endpoint);
  balancer.finished(endpoint, {.ok = !retried, .failed = retried, .retried = retried, .latency = latency, .now = now});
}

std::vector<std::int64_t> count_at(Balancer& balancer, std::uint32_t endpoints, Time now, const Numbers& tried = {}) {
  std::vector<std::int64_t> counts(endpoints, 0);
  for (std::uint64_t key = 0; key < kPicks; ++key)
    ++counts[balancer.pick({.key = key, .plain = true, .now = now, .tried = tried})];
  return counts;
}

/// Whether ewma takes `endpoint` for the better of two.
bool wins(Balancer& balancer, std::uint32_t endpoint, Time now) {
  bool always = true;
  for (std::uint64_t key = 0; key < 50; ++key) always = always && balancer.pick({.key = key, .now = now}) == endpoint;
  return always;
}

}  // namespace

TEST_CASE("ingress-nginx's round robin goes on from a random place in the order of the endpoints", "[unit]") {
  for (std::uint32_t replication = 0; replication < 20; ++replication) {
    const std::string seen = picks(*ingress_nginx("round_robin", {0, 1, 2}, {}, replication), 7);
    CHECK(std::string{"abcabcabc"}.find(seen) != std::string::npos);
  }
}

TEST_CASE("ingress-nginx's round robin begins anywhere", "[statistical]") {
  std::vector<std::int64_t> starts(3, 0);
  for (std::uint32_t replication = 0; replication < 6'000; ++replication)
    ++starts[ingress_nginx("round_robin", {0, 1, 2}, {}, replication)->pick({})];
  CHECK(chi_square(starts, std::vector<double>(3, 1.0 / 3)).fits());
  CHECK_FALSE(chi_square(starts, {0.39, 0.305, 0.305}).fits());
}

TEST_CASE("ingress-nginx's round robin gives weights in blocks, the first of which may be short", "[unit]") {
  bool begins_with_c = false;
  for (std::uint32_t replication = 0; replication < 20; ++replication) {
    const std::string seen = picks(*ingress_nginx("round_robin", {0, 1, 2}, {5, 1, 1}, replication), 20);
    CHECK(seen == "aaaabcaaaaabcaaaaabc");
    begins_with_c = begins_with_c || picks(*ingress_nginx("round_robin", {0, 1, 2}, {}, replication), 1) == "a";
  }
  CHECK(begins_with_c);  // the walk past the end was among them
  CHECK(picks(*ingress_nginx("round_robin", {0, 1}, {4, 2}), 3).find("b") !=
        std::string::npos);  // by their common divisor 2
}

TEST_CASE("ewma moves by the age of what it knows", "[unit]") {
  // 0.1 aged 1 s, 0.3 added: 0.11903; aged 5 s: 0.17869. Another endpoint with a constant score tells on which side it
  // is.
  const std::pair<Duration, Duration> examples[] = {{1s, 119'033us}, {5s, 178'694us}};
  for (const auto& [age, expected] : examples) {
    for (const Duration off : {Duration{-20us}, Duration{20us}}) {
      const auto balancer = ingress_nginx("ewma", {0, 1});
      record(*balancer, 0, 100ms);
      record(*balancer, 0, 300ms, kStart + age);
      record(*balancer, 1, expected + off, kStart + age);
      CHECK(wins(*balancer, off < Duration{} ? 1 : 0, kStart + age));
    }
  }
}

TEST_CASE("ewma's score fades while nothing is recorded", "[unit]") {
  for (const Duration off : {Duration{-20us}, Duration{20us}}) {  // 0.1 aged 5 s counts as 0.06065
    const auto balancer = ingress_nginx("ewma", {0, 1});
    record(*balancer, 0, 100ms);
    record(*balancer, 1, 60'653us + off, kStart + 5s);
    CHECK(wins(*balancer, off < Duration{} ? 1 : 0, kStart + 5s));
  }
}

TEST_CASE("ewma gives 2/3, 1/3 and nothing to three endpoints by their scores", "[statistical]") {
  const auto balancer = ingress_nginx("ewma", {0, 1, 2});
  record(*balancer, 0, 30ms);
  record(*balancer, 1, 10ms);
  record(*balancer, 2, 20ms);
  const std::vector<std::int64_t> counts = count_at(*balancer, 3, kStart);
  CHECK(counts[0] == 0);
  CHECK(chi_square({counts[1], counts[2]}, {2.0 / 3, 1.0 / 3}).fits());
  CHECK_FALSE(chi_square({counts[1], counts[2]}, {5.0 / 9, 4.0 / 9}).fits());  // what draws with replacement would give
}

TEST_CASE("ewma's equals share evenly", "[statistical]") {
  const auto balancer = ingress_nginx("ewma", {0, 1, 2, 3});
  const std::vector<std::int64_t> counts = count_at(*balancer, 4, kStart);
  CHECK(chi_square(counts, std::vector<double>(4, 0.25)).fits());
  CHECK_FALSE(chi_square(counts, {0.28, 0.24, 0.24, 0.24}).fits());
}

TEST_CASE("ewma records only a request's last try, so a dead endpoint wins all its draws", "[unit]") {
  const auto balancer = ingress_nginx("ewma", {0, 1});
  record(*balancer, 0, 10ms);
  record(*balancer, 1, 10ms);
  record(*balancer, 0, 5s, kStart + 1s, true);  // refused at length, then answered by the other
  record(*balancer, 1, 10ms, kStart + 1s);
  CHECK(wins(*balancer, 0, kStart + 1s));
  record(*balancer, 0, 5s, kStart + 1s);  // nobody was left: it was the last
  CHECK(wins(*balancer, 1, kStart + 1s));
}

TEST_CASE("ewma leaves tried endpoints out while others are there", "[unit]") {
  const auto balancer = ingress_nginx("ewma", {0, 1, 2});
  for (std::uint64_t key = 0; key < 200; ++key) {
    CHECK(balancer->pick({.key = key, .tried = Numbers{1}}) != 1);
    CHECK(balancer->pick({.key = key, .tried = Numbers{1, 2}}) == 0);
    CHECK(balancer->pick({.key = key, .tried = Numbers{0, 1, 2}}) < 3);
  }
}

TEST_CASE("ewma starts new endpoints with the mean of the others and forgets those that left", "[unit]") {
  const auto balancer = ingress_nginx("ewma", {0, 1});
  record(*balancer, 0, 10ms);
  record(*balancer, 1, 30ms);
  balancer->update({8, Numbers{0, 1, 2}, {}, kStart});  // 2 has 20 ms
  balancer->update({8, Numbers{0, 2}, {}, kStart});
  CHECK(wins(*balancer, 0, kStart));
  balancer->update({8, Numbers{1, 2}, {}, kStart});  // 1 has 20 ms like 2: its own 30 are gone
  const std::vector<std::int64_t> counts = count_at(*balancer, 3, kStart);
  CHECK(chi_square({counts[1], counts[2]}, {0.5, 0.5}).fits());
}

}  // namespace towtank::test
