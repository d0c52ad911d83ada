#include "sim/stats/fingerprint.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>

namespace towtank {
namespace {

Fingerprint of(std::initializer_list<std::uint64_t> numbers) {
  Fingerprint fingerprint;
  for (std::uint64_t number : numbers) fingerprint.add(number);
  return fingerprint;
}

}  // namespace

TEST_CASE("a fingerprint is pinned: the same numbers give the same text for ever", "[golden]") {
  CHECK(of({}).hex() == "0000000000000000");
  CHECK(of({1, 2, 3}).hex() == "e8a05e5810978e29");
}

TEST_CASE("a fingerprint depends on order, on number and on zeros", "[unit]") {
  const std::set<std::string> texts = {of({}).hex(),     of({0}).hex(),       of({0, 0}).hex(),   of({1, 2}).hex(),
                                       of({2, 1}).hex(), of({1, 2, 0}).hex(), of({0, 1, 2}).hex()};
  CHECK(texts.size() == 7);
  CHECK(of({5, 6}).value() == of({5, 6}).value());
}

TEST_CASE("a hundred thousand neighbouring numbers have fingerprints of their own", "[unit]") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t a = 0; a < 316; ++a)
    for (std::uint64_t b = 0; b < 316; ++b) seen.insert(of({a, b}).value());
  CHECK(seen.size() == 316 * 316);
}

TEST_CASE("one bit of the numbers turns half of the fingerprint's bits", "[statistical]") {
  std::uint64_t turned = 0, pairs = 0;
  for (std::uint64_t number = 0; number < 200; ++number)
    for (int bit = 0; bit < 64; ++bit, ++pairs)
      turned += static_cast<std::uint64_t>(
          std::popcount(of({number, 7}).value() ^ of({number ^ (std::uint64_t{1} << bit), 7}).value()));
  const double bits = 64.0 * static_cast<double>(pairs);
  CHECK(std::abs(static_cast<double>(turned) - bits / 2) < 4.9 * std::sqrt(bits) / 2);  // 4.9: normal, 1e-6
}

TEST_CASE("a histogram's fingerprint is of what it holds, not of its memory", "[unit]") {
  Histogram used{10}, fresh{10};
  used.add(1'000'000'000);
  used.reset();
  Histogram other{10};
  for (std::int64_t ns : {3'000, 70'000}) used.add(ns), fresh.add(ns), other.add(ns);
  other.add(70'000);
  Fingerprint a, b, c;
  a.add(used), b.add(fresh), c.add(other);
  CHECK(a.hex() == b.hex());
  CHECK(a.hex() != c.hex());
}

TEST_CASE("a fingerprint sees both words of a sum of times", "[unit]") {
  DurationSum small, large;
  for (int i = 0; i < 2; ++i) small.add(0), large.add(INT64_MAX);
  small.add(-2), large.add(0);  // 2^64 - 2 and -2 have the same lower word
  Fingerprint a, b;
  a.add(small), b.add(large);
  CHECK(a.value() != b.value());
}

}  // namespace towtank
