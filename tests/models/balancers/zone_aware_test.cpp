#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/balancers/host_sets.hpp"
#include "models/balancers/zone_routing.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Envoy's zone-aware routing: worked examples of the rule (models/SOURCES.md 3.4), then what comes of it. Published
// shares are reproduced in tests/published.

namespace towtank::test {
namespace {

/// Callers and endpoints, so many in each zone; endpoints are numbered zone by zone.
struct Zoned {
  Numbers callers, endpoints;
  std::uint32_t zone = 0;  ///< of the caller
  Numbers ready{};
  Numbers zones{};

  Zoned(Numbers callers_by_zone, Numbers endpoints_by_zone, std::uint32_t own = 0)
      : callers{std::move(callers_by_zone)}, endpoints{std::move(endpoints_by_zone)}, zone{own} {
    for (std::uint32_t i = 0; i < endpoints.size(); ++i) zones.insert(zones.end(), endpoints[i], i);
    ready.resize(zones.size());
    std::iota(ready.begin(), ready.end(), 0u);
  }

  EndpointView view() const {
    return {.count = static_cast<std::uint32_t>(zones.size()),
            .ready = ready,
            .zones = zones,
            .zone = zone,
            .callers_of_zone = callers};
  }
};

ZoneRouting routing(const Zoned& zoned, std::uint32_t min_cluster = 6) {
  ZoneRouting made{min_cluster};
  made.update(zoned.view());
  return made;
}

std::vector<double> chances(const Zoned& zoned) { return routing(zoned).chances(); }

bool are(const std::vector<double>& ours, const std::vector<double>& known) {
  return std::equal(ours.begin(), ours.end(), known.begin(), known.end(),
                    [](double a, double b) { return std::abs(a - b) < 1e-12; });
}

std::unique_ptr<Balancer> balancer_of(std::string_view name, const Parameters& parameters) {
  BalancerArguments arguments{parameters};
  std::unique_ptr<Balancer> made =
      find_balancer(name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  REQUIRE(arguments.complaints(name).empty());
  return made;
}

std::unique_ptr<Balancer> aware(std::string_view name, Parameters further = {}) {
  further.push_back({"zone_aware", "true"});
  return balancer_of(name, further);
}

constexpr const char* kAlgorithms[] = {"random", "round_robin", "least_request"};

std::vector<std::int64_t> picks_by_zone(Balancer& balancer, const Zoned& zoned, std::uint64_t picks = kPicks) {
  balancer.update(zoned.view());
  std::vector<std::int64_t> counts(zoned.endpoints.size(), 0);
  for (std::uint64_t key = 0; key < picks; ++key) ++counts[zoned.zones[balancer.pick({.key = key, .plain = true})]];
  return counts;
}

}  // namespace

TEST_CASE("a zone with fewer of the endpoints than of the callers keeps as much as its endpoints bear", "[unit]") {
  // Callers 40, 40, 20 %, endpoints 25, 50, 25 %: 25/40 stay; of zones with 10 and 5 % to spare one gets twice the
  // other.
  CHECK(are(chances({{2, 2, 1}, {2, 4, 2}}), {0.625, 0.25, 0.125}));
  CHECK(routing({{2, 2, 1}, {2, 4, 2}}).own_zone() == 0);
  CHECK_FALSE(routing({{2, 2, 1}, {2, 4, 2}}).stays());
}

TEST_CASE("a zone with as many of the endpoints as of the callers, or more, keeps all", "[unit]") {
  CHECK(routing({{2, 2, 1}, {2, 4, 2}, 1}).stays());
  CHECK(routing({{2, 2, 1}, {2, 4, 2}, 2}).stays());
  CHECK(routing({{1, 1, 1}, {3, 3, 3}}).stays());
  CHECK(are(chances({{1, 1, 1}, {3, 3, 3}, 1}), {0.0, 1.0, 0.0}));
  CHECK_FALSE(routing({{1, 1, 1}, {3, 3, 4}}).stays());
}

TEST_CASE("a zone without an endpoint keeps nothing, and one without callers takes what others have too much",
          "[unit]") {
  CHECK(are(chances({{1, 1, 0}, {0, 3, 3}}), {0.0, 0.0, 1.0}));
  CHECK(are(chances({{1, 1}, {0, 3, 3}}), {0.0, 0.0, 1.0}));
  CHECK(are(chances({{3, 0, 0}, {2, 4, 4}}), {0.2, 0.4, 0.4}));
}

TEST_CASE("shares are whole ten-thousandths, and what rounding loses goes anywhere", "[unit]") {
  // 2857 of the endpoints for 3278 of the callers: 8715; 293 and 129 to spare.
  CHECK(are(chances({{20, 20, 21}, {4, 5, 5}}), {0.8715, 0.1285 * 293 / 422, 0.1285 * 129 / 422}));
  // 3332, 3333 and 3333 of the endpoints, 3333 of the callers each.
  CHECK(are(chances({{1, 1, 1}, {9'998, 10'001, 10'001}}), {0.9996 + 0.0004 / 3, 0.0004 / 3, 0.0004 / 3}));
}

TEST_CASE("the routing is off among few endpoints, in one zone, and where nobody knows of callers", "[unit]") {
  const auto is_on = [](const Zoned& zoned, std::uint32_t min_cluster = 6) {
    return routing(zoned, min_cluster).is_on();
  };
  CHECK(is_on({{1, 1}, {3, 3}}));
  CHECK_FALSE(is_on({{1, 1}, {2, 3}}));
  CHECK(is_on({{1, 1}, {2, 3}}, 5));
  CHECK_FALSE(is_on({{1, 1}, {3, 3}}, 7));
  CHECK_FALSE(is_on({{1, 1}, {0, 6}}));
  CHECK_FALSE(is_on({{}, {3, 3}}));
  CHECK(chances({{1, 1}, {2, 3}}).empty());
}

TEST_CASE("picks fall on zones as the rule says, whatever chooses within them", "[statistical]") {
  const Zoned zoned{{2, 2, 1}, {2, 4, 2}};
  for (const char* name : kAlgorithms) {
    INFO(name);
    const std::vector<std::int64_t> counts = picks_by_zone(*aware(name), zoned);
    CHECK(chi_square(counts, {0.625, 0.25, 0.125}).fits());
    CHECK_FALSE(chi_square(counts, {0.610, 0.26, 0.13}).fits());
    CHECK(chi_square(picks_by_zone(*aware(name, {{"min_cluster", "9"}}), zoned), {0.25, 0.5, 0.25}).fits());  // off
  }
}

TEST_CASE("where all stay no pick leaves the zone, and round robin takes its turns there", "[unit]") {
  const Zoned zoned{{1, 1, 1}, {4, 4, 4}, 1};
  for (const char* name : kAlgorithms)
    CHECK(picks_by_zone(*aware(name), zoned, 1'000) == std::vector<std::int64_t>{0, 1'000, 0});
  const auto balancer = aware("round_robin");
  balancer->update(zoned.view());
  std::string letters;
  for (std::uint64_t key = 0; key < 40; ++key) letters += static_cast<char>('a' + balancer->pick({.key = key}) - 4);
  CHECK(keeps_shares(letters, {1, 1, 1, 1}));
}

TEST_CASE("each zone has turns of its own", "[unit]") {
  const Zoned zoned{{2, 2, 1}, {2, 4, 2}};
  const auto balancer = aware("round_robin");
  balancer->update(zoned.view());
  std::vector<std::string> by_zone(3);
  for (std::uint64_t key = 0; key < 2'000; ++key) {
    const std::uint32_t endpoint = balancer->pick({.key = key, .plain = true});
    const std::uint32_t zone = zoned.zones[endpoint];
    by_zone[zone] += static_cast<char>('a' + endpoint - (zone == 0 ? 0 : zone == 1 ? 2 : 6));
  }
  CHECK(keeps_shares(by_zone[0], {1, 1}));
  CHECK(keeps_shares(by_zone[1], {1, 1, 1, 1}));
  CHECK(keeps_shares(by_zone[2], {1, 1}));
}

TEST_CASE("requests in flight are known when the routing goes off and comes on again", "[unit]") {
  Zoned zoned{{1, 1}, {4, 4}};
  const auto balancer = aware("least_request", {{"full_scan", "true"}});
  const auto is_least = [&](std::uint32_t endpoint) {
    for (std::uint64_t key = 0; key < 50; ++key)
      if (balancer->pick({.key = key}) != endpoint) return false;
    return true;
  };
  balancer->update(zoned.view());
  for (const std::uint32_t busy : {0u, 1u, 3u, 4u, 5u, 6u, 7u}) balancer->started(busy);
  CHECK(is_least(2));
  zoned.ready = {0, 1, 2, 4, 5};  // five of eight: off
  balancer->update(zoned.view());
  CHECK(is_least(2));
  balancer->started(2);
  balancer->finished(5, {});
  CHECK(is_least(5));
  balancer->finished(1, {});
  balancer->started(5);
  zoned.ready = {0, 1, 2, 3, 4, 5, 6, 7};
  balancer->update(zoned.view());
  CHECK(is_least(1));
}

TEST_CASE("without zone_aware zones and callers change no pick", "[unit]") {
  const Zoned zoned{{2, 2, 1}, {2, 4, 2}};
  for (const char* name : kAlgorithms) {
    const auto knows = balancer_of(name, {{"zone_aware", "false"}}), plain = balancer_of(name, {}), other = aware(name);
    knows->update(zoned.view());
    plain->update({.count = 8, .ready = zoned.ready});
    other->update(zoned.view());
    std::size_t differ = 0;
    for (std::uint64_t key = 0; key < 2'000; ++key) {
      const std::uint32_t endpoint = plain->pick({.key = key, .plain = true});
      REQUIRE(knows->pick({.key = key, .plain = true}) == endpoint);
      differ += other->pick({.key = key, .plain = true}) != endpoint;
    }
    CHECK(differ > 0);
  }
}

TEST_CASE("with zones workers share what they share without", "[unit]") {
  CHECK(aware("least_request")->shared_by_workers);
  CHECK(aware("least_request")->counts);
  CHECK_FALSE(aware("round_robin")->shared_by_workers);
  CHECK_FALSE(aware("random")->counts);
}

TEST_CASE("from how many endpoints on zones are chosen is six unless it is said", "[unit]") {
  const auto from = [](const Parameters& parameters) {
    BalancerArguments arguments{parameters};
    return HostSetRules::read(arguments, HostSetUse::zones).min_cluster;
  };
  CHECK(from({{"zone_aware", "true"}}) == 6u);
  CHECK(from({{"zone_aware", "true"}, {"min_cluster", "20"}}) == 20u);
  CHECK(from({{"zone_aware", "false"}, {"min_cluster", "20"}}) == std::nullopt);
  CHECK(from({}) == std::nullopt);
}

}  // namespace towtank::test
