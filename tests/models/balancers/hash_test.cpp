#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numeric>
#include <string_view>
#include <tuple>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_ring.hpp"
#include "models/balancers/maglev_table.hpp"
#include "models/balancers/ranked_set.hpp"
#include "sim/random/mix.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/balancers/instance.hpp"

// Rings, Maglev tables and what Envoy makes of them (models/SOURCES.md 3.4, 3.10).

namespace towtank::test {
namespace {

std::unique_ptr<Balancer> balancer_over(std::string_view name, const Parameters& parameters, std::uint32_t endpoints,
                                        std::string_view purpose = "balance/test", std::uint32_t replication = 0) {
  BalancerArguments arguments{parameters};
  std::unique_ptr<Balancer> made =
      find_balancer(name)->make(arguments, PickDraws{Draws{7, replication}, purpose_of(purpose)});
  REQUIRE(arguments.complaints(name).empty());
  std::vector<std::uint32_t> ready(endpoints);
  std::iota(ready.begin(), ready.end(), 0u);
  made->update({endpoints, ready});
  return made;
}

std::uint32_t pick_for(Balancer& balancer, std::uint32_t address) {
  return balancer.pick({.key = 1, .source_address = address});
}

std::vector<MaglevWish> random_wishes(std::uint32_t hosts, std::uint32_t size) {
  std::vector<MaglevWish> wishes;
  for (std::uint32_t i = 0; i < hosts; ++i)
    wishes.push_back({static_cast<std::uint32_t>(mixed(2 * i) % size),
                      static_cast<std::uint32_t>(mixed(2 * i + 1) % (size - 1) + 1), 1});
  return wishes;
}

std::vector<std::uint32_t> places_of(const std::vector<std::uint32_t>& table, std::uint32_t hosts) {
  std::vector<std::uint32_t> places(hosts, 0);
  for (const std::uint32_t owner : table) ++places[owner];
  return places;
}

/// Share of the places whose owner is another one after the last host has gone, those of its own left out.
double disturbed(const std::vector<std::uint32_t>& before, const std::vector<std::uint32_t>& after,
                 std::uint32_t gone) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) moved += before[i] != gone && before[i] != after[i];
  return static_cast<double>(moved) / static_cast<double>(before.size());
}

/// Largest and smallest share over the average, and the coefficient of variation.
struct Evenness {
  double most = 0.0, least = 0.0, cv = 0.0;
};

Evenness evenness_of_ring(std::uint32_t layout, std::uint32_t hosts, std::uint32_t points) {
  HashRing ring;
  for (std::uint32_t host = 0; host < hosts; ++host)
    for (std::uint32_t i = 0; i < points; ++i) ring.add(mixed(mixed(layout * 1000u + host) ^ i), host);
  ring.close();
  const std::vector<double> shares = ring.shares(hosts);
  double squares = 0.0;
  for (const double share : shares) squares += (share * hosts - 1.0) * (share * hosts - 1.0);
  return {*std::max_element(shares.begin(), shares.end()) * hosts,
          *std::min_element(shares.begin(), shares.end()) * hosts, std::sqrt(squares / hosts)};
}

bool holds(const std::vector<double>& values, double truth) {
  const Interval interval = mean_interval(values, 1.0 - 1e-6);
  return interval.low <= truth && truth <= interval.high;
}

}  // namespace

TEST_CASE("backends fill a maglev table in turns, as in the paper's example", "[unit]") {
  const std::vector<MaglevWish> all = {{3, 4, 1}, {0, 2, 1}, {3, 1, 1}};
  CHECK(maglev_table(all, 7) == std::vector<std::uint32_t>{1, 0, 1, 0, 2, 2, 0});
  const std::vector<MaglevWish> without = {all[0], all[2]};
  CHECK(maglev_table(without, 7) == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1});
}

TEST_CASE("places of a maglev table are even to one, and by weight to a round (oracle hash-ring10x100-maglev65537)",
          "[unit]") {
  const std::vector<std::uint32_t> ten = places_of(maglev_table(random_wishes(10, 65'537), 65'537), 10);
  CHECK(std::count(ten.begin(), ten.end(), 6'554u) == 7);
  CHECK(std::count(ten.begin(), ten.end(), 6'553u) == 3);
  const std::vector<std::uint32_t> thousand = places_of(maglev_table(random_wishes(1'000, 65'537), 65'537), 1'000);
  CHECK(*std::max_element(thousand.begin(), thousand.end()) - *std::min_element(thousand.begin(), thousand.end()) == 1);
  std::vector<MaglevWish> weighted = random_wishes(3, 251);
  weighted[0].weight = 3;
  weighted[1].weight = 2;
  const std::vector<std::uint32_t> by_weight = places_of(maglev_table(weighted, 251), 3);
  CHECK(std::abs(static_cast<double>(by_weight[0]) - 251.0 / 2) <= 2.0);
  CHECK(std::abs(static_cast<double>(by_weight[1]) - 251.0 / 3) <= 2.0);
}

TEST_CASE("a backend that goes disturbs few places of the others, and a ring's none", "[unit]") {
  // Paper, 5.3: a table of 100 times the backends disturbs at most a few percent; known for n = 10, M = 65,537: 0.2 %.
  const auto at = [](std::uint32_t hosts, std::uint32_t size) {
    const std::vector<MaglevWish> all = random_wishes(hosts, size);
    const std::vector<MaglevWish> fewer(all.begin(), all.end() - 1);
    return disturbed(maglev_table(all, size), maglev_table(fewer, size), hosts - 1);
  };
  CHECK(at(10, 65'537) < 0.004);
  CHECK(at(10, 1'009) < 0.035);
  CHECK(at(10, 1'009) > 0.0);
  HashRing all, fewer;
  for (std::uint32_t host = 0; host < 10; ++host)
    for (std::uint32_t i = 0; i < 100; ++i) {
      all.add(mixed(host * 100u + i), host);
      if (host < 9) fewer.add(mixed(host * 100u + i), host);
    }
  all.close();
  fewer.close();
  for (std::uint64_t key = 0; key < 5'000; ++key)
    if (const std::uint32_t owner = all.owner_of(mixed(key)); owner != 9) CHECK(fewer.owner_of(mixed(key)) == owner);
}

TEST_CASE("a maglev table of a thousand backends is even to one place, and a leaver moves few places of the others",
          "[unit]") {
  // Every round gives each backend a place, and the last one some of them: places differ by one whatever the wishes
  // are.
  struct Known {
    std::uint32_t size, least, most, first, middle, last;  ///< places; places moved when that backend leaves
  };
  constexpr std::uint32_t kBackends = 1'000;
  for (const Known& known : {Known{65'537, 65, 66, 400, 385, 411}, Known{655'373, 655, 656, 2'098, 2'168, 2'157}}) {
    const std::vector<MaglevWish> all = random_wishes(kBackends, known.size);
    const std::vector<std::uint32_t> table = maglev_table(all, known.size), places = places_of(table, kBackends);
    CHECK(*std::min_element(places.begin(), places.end()) == known.least);
    CHECK(*std::max_element(places.begin(), places.end()) == known.most);
    CHECK(known.least == known.size / kBackends);
    const auto moved_by = [&](std::uint32_t leaver) {
      std::vector<MaglevWish> others = all;
      others.erase(others.begin() + leaver);
      std::uint32_t moved = 0;
      const std::vector<std::uint32_t> after = maglev_table(others, known.size);
      for (std::size_t place = 0; place < table.size(); ++place)
        moved += table[place] != leaver && table[place] != after[place] + (after[place] >= leaver);
      return moved;
    };
    CHECK(moved_by(0) == known.first);
    CHECK(moved_by(kBackends / 2) == known.middle);
    CHECK(moved_by(kBackends - 1) == known.last);
    // The twin: by the hash modulo the backends nearly all would move.
    std::uint32_t moved = 0;
    for (std::uint32_t place = 0; place < known.size; ++place) moved += place % kBackends != place % (kBackends - 1);
    CHECK(moved > 100 * known.first);
  }
}

TEST_CASE("a ring of ten hosts with 100 points each is as uneven as theory says (oracle hash-ring10x100-maglev65537)",
          "[statistical]") {
  std::vector<double> most, least, cv, coarse;
  for (std::uint32_t layout = 0; layout < 2'000; ++layout) {
    const Evenness ring = evenness_of_ring(layout, 10, 100);
    most.push_back(ring.most);
    least.push_back(ring.least);
    cv.push_back(ring.cv * ring.cv);
    coarse.push_back(evenness_of_ring(layout, 10, 90).most);
  }
  CHECK(holds(most, 1.1594263792065));
  CHECK(holds(least, 0.851978432924958));
  CHECK(holds(cv, 0.0948209311861521 * 0.0948209311861521));  // the square is what has a mean without bias
  CHECK_FALSE(holds(coarse, 1.1594263792065));                // the twin: 90 points
}

TEST_CASE("Envoy's ring has whole points of the lightest host, and 1,024 in all at least", "[unit]") {
  using Points = std::vector<std::uint64_t>;
  const auto at = [](const std::vector<std::uint32_t>& weights, double least = 1'024, double most = 8'388'608) {
    return ring_points(weights, least, most);
  };
  CHECK(at({1, 1, 1, 1}) == Points(4, 256));
  CHECK(at({1, 1, 1}) == Points(3, 342));  // ceil(1024 / 3)
  CHECK(at({7}) == Points{1'024});
  CHECK(at({1, 3}) == Points{256, 768});
  CHECK(at({1, 2}) == Points{342, 684});  // ceil(1024 / 3) of the lighter
  CHECK(at({5, 9, 2}) == Points{320, 576, 128});
  CHECK(at(std::vector<std::uint32_t>(2'000, 1)) == Points(2'000, 1));
  CHECK(at({1, 1}, 10, 10) == Points(2, 5));
  CHECK(at({1, 1, 1, 1}, 1, 2) == Points{1, 0, 1, 0});  // the most cuts hosts off
}

TEST_CASE("of Envoy's ring only the keys of the host that leaves move while the others keep their points", "[unit]") {
  // ceil(100 / 60) = ceil(100 / 59): two points each.
  const Parameters small = {{"min_ring", "100"}};
  const auto all = balancer_over("ring_hash", small, 60), fewer = balancer_over("ring_hash", small, 60);
  std::vector<std::uint32_t> rest(60);
  std::iota(rest.begin(), rest.end(), 0u);
  rest.erase(rest.begin() + 23);
  fewer->update({60, rest});
  int moved = 0;
  for (std::uint32_t address = 0; address < 20'000; ++address) {
    const std::uint32_t before = pick_for(*all, address);
    if (before == 23)
      ++moved;
    else
      CHECK(pick_for(*fewer, address) == before);
  }
  CHECK(moved > 0);
}

TEST_CASE("Envoy's ring gives the others more points when a host leaves, so that more keys move", "[statistical]") {
  // Of P points P/n go with the host, and the other n - 1 get N new ones: a key that was theirs moves where a new point
  // of another host comes to lie before the old one.
  const auto ceil_of = [](std::uint32_t hosts) { return (1'024 + hosts - 1) / hosts; };
  for (const std::uint32_t n : {3u, 5u, 10u}) {
    const double old_points = n * ceil_of(n), fresh = (n - 1) * (ceil_of(n - 1) - ceil_of(n));
    const double stays = 1.0 - fresh / (old_points + fresh) * (n - 2) / (n - 1);
    const double expected = 1.0 - (n - 1.0) / n * stays;
    std::vector<double> moved;
    for (std::uint32_t layout = 0; layout < 300; ++layout) {
      const auto all = balancer_over("ring_hash", {}, n, "balance/test", layout);
      const auto fewer = balancer_over("ring_hash", {}, n - 1, "balance/test", layout);
      int others = 0;
      for (std::uint32_t address = 0; address < 400; ++address)
        others += pick_for(*all, address) != pick_for(*fewer, address);
      moved.push_back(others / 400.0);
    }
    INFO(n);
    CHECK(holds(moved, expected));
    CHECK_FALSE(holds(moved, 1.0 / n));  // the twin: points that stay
  }
}

TEST_CASE("a caller's endpoint is the same in every instance, and another layout stands in another replication",
          "[unit]") {
  for (const char* name : {"maglev", "ring_hash"}) {
    INFO(name);
    const auto one = balancer_over(name, {}, 7), other = balancer_over(name, {}, 7, "balance/other"),
               anew = balancer_over(name, {}, 7, "x", 1);
    std::size_t moved = 0;
    for (std::uint32_t address = 0; address < 500; ++address) {
      CHECK(pick_for(*one, address) == pick_for(*other, address));
      moved += pick_for(*one, address) != pick_for(*anew, address);
    }
    CHECK(moved > 300);
  }
}

TEST_CASE("a bound passes a full endpoint's callers on", "[unit]") {
  // Nine in flight, 120 %, four alike: ceil(ceil(10 * 1.2) / 4) = 3 slots each.
  for (const char* name : {"maglev", "ring_hash"}) {
    INFO(name);
    const auto bounded = balancer_over(name, {{"bound", "120"}}, 4);
    const std::uint32_t owner = pick_for(*bounded, 42);
    const auto start = [&](std::uint32_t endpoint, int times) {
      for (int i = 0; i < times; ++i) bounded->started(endpoint);
    };
    start(owner, 3);
    for (std::uint32_t other = 0; other < 4; ++other)
      if (other != owner) start(other, 2);
    CHECK(pick_for(*bounded, 42) == owner);  // 3 of 3 slots: not above
    bounded->started(owner);                 // 4 of ceil(ceil(11 * 1.2) / 4) = 4
    CHECK(pick_for(*bounded, 42) == owner);
    bounded->started(owner);  // 5 of ceil(ceil(12 * 1.2) / 4) = 4
    const std::uint32_t elsewhere = pick_for(*bounded, 42);
    CHECK(elsewhere != owner);
    CHECK(pick_for(*bounded, 42) == elsewhere);  // the order of the others is the caller's own
  }
}

TEST_CASE("sizes of rings and tables that will not do are refused", "[unit]") {
  BalancerArguments wrong{{{"min_ring", "2000"}, {"max_ring", "1000"}}};
  find_balancer("ring_hash")->make(wrong, PickDraws{Draws{1, 0}, purpose_of("x")});
  CHECK(wrong.complaints("ring_hash").size() == 1);
  BalancerArguments composite{{{"table", "65536"}}};
  find_balancer("maglev")->make(composite, PickDraws{Draws{1, 0}, purpose_of("x")});
  REQUIRE(composite.complaints("maglev").size() == 1);
  CHECK(composite.complaints("maglev")[0] == "parameter `table`: 65536 is no prime; 65537 would do");
}

TEST_CASE("a ranked set tells its members in order, whatever came and went", "[unit]") {
  RankedSet set;
  for (const std::uint32_t count : {1u, 2u, 7u, 64u, 100u}) {
    set.reset(count);
    std::vector<bool> member(count, false);
    for (std::uint64_t step = 0; step < 600; ++step) {
      const auto endpoint = static_cast<std::uint32_t>(mixed(step) % count);
      const bool in = mixed(step + 1'000) % 2 == 0;
      in ? set.insert(endpoint) : set.erase(endpoint);
      member[endpoint] = in;
    }
    std::vector<std::uint32_t> known, told;
    for (std::uint32_t i = 0; i < count; ++i)
      if (member[i]) known.push_back(i);
    for (std::uint32_t rank = 0; rank < set.size(); ++rank) told.push_back(set.at(rank));
    CHECK(told == known);
  }
}

TEST_CASE("join_idle_queue takes an idle endpoint while there is one", "[unit]") {
  const auto balancer = balancer_over("join_idle_queue", {}, 5);
  std::vector<std::uint32_t> taken;
  for (std::uint64_t key = 0; key < 5; ++key) {
    taken.push_back(balancer->pick({.key = key}));
    balancer->started(taken.back());
  }
  std::sort(taken.begin(), taken.end());
  CHECK(taken == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
  balancer->finished(3, {});
  CHECK(balancer->pick({.key = 5}) == 3);
}

namespace {

std::unique_ptr<Balancer> of_product(std::string_view product, std::string_view name, const Parameters& parameters) {
  const BalancerInfo* info = find_balancer(product, name);
  REQUIRE(info != nullptr);
  BalancerArguments arguments{parameters};
  std::unique_ptr<Balancer> made = info->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  REQUIRE(arguments.complaints(name).empty());
  static const Numbers kAll = {0, 1, 2, 3, 4};
  made->update({.count = 5, .ready = kAll});
  return made;
}

}  // namespace

TEST_CASE("what is hashed is the caller's address or the request's key, as it is told", "[unit]") {
  const std::vector<std::tuple<const char*, const char*, Parameters>> of_requests = {
      {"nginx", "hash", {{"key", "request"}}},       {"nginx", "hash", {{"key", "request"}, {"consistent", "true"}}},
      {"ingress-nginx", "chash", {{"key", "request"}}}, {"envoy", "ring_hash", {{"key", "request"}}},
      {"envoy", "maglev", {{"key", "request"}}},     {"haproxy", "uri", {}},
      {"haproxy", "uri", {{"consistent", "true"}}}};
  const auto differ = [](Balancer& balancer, bool by_content) {
    std::uint32_t other = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
      const std::uint32_t first = balancer.pick({.key = i, .source_address = 1, .content = 1});
      other += balancer.pick({.key = i, .source_address = by_content ? 1 : i * 7919, .content = by_content ? i * 7919 : 1}) != first;
    }
    return other;
  };
  for (const auto& [product, name, parameters] : of_requests) {
    INFO(product << " " << name);
    const auto balancer = of_product(product, name, parameters);
    CHECK(balancer->by_content);
    CHECK_FALSE(balancer->by_source);
    CHECK(differ(*balancer, true) > 100);
    CHECK(differ(*balancer, false) == 0);
    if (std::string_view{name} == "uri") continue;
    Parameters of_callers = parameters;
    of_callers.front().second = "address";
    const auto other = of_product(product, name, of_callers);
    CHECK(other->by_source);
    CHECK_FALSE(other->by_content);
    CHECK(differ(*other, true) == 0);
    CHECK(differ(*other, false) > 100);
  }
  BalancerArguments arguments{{{"key", "uri"}}};
  find_balancer("envoy", "maglev")->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/test")});
  REQUIRE(arguments.complaints("maglev").size() == 1);
  CHECK(arguments.complaints("maglev")[0].find("parameter `key`: found `uri`: address or request would do") == 0);
}

}  // namespace towtank::test
