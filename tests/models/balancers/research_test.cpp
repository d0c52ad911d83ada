#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Algorithms of research and of products that stand in no cluster here.

namespace towtank::test {
namespace {

Instance research(std::string_view name, const Numbers& weights, const Parameters& parameters = {}) {
  return Instance{"envoy", name, weights, parameters};
}

void answer(Instance& instance, std::uint32_t endpoint, Duration latency) {
  instance.balancer().started(endpoint);
  instance.end(endpoint, latency);
}

/// Whether a pair is always decided for `endpoint`.
bool always_picks(Instance& instance, std::uint32_t endpoint) {
  bool always = true;
  for (int i = 0; i < 50; ++i) always = always && instance.ask() == endpoint;
  return always;
}

}  // namespace

TEST_CASE("peak_ewma jumps to a peak and fades from it", "[unit]") {
  Instance instance = research("peak_ewma", {1, 1}, {{"decay", "10s"}});
  answer(instance, 0, 100ms);
  answer(instance, 1, 20ms);
  CHECK(always_picks(instance, 1));
  answer(instance, 1, 300ms);  // at once, whatever it was before
  CHECK(always_picks(instance, 0));
  instance.wait(10s);
  answer(instance, 1, 100ms);  // 300 / e + 100 (1 - 1/e) = 173.6; the other has faded to 36.8
  CHECK(always_picks(instance, 0));
  answer(instance, 0, 173ms);
  CHECK(always_picks(instance, 0));
  answer(instance, 0, 174ms);
  CHECK(always_picks(instance, 1));
}

TEST_CASE("peak_ewma's costs fade by being looked at, and answers are compared with what is left", "[unit]") {
  Instance instance = research("peak_ewma", {1, 1}, {{"decay", "10s"}});
  answer(instance, 0, 100ms);
  answer(instance, 1, 300ms);
  for (int i = 0; i < 100; ++i) {
    instance.wait(100ms);
    instance.ask();
  }
  answer(instance, 1,
         120ms);  // 300 / e = 110.4 are left of the peak: 120 is one itself, not 110.4 + 120 (1 - 1/e) = 186
  answer(instance, 0, 150ms);
  CHECK(always_picks(instance, 1));
  answer(instance, 1, 151ms);
  CHECK(always_picks(instance, 0));
}

TEST_CASE("peak_ewma multiplies by what is in flight, and asks an unknown endpoint once", "[unit]") {
  Instance instance = research("peak_ewma", {1, 1});
  answer(instance, 0, 30ms);
  answer(instance, 1, 20ms);
  instance.load({0, 1});  // 30 and 20 * 2
  CHECK(always_picks(instance, 0));
  Instance unknown = research("peak_ewma", {1, 1});
  answer(unknown, 0, 30ms);
  CHECK(always_picks(unknown, 1));  // costs nothing yet
  unknown.load({0, 1});
  CHECK(always_picks(unknown, 0));
  unknown.load({100, 0});
  CHECK(always_picks(unknown, 0));  // until it has answered
  unknown.end(1, 5ms);
  CHECK(always_picks(unknown, 1));
}

TEST_CASE("peak_ewma gives 2/3, 1/3 and nothing to three endpoints by their loads", "[statistical]") {
  Instance instance = research("peak_ewma", {1, 1, 1});
  answer(instance, 0, 30ms);
  answer(instance, 1, 10ms);
  answer(instance, 2, 20ms);
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  CHECK(counts[0] == 0);
  CHECK(chi_square({counts[1], counts[2]}, {2.0 / 3, 1.0 / 3}).fits());
  CHECK_FALSE(chi_square({counts[1], counts[2]}, {5.0 / 9, 4.0 / 9}).fits());
}

TEST_CASE("stale_least_request goes by loads as they stood at the last renewal", "[statistical]") {
  Instance instance = research("stale_least_request", {1, 1, 1}, {{"choices", "0"}, {"refresh", "1s"}});
  instance.load({2, 0, 1});
  const std::vector<double> even(3, 1.0 / 3);
  CHECK(chi_square(instance.count(300), even).fits());  // told when it began: all idle, any of them
  instance.wait(999ms);
  CHECK(chi_square(instance.count(300), even).fits());
  instance.wait(1ms);
  CHECK(always_picks(instance, 1));
  CHECK_FALSE(chi_square(instance.count(300), even).fits());
  instance.load({0, 9, 0});
  instance.wait(900ms);
  CHECK(always_picks(instance, 1));
  instance.wait(200ms);  // the renewal falls in between; then an answer comes: the board has what was before it
  instance.end(0);
  instance.end(0);
  CHECK(always_picks(instance, 2));
  instance.wait(1s);
  CHECK(always_picks(instance, 0));
}

TEST_CASE("stale_least_request draws with replacement", "[statistical]") {
  Instance instance = research("stale_least_request", {1, 1, 1});
  instance.load({2, 1, 0});
  instance.wait(100ms);
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  CHECK(chi_square(counts, {1.0 / 9, 3.0 / 9, 5.0 / 9}).fits());
  CHECK_FALSE(chi_square(counts, {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
}

TEST_CASE("milliseconds are told to those parameters that take them only", "[unit]") {
  BalancerArguments fine{{{"refresh", "50ms"}}}, whole{{{"decay", "50ms"}}}, none{{{"refresh", "0ms"}}};
  find_balancer("stale_least_request")->make(fine, PickDraws{Draws{1, 0}, purpose_of("x")});
  CHECK(fine.complaints("x").empty());
  find_balancer("peak_ewma")->make(whole, PickDraws{Draws{1, 0}, purpose_of("x")});
  REQUIRE(whole.complaints("x").size() == 1);
  CHECK(whole.complaints("x")[0] ==
        "parameter `decay` is `50ms`: a time from 1s to 86400s, such as 10s or 2m, would do");
  find_balancer("stale_least_request")->make(none, PickDraws{Draws{1, 0}, purpose_of("x")});
  REQUIRE(none.complaints("x").size() == 1);
  CHECK(none.complaints("x")[0] ==
        "parameter `refresh` is `0ms`: a time from 1ms to 3600s, such as 500ms or 10s, would do");
}

}  // namespace towtank::test
