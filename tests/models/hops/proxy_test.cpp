#include "models/hops/proxy.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <optional>

#include "models/hops/client.hpp"
#include "models/hops/dead_end.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/world/lab.hpp"

// What a proxy tells its balancer.

using namespace towtank;

namespace {

/// Picks endpoints 0, 1, 2, ... for each request and notes what it hears.
class Witness final : public Balancer {
 public:
  struct Asked {
    Time now;
    std::vector<std::uint32_t> tried;
  };

  Witness(std::vector<Asked>& asked, std::vector<Feedback>& heard) : asked_{asked}, heard_{heard} {
    stateful = counts = times = avoids_tried = true;
  }
  void update(const EndpointView&) override {}
  std::uint32_t pick(const Pick& pick) override {
    asked_.push_back({pick.now, {pick.tried.begin(), pick.tried.end()}});
    return static_cast<std::uint32_t>(pick.tried.size());
  }
  void finished(std::uint32_t, const Feedback& feedback) override { heard_.push_back(feedback); }

 private:
  std::vector<Asked>& asked_;
  std::vector<Feedback>& heard_;
};

/// Picks endpoint 0 whatever happens, as a hash of the caller does. @param picks  counts them
class Stubborn final : public Balancer {
 public:
  explicit Stubborn(bool asks_again, std::uint32_t* picks = nullptr) : picks_{picks} { repeats = asks_again; }
  void update(const EndpointView&) override {}
  std::uint32_t pick(const Pick&) override {
    if (picks_ != nullptr) ++*picks_;
    return 0;
  }

 private:
  std::uint32_t* picks_;
};

class Answer final : public Hop {
 public:
  explicit Answer(Duration after) : after_{after} { terminates_connections = true; }
  Step on_request(Request&, Frame&, Time) override {
    return after_ == Duration::zero() ? Step::reply(Outcome::ok) : Step::hold(after_);
  }

 private:
  Duration after_;
};

struct Circumstances {
  std::unique_ptr<Balancer> balancer{};
  std::uint32_t tries = 0;  ///< 0 = as many as there are targets
  Duration answer_after{};
  std::optional<Duration> patience{};  ///< of a client before the proxy
};

/// One request through a proxy, 4 ms of its own time and 10 ms to each target and back; the first `dead` of them
/// refuse.
struct OneRequest {
  std::vector<Witness::Asked> asked;
  std::vector<Feedback> heard;
  test::Lab lab;
  Outcome status;

  OneRequest(std::uint32_t targets, std::uint32_t dead, Circumstances given = {}) {
    const std::vector<std::uint32_t> zone_of_node{0};
    const std::vector<LegKind> between_zones{LegKind::same_zone};
    DeadEnd refuses{true};
    Answer answers{given.answer_after};
    const HopId bad = lab.walker.add_hop(refuses), good = lab.walker.add_hop(answers);
    ProxyConfig config;
    config.name = "proxy";
    config.pods.resize(1);
    config.backends.resize(1);
    for (std::uint32_t i = 0; i < targets; ++i)
      config.backends[0].targets.push_back({i < dead ? bad : good, EndpointId{i}, 0});
    config.backend_of_traffic = {0};
    config.balancer_of = {0};
    if (given.balancer == nullptr) given.balancer = std::make_unique<Witness>(asked, heard);
    config.balancers.push_back(std::move(given.balancer));
    config.tries = given.tries == 0 ? targets : given.tries;
    config.upstream = Distribution::constant(0.010);
    config.adder = Distribution::constant(0.004);
    config.network.zone_of_node = zone_of_node;
    config.network.between_zones = between_zones;
    PurposeRegistry purposes;
    Proxy proxy{std::move(config), lab.walker, Draws{1, 0}, purposes};
    lab.entry = lab.walker.add_hop(proxy);
    ClientConfig of_client;
    of_client.name = "client";
    of_client.round_trip = Distribution::constant(0.0);
    of_client.entry = lab.entry;
    if (given.patience) of_client.deadline_queue = lab.walker.add_deadline_queue(*given.patience);
    ClientHop client{of_client, lab.walker, Draws{3, 0}, purposes};
    if (given.patience) lab.entry = lab.walker.add_hop(client);
    lab.arrive(Time{} + 1s, 0);
    lab.walker.run();
    REQUIRE(lab.endings.size() == 1);
    status = lab.endings[0].status;
  }
};

/// Requests at given times through a proxy in front of `targets` that answer after 1 s, one request each at a time. Every
/// other one, from the second on, has a caller of this `patience`; the first `dead` targets refuse.
struct Crowd {
  test::Lab lab;
  std::vector<test::Lab::Ending> endings;  ///< by ordinal
  std::vector<std::uint32_t> counts;       ///< what the balancer still has in flight, by target

  Crowd(std::uint32_t targets, const char* algorithm, const char* timeout_queue, const std::vector<Duration>& arrivals,
        std::optional<Duration> patience = {}, std::uint32_t dead = 0) {
    const std::vector<std::uint32_t> zone_of_node{0};
    const std::vector<LegKind> between_zones{LegKind::same_zone};
    DeadEnd refuses{true};
    Answer answers{1s};
    const HopId bad = lab.walker.add_hop(refuses), good = lab.walker.add_hop(answers);
    ProxyConfig config;
    config.name = "proxy";
    config.pods.resize(1);
    config.backends.resize(1);
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < targets; ++i) {
      config.backends[0].targets.push_back({i < dead ? bad : good, EndpointId{i}, 0});
      all.push_back(i);
    }
    config.backend_of_traffic = {0};
    config.balancer_of = {0};
    config.tries = targets;
    config.upstream = Distribution::constant(0.0);
    config.network.zone_of_node = zone_of_node;
    config.network.between_zones = between_zones;
    BalancerArguments arguments{{{"maxconn", "1"}, {"timeout_queue", timeout_queue}}};
    std::unique_ptr<Balancer> made = find_balancer("haproxy", algorithm)->make(arguments, PickDraws{Draws{5, 0}, purpose_of("balance/test")});
    REQUIRE(arguments.complaints(algorithm).empty());
    made->update({.count = targets, .ready = all});
    const Balancer& balancer = *made;
    config.balancers.push_back(std::move(made));
    PurposeRegistry purposes;
    Proxy proxy{std::move(config), lab.walker, Draws{1, 0}, purposes};
    lab.entry = lab.walker.add_hop(proxy);
    ClientConfig of_client;
    of_client.name = "client";
    of_client.round_trip = Distribution::constant(0.0);
    of_client.entry = lab.entry;
    if (patience) of_client.deadline_queue = lab.walker.add_deadline_queue(*patience);
    ClientHop client{of_client, lab.walker, Draws{3, 0}, purposes};
    const HopId by_client = lab.walker.add_hop(client), straight = lab.entry;
    lab.after_arrival = [&](std::uint32_t ordinal) { lab.entry = patience && ordinal % 2 == 1 ? by_client : straight; };
    for (std::uint32_t i = 0; i < arrivals.size(); ++i) lab.arrive(Time{} + arrivals[i], i);
    lab.walker.run();
    endings = lab.endings;
    std::sort(endings.begin(), endings.end(), [](const auto& a, const auto& b) { return a.ordinal < b.ordinal; });
    REQUIRE(endings.size() == arrivals.size());
    for (std::uint32_t i = 0; i < targets; ++i) counts.push_back(balancer.is_full(i) ? 1 : 0);
  }

  bool ended(std::size_t ordinal, Duration at, Outcome status = Outcome::ok) const {
    UNSCOPED_INFO(ordinal << " ended at " << to_seconds(endings[ordinal].end - Time{}) << " s with " << static_cast<int>(endings[ordinal].status));
    return endings[ordinal].end == Time{} + at && endings[ordinal].status == status;
  }
};

const std::vector<std::uint32_t> kNoneInFlight{0, 0};

}  // namespace

TEST_CASE("who finds all targets full waits in the proxy, first come first served", "[unit]") {
  for (const char* algorithm : {"roundrobin", "static-rr", "leastconn", "first"}) {
    INFO(algorithm);
    const Crowd crowd{2, algorithm, "10s", {0ms, 100ms, 200ms, 300ms, 400ms}};
    CHECK(crowd.ended(0, 1s));
    CHECK(crowd.ended(1, 1100ms));
    CHECK(crowd.ended(2, 2s));      // from 1 s on in the place of the first
    CHECK(crowd.ended(3, 2100ms));
    CHECK(crowd.ended(4, 3s));
    CHECK(crowd.counts == kNoneInFlight);
  }
}

TEST_CASE("who waits too long for a target gets 503, and those behind move up", "[unit]") {
  const Crowd crowd{1, "leastconn", "700ms", {0ms, 100ms, 500ms, 1200ms, 1290ms}};
  CHECK(crowd.ended(0, 1s));
  CHECK(crowd.ended(1, 800ms, Outcome::http_503));
  CHECK(crowd.ended(2, 2s));
  CHECK(crowd.ended(3, 1900ms, Outcome::http_503));
  CHECK(crowd.ended(4, 1990ms, Outcome::http_503));
  CHECK(crowd.counts == std::vector<std::uint32_t>{0});
}

TEST_CASE("who gives up while it waits in the proxy leaves the line", "[unit]") {
  const Crowd crowd{1, "first", "10s", {0ms, 100ms, 200ms, 900ms, 950ms}, 500ms};
  CHECK(crowd.ended(0, 1s));
  CHECK(crowd.ended(1, 600ms, Outcome::request_timeout));
  CHECK(crowd.ended(2, 2s));
  CHECK(crowd.ended(3, 1400ms, Outcome::request_timeout));
  CHECK(crowd.ended(4, 3s));
  CHECK(crowd.counts == std::vector<std::uint32_t>{0});
  // The caller of the second is content to wait, but not for the answer: the target is free from then on.
  const Crowd patient{1, "first", "10s", {0ms, 100ms, 200ms}, 1500ms};
  CHECK(patient.ended(1, 1600ms, Outcome::request_timeout));
  CHECK(patient.ended(2, 2600ms));
}

TEST_CASE("a hash waits for its own target, also while others are free", "[unit]") {
  // All come from one address.
  const Crowd crowd{2, "source", "1500ms", {0ms, 100ms, 200ms, 2500ms}};
  CHECK(crowd.ended(0, 1s));
  CHECK(crowd.ended(1, 2s));
  CHECK(crowd.ended(2, 1700ms, Outcome::http_503));
  CHECK(crowd.ended(3, 3500ms));
  CHECK(crowd.counts == kNoneInFlight);
}

TEST_CASE("a random choice that is full waits for whichever target has room first", "[unit]") {
  // Of four at once two find a free target at most; those who draw a full one wait although another may be free.
  const Crowd crowd{2, "random", "10s", {0ms, 1ms, 2ms, 3ms}};
  std::vector<Time> ends;
  for (const test::Lab::Ending& ending : crowd.endings) {
    CHECK(ending.status == Outcome::ok);
    ends.push_back(ending.end);
  }
  CHECK(ends[0] == Time{} + 1s);
  CHECK(std::is_sorted(ends.begin(), ends.end()));
  CHECK(ends[3] >= Time{} + 2001ms);
  CHECK(crowd.counts == kNoneInFlight);
}

TEST_CASE("a request whose target refuses gives its place back, and waits again if it must", "[unit]") {
  const Crowd crowd{2, "roundrobin", "10s", {0ms, 100ms, 200ms}, {}, 1};
  CHECK(crowd.ended(0, 1s));  // the first target refuses at once, then the second
  CHECK(crowd.endings[1].status == Outcome::ok);
  CHECK(crowd.endings[2].status == Outcome::ok);
  CHECK(crowd.endings[2].end > crowd.endings[1].end);
  CHECK(crowd.counts == kNoneInFlight);
}

TEST_CASE("a balancer hears how long an answer took, without the proxy's own time", "[unit]") {
  const OneRequest request{1, 0};
  CHECK(request.status == Outcome::ok);
  REQUIRE(request.heard.size() == 1);
  CHECK(request.heard[0].ok);
  CHECK(request.heard[0].answered);
  CHECK_FALSE(request.heard[0].failed);
  CHECK_FALSE(request.heard[0].retried);
  CHECK(request.heard[0].latency == 10ms);
  CHECK(request.heard[0].now == Time{} + 1s + 14ms);
}

TEST_CASE("a balancer hears of a request whose caller gives up that nothing was answered", "[unit]") {
  const OneRequest request{1, 0, {.answer_after = 1min, .patience = 3s}};
  CHECK(request.status == Outcome::request_timeout);
  REQUIRE(request.heard.size() == 1);
  CHECK_FALSE(request.heard[0].ok);
  CHECK_FALSE(request.heard[0].answered);
  CHECK_FALSE(request.heard[0].failed);
  CHECK(request.heard[0].now == Time{} + 4s);
  const OneRequest in_time{1, 0, {.answer_after = 2s, .patience = 3s}};
  REQUIRE(in_time.heard.size() == 1);
  CHECK(in_time.heard[0].answered);
}

TEST_CASE("a balancer hears of each try that failed, and the next pick of what was tried", "[unit]") {
  const OneRequest request{3, 2};
  CHECK(request.status == Outcome::ok);
  REQUIRE(request.asked.size() == 3);
  CHECK(request.asked[0].tried.empty());
  CHECK(request.asked[0].now == Time{} + 1s);
  CHECK(request.asked[2].tried == std::vector<std::uint32_t>{0, 1});
  CHECK(request.asked[2].now == Time{} + 1s + 24ms);
  REQUIRE(request.heard.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK_FALSE(request.heard[i].ok);
    CHECK(request.heard[i].failed);
    CHECK(request.heard[i].retried);
    CHECK(request.heard[i].latency == 10ms);
  }
  CHECK(request.heard[2].ok);
  CHECK(request.heard[2].latency == 10ms);
}

namespace {

/// Any of the targets, each time; of one that was tried, the next after it. @param is_even  leaves that to the proxy
class Dice final : public Balancer {
 public:
  Dice(std::uint32_t targets, bool is_even, PickDraws draws) : targets_{targets}, is_even_{is_even}, draws_{std::move(draws)} {
    avoids_tried = !is_even;
  }
  void update(const EndpointView&) override {}
  std::uint32_t pick(const Pick& pick) override {
    std::uint32_t choice = Draws::below(targets_, draws_.block(pick).lane[0]);
    while (!is_even_ && std::find(pick.tried.begin(), pick.tried.end(), choice) != pick.tried.end()) choice = (choice + 1) % targets_;
    return choice;
  }

 private:
  std::uint32_t targets_;
  bool is_even_;
  PickDraws draws_;
};

class Count final : public Hop {
 public:
  Count() { terminates_connections = true; }
  Step on_request(Request&, Frame& frame, Time) override {
    ++by_target[static_cast<std::size_t>(frame.endpoint)];
    return Step::reply(Outcome::ok);
  }
  std::array<int, 4> by_target{};
};

/// The largest distance of a target's share from a third, in deviations, where the first of four refuses.
double largest_distance(bool is_even) {
  constexpr int kRequests = 20'000;
  test::Lab lab;
  DeadEnd refuses{true};
  Count answers;
  const HopId bad = lab.walker.add_hop(refuses), good = lab.walker.add_hop(answers);
  const std::vector<std::uint32_t> zone_of_node{0};
  const std::vector<LegKind> between_zones{LegKind::same_zone};
  PurposeRegistry purposes;
  ProxyConfig config;
  config.name = "proxy";
  config.pods.resize(1);
  config.backends.resize(1);
  for (std::uint32_t i = 0; i < 4; ++i) config.backends[0].targets.push_back({i == 0 ? bad : good, EndpointId{i}, 0});
  config.backend_of_traffic = {0};
  config.balancer_of = {0};
  config.balancers.push_back(std::make_unique<Dice>(4, is_even, PickDraws{Draws{1, 0}, purposes.add("dice")}));
  config.tries = 2;
  config.network.zone_of_node = zone_of_node;
  config.network.between_zones = between_zones;
  Proxy proxy{std::move(config), lab.walker, Draws{1, 0}, purposes};
  lab.entry = lab.walker.add_hop(proxy);
  for (int i = 0; i < kRequests; ++i) lab.arrive(Time{} + i * 1ms, static_cast<std::uint32_t>(i));
  lab.walker.run();
  REQUIRE(std::accumulate(answers.by_target.begin(), answers.by_target.end(), 0) == kRequests);
  double largest = 0.0;
  for (std::size_t i = 1; i < 4; ++i)
    largest = std::max(largest, std::abs(answers.by_target[i] - kRequests / 3.0) / std::sqrt(kRequests * 2.0 / 9.0));
  return largest;
}

}  // namespace

TEST_CASE("a second try goes to any target that was not tried, not to the neighbour of the dead one", "[statistical]") {
  const double limit = normal_quantile(1.0 - 1e-6 / 3.0 / 2.0);  // of three targets, on both sides
  CHECK(largest_distance(true) < limit);
  CHECK(largest_distance(false) > limit);
}

TEST_CASE("the last try of a request is none that is retried, though it failed", "[unit]") {
  const OneRequest request{2, 2};
  CHECK(request.status == Outcome::http_502);
  REQUIRE(request.heard.size() == 2);
  CHECK(request.heard[0].retried);
  CHECK_FALSE(request.heard[1].retried);
  CHECK(request.heard[1].failed);
}

TEST_CASE("a proxy passes over what a request has tried, unless its balancer's product asks it again", "[unit]") {
  CHECK(OneRequest(3, 1, {std::make_unique<Stubborn>(false)}).status == Outcome::ok);
  CHECK(OneRequest(3, 1, {std::make_unique<Stubborn>(true)}).status == Outcome::http_502);
}

TEST_CASE("who asks the same target again does so as often as there are tries, others once", "[unit]") {
  const auto picks = [](bool asks_again, std::uint32_t tries) {
    std::uint32_t count = 0;
    CHECK(OneRequest(1, 1, {std::make_unique<Stubborn>(asks_again, &count), tries}).status == Outcome::http_502);
    return count;
  };
  CHECK(picks(true, 3) == 3);
  CHECK(picks(true, 1) == 1);
  CHECK(picks(true, UINT32_MAX) == 1);  // every target once
  CHECK(picks(false, 3) == 1);
}
