#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <string>

#include "models/balancers/balancer.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// The algorithms of nginx: exact sequences (models/SOURCES.md 3.2), then shares (3.10).

namespace towtank::test {
namespace {

/// One upstream and its clock.
class Upstream {
 public:
  Upstream(std::string_view name, const Numbers& weights, const Parameters& parameters = {}) {
    BalancerArguments arguments{parameters};
    balancer_ = find_balancer("nginx", name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
    REQUIRE(arguments.complaints(name).empty());
    Numbers all(weights.size());
    std::iota(all.begin(), all.end(), 0u);
    balancer_->update({static_cast<std::uint32_t>(all.size()), all, weights});
  }

  Balancer& balancer() { return *balancer_; }
  void wait(Duration time) { now_ += time; }

  std::uint32_t ask(const Numbers& tried = {}, std::uint32_t source = 0) {
    return balancer_->pick(
        {.key = key_++, .plain = tried.empty(), .source_address = source, .now = now_, .tried = tried});
  }
  void end(std::uint32_t endpoint, bool failed = false) {
    balancer_->finished(endpoint, {.ok = !failed, .failed = failed, .now = now_});
  }
  std::uint32_t start(const Numbers& tried = {}) {
    const std::uint32_t endpoint = ask(tried);
    if (endpoint != Balancer::kNone) balancer_->started(endpoint);
    return endpoint;
  }
  /// Picks whose answers come before the next, as letters.
  std::string serve(std::size_t requests) {
    std::string picks;
    for (std::size_t i = 0; i < requests; ++i) {
      const std::uint32_t endpoint = start();
      picks += endpoint == Balancer::kNone ? '-' : static_cast<char>('a' + endpoint);
      if (endpoint != Balancer::kNone) end(endpoint);
    }
    return picks;
  }
  void fail_next() {
    const std::uint32_t endpoint = start();
    end(endpoint, true);
  }
  void load(const std::vector<int>& requests) {
    for (std::uint32_t i = 0; i < requests.size(); ++i)
      for (int k = 0; k < requests[i]; ++k) balancer_->started(i);
  }

 private:
  std::unique_ptr<Balancer> balancer_;
  Time now_ = Time{} + 100s;
  std::uint64_t key_ = 0;
};

std::vector<std::int64_t> count_asked(Upstream& upstream, std::uint32_t endpoints, const Numbers& tried = {}) {
  std::vector<std::int64_t> counts(endpoints, 0);
  for (std::uint64_t i = 0; i < kPicks; ++i) ++counts[upstream.ask(tried)];
  return counts;
}

}  // namespace

TEST_CASE("nginx spreads turns smoothly by weight", "[unit]") {
  CHECK(Upstream("round_robin", {5, 1, 1}).serve(14) == "aabacaaaabacaa");
  CHECK(Upstream("round_robin", {3, 2, 1}).serve(12) == "abacbaabacba");
  CHECK(Upstream("round_robin", {1, 1, 1}).serve(6) == "abcabc");
}

TEST_CASE("nginx leaves a server out for fail_timeout after a failure, then sends it one request", "[unit]") {
  Upstream upstream("round_robin", {1, 1, 1});
  upstream.fail_next();  // a
  CHECK(upstream.serve(4) == "bcbc");
  upstream.wait(10s);
  CHECK(upstream.serve(2) == "bc");  // not yet: more than fail_timeout must have passed
  upstream.wait(1s);
  CHECK(upstream.start() == 1);  // its effective weight is still 0: a waits for its turn
  std::string rest;
  for (int i = 0; i < 4; ++i) rest += static_cast<char>('a' + upstream.start());
  CHECK(std::count(rest.begin(), rest.end(), 'a') == 1);  // on probation: none but the first while it is out
  upstream.end(0);
  const std::string healed = upstream.serve(30);
  CHECK(std::count(healed.begin(), healed.end(), 'a') == 10);
}

TEST_CASE("an answer before the probe does not bring a failed server back", "[unit]") {
  Upstream upstream("round_robin", {1, 1});
  CHECK(upstream.start() == 0);
  CHECK(upstream.start() == 1);
  CHECK(upstream.start() == 0);
  upstream.end(0, true);
  upstream.end(0);
  CHECK(upstream.serve(3) == "bbb");
}

TEST_CASE("max_fails counts, and 0 turns counting off", "[unit]") {
  Upstream twice("round_robin", {1, 1}, {{"max_fails", "2"}});
  twice.fail_next();              // a
  CHECK(twice.serve(2) == "ba");  // once is not enough
  twice.serve(1);
  twice.fail_next();  // a again
  CHECK(twice.serve(3) == "bbb");
  Upstream never("round_robin", {1, 1}, {{"max_fails", "0"}});
  for (int i = 0; i < 10; ++i) never.fail_next();
  CHECK(never.serve(4) == "abab");
}

TEST_CASE("a failure costs weight / max_fails of the effective weight, which heals by 1 a pick", "[unit]") {
  Upstream upstream("round_robin", {4, 4}, {{"max_fails", "2"}});
  upstream.fail_next();
  // Currents (-4, 4), effective weights of a 2, 3, 4: (-2, 8) b, (1, 6) b, (5, 3) a, (1, 7) b, (5, 3) a, ...
  CHECK(upstream.serve(6) == "bbabab");
}

TEST_CASE("the only server of an upstream is never ruled out", "[unit]") {
  Upstream upstream("round_robin", {1});
  for (int i = 0; i < 5; ++i) upstream.fail_next();
  CHECK(upstream.serve(2) == "aa");
}

TEST_CASE("nginx has no live upstream when all have failed, are full or were tried", "[unit]") {
  for (const char* name : {"round_robin", "least_conn", "random", "ip_hash"}) {
    INFO(name);
    Upstream failed(name, {1, 1});
    failed.start();
    failed.start({0});
    failed.end(0, true);
    failed.balancer().started(1);
    failed.end(1, true);
    CHECK(failed.ask() == Balancer::kNone);
    failed.wait(11s);
    CHECK(failed.ask() != Balancer::kNone);
    Upstream full(name, {1, 1}, {{"max_conns", "1"}});
    full.load({1, 0});
    for (int i = 0; i < 5; ++i) CHECK(full.ask() == 1);
    full.load({0, 1});
    CHECK(full.ask() == Balancer::kNone);
    CHECK(Upstream(name, {1, 1}).ask({0, 1}) == Balancer::kNone);
  }
}

TEST_CASE("least_conn takes turns among those that tie, and leaves the others' turns alone", "[unit]") {
  Upstream upstream("least_conn", {1, 1, 1});
  upstream.load({2, 1, 1});
  CHECK(upstream.serve(4) == "bcbc");
  Upstream weighted("least_conn", {2, 1});
  weighted.load({4, 2});
  CHECK(weighted.serve(3) == "aba");  // 4/2 = 2/1: a tie, by weight
  Upstream single("least_conn", {1, 1, 1});
  single.load({1, 1, 0});
  CHECK(single.serve(3) == "ccc");
  single.load({0, 0, 1});
  CHECK(single.serve(3) == "abc");  // as from a fresh state
}

TEST_CASE("ip_hash sends a /24 to one server, and a retry to the next round's", "[unit]") {
  Upstream upstream("ip_hash", {1, 1, 1});
  for (const std::uint32_t host : {1u, 77u, 255u}) {
    CHECK(upstream.ask({}, address(10, 1, 2, host)) == 1);      // 2680
    CHECK(upstream.ask({1}, address(10, 1, 2, host)) == 2);     // 4363 is 1 again, 5432
    CHECK(upstream.ask({}, address(192, 168, 1, host)) == 1);   // 154
    CHECK(upstream.ask({1}, address(192, 168, 1, host)) == 2);  // 5654
  }
  CHECK(Upstream("ip_hash", {1, 2}).ask({}, address(10, 1, 2, 1)) == 1);  // 2680 mod 3 = 1: the second third
  CHECK(Upstream("ip_hash", {2, 1}).ask({}, address(10, 1, 2, 1)) == 0);
}

TEST_CASE("random goes by weight, and past 20 rejected draws to round robin", "[statistical]") {
  Upstream upstream("random", {5, 2, 1});
  const std::vector<std::int64_t> counts = count_asked(upstream, 3);
  CHECK(chi_square(counts, {5.0 / 8, 2.0 / 8, 1.0 / 8}).fits());
  CHECK_FALSE(chi_square(counts, {5.0 / 8, 1.9 / 8, 1.1 / 8}).fits());
  // Of 100 servers 98 were tried: the 21 draws miss the other two in 0.98^21 = 65 %, and then they take turns.
  Upstream large("random", Numbers(100, 1));
  Numbers tried(98);
  std::iota(tried.begin(), tried.end(), 0u);
  std::int64_t taken = 0;
  for (std::uint64_t i = 0; i < kPicks; ++i) taken += large.ask(tried) == 98;
  CHECK(chi_square({taken, static_cast<std::int64_t>(kPicks) - taken}, {0.5, 0.5}).fits());
}

TEST_CASE("random two prefers by rank as two different choices do", "[statistical]") {
  Upstream upstream("random", {1, 1, 1}, {{"two", "true"}});
  upstream.load({1, 2, 0});
  const std::vector<std::int64_t> counts = count_asked(upstream, 3);
  // The 21st draw in vain goes to round robin: (1/3)^21 of the picks, of no account.
  CHECK(counts[1] == 0);
  CHECK(chi_square({counts[0], counts[2]}, {1.0 / 3, 2.0 / 3}).fits());
  Upstream one("random", {1, 1, 1}, {{"two", "false"}});
  one.load({1, 2, 0});
  const std::vector<std::int64_t> of_one = count_asked(one, 3);
  CHECK_FALSE(chi_square({of_one[0], of_one[2]}, {1.0 / 3, 2.0 / 3}).fits());
}

TEST_CASE("random two goes to the second drawn when both are as busy", "[statistical]") {
  Upstream upstream("random", {9, 1}, {{"two", "true"}});
  const std::vector<std::int64_t> counts = count_asked(upstream, 2);
  const double in_vain = 0.9 * std::pow(0.9, 21);  // the first server, and 21 times in vain again: round robin
  const double second = 0.9 - in_vain + 0.1 * in_vain;
  CHECK(chi_square(counts, {1.0 - second, second}).fits());
  CHECK_FALSE(chi_square(counts, {second, 1.0 - second}).fits());
}

TEST_CASE("zone makes the workers share an upstream's state", "[unit]") {
  CHECK(Upstream("round_robin", {1}, {{"zone", "true"}}).balancer().shared_by_workers);
  CHECK_FALSE(Upstream("round_robin", {1}).balancer().shared_by_workers);
}

TEST_CASE("the first of nginx's random two is no draw in vain: twenty more may be", "[unit]") {
  // The busy server is drawn first and 20 times again, then the idle one, which round robin would not pick.
  const Draws draws{7, 0};
  const auto is_idle = [&](std::uint64_t key, std::uint32_t draw) {
    const PhiloxBlock words = draws.block(purpose_of("balance/test"), key, 0, draw / 4);
    return Draws::below(51, words.lane[draw % 4]) == 50;
  };
  int within = 0, beyond = 0;
  for (std::uint64_t key = 0; key < 3'000; ++key) {
    std::uint32_t draw = 0;
    while (draw < 23 && !is_idle(key, draw)) ++draw;
    if (draw != 21 && draw != 22) continue;
    Upstream upstream{"random", {50, 1}, {{"two", "true"}}};
    upstream.load({100, 0});
    CHECK(upstream.balancer().pick({.key = key, .plain = true}) == (draw == 21 ? 1u : 0u));
    (draw == 21 ? within : beyond) += 1;
  }
  CHECK(within > 0);
  CHECK(beyond > 0);
}

}  // namespace towtank::test
