#include "models/request/request_keys.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <vector>

#include "tests/sim/random/chi_square.hpp"

namespace towtank::test {
namespace {

/// The keys of so many requests of one traffic.
std::vector<std::uint32_t> keys_of(const RequestKeyLaw& law, std::uint64_t requests, const char* traffic = "api", std::uint32_t seed = 7) {
  PurposeRegistry purposes;
  RequestKeys keys{Draws{seed, 0}};
  keys.add(traffic, law, purposes);
  std::vector<std::uint32_t> found;
  Request request{};
  for (request.key = 0; request.key < requests; ++request.key) found.push_back(keys.of(request));
  return found;
}

/// Of the most frequent first.
std::vector<std::int64_t> counts_of(const std::vector<std::uint32_t>& keys) {
  std::map<std::uint32_t, std::int64_t> by_key;
  for (const std::uint32_t key : keys) ++by_key[key];
  std::vector<std::int64_t> counts;
  for (const auto& [key, count] : by_key) counts.push_back(count);
  std::sort(counts.rbegin(), counts.rend());
  return counts;
}

}  // namespace

TEST_CASE("the k-th key is as frequent as 1 / k^exponent", "[statistical]") {
  // 1, 1/4, 1/9, 1/16: so far apart that their order is that of their ranks.
  const std::vector<std::int64_t> counts = counts_of(keys_of({.keys = 4, .exponent = 2.0}, 60'000));
  const double all = 1.0 + 1.0 / 4 + 1.0 / 9 + 1.0 / 16;
  CHECK(chi_square(counts, {1.0 / all, 1.0 / 4 / all, 1.0 / 9 / all, 1.0 / 16 / all}).fits());
  CHECK_FALSE(chi_square(counts, {0.68, 0.19, 0.08, 0.05}).fits());
  CHECK(RequestKeyLaw{.keys = 4, .exponent = 2.0}.most_frequent() == Approx(1.0 / all));
  CHECK(RequestKeyLaw{.keys = 10'000, .exponent = 1.1}.most_frequent() == Approx(0.151437).epsilon(1e-5));
}

TEST_CASE("of a uniform law all keys are as frequent", "[statistical]") {
  std::map<std::uint32_t, std::int64_t> by_key;
  for (const std::uint32_t key : keys_of({.keys = 5}, 60'000)) ++by_key[key];
  REQUIRE(by_key.size() == 5);
  std::vector<std::int64_t> counts;
  for (const auto& [key, count] : by_key) counts.push_back(count);
  CHECK(chi_square(counts, {0.2, 0.2, 0.2, 0.2, 0.2}).fits());
  CHECK(RequestKeyLaw{.keys = 5}.most_frequent() == Approx(0.2));
  CHECK(counts_of(keys_of({}, 100)).size() == 1);
}

TEST_CASE("a key belongs to its request, and to its traffic", "[unit]") {
  const RequestKeyLaw law{.keys = 100, .exponent = 1.0};
  CHECK(keys_of(law, 500) == keys_of(law, 500));
  const std::vector<std::uint32_t> mine = keys_of(law, 500), others = keys_of(law, 500, "batch"), again = keys_of(law, 500, "api", 8);
  const std::set<std::uint32_t> of_mine(mine.begin(), mine.end());
  for (const std::uint32_t key : others) CHECK(of_mine.count(key) == 0);
  for (const std::uint32_t key : again) CHECK(of_mine.count(key) == 0);  // where keys fall is chance, too
}

}  // namespace towtank::test
