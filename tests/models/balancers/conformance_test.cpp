#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>
#include <stdexcept>

#include "models/balancers/registry.hpp"
#include "sim/random/mix.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// What every algorithm of the registry must keep, and the closed forms of those whose shares are known
// (models/SOURCES.md 3.10).

namespace towtank::test {
namespace {

using Endpoints = std::vector<std::uint32_t>;

std::unique_ptr<Balancer> make(std::string_view name, const Parameters& parameters = {}, std::uint32_t replication = 0,
                               std::string_view purpose = "balance/test") {
  const BalancerInfo* info = find_balancer(name);
  REQUIRE(info != nullptr);
  BalancerArguments arguments{parameters};
  std::unique_ptr<Balancer> made = info->make(arguments, PickDraws{Draws{7, replication}, purpose_of(purpose)});
  REQUIRE(arguments.complaints(name).empty());
  for (const auto& [parameter, value] : parameters)
    if (parameter == "slow_start") made->update({0, {}});  // has begun, so that those to come are new
  return made;
}

Endpoints first_of(std::uint32_t n) {
  Endpoints all(n);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

/// For those who look at zones endpoints stand in three zones by twos, and all callers in the first: each endpoint gets the same.
EndpointView among(std::uint32_t count, std::span<const std::uint32_t> ready) {
  static const Endpoints kCallers = {1, 0, 0};
  static const Endpoints kZones = [] {
    Endpoints zones = first_of(64);
    for (std::uint32_t& zone : zones) zone = zone / 2 % 3;
    return zones;
  }();
  return {.count = count, .ready = ready, .zones = kZones, .callers_of_zone = kCallers};
}

Pick pick_of(std::uint64_t key) {
  return {.key = key,
          .attempt = 0,
          .client = static_cast<std::uint32_t>(key % 211),
          .plain = true,
          .source_address = static_cast<std::uint32_t>(mixed(key)),
          .content = static_cast<std::uint32_t>(mixed(key ^ 0x5EED)),
          .now = Time{} + key * 1ms};
}

/// Every algorithm with its own parameters, and those variants that run other code.
std::vector<std::pair<std::string, Parameters>> all_kinds() {
  std::vector<std::pair<std::string, Parameters>> kinds;
  for (const BalancerInfo& info : balancers()) kinds.push_back({std::string{info.name}, {}});
  for (const char* choices : {"1", "2", "3", "9"})
    for (const char* distinct : {"true", "false"})
      kinds.push_back({"least_request", {{"choices", choices}, {"distinct", distinct}}});
  kinds.push_back({"nginx_random", {{"two", "true"}}});
  kinds.push_back({"maglev", {{"table", "251"}, {"bound", "120"}}});
  kinds.push_back({"cilium_maglev", {{"table", "251"}}});
  kinds.push_back({"cilium_maglev", {{"port", "false"}}});
  kinds.push_back({"ring_hash", {{"min_ring", "100"}, {"bound", "120"}}});
  kinds.push_back({"haproxy_source", {{"consistent", "true"}, {"bound", "120"}}});
  kinds.push_back({"haproxy_random", {{"draws", "5"}}});
  for (const char* name : {"haproxy_roundrobin", "haproxy_static_rr", "haproxy_leastconn", "haproxy_first"}) kinds.push_back({name, {{"maxconn", "1000000"}}});
  for (const char* name : {"haproxy_roundrobin", "haproxy_static_rr", "haproxy_leastconn", "haproxy_first", "haproxy_random", "haproxy_source"})
    kinds.push_back({name, {{"maxconn", "1000000"}, {"minconn", "100000"}, {"fullconn", "1000"}}});
  kinds.push_back({"round_robin", {{"slow_start", "60s"}}});
  kinds.push_back({"least_request", {{"full_scan", "true"}}});
  kinds.push_back({"least_request", {{"slow_start", "60s"}, {"bias", "0.5"}}});
  kinds.push_back({"chashsubset", {{"size", "2"}}});
  kinds.push_back({"stale_least_request", {{"choices", "0"}, {"refresh", "5ms"}}});
  for (const char* name : {"random_subset", "deterministic_subset"}) kinds.push_back({name, {{"subset", "3"}}});
  for (const char* name : {"random", "round_robin", "least_request"}) kinds.push_back({name, {{"zone_aware", "true"}, {"min_cluster", "1"}}});
  kinds.push_back({"least_request", {{"zone_aware", "true"}, {"min_cluster", "1"}, {"full_scan", "true"}}});
  for (const char* name : {"random", "round_robin", "least_request", "maglev", "ring_hash"}) kinds.push_back({name, {{"panic", "0"}}});
  return kinds;
}

/// What they do follows from the order of requests alone.
const std::set<std::string> kWithoutChance = {
    "nginx_round_robin", "least_conn",        "ip_hash",        "haproxy_roundrobin",
    "haproxy_static_rr", "haproxy_leastconn", "haproxy_source", "haproxy_uri", "haproxy_first", "nginx_hash", "alb_least_outstanding",
    "ipvs_rr",           "ipvs_wrr",          "ipvs_lc",        "ipvs_wlc",
    "ipvs_sed",          "ipvs_nq",           "ipvs_lblc",      "ipvs_sh",
    "traefik_wrr",       "traefik_leasttime"};

/// Whose turn it is among idle endpoints follows from the order in which they came to be idle.
const std::set<std::string> kInOrderOfReturn = {"haproxy_leastconn", "alb_least_outstanding"};

/// They count connections for two minutes after their end.
const std::set<std::string> kCountsTheEnded = {"ipvs_lc", "ipvs_wlc", "ipvs_lblc"};

/// A request's next try goes elsewhere.
const std::set<std::string> kAvoidsTried = {
    "ewma", "nginx_round_robin", "least_conn", "nginx_random", "ip_hash", "nginx_hash", "random_subset", "deterministic_subset"};

/// All to one endpoint: nothing is left for the others.
const std::set<std::string> kOneForAll = {"ipvs_dh", "ipvs_lblc", "haproxy_first"};

/// Picks with answers that come late, as a proxy makes them.
std::vector<std::uint32_t> busy_picks(Balancer& balancer, std::uint32_t n) {
  std::vector<std::uint32_t> picks;
  for (std::uint32_t i = 0; i < n; ++i) {
    picks.push_back(balancer.pick(pick_of(i)));
    if (picks.back() == Balancer::kNone) continue;
    balancer.started(picks.back());
    if (i >= 5)
      balancer.finished(picks[i - 5], Feedback{.ok = i % 7 != 0, .latency = i * 1us, .now = Time{} + i * 1ms});
  }
  for (std::uint32_t i = n < 5 ? 0 : n - 5; i < n; ++i) balancer.finished(picks[i], {});
  return picks;
}

std::vector<std::int64_t> count(Balancer& balancer, std::uint32_t endpoints, std::uint64_t picks) {
  std::vector<std::int64_t> counts(endpoints, 0);
  for (std::uint64_t i = 0; i < picks; ++i) ++counts[balancer.pick(pick_of(i))];
  return counts;
}

/// Shares of picks when endpoint i has `loads[i]` requests in flight and none ends.
std::vector<std::int64_t> count_loaded(const Parameters& parameters, const std::vector<int>& loads,
                                       std::uint64_t picks) {
  const auto balancer = make("least_request", parameters);
  const auto n = static_cast<std::uint32_t>(loads.size());
  balancer->update({n, first_of(n)});
  for (std::uint32_t i = 0; i < n; ++i)
    for (int k = 0; k < loads[i]; ++k) balancer->started(i);
  return count(*balancer, n, picks);
}

}  // namespace

TEST_CASE("every algorithm picks only endpoints that are ready", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto balancer = make(name, parameters);
    for (const Endpoints& ready : {Endpoints{0, 1, 2, 3, 4, 5}, Endpoints{1, 3, 4}, Endpoints{5}, Endpoints{0, 2}}) {
      balancer->update(among(6, ready));
      const std::vector<std::uint32_t> picks = busy_picks(*balancer, 500);
      const std::set<std::uint32_t> seen(picks.begin(), picks.end());
      CHECK(std::includes(ready.begin(), ready.end(), seen.begin(), seen.end()));
      const bool keeps_to_three = !parameters.empty() && parameters[0].first == "subset";
      CHECK((seen.size() == (keeps_to_three ? std::min(ready.size(), std::size_t{3}) : ready.size()) ||
             kOneForAll.count(name) > 0));  // and leaves none out
    }
  }
}

TEST_CASE("every algorithm says so when no endpoint is ready, and recovers", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto balancer = make(name, parameters);
    CHECK(balancer->pick(pick_of(0)) == Balancer::kNone);
    balancer->update(among(3, {}));
    CHECK(balancer->pick(pick_of(1)) == Balancer::kNone);
    balancer->update(among(3, first_of(3)));
    CHECK(balancer->pick(pick_of(2)) < 3);
    balancer->update(among(3, {}));
    CHECK(balancer->pick(pick_of(3)) == Balancer::kNone);
  }
}

TEST_CASE("every algorithm repeats itself from the same seed, and only from the same", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto sequence = [&kind = name, &given = parameters](std::uint32_t replication) {
      const auto balancer = make(kind, given, replication);
      balancer->update(among(64, first_of(64)));
      return busy_picks(*balancer, 300);
    };
    CHECK(sequence(1) == sequence(1));
    CHECK((sequence(1) == sequence(2)) == (kWithoutChance.count(name) > 0));
  }
}

TEST_CASE("every algorithm takes endpoints that come later", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto balancer = make(name, parameters);
    balancer->update(among(2, first_of(2)));
    busy_picks(*balancer, 50);
    balancer->update(among(5, Endpoints{1, 4}));
    const std::vector<std::uint32_t> picks = busy_picks(*balancer, 200);
    CHECK((std::count(picks.begin(), picks.end(), 4u) > 0 || kOneForAll.count(name) > 0));
  }
}

TEST_CASE("picks in the order of keys and picks one by one are the same", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto batched = make(name, parameters), single = make(name, parameters);
    batched->update(among(9, first_of(9)));
    single->update(among(9, first_of(9)));
    for (std::uint64_t key = 0; key < 500; ++key) {
      Pick pick = pick_of(key);
      const std::uint32_t endpoint = batched->pick(pick);
      pick.plain = false;
      if (single->pick(pick) != endpoint) FAIL(name << " differs at key " << key);
    }
  }
}

TEST_CASE("algorithms that promise it leave out what a request has tried", "[conformance]") {
  const Endpoints tried = {0, 2, 3, 5};
  std::set<std::string> promising;
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const auto balancer = make(name, parameters);
    balancer->update(among(6, first_of(6)));
    bool avoids = true;
    for (std::uint64_t key = 0; key < 500; ++key) {
      Pick pick = pick_of(key);
      pick.plain = false;
      pick.attempt = 4;
      pick.tried = tried;
      const std::uint32_t endpoint = balancer->pick(pick);
      avoids = avoids && (endpoint == 1 || endpoint == 4);
    }
    CHECK(avoids == balancer->avoids_tried);
    if (balancer->avoids_tried) promising.insert(name);
  }
  CHECK(promising == kAvoidsTried);
}

TEST_CASE("requests that have ended leave no count behind", "[conformance]") {
  for (const auto& [name, parameters] : all_kinds()) {
    INFO(name);
    const bool in_order_of_return = kInOrderOfReturn.count(name) > 0,
               counts_the_ended = kCountsTheEnded.count(name) > 0;
    // Of an instance that had so many requests, of which so many have ended.
    const auto count_after = [&, &kind = name, &given = parameters](std::uint32_t requests, std::uint32_t ends) {
      const auto balancer = make(kind, given);
      balancer->update(among(6, first_of(6)));
      for (std::uint32_t i = 0; i < requests; ++i) balancer->started(i * i % 6);
      for (std::uint32_t i = 0; i < ends; ++i) balancer->finished(i * i % 6, {.now = Time{}});
      if (counts_the_ended) balancer->pick({.now = Time{} + 121s});  // the two minutes are over
      if (!in_order_of_return) return count(*balancer, 6, 300);
      std::vector<std::int64_t> counts(6, 0);
      for (std::uint64_t i = 0; i < 60; ++i) {
        const std::uint32_t endpoint = balancer->pick(pick_of(i));
        balancer->started(endpoint);
        balancer->finished(endpoint, {.now = Time{}});  // one that is never idle gets no turn
        ++counts[endpoint];
      }
      std::sort(counts.begin(), counts.end());
      return counts;
    };
    CHECK(count_after(40, 40) == count_after(0, 0));
    const bool has_choices = name == "least_request" && !parameters.empty() && parameters.front().second != "1";
    if (has_choices || in_order_of_return || counts_the_ended)
      CHECK(count_after(40, 30) != count_after(0, 0));  // the twin: ten did not end
  }
}

TEST_CASE("every algorithm says what it is, where its state is kept and where it comes from", "[conformance]") {
  std::set<std::string_view> names;
  for (const BalancerInfo& info : balancers()) {
    CHECK(names.insert(info.name).second);
    CHECK_FALSE(info.meaning.empty());
    CHECK_FALSE(info.scope.empty());
    CHECK_FALSE(info.source.empty());
    for (const BalancerParameter& parameter : info.parameters) {
      CHECK_FALSE(parameter.meaning.empty());
      BalancerArguments arguments{{{std::string{parameter.name}, std::string{parameter.fallback}}}};
      info.make(arguments, PickDraws{Draws{1, 0}, purpose_of("x")});
      CHECK(arguments.complaints(info.name).empty());  // the default that it names is one that it takes
    }
  }
  CHECK(find_balancer("no_such_algorithm") == nullptr);
}

TEST_CASE("every algorithm complains about a parameter it does not know or cannot read", "[conformance]") {
  for (const BalancerInfo& info : balancers()) {
    INFO(info.name);
    BalancerArguments unknown{{{"no_such_parameter", "1"}}};
    info.make(unknown, PickDraws{Draws{1, 0}, purpose_of("x")});
    REQUIRE(unknown.complaints(info.name).size() == 1);
    CHECK(unknown.complaints(info.name)[0].find("no_such_parameter") != std::string::npos);
    for (const BalancerParameter& parameter : info.parameters) {
      BalancerArguments unreadable{{{std::string{parameter.name}, "often"}}};
      info.make(unreadable, PickDraws{Draws{1, 0}, purpose_of("x")});
      REQUIRE(unreadable.complaints(info.name).size() == 1);
      CHECK(unreadable.complaints(info.name)[0].find("often") != std::string::npos);
    }
  }
}

TEST_CASE("every algorithm is found by its own name and by what the users of its products write", "[conformance]") {
  for (const BalancerInfo& info : balancers()) {
    INFO(info.name);
    CHECK(find_balancer(info.name) == &info);
    CHECK_FALSE(info.products.empty());
    for (const std::string_view product : info.products) {
      CHECK(find_balancer(product, info.written()) == &info);  // no two of a product share a name
      CHECK(find_balancer(product, info.name) == &info);
      const std::vector<std::string> names = balancer_names(product);
      CHECK(std::count(names.begin(), names.end(), info.written()) == 1);
    }
  }
  CHECK(find_balancer("envoy", "flow_hash") == nullptr);
  CHECK(find_balancer("l4", "least_request") == nullptr);
  CHECK(balancer_names("l4") == std::vector<std::string>{"random", "flow_hash", "round_robin"});
  using Names = std::vector<std::string>;
  CHECK(balancer_names("envoy") == Names{"random", "round_robin", "least_request", "ring_hash", "maglev",
                                         "client_side_weighted_round_robin", "join_idle_queue", "peak_ewma", "stale_least_request", "random_subset",
                                         "deterministic_subset", "aperture", "prequal", "c3"});
  CHECK(balancer_names("nginx") == Names{"round_robin", "least_conn", "random", "ip_hash", "hash", "join_idle_queue",
                                         "peak_ewma", "stale_least_request", "random_subset", "deterministic_subset",
                                         "aperture", "prequal", "c3"});
  CHECK(balancer_names("ingress-nginx") == Names{"round_robin", "ewma", "chash", "chashsubset", "sticky_balanced",
                                                 "join_idle_queue", "peak_ewma", "stale_least_request", "random_subset",
                                                 "deterministic_subset", "aperture", "prequal", "c3", "sticky_persistent"});
  CHECK(balancer_names("haproxy") == Names{"roundrobin", "static-rr", "leastconn", "source", "uri", "random", "peak_ewma",
                                           "stale_least_request", "random_subset", "deterministic_subset", "aperture",
                                           "prequal", "c3", "first"});
  CHECK(balancer_names("alb") == Names{"random", "round_robin", "least_outstanding"});
  CHECK(balancer_names("dns") == Names{"random", "round_robin"});
  CHECK(balancer_names("ipvs") == Names{"rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "mh", "dh", "lblc"});
  CHECK(balancer_names("cilium") == Names{"random", "maglev"});
  CHECK(balancer_names("traefik") == Names{"wrr", "p2c", "hrw", "leasttime", "peak_ewma", "stale_least_request",
                                           "random_subset", "deterministic_subset", "aperture", "prequal", "c3"});
  CHECK(find_balancer("nginx", "round_robin") == find_balancer("nginx_round_robin"));
  CHECK(find_balancer("ingress-nginx", "round_robin") == find_balancer("ingress_nginx_round_robin"));
  CHECK(balancer_names("no such product").empty());
}

TEST_CASE("an algorithm of one's own needs a name that is new", "[unit]") {
  const std::size_t before = balancers().size();
  BalancerInfo mine = *find_balancer("round_robin");
  CHECK_THROWS_WITH(add_balancer(mine), Catch::Matchers::Contains("there is a `round_robin` already"));
  mine.name = "mine";
  mine.products = {"nginx"};
  mine.spelling = "least_conn";
  CHECK_THROWS_WITH(add_balancer(mine), Catch::Matchers::Contains("nginx has a `least_conn` already"));
  mine.spelling = {};
  mine.make = nullptr;
  CHECK_THROWS_AS(add_balancer(mine), std::invalid_argument);
  mine.make = find_balancer("round_robin")->make;
  mine.products.clear();
  CHECK_THROWS_AS(add_balancer(mine), std::invalid_argument);
  CHECK(balancers().size() == before);
}

TEST_CASE("times among a balancer's parameters have a unit and a range", "[unit]") {
  const auto read = [](const char* text) {
    BalancerArguments arguments{{{"time", text}}};
    const Duration time = arguments.duration("time", 7s, 1s, 2h);
    return std::pair{time, arguments.complaints("x").size()};
  };
  CHECK(read("10s") == std::pair{Duration{10s}, std::size_t{0}});
  CHECK(read("2m") == std::pair{Duration{2min}, std::size_t{0}});
  CHECK(read("2h") == std::pair{Duration{2h}, std::size_t{0}});
  for (const char* wrong : {"", "10", "s", "0s", "-1s", "3h", "10ms", "1.5s", "99999999999999999h"})
    CHECK(read(wrong) == std::pair{Duration{7s}, std::size_t{1}});
}

TEST_CASE("choices of least_request out of range are refused", "[unit]") {
  for (const char* choices : {"0", "-1", "65537", "2.5", "2x", "", "99999999999999999999"}) {
    BalancerArguments arguments{{{"choices", choices}}};
    find_balancer("least_request")->make(arguments, PickDraws{Draws{1, 0}, purpose_of("x")});
    CHECK(arguments.complaints("least_request").size() == 1);
  }
}

TEST_CASE("random and flow_hash give every endpoint the same share", "[statistical]") {
  const std::vector<double> equal(7, 1.0 / 7), skewed = {0.16, 0.14, 0.14, 0.14, 0.14, 0.14, 0.14};
  for (const char* name : {"random", "flow_hash"}) {
    const auto balancer = make(name);
    balancer->update({7, first_of(7)});
    const std::vector<std::int64_t> counts = count(*balancer, 7, kPicks);
    CHECK(chi_square(counts, equal).fits());
    CHECK_FALSE(chi_square(counts, skewed).fits());
  }
}

TEST_CASE("flow_hash keeps to a flow's endpoint whoever asks, and moves 1 - 1/n of the flows when one of n leaves",
          "[statistical]") {
  const auto balancer = make("flow_hash"), other = make("flow_hash");
  balancer->update({5, first_of(5)});
  other->update({5, first_of(4)});
  std::vector<std::int64_t> moved(2, 0);
  for (std::uint64_t key = 0; key < kPicks; ++key) {
    const std::uint32_t before = balancer->pick(pick_of(key));
    if (before != balancer->pick(pick_of(key))) FAIL("flow " << key);
    ++moved[other->pick(pick_of(key)) != before];
  }
  CHECK(chi_square(moved, {0.2, 0.8}).fits());
  CHECK_FALSE(chi_square(moved, {0.22, 0.78}).fits());
}

TEST_CASE("round_robin's counts never differ by more than one", "[unit]") {
  const auto balancer = make("round_robin");
  for (const std::uint32_t n : {7u, 3u}) {
    balancer->update({7, first_of(n)});
    std::vector<int> counts(n, 0);
    for (std::uint64_t i = 0; i < 100; ++i) {
      ++counts[balancer->pick(pick_of(i))];
      const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
      CHECK(*most - *least <= 1);
    }
  }
}

TEST_CASE("round_robin starts anywhere", "[statistical]") {
  std::vector<std::int64_t> starts(6, 0);
  for (std::uint32_t replication = 0; replication < 6'000; ++replication) {
    const auto balancer = make("round_robin", {}, replication);
    balancer->update({6, first_of(6)});
    ++starts[balancer->pick(pick_of(0))];
  }
  CHECK(chi_square(starts, std::vector<double>(6, 1.0 / 6)).fits());
  CHECK_FALSE(chi_square(starts, {0.24, 0.152, 0.152, 0.152, 0.152, 0.152}).fits());
}

TEST_CASE("of two endpoints least_request with replacement sends a quarter to the busier", "[statistical]") {
  const std::vector<std::int64_t> counts = count_loaded({}, {3, 1}, kPicks);
  CHECK(chi_square(counts, {0.25, 0.75}).fits());
  CHECK_FALSE(chi_square(counts, {0.27, 0.73}).fits());
}

TEST_CASE("of three endpoints with loads 2, 1, 0 least_request gives 1/9, 3/9, 5/9", "[statistical]") {
  const std::vector<std::int64_t> counts = count_loaded({}, {2, 1, 0}, kPicks);
  CHECK(chi_square(counts, {1.0 / 9, 3.0 / 9, 5.0 / 9}).fits());
  CHECK_FALSE(
      chi_square(count_loaded({{"distinct", "true"}, {"choices", "2"}}, {3, 2, 1}, kPicks), {0.11, 0.34, 0.55}).fits());
}

TEST_CASE("least_request prefers by rank as theory says for any number of choices", "[statistical]") {
  constexpr std::uint32_t n = 6;
  const std::vector<int> loads = {5, 2, 0, 3, 1, 4};
  const auto ranked = [&](double (*share)(int rank)) {
    std::vector<double> shares;
    for (const int load : loads) shares.push_back(share(load));
    return shares;
  };
  // Distinct pair: 2 (N - 1 - r) / (N (N - 1)); the busiest is never picked, so it is left out of the comparison.
  std::vector<std::int64_t> pair = count_loaded({{"distinct", "true"}}, loads, kPicks);
  CHECK(pair[0] == 0);
  std::vector<double> expected = ranked([](int r) { return 2.0 * (n - 1.0 - r) / (n * (n - 1.0)); });
  pair.erase(pair.begin());
  expected.erase(expected.begin());
  CHECK(chi_square(pair, expected).fits());
  // With replacement: ((N - r)^d - (N - r - 1)^d) / N^d.
  const auto cube = [](double x) { return x * x * x; };
  std::vector<double> three;
  for (const int r : loads) three.push_back((cube(1.0 * n - r) - cube(n - 1.0 - r)) / cube(n));
  CHECK(chi_square(count_loaded({{"choices", "3"}}, loads, kPicks), three).fits());
  CHECK_FALSE(chi_square(count_loaded({{"choices", "2"}}, loads, kPicks), three).fits());
  // Three distinct ones: C(N - 1 - r, 2) / C(N, 3); ranks 4 and 5 never win.
  const std::vector<std::int64_t> triple = count_loaded({{"choices", "3"}, {"distinct", "true"}}, loads, kPicks);
  CHECK(triple[0] == 0);
  CHECK(triple[5] == 0);
  CHECK(chi_square({triple[2], triple[4], triple[1], triple[3]}, {10.0 / 20, 6.0 / 20, 3.0 / 20, 1.0 / 20}).fits());
}

TEST_CASE("least_request among more choices than endpoints, all distinct, takes the least loaded", "[unit]") {
  const std::vector<std::int64_t> counts = count_loaded({{"choices", "50"}, {"distinct", "true"}}, {3, 1, 2, 4}, 1'000);
  CHECK(counts == std::vector<std::int64_t>{0, 1'000, 0, 0});
}

TEST_CASE("ties of least_request are broken by the draw, not by the place", "[statistical]") {
  for (const char* distinct : {"true", "false"}) {
    for (const char* choices : {"2", "3"}) {
      const std::vector<std::int64_t> counts =
          count_loaded({{"distinct", distinct}, {"choices", choices}}, {1, 1, 1, 1}, kPicks);
      CHECK(chi_square(counts, std::vector<double>(4, 0.25)).fits());
    }
  }
}

TEST_CASE("weights change what those choose who say that they weigh, and nobody else", "[conformance]") {
  const auto picked = [](const BalancerInfo& info, const Endpoints& weights) {
    Endpoints picks;
    for (std::uint32_t replication = 0; replication < 10; ++replication) {
      const std::unique_ptr<Balancer> balancer = make(info.name, {}, replication);
      const Endpoints ready = first_of(3);
      balancer->update({3, ready, weights});
      for (std::uint64_t key = 0; key < 200; ++key) {
        picks.push_back(balancer->pick(pick_of(key)));
        balancer->started(picks.back());
        if (key % 4 == 0) continue;  // the one before stays open
        balancer->finished(picks[picks.size() - 2], {.latency = 5ms, .now = Time{} + key * 1ms});
      }
    }
    return picks;
  };
  for (const BalancerInfo& info : balancers()) {
    INFO(info.name);
    CHECK((picked(info, {}) != picked(info, {5, 1, 1})) == info.weighs);
    CHECK(picked(info, {}) == picked(info, {1, 1, 1}));
  }
}

}  // namespace towtank::test
