#include "sim/random/draws.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/sim/random/chi_square.hpp"

namespace towtank {
namespace {

constexpr PurposeId kWork = purpose_of("work");

TEST_CASE("a purpose is the FNV-1a hash of its name", "[unit]") {
  CHECK(static_cast<std::uint32_t>(purpose_of("")) == 0x811c9dc5u);
  CHECK(static_cast<std::uint32_t>(purpose_of("a")) == 0xe40c292cu);
  CHECK(static_cast<std::uint32_t>(purpose_of("foobar")) == 0xbf9cf968u);
}

TEST_CASE("the registry takes a name twice, but not two names of one hash", "[unit]") {
  PurposeRegistry registry;
  CHECK(registry.add("liquid") == purpose_of("liquid"));
  CHECK(registry.add("liquid") == purpose_of("liquid"));
  // A known pair of FNV-1a.
  REQUIRE(purpose_of("costarring") == purpose_of("liquid"));
  CHECK_FALSE(registry.try_add("costarring").has_value());
  CHECK(registry.try_add("work").has_value());
}

TEST_CASE("seed, replication, purpose, key, attempt and draw each alter the block", "[unit]") {
  const Draws draws{1, 2};
  std::set<std::array<std::uint32_t, 4>> blocks;
  for (const PhiloxBlock& block :
       {draws.block(kWork, 3), Draws{2, 2}.block(kWork, 3), Draws{1, 3}.block(kWork, 3),
        draws.block(purpose_of("arrival"), 3), draws.block(kWork, 4), draws.block(kWork, 3 + (std::uint64_t{1} << 32)),
        draws.block(kWork, 3, 1), draws.block(kWork, 3, 0, 1), draws.block(kWork, 3, 1, 1)})
    blocks.insert(block.lane);
  CHECK(blocks.size() == 9);
  CHECK(draws.block(kWork, 3) == Draws{1, 2}.block(kWork, 3));
}

TEST_CASE("a draw below n reaches 0 and n - 1 and nothing beyond", "[unit]") {
  for (const std::uint32_t n : {1u, 2u, 7u, 10000u, 0x80000001u}) {
    CHECK(Draws::below(n, 0) == 0);
    CHECK(Draws::below(n, 0xffffffffu) == n - 1);
  }
  CHECK(Draws::below(4, 0x3fffffffu) == 0);
  CHECK(Draws::below(4, 0x40000000u) == 1);
}

/// Pairs (draw of a key in one stream, draw of it in the next) over 16 x 16 cells.
template <class Stream>
ChiSquare pairs_of_streams(Stream uniform) {
  constexpr std::uint32_t kCells = 16;
  std::vector<std::int64_t> counts(kCells * kCells);
  for (std::uint32_t stream = 0; stream < 20; ++stream)
    for (std::uint64_t key = 0; key < 10000; ++key) {
      const auto row = static_cast<std::uint32_t>(uniform(stream, key) * kCells);
      const auto column = static_cast<std::uint32_t>(uniform(stream + 1, key) * kCells);
      ++counts[row * kCells + column];
    }
  return chi_square(counts, std::vector<double>(counts.size(), 1.0 / static_cast<double>(counts.size())));
}

TEST_CASE("parallel streams are uniform and independent of each other", "[statistical]") {
  const auto of_replication = [](std::uint32_t stream, std::uint64_t key) {
    return Draws{42, stream}.uniform(kWork, key);
  };
  const auto of_seed = [](std::uint32_t stream, std::uint64_t key) { return Draws{stream, 0}.uniform(kWork, key); };
  const auto of_purpose = [](std::uint32_t stream, std::uint64_t key) {
    return Draws{42, 0}.uniform(PurposeId{stream}, key);
  };
  const auto of_attempt = [](std::uint32_t stream, std::uint64_t key) {
    return Draws{42, 0}.uniform(kWork, key, stream);
  };
  const auto of_lanes = [](std::uint32_t stream, std::uint64_t key) {
    const PhiloxBlock block = Draws{42, 0}.block(kWork, key + 10000 * (stream / 2));
    return stream % 2 == 0 ? uniform_from(block.lane[0], block.lane[1]) : uniform_from(block.lane[2], block.lane[3]);
  };
  CHECK(pairs_of_streams(of_replication).fits());
  CHECK(pairs_of_streams(of_seed).fits());
  CHECK(pairs_of_streams(of_purpose).fits());
  CHECK(pairs_of_streams(of_attempt).fits());
  CHECK(pairs_of_streams(of_lanes).fits());
}

TEST_CASE("the test of streams finds one key in 20 that two streams share, and a lean of 5 %", "[statistical]") {
  const auto shared = [](std::uint32_t stream, std::uint64_t key) {
    return Draws{42, key % 20 == 0 ? 0 : stream}.uniform(kWork, key);
  };
  const auto leaning = [](std::uint32_t stream, std::uint64_t key) {
    const double u = Draws{42, stream}.uniform(kWork, key);
    return u * (1.05 - 0.05 * u);
  };
  CHECK_FALSE(pairs_of_streams(shared).fits());
  CHECK_FALSE(pairs_of_streams(leaning).fits());
}

/// Keys as users ask for them: in order, backwards, without order, near each other, two streams by turns, far up.
std::vector<std::uint64_t> mixed_keys() {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t key = 0; key < 1000; ++key) keys.push_back(key);
  for (std::uint64_t key = 1500; key-- > 700;) keys.push_back(key);
  const Draws draws{9, 9};
  for (std::uint64_t i = 0; i < 3000; ++i) keys.push_back(draws.block(PurposeId{1}, i).lane[0]);
  for (std::uint64_t i = 0; i < 3000; ++i) keys.push_back(draws.block(PurposeId{1}, i).lane[1] % 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) keys.push_back(i + ((i % 2) << 32));
  for (std::uint64_t i = 0; i < 300; ++i) keys.push_back(0xffffffffu - 150 + i);
  for (std::uint64_t i = 0; i < 300; ++i) keys.push_back(UINT64_MAX - 299 + i);
  return keys;
}

std::vector<Distribution> laws() {
  return {Distribution::constant(0.001), Distribution::exponential(0.02), Distribution::lognormal_mean_cv(0.02, 2),
          Distribution::gamma(0.02, 0.7), Distribution::uniform(0.0, 1.0)};
}

TEST_CASE("a ring of blocks gives what the draws give, whatever the order of keys", "[unit]") {
  const Draws draws{5, 6};
  BlockRing ring{draws, kWork};
  bool agrees = true;
  for (const std::uint64_t key : mixed_keys()) agrees = agrees && ring.at(key) == draws.block(kWork, key);
  CHECK(agrees);
  CHECK_FALSE(ring.at(1) == draws.block(kWork, 2));
}

TEST_CASE("a ring of samples gives the single samples, whatever the law and the order of keys", "[unit]") {
  const Draws draws{5, 6};
  for (const Distribution& law : laws()) {
    SampleRing ring{draws, kWork, law};
    LegRing legs{draws, kWork, law};
    bool agrees = true;
    for (const std::uint64_t key : mixed_keys()) {
      agrees = agrees && ring.at(key) == law.sample(draws.uniform(kWork, key)).count();
      agrees = agrees && ring.at(key) == sample_scalar(law, draws, kWork, key);
      agrees = agrees && legs.at(key) == legs_scalar(law, draws, kWork, key);
    }
    INFO(law.describe());
    CHECK(agrees);
  }
}

TEST_CASE("the two legs of a key come from different lanes, the first from those of a single sample", "[unit]") {
  const Draws draws{5, 6};
  const Distribution law = Distribution::exponential(1.0);
  const PhiloxBlock block = draws.block(kWork, 77);
  const Legs legs = legs_scalar(law, draws, kWork, 77);
  CHECK(legs.forward == sample_scalar(law, draws, kWork, 77));
  CHECK(legs.back == law.sample(uniform_from(block.lane[2], block.lane[3])).count());
  CHECK(legs.forward != legs.back);
  CHECK_FALSE(legs_scalar(law, draws, kWork, 77, 1) == legs);
  CHECK(sample_scalar(law, draws, kWork, 77, 1) == law.sample(draws.uniform(kWork, 77, 1)).count());
}

TEST_CASE("a ring that was reset draws from the next replication", "[unit]") {
  const Distribution law = Distribution::exponential(1.0);
  SampleRing ring{Draws{5, 0}, kWork, law};
  for (std::uint64_t key = 0; key < 500; ++key) ring.at(key);
  ring.reset(Draws{5, 1});
  SampleRing fresh{Draws{5, 1}, kWork, law};
  for (std::uint64_t key = 500; key-- > 0;) CHECK(ring.at(key) == fresh.at(key));
}

}  // namespace
}  // namespace towtank
