#include "sim/core/slab.hpp"

#include <catch2/catch.hpp>

using namespace towtank;

TEST_CASE("a slab gives the slot that was freed last, and counts what is in use", "[unit]") {
  Slab<int> slab;
  CHECK(slab.allocate() == 0);
  CHECK(slab.allocate() == 1);
  CHECK(slab.allocate() == 2);
  slab[1] = 42;
  slab.release(0);
  slab.release(1);
  CHECK(slab.in_use() == 1);
  CHECK(slab.allocate() == 1);
  CHECK(slab[1] == 42);
  CHECK(slab.allocate() == 0);
  CHECK(slab.allocate() == 3);
  CHECK(slab.in_use() == 4);
  CHECK(slab.size() == 4);
}

TEST_CASE("a slab keeps what its records hold when it grows", "[unit]") {
  Slab<std::uint32_t> slab;
  for (std::uint32_t i = 0; i < 10'000; ++i) slab[slab.allocate()] = 3 * i;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    if (slab[i] != 3 * i) FAIL("record " << i);
  slab.clear();
  CHECK(slab.in_use() == 0);
  CHECK(slab.allocate() == 0);
}

TEST_CASE("a slab has as many slots as events can name", "[unit][slow]") {
  Slab<char> slab;
  for (std::uint32_t i = 0; i < Event::kSlots; ++i)
    if (slab.allocate() != i) FAIL("slot " << i);
  CHECK(slab.allocate() == kNoSlot);
  CHECK(slab.in_use() == Event::kSlots);
  slab.release(5);
  CHECK(slab.allocate() == 5);
}
