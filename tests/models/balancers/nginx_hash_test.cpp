#include "models/balancers/nginx_hash.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/balancers/ketama.hpp"
#include "sim/random/mix.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Hashes and rings of nginx and ingress-nginx (models/SOURCES.md 3.2, 3.3).

namespace towtank::test {
namespace {

/// The modulo algorithm without any server out: whom `key` belongs to in this round.
std::uint32_t hashed(std::string_view key, std::uint32_t rounds) {
  std::uint32_t hash = 0;
  for (std::uint32_t round = 0; round < rounds; ++round) hash = balancer::nginx_rehash(hash, round, key);
  return hash;
}

std::unique_ptr<Balancer> other_worker(std::string_view product, std::string_view name, const Parameters& parameters,
                                       std::uint32_t endpoints) {
  BalancerArguments arguments{parameters};
  auto made = find_balancer(product, name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/another")});
  Numbers all(endpoints);
  for (std::uint32_t i = 0; i < endpoints; ++i) all[i] = i;
  made->update({endpoints, all});
  return made;
}

}  // namespace

TEST_CASE("crc32 is that of zlib, in one piece or several", "[unit]") {
  CHECK(crc32("") == 0);
  CHECK(crc32("123456789") == 0xCBF43926u);
  CHECK(crc32("6789", crc32("12345")) == 0xCBF43926u);
}

TEST_CASE("addresses are written as nginx writes them", "[unit]") {
  CHECK(AddressText{address(100, 64, 0, 1)}.view() == "100.64.0.1");
  CHECK(AddressText{0}.view() == "0.0.0.0");
  CHECK(AddressText{UINT32_MAX}.view() == "255.255.255.255");
}

TEST_CASE("nginx's hash of a key", "[unit]") {
  const std::pair<const char*, std::uint32_t> examples[] = {
      {"/a", 26992}, {"/b", 28793}, {"/c", 1918}, {"user1", 3153}, {"user2", 5464}};
  for (const auto& [key, hash] : examples) CHECK(hashed(key, 1) == hash);
  CHECK(hashed("/a", 2) == 56241);  // crc32("1/a") added
}

TEST_CASE("nginx's hash goes by the caller's address, and a retry to the next round's server", "[unit]") {
  Instance instance("nginx", "hash", {1, 1, 1});
  Instance weighted("nginx", "hash", {1, 2});
  std::set<std::uint32_t> seen;
  for (std::uint32_t host = 0; host < 300; ++host) {
    const AddressText key{address(10, 1, 2, 3) + host};
    const std::uint32_t endpoint = instance.ask(address(10, 1, 2, 3) + host);
    CHECK(endpoint == hashed(key.view(), 1) % 3);
    CHECK(weighted.ask(address(10, 1, 2, 3) + host) == (hashed(key.view(), 1) % 3 == 0 ? 0u : 1u));
    std::uint32_t rounds = 2;
    while (hashed(key.view(), rounds) % 3 == endpoint) ++rounds;
    const Numbers tried = {endpoint};
    if (rounds <= 22)
      CHECK(instance.balancer().pick({.source_address = address(10, 1, 2, 3) + host, .tried = tried}) ==
            hashed(key.view(), rounds) % 3);
    seen.insert(endpoint);
  }
  CHECK(seen.size() == 3);
}

TEST_CASE("servers have 160 points a weight, each from the one before", "[unit]") {
  KetamaRing ring;
  ring.add("a", 0, 1);
  ring.add("b", 1, 2);
  ring.close();
  CHECK(ring.size() == 480);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> points;  // from the rule itself
  for (std::uint32_t owner = 0; owner < 2; ++owner) {
    std::uint32_t point = 0;
    for (std::uint32_t i = 0; i < 160 * (owner + 1); ++i) {
      std::string bytes = owner == 0 ? "a" : "b";
      for (unsigned k = 0; k < 4; ++k) bytes += static_cast<char>(point >> 8 * k & 0xFFu);
      points.emplace_back(point = crc32(bytes), owner);
    }
  }
  std::sort(points.begin(), points.end());
  for (std::uint64_t key = 0; key < 5'000; ++key) {
    const auto hash = static_cast<std::uint32_t>(mixed(key));
    auto next = points.begin();
    while (next != points.end() && next->first < hash) ++next;
    CHECK(ring.owner_at(ring.place_of(hash)) == (next == points.end() ? points.front() : *next).second);
  }
  CHECK(ring.place_of(points.back().first + 1) == 0);
  CHECK(ring.after(479) == 0);
}

TEST_CASE("of two points in one place the first stays", "[unit]") {
  KetamaRing ring;
  ring.add("same", 0, 1);
  ring.add("same", 1, 1);
  ring.close();
  CHECK(ring.size() == 160);
  for (std::size_t place = 0; place < 160; ++place) CHECK(ring.owner_at(place) == 0);
}

TEST_CASE("names that stand for addresses are all different", "[unit]") {
  for (const std::uint64_t seed : {0ull, 1ull, 0xFFFFFFFFFFFFFFFFull, 0x123456789ABCDEF0ull}) {
    std::set<std::string> names;
    for (std::uint32_t endpoint = 0; endpoint < 5'000; ++endpoint) names.insert(drawn_name(endpoint, seed, ':'));
    CHECK(names.size() == 5'000);
  }
  CHECK(drawn_name(0, 0, ':') == "10.0.0.0:8080");
}

TEST_CASE("of a ketama ring only the keys of the server that leaves move", "[unit]") {
  const std::pair<const char*, const char*> kinds[] = {{"nginx", "hash"}, {"ingress-nginx", "chash"}};
  for (const auto& [product, name] : kinds) {
    INFO(name);
    const Parameters parameters = std::string{product} == "nginx" ? Parameters{{"consistent", "true"}} : Parameters{};
    Instance all(product, name, Numbers(7, 1), parameters), fewer(product, name, Numbers(7, 1), parameters);
    fewer.ready({0, 1, 2, 4, 5, 6});
    int moved = 0;
    for (std::uint32_t source = 0; source < 5'000; ++source) {
      const std::uint32_t before = all.ask(source);
      if (before == 3)
        ++moved;
      else
        CHECK(fewer.ask(source) == before);
    }
    CHECK(moved > 350);  // 714 on average, give or take the ring's 8 % unevenness
  }
}

TEST_CASE("workers agree on whom a hash belongs to, and another replication has other addresses", "[unit]") {
  const std::tuple<const char*, const char*, Parameters> kinds[] = {{"nginx", "hash", {{"consistent", "true"}}},
                                                                    {"nginx", "hash", {}},
                                                                    {"ingress-nginx", "chash", {}},
                                                                    {"ingress-nginx", "sticky_balanced", {}}};
  for (const auto& [product, name, parameters] : kinds) {
    INFO(name);
    Instance one(product, name, Numbers(5, 1), parameters), anew(product, name, Numbers(5, 1), parameters, 1);
    const auto other = other_worker(product, name, parameters, 5);
    int moved = 0;
    for (std::uint32_t who = 0; who < 500; ++who) {
      const std::uint32_t endpoint = one.ask(who, who);
      CHECK(other->pick({.client = who, .source_address = who}) == endpoint);
      moved += anew.ask(who, who) != endpoint;
    }
    CHECK((moved > 0) == (std::string{name} != "hash" || !parameters.empty()));  // modulo needs no address
  }
}

TEST_CASE("nginx's consistent hash passes a failed server's callers to the next point's, and takes them back",
          "[unit]") {
  Instance instance("nginx", "hash", {1, 1, 1}, {{"consistent", "true"}});
  const std::uint32_t owner = instance.start(77);
  instance.balancer().finished(owner, {.ok = false, .failed = true, .now = instance.now()});
  const std::uint32_t other = instance.ask(77);
  CHECK(other != owner);
  CHECK(instance.ask(77) == other);
  instance.wait(11s);
  CHECK(instance.ask(77) == owner);
}

TEST_CASE("chashsubset fills groups in the order of the endpoints, the last one from the first", "[statistical]") {
  // Seven endpoints by three: {0, 1, 2}, {3, 4, 5}, {6, 0, 1}.
  Instance instance("ingress-nginx", "chashsubset", Numbers(7, 1));
  KetamaRing sets;
  for (std::uint32_t set = 0; set < 3; ++set) sets.add("set" + std::to_string(set + 1), set, 1);
  sets.close();
  const std::uint32_t groups[3][3] = {{0, 1, 2}, {3, 4, 5}, {6, 0, 1}};
  std::vector<std::vector<std::int64_t>> counts(3, std::vector<std::int64_t>(3, 0));
  for (std::uint32_t source = 0; source < kPicks; ++source) {
    const std::uint32_t set = sets.owner_at(sets.place_of(crc32(AddressText{source}.view())));
    const std::uint32_t endpoint = instance.ask(source);
    const auto* const member = std::find(std::begin(groups[set]), std::end(groups[set]), endpoint);
    REQUIRE(member != std::end(groups[set]));
    ++counts[set][static_cast<std::size_t>(member - std::begin(groups[set]))];
  }
  for (const std::vector<std::int64_t>& of_set : counts) CHECK(chi_square(of_set, {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
  CHECK_FALSE(chi_square(counts[0], {0.36, 0.32, 0.32}).fits());
}

TEST_CASE("a client with a cookie keeps its endpoint, from whatever address it comes", "[unit]") {
  Instance instance("ingress-nginx", "sticky_balanced", Numbers(5, 1));
  std::vector<std::int64_t> counts(5, 0);
  for (std::uint32_t client = 0; client < 2'000; ++client) {
    const std::uint32_t endpoint = instance.ask(1, client);
    CHECK(instance.ask(99, client) == endpoint);
    ++counts[endpoint];
  }
  for (const std::int64_t count : counts) CHECK(count > 0);
  // One more endpoint takes its part, and nobody moves between the others. Clients fall on the circle at random, and so
  // do its 160 of 960 points: their part follows Beta(160, 800).
  Instance grown("ingress-nginx", "sticky_balanced", Numbers(6, 1));
  int moved = 0;
  for (std::uint32_t client = 0; client < 2'000; ++client) {
    const std::uint32_t endpoint = grown.ask(1, client);
    if (endpoint == 5)
      ++moved;
    else
      CHECK(instance.ask(1, client) == endpoint);
  }
  const double part = 1.0 / 6, spread = part * (1.0 - part);
  const double deviation = std::sqrt(2'000.0 * spread + 2'000.0 * 2'000.0 * spread / 961.0);
  CHECK(std::abs(moved - 2'000.0 * part) < normal_quantile(1.0 - kFalseAlarm / 2) * deviation);
  CHECK(std::abs(moved - 2'000.0 / 2) >
        normal_quantile(1.0 - kFalseAlarm / 2) * deviation);  // as if half of them moved
}

TEST_CASE("a cookie that names its endpoint keeps it when others come, and until it goes", "[statistical]") {
  constexpr std::uint32_t kClients = 6'000;
  Instance instance("ingress-nginx", "sticky_persistent", Numbers(6, 1));
  instance.ready({0, 1, 2, 3, 4});
  Numbers before;
  std::vector<std::int64_t> counts(5, 0);
  for (std::uint32_t client = 0; client < kClients; ++client) {
    before.push_back(instance.ask(1, client));
    ++counts[before.back()];
  }
  CHECK(chi_square(counts, std::vector<double>(5, 0.2)).fits());  // evenly, unlike on a ring
  CHECK_FALSE(chi_square(counts, {0.26, 0.185, 0.185, 0.185, 0.185}).fits());
  instance.ready({0, 1, 2, 4, 5});  // 3 goes, 5 comes
  std::vector<std::int64_t> moved(6, 0);
  for (std::uint32_t client = 0; client < kClients; ++client) {
    const std::uint32_t now = instance.ask(99, client);
    if (before[client] != 3)
      CHECK(now == before[client]);
    else
      ++moved[now];
  }
  CHECK(moved[3] == 0);
  CHECK(chi_square({moved[0], moved[1], moved[2], moved[4], moved[5]}, std::vector<double>(5, 0.2)).fits());
  CHECK(instance.balancer().repeats);
}

TEST_CASE(
    "a retry under the ring or the cookie of ingress-nginx asks the same endpoint again, under groups any of the same",
    "[unit]") {
  CHECK(Instance("ingress-nginx", "chash", {1, 1}).balancer().repeats);
  CHECK(Instance("ingress-nginx", "sticky_balanced", {1, 1}).balancer().repeats);
  Instance groups("ingress-nginx", "chashsubset", Numbers(6, 1), {{"size", "2"}});
  CHECK(groups.balancer().repeats);
  const std::vector<std::uint32_t> tried = {groups.ask(1)};
  std::set<std::uint32_t> seen;  // one of two is left out of 40 draws with a chance of 2^-39
  for (std::uint32_t attempt = 1; attempt <= 40; ++attempt)
    seen.insert(groups.balancer().pick({.key = 1, .attempt = attempt, .source_address = 1, .tried = tried}));
  CHECK(seen == std::set<std::uint32_t>{tried[0] / 2 * 2, tried[0] / 2 * 2 + 1});
  CHECK_FALSE(Instance("nginx", "hash", {1, 1}).balancer().repeats);
}

}  // namespace towtank::test
