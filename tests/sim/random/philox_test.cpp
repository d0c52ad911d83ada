#include "sim/random/philox.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace towtank {
namespace {

TEST_CASE("philox gives the published vectors of Random123", "[unit]") {
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxBlock{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  constexpr std::uint32_t kOnes = 0xffffffff;
  CHECK(philox4x32_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
        PhiloxBlock{{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxBlock{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST_CASE("philox gives the 10,000th value that the C++26 standard names for its default seed", "[unit]") {
  // Four values to a block, the counter's lowest word first: the 10,000th is the last of block 2,499.
  CHECK(philox4x32_10({2499, 0, 0, 0}, {20111115, 0}).lane[3] == 1955073260u);
}

TEST_CASE("a uniform is never 0 or 1, and one minus it is as exact as itself", "[unit]") {
  CHECK(uniform_from(0, 0) == 0x1p-53);
  CHECK(uniform_from(0xffffffff, 0xffffffff) == 1.0 - 0x1p-53);
  CHECK(uniform_from(0x80000000, 0) == 0.5 + 0x1p-53);
  CHECK(uniform_from(0x7fffffff, 0xffffffff) == 0.5 - 0x1p-53);
  // The complement of the bits is the complement of the number.
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const PhiloxBlock block = philox4x32_10({i, 0, 0, 0}, {1, 2});
    const double u = uniform_from(block.lane[0], block.lane[1]);
    CHECK(1.0 - u == uniform_from(~block.lane[0], ~block.lane[1]));
    CHECK(1.0 - (1.0 - u) == u);
  }
}

TEST_CASE("the lowest 12 bits do not count in a uniform, all others do", "[unit]") {
  CHECK(uniform_from(5, 0x00000fff) == uniform_from(5, 0));
  CHECK(uniform_from(5, 0x00001000) == uniform_from(5, 0) + 0x1p-52);
  CHECK(uniform_from(0x80000000, 0) - uniform_from(0, 0) == 0.5);
}

}  // namespace
}  // namespace towtank
