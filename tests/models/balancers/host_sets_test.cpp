#include "models/balancers/host_sets.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Envoy's priorities, panics, weighed zones and subsets (models/SOURCES.md 3.4): worked examples of the rule, then what its
// algorithms make of it.

namespace towtank::test {
namespace {

constexpr const char* kAll[] = {"random", "round_robin", "least_request", "ring_hash", "maglev"};
constexpr const char* kNotByHash[] = {"random", "round_robin", "least_request"};

/// Loads in percent; those in panic negative.
std::vector<int> loads(const std::vector<PriorityHealth>& priorities, std::uint32_t panic = 50) {
  std::vector<int> found;
  for (const PriorityLoad& each : priority_loads(priorities, panic))
    found.push_back(each.in_panic ? -static_cast<int>(each.percent) : static_cast<int>(each.percent));
  return found;
}

bool any_panics(const std::vector<PriorityHealth>& priorities, std::uint32_t panic = 50) {
  const std::vector<PriorityLoad> found = priority_loads(priorities, panic);
  return std::any_of(found.begin(), found.end(), [](const PriorityLoad& each) { return each.in_panic; });
}

/// Endpoints as an algorithm sees them.
struct Hosts {
  Numbers unhealthy{}, priorities{}, zones{}, weights{};
  std::uint32_t count = 10, zone = 0;
  std::vector<std::vector<std::string>> labels{};
  std::vector<std::string> zone_names = {"a", "b", "c"};
  Numbers ready{};

  EndpointView view() {
    ready.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      if (std::find(unhealthy.begin(), unhealthy.end(), i) == unhealthy.end()) ready.push_back(i);
    return {.count = count, .ready = ready, .weights = weights, .zones = zones, .zone = zone, .unhealthy = unhealthy, .priorities = priorities, .labels = labels, .zone_names = zone_names};
  }
};

std::unique_ptr<Balancer> algorithm(std::string_view name, const Parameters& parameters = {}) {
  BalancerArguments arguments{parameters};
  std::unique_ptr<Balancer> made = find_balancer(name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  REQUIRE(arguments.complaints(name).empty());
  return made;
}

std::vector<std::int64_t> counts_of(Balancer& balancer, Hosts& hosts, std::uint64_t picks = kPicks) {
  balancer.update(hosts.view());
  std::vector<std::int64_t> counts(hosts.count, 0);
  for (std::uint64_t key = 0; key < picks; ++key) {
    const std::uint32_t endpoint = balancer.pick({.key = key, .plain = true, .source_address = static_cast<std::uint32_t>(key * 2'654'435'761u)});
    if (endpoint != Balancer::kNone) ++counts[endpoint];
  }
  return counts;
}

/// Which endpoints are ever picked.
Numbers picked(std::string_view name, Hosts hosts, const Parameters& parameters = {}) {
  const std::vector<std::int64_t> counts = counts_of(*algorithm(name, parameters), hosts, 5'000);
  Numbers found;
  for (std::uint32_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) found.push_back(i);
  return found;
}

Numbers up_to(std::uint32_t count) {
  Numbers all(count);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

std::vector<std::string> complaints(const Parameters& parameters, std::string_view name = "round_robin") {
  BalancerArguments arguments{parameters};
  find_balancer(name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  return arguments.complaints(name);
}

/// By some key of the endpoints.
std::vector<std::int64_t> summed(const std::vector<std::int64_t>& counts, const Numbers& key, std::size_t size) {
  std::vector<std::int64_t> sums(size, 0);
  for (std::size_t i = 0; i < counts.size(); ++i) sums[key[i]] += counts[i];
  return sums;
}

}  // namespace

TEST_CASE("a priority bears 1.4 times its healthy part, and the next ones what is left", "[unit]") {
  const auto two = [](std::uint32_t healthy) { return loads({{100, healthy}, {100, 100}}); };
  CHECK(two(100) == std::vector<int>{100, 0});
  CHECK(two(72) == std::vector<int>{100, 0});
  CHECK(two(71) == std::vector<int>{99, 1});
  CHECK(two(50) == std::vector<int>{70, 30});
  CHECK(two(25) == std::vector<int>{35, 65});
  CHECK(two(0) == std::vector<int>{0, 100});
  CHECK(loads({{100, 25}, {100, 25}, {100, 100}}) == std::vector<int>{35, 35, 30});
  CHECK(loads({{2, 1}, {3, 3}}) == std::vector<int>{70, 30});
  CHECK(loads({{0, 0}, {3, 3}}) == std::vector<int>{0, 100});
  CHECK(loads({{0, 0}}).front() == -100);  // nobody to choose from
}

TEST_CASE("where priorities together are not healthy enough each gets its part of what they are", "[unit]") {
  // 35, 35 and 28 of 98: 35, 35 and 28 whole percents, and the rest to the first.
  CHECK(loads({{100, 25}, {100, 25}, {100, 20}}, 0) == std::vector<int>{37, 35, 28});
  CHECK(loads({{100, 10}, {100, 10}}, 0) == std::vector<int>{50, 50});
  CHECK(loads({{100, 0}, {100, 0}}, 0) == std::vector<int>{100, 0});
}

TEST_CASE("a priority panics below the threshold, but not while others make up for it", "[unit]") {
  CHECK_FALSE(any_panics({{10, 5}}));
  CHECK(any_panics({{10, 4}}));
  CHECK_FALSE(any_panics({{10, 4}}, 40));
  CHECK_FALSE(any_panics({{10, 0}}, 0));
  CHECK_FALSE(any_panics({{100, 20}, {100, 100}}));
  CHECK(loads({{100, 20}, {100, 100}}) == std::vector<int>{28, 72});
  // 0 and 84 % together: the first panics and gets nothing, the second does not.
  const std::vector<PriorityLoad> found = priority_loads(std::vector<PriorityHealth>{{10, 0}, {10, 6}}, 50);
  CHECK(found[0].in_panic);
  CHECK_FALSE(found[1].in_panic);
  CHECK(found[1].percent == 100);
}

TEST_CASE("where all priorities panic each gets as much as it has hosts", "[unit]") {
  CHECK(loads({{30, 3}, {10, 1}}) == std::vector<int>{-75, -25});
  CHECK(loads({{2, 0}, {1, 0}}) == std::vector<int>{-67, -33});
  CHECK(loads({{30, 3}, {10, 1}}, 10) == std::vector<int>{50, 50});  // 14 of 28 each, and none panics
}

TEST_CASE("unhealthy hosts are chosen in a panic only", "[unit]") {
  for (const char* name : kAll) {
    INFO(name);
    const Numbers few = {1, 3, 5, 7, 9}, many = {0, 1, 3, 5, 7, 9};
    CHECK(picked(name, {.unhealthy = few}) == Numbers{0, 2, 4, 6, 8});
    CHECK(picked(name, {.unhealthy = many}) == up_to(10));
    CHECK(picked(name, {.unhealthy = few}, {{"panic", "51"}}) == up_to(10));
    CHECK(picked(name, {.unhealthy = many}, {{"panic", "0"}}) == Numbers{2, 4, 6, 8});
    CHECK(picked(name, {.unhealthy = up_to(10)}) == up_to(10));
    CHECK(picked(name, {.unhealthy = up_to(10)}, {{"panic", "0"}}).empty());
  }
}

TEST_CASE("in a panic all get the same, or by their weights", "[statistical]") {
  Hosts hosts{.unhealthy = {0, 1, 2}, .count = 4};
  for (const char* name : kNotByHash) {
    INFO(name);
    CHECK(chi_square(counts_of(*algorithm(name), hosts), {0.25, 0.25, 0.25, 0.25}).fits());
    CHECK_FALSE(chi_square(counts_of(*algorithm(name, {{"panic", "0"}}), hosts), {0.25, 0.25, 0.25, 0.25}).fits());
  }
  hosts.weights = {1, 2, 1, 4};
  CHECK(chi_square(counts_of(*algorithm("round_robin"), hosts), {0.125, 0.25, 0.125, 0.5}).fits());
}

TEST_CASE("of priorities of which one fails in its panic the others get their part", "[statistical]") {
  // One of five is healthy, and one of two: 28 and 70 of 98, in whole percents 29 and 71. The first panics.
  Hosts hosts{.unhealthy = {1, 2, 3, 4, 6}, .priorities = {0, 0, 0, 0, 0, 1, 1}, .count = 7};
  for (const char* name : kNotByHash) {
    INFO(name);
    const std::vector<std::int64_t> counts = counts_of(*algorithm(name, {{"fail_on_panic", "true"}}), hosts);
    CHECK(chi_square({counts[5], static_cast<std::int64_t>(kPicks) - counts[5]}, {0.71, 0.29}).fits());
    CHECK(counts[5] == std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    const std::vector<std::int64_t> all = counts_of(*algorithm(name), hosts);
    CHECK(chi_square({all[5], static_cast<std::int64_t>(kPicks) - all[5]}, {0.71, 0.29}).fits());
    CHECK(all[6] == 0);
    CHECK(all[4] > 0);
  }
}

TEST_CASE("who fails in a panic chooses nobody", "[unit]") {
  const Numbers many = {0, 1, 3, 5, 7, 9};
  for (const char* name : kNotByHash) {
    CHECK(picked(name, {.unhealthy = many}, {{"fail_on_panic", "true"}}).empty());
    CHECK(picked(name, {.unhealthy = {1, 3}}, {{"fail_on_panic", "true"}}) == Numbers{0, 2, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("requests fall on priorities as their health says", "[statistical]") {
  Hosts hosts{.unhealthy = {0, 1}, .priorities = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1}};
  for (const char* name : kAll) {
    INFO(name);
    const std::vector<std::int64_t> counts = counts_of(*algorithm(name), hosts);
    CHECK(chi_square(summed(counts, hosts.priorities, 2), {0.7, 0.3}).fits());
    CHECK_FALSE(chi_square(summed(counts, hosts.priorities, 2), {0.685, 0.315}).fits());
    CHECK(counts[0] + counts[1] == 0);
  }
  hosts.unhealthy.clear();
  for (const char* name : kAll) CHECK(picked(name, hosts) == Numbers{0, 1, 2, 3});
}

TEST_CASE("an algorithm of a hash keeps an address in its priority", "[unit]") {
  Hosts hosts{.unhealthy = {0, 1}, .priorities = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1}};
  for (const char* name : {"ring_hash", "maglev"}) {
    const auto balancer = algorithm(name);
    balancer->update(hosts.view());
    for (std::uint32_t source = 0; source < 200; ++source) {
      const std::uint32_t first = balancer->pick({.key = 1, .source_address = source});
      CHECK(balancer->pick({.key = 2 + source, .source_address = source}) == first);
    }
  }
}

TEST_CASE("with failover the caller's zone comes first", "[statistical]") {
  Hosts hosts{.zones = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2}, .zone = 1};
  for (const char* name : kAll) CHECK(picked(name, hosts, {{"failover", "true"}}) == Numbers{4, 5, 6});
  hosts.unhealthy = {4, 5};  // 46 % of what is asked
  for (const char* name : kAll) {
    INFO(name);
    const std::vector<std::int64_t> counts = counts_of(*algorithm(name, {{"failover", "true"}}), hosts);
    CHECK(chi_square({counts[6], std::accumulate(counts.begin(), counts.end(), std::int64_t{0}) - counts[6]}, {0.46, 0.54}).fits());
    CHECK(counts[4] + counts[5] == 0);
  }
  hosts.unhealthy = {4, 5, 6};
  for (const char* name : kAll) CHECK(picked(name, hosts, {{"failover", "true"}}) == Numbers{0, 1, 2, 3, 7, 8, 9});
}

TEST_CASE("zones get as they weigh, whatever they have", "[unit]") {
  Hosts hosts{.zones = {0, 1, 1, 1, 1, 1, 1, 1, 2, 2}};
  for (const char* name : kNotByHash) {
    INFO(name);
    const auto balancer = algorithm(name, {{"zone_weights", "a=7 b=3"}});
    balancer->update(hosts.view());
    Numbers of_zone(3, 0);
    for (std::uint64_t key = 0; key < 10'000; ++key) ++of_zone[hosts.zones[balancer->pick({.key = key, .plain = true})]];
    // By turns: not even one off, up to rounding of deadlines.
    CHECK(std::abs(static_cast<int>(of_zone[0]) - 7'000) <= 1);
    CHECK(of_zone[2] == 0);
  }
}

TEST_CASE("a zone short of healthy hosts gives of its weight to the others", "[unit]") {
  // a: 1 of 2 healthy, 1.4 times that of its weight; b keeps its own.
  HostSetRules rules;
  rules.zone_weights = {{"a", 80}, {"b", 20}};
  Hosts hosts{.unhealthy = {0}, .zones = {0, 0, 1, 1}, .count = 4};
  HostSets sets{rules};
  sets.update(hosts.view(), 0);
  REQUIRE(sets.sources().size() == 2);
  CHECK(sets.sources()[0].chance == Approx(56.0 / 76.0));
  CHECK(sets.sources()[1].chance == Approx(20.0 / 76.0));
  hosts = {.unhealthy = {0, 1}, .zones = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1}};  // 5 of 7, whose 1.4 times is one
  HostSets enough{rules};
  enough.update(hosts.view(), 0);
  CHECK(enough.sources()[0].chance == Approx(0.8));
  hosts.unhealthy = {0, 1, 2, 3, 4, 5, 6};
  HostSets gone{rules};
  gone.update(hosts.view(), 0);
  CHECK(gone.is_panic_heard());  // three of ten are healthy
  CHECK(gone.sources().size() == 1);
}

TEST_CASE("zones of no weight that has hosts are not chosen by", "[unit]") {
  Hosts hosts{.zones = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}};
  for (const char* name : kNotByHash) CHECK(picked(name, hosts, {{"zone_weights", "c=1"}}) == up_to(10));
}

TEST_CASE("a subset is chosen from by labels", "[unit]") {
  Hosts hosts{.count = 4, .labels = {{"app=shop", "version=v1"}, {"app=shop", "version=v2"}, {"app=shop", "version=v2", "track=canary"}, {"app=shop"}}};
  for (const char* name : kAll) {
    INFO(name);
    CHECK(picked(name, hosts, {{"subset_labels", "version=v2"}}) == Numbers{1, 2});
    CHECK(picked(name, hosts, {{"subset_labels", "version=v2 track=canary"}}) == Numbers{2});
    CHECK(picked(name, hosts, {{"subset_labels", "version=v3"}}).empty());
    CHECK(picked(name, hosts, {{"subset_labels", "version=v3"}, {"subset_fallback", "any"}}) == up_to(4));
    CHECK(picked(name, hosts, {{"subset_labels", "version=v2"}, {"subset_fallback", "any"}}) == Numbers{1, 2});
  }
  hosts.unhealthy = {1};  // half of the subset passes, and one of a few would panic over all of it
  CHECK(picked("round_robin", hosts, {{"subset_labels", "version=v2"}}) == Numbers{2});
  CHECK(picked("round_robin", hosts, {{"subset_labels", "version=v2"}, {"panic", "51"}}) == Numbers{1, 2});
}

TEST_CASE("requests in flight are known before and after a panic", "[unit]") {
  Hosts hosts{.unhealthy = {2, 3}, .count = 4};
  const auto balancer = algorithm("least_request", {{"full_scan", "true"}});
  const auto is_least = [&](std::uint32_t endpoint) {
    for (std::uint64_t key = 0; key < 50; ++key)
      if (balancer->pick({.key = key}) != endpoint) return false;
    return true;
  };
  balancer->update(hosts.view());
  balancer->started(0);
  CHECK(is_least(1));
  hosts.unhealthy = {1, 2, 3};
  balancer->update(hosts.view());
  for (const std::uint32_t busy : {1u, 2u}) balancer->started(busy);
  CHECK(is_least(3));
  balancer->started(3);
  balancer->finished(2, {});
  CHECK(is_least(2));
  hosts.unhealthy = {2, 3};
  balancer->update(hosts.view());
  balancer->finished(0, {});
  CHECK(is_least(0));
}

TEST_CASE("while all are healthy panic changes no pick", "[unit]") {
  for (const char* name : kAll) {
    const auto plain = algorithm(name), other = algorithm(name, {{"panic", "7"}});
    Hosts hosts;
    plain->update(hosts.view());
    other->update(hosts.view());
    for (std::uint64_t key = 0; key < 500; ++key) {
      const Pick pick{.key = key, .plain = true, .source_address = static_cast<std::uint32_t>(key)};
      CHECK(plain->pick(pick) == other->pick(pick));
    }
  }
}

TEST_CASE("what rules of sets of hosts cannot be is told", "[unit]") {
  const auto is_told = [](const Parameters& parameters, const std::string& what) {
    const std::vector<std::string> found = complaints(parameters);
    return found.size() == 1 && found[0].find(what) != std::string::npos;
  };
  CHECK(is_told({{"panic", "101"}}, "parameter `panic` is `101`: an integer from 0 to 100 would do"));
  CHECK(is_told({{"zone_weights", "a=1 b"}}, "found `b`: each zone once with its weight"));
  CHECK(is_told({{"zone_weights", "a=1 a=2"}}, "found `a=2`: each zone once"));
  CHECK(is_told({{"zone_weights", "a=-1"}}, "found `a=-1`"));
  CHECK(is_told({{"zone_weights", "a=0"}}, "weighs nothing"));
  CHECK(is_told({{"zone_weights", ""}}, "weighs nothing"));
  CHECK(is_told({{"subset_labels", ""}}, "found nothing: labels of pods"));
  CHECK(is_told({{"subset_labels", "a=b"}, {"zone_weights", "a=1"}}, "Envoy does not weigh zones within a subset"));
  CHECK(complaints({{"subset_labels", "none"}, {"zone_weights", "none"}}).empty());
  CHECK(is_told({{"subset_labels", "v2"}}, "found `v2`: labels of pods"));
  CHECK(is_told({{"subset_labels", "a=b"}, {"subset_fallback", "all"}}, "found `all`: none or any would do"));
  CHECK(is_told({{"failover", "true"}, {"zone_aware", "true"}}, "one of the two would do"));
  CHECK(is_told({{"zone_weights", "a=1"}, {"zone_aware", "true"}}, "one of the two would do"));
  CHECK(is_told({{"zone_weights", "a=1"}, {"fail_on_panic", "true"}}, "one of the two would do"));
  CHECK(complaints({{"zone_weights", "a=1"}, {"failover", "true"}}).empty());
  CHECK(complaints({{"zone_weights", "a=1"}}, "maglev").size() == 1);
}

TEST_CASE("whose parameters are Envoy's alone goes by the algorithm", "[unit]") {
  CHECK(is_of_envoy(*find_balancer("random"), "panic"));
  CHECK(is_of_envoy(*find_balancer("random"), "zone_weights"));
  CHECK(is_of_envoy(*find_balancer("round_robin"), "slow_start"));
  CHECK_FALSE(is_of_envoy(*find_balancer("least_request"), "choices"));
  CHECK_FALSE(is_of_envoy(*find_balancer("random_subset"), "subset"));
  for (const BalancerInfo& info : balancers()) {
    INFO(info.name);
    const bool has_panic = std::any_of(info.parameters.begin(), info.parameters.end(), [](const BalancerParameter& each) { return each.name == "panic"; });
    CHECK(has_panic == (info.host_sets != HostSetUse::none));
  }
}

}  // namespace towtank::test
