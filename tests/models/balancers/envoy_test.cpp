#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/least_tree.hpp"
#include "sim/random/mix.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Envoy's schedule by deadlines and what rests on it: exact sequences (models/SOURCES.md 3.4), then shares.

namespace towtank::test {
namespace {

/// Picks of a fresh schedule with these weights.
std::string scheduled(const Numbers& weights, std::size_t picks) {
  EdfSchedule schedule;
  schedule.reset(static_cast<std::uint32_t>(weights.size()));
  for (std::uint32_t i = 0; i < weights.size(); ++i) schedule.add(i, weights[i]);
  std::string letters;
  for (std::size_t i = 0; i < picks; ++i)
    letters += static_cast<char>('a' + schedule.pick([&](std::uint32_t endpoint) { return 1.0 * weights[endpoint]; }));
  return letters;
}

}  // namespace

TEST_CASE("a schedule by deadlines interleaves as Envoy's", "[unit]") {
  CHECK(scheduled({2, 1}, 9) == "abaabaaba");
  CHECK(scheduled({5, 1, 1}, 7) == "aaaabca");
  CHECK(scheduled({3, 2, 1}, 6) == "abacba");
  CHECK(scheduled({1, 1, 1}, 9) == "abcabcabc");
  for (const Numbers& weights : {Numbers{5, 1, 1}, Numbers{3, 2, 1}, Numbers{7, 2, 4, 1}})
    CHECK(keeps_shares(scheduled(weights, 1'000), weights));
  CHECK_FALSE(keeps_shares(scheduled({5, 1, 1}, 1'000), {4, 2, 1}));
}

TEST_CASE("Envoy's round_robin with weights goes on from a random place of the schedule", "[unit]") {
  const std::string whole = scheduled({5, 1, 1}, 40);
  std::set<std::string> seen;
  constexpr std::uint32_t kReplications = 103;  // 7 (6/7)^103 < kFalseAlarm: one of the seven places is never begun at
  for (std::uint32_t replication = 0; replication < kReplications; ++replication) {
    const std::string picks = Instance("envoy", "round_robin", {5, 1, 1}, {}, replication).serve(20);
    const std::size_t at = whole.find(picks);
    CHECK(at != std::string::npos);
    seen.insert(picks);
  }
  CHECK(seen.size() == 7);  // of the first seven picks none, one, ... or six are passed over
}

TEST_CASE("Envoy's slow start lets an endpoint's weight grow with its age", "[statistical]") {
  constexpr int kServed = 2'000;
  // Of 60 s: at 15 s a quarter, at 30 s a half, at the start a tenth; the two others are old.
  const auto share_at = [](Duration age, const char* aggression) {
    Instance instance("envoy", "round_robin", {1, 1, 1}, {{"slow_start", "60s"}, {"aggression", aggression}});
    instance.ready({0, 1});
    instance.wait(100s);
    instance.ready({0, 1, 2});
    instance.wait(age);
    instance.serve(100);  // deadlines from before
    const std::string picks = instance.serve(kServed);
    return static_cast<double>(std::count(picks.begin(), picks.end(), 'c')) / kServed;
  };
  const auto is = [](double share, double factor) {
    const double expected = factor / (2.0 + factor);
    return std::abs(share - expected) <= 1.0 / kServed;  // counts of a schedule are off by one at most
  };
  CHECK(is(share_at(0s, "1"), 0.1));
  CHECK(is(share_at(15s, "1"), 0.25));
  CHECK(is(share_at(30s, "1"), 0.5));
  CHECK(is(share_at(15s, "2"), 0.5));
  CHECK(is(share_at(60s, "1"), 1.0));
  CHECK_FALSE(is(share_at(15s, "1"), 0.3));
}

TEST_CASE("endpoints that are there from the start do not start slowly", "[statistical]") {
  const auto counts = [](bool one_is_new) {
    Instance instance("envoy", "least_request", {1, 1, 1}, {{"slow_start", "60s"}});
    if (one_is_new) {
      instance.ready({0, 1});
      instance.ready({0, 1, 2});
    }
    instance.load({2, 1, 0});
    return instance.count(kPicks);
  };
  const std::vector<double> of_two_choices = {1.0 / 9, 3.0 / 9, 5.0 / 9};
  CHECK(chi_square(counts(false), of_two_choices).fits());
  CHECK_FALSE(chi_square(counts(true), of_two_choices).fits());  // by deadlines
}

TEST_CASE("slow start is off where it is not asked for, and must not divide by zero", "[unit]") {
  Instance instance("envoy", "round_robin", {1, 1, 1});
  instance.ready({0, 1});
  instance.wait(100s);
  instance.ready({0, 1, 2});
  CHECK(keeps_shares(instance.serve(30), {1, 1, 1}));
  BalancerArguments zero{{{"aggression", "0"}}};
  find_balancer("round_robin")->make(zero, PickDraws{Draws{1, 0}, purpose_of("x")});
  CHECK(zero.complaints("round_robin").size() == 1);
}

TEST_CASE("least_request by a full scan takes the least of all, ties at random", "[statistical]") {
  Instance instance("envoy", "least_request", {1, 1, 1, 1, 1}, {{"full_scan", "true"}});
  instance.load({3, 1, 2, 1, 1});
  const std::vector<std::int64_t> counts = instance.count(kPicks);
  CHECK(counts[0] + counts[2] == 0);
  CHECK(chi_square({counts[1], counts[3], counts[4]}, {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
  CHECK_FALSE(chi_square({counts[1], counts[3], counts[4]}, {0.36, 0.32, 0.32}).fits());
  instance.ready({0, 2, 4});
  instance.end(0);
  instance.end(0);
  instance.load({0, 0, 0, 0, 1});
  CHECK(instance.count(100) == std::vector<std::int64_t>{100, 0, 0, 0, 0});
}

TEST_CASE("least_request with unequal weights schedules by weight over load", "[unit]") {
  // Weight 2 with three in flight: 2 / 4, at bias 0.5 2 / 2; the other endpoint is idle with weight 1.
  const auto counts = [](const char* bias) {
    Instance instance("envoy", "least_request", {2, 1}, {{"bias", bias}});
    instance.load({3, 0});
    instance.count(50);  // deadlines from before
    return instance.count(3'000);
  };
  CHECK(std::abs(static_cast<double>(counts("1")[0]) - 1'000.0) <= 1.0);    // 1/2 against 1
  CHECK(std::abs(static_cast<double>(counts("0.5")[0]) - 1'500.0) <= 1.0);  // 1 against 1
  CHECK(std::abs(static_cast<double>(counts("0")[0]) - 2'000.0) <= 1.0);    // weights alone
}

TEST_CASE("where a schedule begins costs a million picks at most, whatever the weights", "[unit]") {
  for (const char* name : {"round_robin", "least_request"}) {
    const std::string picks = Instance("envoy", name, {4'000'000'000, 3'999'999'999}).serve(100);
    CHECK(keeps_shares(picks, {1, 1}));
  }
}

TEST_CASE("a full scan draws nothing, and says so", "[unit]") {
  const auto complaints = [](const Parameters& parameters) {
    BalancerArguments arguments{parameters};
    find_balancer("least_request")->make(arguments, PickDraws{Draws{1, 0}, purpose_of("x")});
    return arguments.complaints("least_request");
  };
  CHECK(complaints({{"full_scan", "true"}, {"choices", "3"}}).size() == 1);
  CHECK(complaints({{"full_scan", "true"}, {"distinct", "false"}}).size() == 1);
  CHECK(complaints({{"full_scan", "true"}, {"choices", "3"}})[0] ==
        "parameter `choices`: nothing is drawn by `full_scan`, which compares all; one of the two would do");
  CHECK(complaints({{"full_scan", "false"}, {"choices", "3"}, {"distinct", "true"}}).empty());
}

TEST_CASE("Envoy's workers count requests in flight together, and take their turns apart", "[unit]") {
  CHECK(Instance("envoy", "least_request", {1}).balancer().shared_by_workers);
  CHECK_FALSE(Instance("envoy", "round_robin", {1}).balancer().shared_by_workers);
}

TEST_CASE("a heap tells who is first by key, and by order among equal keys", "[unit]") {
  EndpointHeap<int> heap;
  heap.reset(50);
  std::vector<std::pair<std::pair<int, int>, std::uint32_t>> known;  // key and order, endpoint
  for (int step = 0; step < 2'000; ++step) {
    const auto endpoint = static_cast<std::uint32_t>(mixed(static_cast<std::uint64_t>(step)) % 50);
    const auto key = static_cast<int>(mixed(static_cast<std::uint64_t>(step) + 5'000) % 7);
    known.erase(std::remove_if(known.begin(), known.end(), [&](const auto& each) { return each.second == endpoint; }),
                known.end());
    if (key == 6) {
      heap.erase(endpoint);
    } else {
      heap.set(endpoint, key);
      known.push_back({{key, step}, endpoint});
      CHECK(heap.key_of(endpoint) == key);
    }
    CHECK(heap.contains(endpoint) == (key != 6));
    REQUIRE(heap.empty() == known.empty());
    if (known.empty()) continue;
    CHECK(heap.first() == std::min_element(known.begin(), known.end())->second);
  }
}

TEST_CASE("a tree of loads tells all that have the least", "[unit]") {
  for (const std::uint32_t count : {1u, 2u, 7u, 64u, 100u}) {
    LeastTree tree;
    tree.reset(count);
    CHECK(tree.ties() == 0);
    std::vector<std::uint32_t> loads(count, UINT32_MAX);
    for (std::uint64_t step = 0; step < 500; ++step) {
      const auto endpoint = static_cast<std::uint32_t>(mixed(step) % count);
      loads[endpoint] = static_cast<std::uint32_t>(mixed(step + 1'000) % 5);
      tree.set(endpoint, loads[endpoint]);
      const std::uint32_t least = *std::min_element(loads.begin(), loads.end());
      Numbers known, told;
      for (std::uint32_t i = 0; i < count; ++i)
        if (loads[i] == least) known.push_back(i);
      for (std::uint32_t rank = 0; rank < tree.ties(); ++rank) told.push_back(tree.at(rank));
      CHECK(told == known);
    }
  }
}

}  // namespace towtank::test
