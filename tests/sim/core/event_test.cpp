#include "sim/core/event.hpp"

#include <catch2/catch.hpp>
#include <tuple>

#include "tests/sim/stats/test_numbers.hpp"

using namespace towtank;

namespace {

Time at_ns(std::int64_t ns) { return Time{Duration{ns}}; }

}  // namespace

TEST_CASE("an earlier event goes first whatever it is", "[unit]") {
  CHECK(Event{at_ns(1), EventClass::arrival, {900, 900}, 900} < Event{at_ns(2), EventClass::departure, {0, 0}, 0});
  CHECK(Event{kNever, EventClass::departure, {0, 0}, 0} < Event::sentinel());
}

TEST_CASE("at one instant departures precede control, control timers, timers arrivals", "[unit]") {
  const EventClass order[] = {EventClass::departure, EventClass::control, EventClass::timer, EventClass::arrival};
  for (std::size_t i = 0; i + 1 < 4; ++i)
    CHECK(Event{at_ns(5), order[i], {Identity::kEntity, 99}, 99} < Event{at_ns(5), order[i + 1], {0, 0}, 0});
}

TEST_CASE("an event gives back what it was made of", "[unit]") {
  const Event event{at_ns(123'456'789'012), EventClass::timer, {1021, (1u << 28) - 1}, (1u << 24) - 1};
  CHECK(event.time() == at_ns(123'456'789'012));
  CHECK(event.event_class() == EventClass::timer);
  CHECK(event.owner() == 1021);
  CHECK(event.identity() == Identity{1021, (1u << 28) - 1});
  CHECK(event.slot() == (1u << 24) - 1);
}

TEST_CASE("ordinals beyond 28 bits are the same identity as their remainder", "[unit]") {
  CHECK(Identity{3, 7} == Identity{3, 7 + (1u << 28)});
  CHECK_FALSE(Identity{3, 7} == Identity{4, 7});
  CHECK(Event{at_ns(0), EventClass::departure, {3, 7 + (1u << 28)}, 1} ==
        Event{at_ns(0), EventClass::departure, {3, 7}, 1});
}

TEST_CASE("events are in the order of time, class, owner, ordinal and slot, and in no other", "[unit]") {
  test::TestNumbers numbers{1};
  const auto few = [&](std::uint64_t n) { return static_cast<std::uint32_t>(numbers.next() % n); };
  const auto draw = [&] { return std::tuple{static_cast<std::int64_t>(few(3)), few(4), few(3), few(3), few(3)}; };
  const auto event_of = [](const auto& parts) {
    const auto [time, event_class, owner, ordinal, slot] = parts;
    return Event{at_ns(time), static_cast<EventClass>(event_class), {owner, ordinal}, slot};
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto a = draw(), b = draw();
    if ((event_of(a) < event_of(b)) != (a < b) || (event_of(a) == event_of(b)) != (a == b)) {
      FAIL("pair " << i << " is out of order");
    }
  }
}
