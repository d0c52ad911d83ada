#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/hops/pod.hpp"
#include "models/hops/pod_probes.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/models/world/lab.hpp"
#include "tests/sim/random/chi_square.hpp"

// Algorithms that ask pods: what they make of the answers, and what pods answer.

namespace towtank::test {
namespace {

/// Endpoints that say what a test wants them to.
class Told final : public Probes {
 public:
  explicit Told(std::vector<ProbeAnswer> all) : answers{std::move(all)} {}
  ProbeAnswer ask(std::uint32_t endpoint) const override {
    asked += static_cast<char>('a' + endpoint);
    return answers[endpoint];
  }

  std::vector<ProbeAnswer> answers;
  mutable std::string asked;  ///< in order
};

Instance probing(std::string_view name, std::size_t endpoints, const Parameters& parameters = {}) {
  return Instance{"envoy", name, Numbers(endpoints, 1), parameters};
}

/// The picks that follow when a first one has sent its probes, and nobody is asked any more.
std::string picks_after_one(Instance& instance, const Told& told, std::size_t picks) {
  instance.balancer().probes = &told;
  instance.ask();
  instance.balancer().probes = nullptr;
  return instance.hold(picks);
}

void served(Instance& instance, std::uint32_t endpoint, Duration latency) {
  instance.balancer().started(endpoint);
  instance.end(endpoint, latency);
}

std::uint32_t only_pick(Instance& instance) {
  const std::uint32_t first = instance.ask();
  for (int i = 0; i < 40; ++i)
    if (instance.ask() != first) return Balancer::kNone;
  return first;
}

}  // namespace

TEST_CASE("prequal picks any endpoint while fewer than two probes are there", "[statistical]") {
  const Told told{{{0, 1ms}, {9, 9ms}, {9, 9ms}}};
  Instance none = probing("prequal", 3, {{"rate", "0"}});
  none.balancer().probes = &told;
  CHECK(chi_square(none.count(kPicks), {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
  CHECK(told.asked.empty());
  Instance old = probing("prequal", 3, {{"pool", "3"}, {"removal", "0"}, {"quantile", "1"}, {"age", "1s"}});
  CHECK(picks_after_one(old, told, 4) == "aaaa");
  old.wait(999ms);
  CHECK(old.hold(4) == "aaaa");
  old.wait(1ms);
  CHECK(chi_square(old.count(kPicks), {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
}

TEST_CASE("prequal takes the fastest of the cold endpoints, and of hot ones that with the fewest requests", "[unit]") {
  const Told told{{{5, 1ms}, {1, 9ms}, {2, 4ms}}};
  const auto pick = [&](const char* quantile) {
    Instance instance = probing("prequal", 3, {{"pool", "3"}, {"quantile", quantile}, {"removal", "0"}});
    instance.balancer().probes = &told;
    instance.ask();
    return only_pick(instance);
  };
  CHECK(pick("1") == 0);     // none is above the greatest of 1, 2, 5
  CHECK(pick("0.84") == 0);  // the third of three
  CHECK(pick("0.5") == 2);   // a is above 2; of b and c the faster one
  CHECK(pick("0") == 1);     // both others are above 1
}

TEST_CASE("prequal counts what it sends where it has asked, so that an endpoint comes to be hot", "[unit]") {
  const Told told{{{5, 1ms}, {0, 9ms}, {2, 4ms}}};
  Instance instance = probing("prequal", 3, {{"pool", "3"}, {"quantile", "0.5"}, {"removal", "0"}});
  // Above 2 is hot. c comes to 3, then b to 3; then the least of 5, 3, 3.
  const std::string picks = picks_after_one(instance, told, 6);
  CHECK(picks.substr(0, 4) == "cbbb");
  const bool in_turn = picks.substr(4) == "bc" || picks.substr(4) == "cb";
  CHECK(in_turn);
}

TEST_CASE("prequal throws the worst probe away, then the oldest, and one that was used once where few come in",
          "[unit]") {
  const Told told{{{0, 1ms}, {0, 2ms}, {0, 3ms}, {0, 4ms}, {0, 5ms}, {0, 6ms}, {90, 9ms}}};
  const auto picks_with = [&](const char* removal) {
    told.asked.clear();
    Instance instance = probing("prequal", 7, {{"pool", "7"}, {"rate", "7"}, {"quantile", "1"}, {"removal", removal}});
    return picks_after_one(instance, told, 3);
  };
  // None is hot. The first pick finds no probe to throw away. Probes are old in the order in which they were sent.
  const std::string picks = picks_with("1");
  REQUIRE(told.asked.size() == 7);
  std::string pool = told.asked, expected;
  for (const bool throws_worst : {true, false, true}) {
    const auto best = std::min_element(pool.begin(), pool.end());
    expected += *best;
    pool.erase(best);
    pool.erase(throws_worst ? std::max_element(pool.begin(), pool.end()) : pool.begin());
  }
  CHECK(picks == expected);
  CHECK(picks_with("0") == "aaa");  // as many may be thrown away as come in anew, none: no limit
}

TEST_CASE("prequal uses a probe as often as keeps the pool filled", "[statistical]") {
  // (1 + 1) / ((1 - 2/4) 2 - 0) = 2 uses of each probe of four endpoints, 2 / ((1 - 2/5) 2) = 1.67 of five.
  const Told told{{{10, 1ms}, {20, 2ms}, {30, 3ms}, {40, 4ms}, {50, 5ms}}};
  const auto uses = [&](std::size_t endpoints) {
    double total = 0.0;
    constexpr int kTimes = 4'000;
    Instance instance = probing("prequal", endpoints,
                                {{"pool", "2"}, {"rate", "2"}, {"quantile", "1"}, {"removal", "0"}, {"age", "1s"}});
    for (int i = 0; i < kTimes; ++i) {
      instance.wait(2s);  // the pool is empty
      told.asked.clear();
      instance.balancer().probes = &told;
      instance.ask();
      instance.balancer().probes = nullptr;
      const char best = std::min(told.asked[0], told.asked[1]);
      const std::string picks = instance.hold(2);
      CHECK(picks[0] == best);
      total += picks[1] == best ? 2 : 1;
    }
    return total / kTimes;
  };
  CHECK(uses(4) == 2.0);
  // With five: once at least, a second time by chance 2/3, and where the first use was the last any of five comes at
  // random.
  const double expected = 1.0 + 2.0 / 3 + 1.0 / 3 / 5;
  const double chance = expected - 1.0, deviation = std::sqrt(chance * (1.0 - chance) / 4'000);
  CHECK(std::abs(uses(5) - expected) < 4.9 * deviation);
  CHECK(std::abs(uses(5) - 2.0) > 4.9 * deviation);  // the twin
}

TEST_CASE("prequal asks as many different endpoints as its rate says, broken ones in the mean", "[unit]") {
  const Told told{std::vector<ProbeAnswer>(6)};
  Instance instance = probing("prequal", 6, {{"rate", "2.5"}});
  instance.balancer().probes = &told;
  for (int i = 0; i < 100; ++i) {
    const std::size_t before = told.asked.size();
    instance.ask();
    const std::string asked = told.asked.substr(before);
    CHECK(asked.size() == (i % 2 == 0 ? 2 : 3));
    CHECK(std::set<char>(asked.begin(), asked.end()).size() == asked.size());
  }
}

TEST_CASE("c3 ranks by R - 1/mu + q^3/mu", "[unit]") {
  // R = 20 ms, 1/mu = 10 ms; queues 0 and 3: 20 - 10 + 1 * 10 = 20 against 20 - 10 + 64 * 10 = 650.
  const Told told{{{0, {}, 10ms}, {3, {}, 10ms}}};
  Instance instance = probing("c3", 2);
  instance.balancer().probes = &told;
  served(instance, 0, 20ms);
  served(instance, 1, 20ms);
  CHECK(only_pick(instance) == 0);
  instance.load({2, 0});  // 27 * 10 + 10 = 280
  CHECK(only_pick(instance) == 0);
  instance.load({1, 0});  // 64 * 10 + 10 = 650: equal
  CHECK(chi_square(instance.count(1'000), {0.5, 0.5}).fits());
  instance.load({1, 0});
  CHECK(only_pick(instance) == 1);
}

TEST_CASE("c3 counts its requests once for every instance", "[unit]") {
  const Told told{{{0, {}, 10ms}, {3, {}, 10ms}}};
  const auto pick_with = [&](std::uint32_t instances, int in_flight) {
    Instance instance = probing("c3", 2);
    instance.balancer().update({.count = 2, .ready = {}});
    const Numbers both = {0, 1};
    instance.balancer().update({.count = 2, .ready = both, .instances = instances});
    instance.balancer().probes = &told;
    served(instance, 0, 20ms);
    served(instance, 1, 20ms);
    instance.load({in_flight, 0});
    return only_pick(instance);
  };
  CHECK(pick_with(1, 2) == 0);
  CHECK(pick_with(2, 1) == 0);  // 1 + 2 + 0 = 3
  CHECK(pick_with(2, 2) == 1);  // 1 + 4 + 0 = 5, above 1 + 0 + 3
}

TEST_CASE("c3's averages move by the weight of the newest answer, and the unknown is asked once", "[unit]") {
  Told told{{{0, {}, 10ms}, {0, {}, 10ms}, {0, {}, 10ms}}};
  Instance instance = probing("c3", 3, {{"newest", "0.25"}});
  instance.balancer().probes = &told;
  served(instance, 0, 40ms);
  served(instance, 0, 80ms);  // 50
  served(instance, 1, 51ms);
  CHECK(only_pick(instance) == 2);  // nothing is known of it
  instance.load({0, 0, 1});
  CHECK(only_pick(instance) == 0);
  served(instance, 0, 55ms);  // 51.25
  CHECK(only_pick(instance) == 1);
}

TEST_CASE("a pod tells its requests in flight, and the median latency of those that met as many", "[unit]") {
  const Draws draws{1, 0};
  PurposeRegistry purposes;
  Lab lab;
  const PodHopConfig::Pod pod{lab.walker.stations().add_fcfs(1), 1.0};
  PodRecords records{lab.walker.stations(), {1}};
  PodHopConfig config;
  config.name = "pod";
  config.pods = {&pod, 1};
  config.service = Distribution::constant(10.0);
  config.records = &records;
  PodHop hop{std::move(config), &lab.walker.stations(), draws, purposes};
  lab.entry = lab.walker.add_hop(hop);
  for (std::uint32_t i = 0; i < 3; ++i) lab.arrive(Time{} + i * 1s, i);  // they end at 10, 20, 30 s: after 10, 19, 28
  std::vector<ProbeAnswer> told;
  std::uint32_t next = 0;
  for (const Duration at : {2500ms, 10500ms, 20500ms, 30500ms})
    lab.simulator.schedule_control(Time{} + at, next++, [&] { told.push_back(records.ask(0, pod.station)); });
  lab.walker.run();
  REQUIRE(told.size() == 4);
  const std::vector<std::uint32_t> in_flight = {3, 2, 1, 0};
  const std::vector<Duration> latency = {0s, 10s, 19s, 10s};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(told[i].in_flight == in_flight[i]);
    CHECK(told[i].latency == latency[i]);
    CHECK(told[i].service == (i == 0 ? 0s : 10s));
  }
}

TEST_CASE("what a pod tells of latencies is the median of the last nine", "[unit]") {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(1);
  PodRecords records{lab.walker.stations(), {1}};
  for (const int ms : {1, 2, 30, 40, 50}) records.ended(0, {.latency = ms * 1ms, .service = 1ms}, Time{});
  CHECK(records.ask(0, station).latency == 30ms);
  for (const int ms : {60, 70, 80, 90}) records.ended(0, {.latency = ms * 1ms, .service = 1ms}, Time{});
  CHECK(records.ask(0, station).latency == 50ms);
  for (const int ms : {95, 99}) records.ended(0, {.latency = ms * 1ms, .service = 1ms}, Time{});  // 1 and 2 are gone
  CHECK(records.ask(0, station).latency == 70ms);
  records.ended(0, {.met = 500, .latency = 7s, .service = 1ms}, Time{});  // as many as are told apart, or more
  CHECK(records.ask(0, station).latency == 70ms);
}

namespace {

/// An answer that reports so many requests a second at a utilization.
ProbeAnswer report(double rps, double utilization, double eps = 0.0) { return {.rps = rps, .eps = eps, .utilization = utilization}; }

/// Picks by what the endpoints report, each of which has answered, `age` after the first report.
std::string by_reports(std::vector<ProbeAnswer> answers, std::size_t picks, Duration age = 10s, const Parameters& parameters = {}) {
  const Told told{answers};
  Instance instance = probing("client_side_weighted_round_robin", answers.size(), parameters);
  instance.balancer().probes = &told;
  for (std::uint32_t i = 0; i < answers.size(); ++i) served(instance, i, 1ms);
  instance.wait(age);
  return instance.serve(picks);
}

std::size_t count_of(const std::string& picks, char letter) { return static_cast<std::size_t>(std::count(picks.begin(), picks.end(), letter)); }

}  // namespace

TEST_CASE("client-side weights are requests a second over utilization", "[unit]") {
  // 200, 100 and 50.
  const std::vector<ProbeAnswer> uneven = {report(100, 0.5), report(50, 0.5), report(30, 0.6)};
  const std::string picks = by_reports(uneven, 700);
  CHECK(count_of(picks, 'a') == 400);
  CHECK(count_of(picks, 'b') == 200);
  CHECK(count_of(picks, 'c') == 100);
  CHECK(by_reports({report(100, 0.5), report(40, 0.2)}, 6, 10s).substr(0, 2) != "aa");  // 200 each: in turn
  // Errors add to the utilization: 50 of 100 requests, 0.5 + 0.5. Half as heavy.
  const std::string failing = by_reports({report(100, 0.5, 50), report(100, 0.5)}, 300);
  CHECK(count_of(failing, 'a') == 100);
  CHECK(count_of(by_reports({report(100, 0.5, 50), report(100, 0.5)}, 300, 10s, {{"penalty", "0"}}), 'a') == 150);
  // Whole numbers, at least 1: 0.6 / 0.3 = 2 and 0.1 / 1 of a request.
  CHECK(count_of(by_reports({report(0.6, 0.3), report(0.1, 1.0)}, 300), 'a') == 200);
}

TEST_CASE("reports are believed after the blackout, until they expire", "[unit]") {
  const std::vector<ProbeAnswer> uneven = {report(200, 0.5), report(100, 0.5)};
  CHECK(count_of(by_reports(uneven, 30, 9s), 'a') == 15);
  CHECK(count_of(by_reports(uneven, 30, 10s), 'a') == 20);
  CHECK(count_of(by_reports(uneven, 30, 3s, {{"blackout", "2s"}}), 'a') == 20);
  CHECK(count_of(by_reports(uneven, 30, 3min), 'a') == 20);
  CHECK(count_of(by_reports(uneven, 30, 3min + 1s), 'a') == 15);
  CHECK(count_of(by_reports(uneven, 30, 3min + 1s, {{"expiry", "4m"}}), 'a') == 20);
}

TEST_CASE("who has not reported weighs as the median of the others", "[unit]") {
  // 400, 200 and 100 are known: the fourth weighs 200. Of two, 400 and 100, 250.
  const std::string four = by_reports({report(200, 0.5), report(100, 0.5), report(50, 0.5), report(0, 0)}, 900);
  CHECK(count_of(four, 'a') == 400);
  CHECK(count_of(four, 'd') == 200);
  const std::string three = by_reports({report(200, 0.5), report(50, 0.5), report(0, 0)}, 750);
  CHECK(count_of(three, 'c') == 250);
}

TEST_CASE("weights are taken anew each update period", "[unit]") {
  Told told{{report(100, 0.5), report(100, 0.5)}};
  Instance instance = probing("client_side_weighted_round_robin", 2, {{"blackout", "0s"}, {"update", "5s"}});
  instance.balancer().probes = &told;
  for (const std::uint32_t endpoint : {0u, 1u}) served(instance, endpoint, 1ms);
  instance.wait(6s);
  CHECK(count_of(instance.serve(30), 'a') == 15);
  told.answers[0] = report(200, 0.5);
  served(instance, 0, 1ms);
  instance.wait(3s);
  CHECK(count_of(instance.serve(30), 'a') == 15);  // 9 s: the next is at 10
  instance.wait(1s);
  CHECK(count_of(instance.serve(30), 'a') == 20);
}

TEST_CASE("a pod reports what it did over the last second or more", "[unit]") {
  Lab lab;
  const StationId station = lab.walker.stations().add_fcfs(4);
  PodRecords records{lab.walker.stations(), {4}};
  const auto at = [](Duration time) { return Time{} + time; };
  records.ended(0, {.work = 300ms}, at(400ms));
  records.ended(0, {.work = 500ms}, at(900ms));
  CHECK(records.ask(0, station).rps == 0.0);  // it does not know yet
  records.failed(0, at(2s));
  CHECK(records.ask(0, station).rps == Approx(1.0));
  CHECK(records.ask(0, station).utilization == Approx(0.1));  // 800 ms of four servers' 2 s
  CHECK(records.ask(0, station).eps == 0.0);
  records.ended(0, {.work = 100ms}, at(2900ms));
  CHECK(records.ask(0, station).utilization == Approx(0.1));
  records.ended(0, {.work = 100ms}, at(3s));
  CHECK(records.ask(0, station).rps == Approx(2.0));
  CHECK(records.ask(0, station).eps == Approx(1.0));
  CHECK(records.ask(0, station).utilization == Approx(0.025));
}

}  // namespace towtank::test
