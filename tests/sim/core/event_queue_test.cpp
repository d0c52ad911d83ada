#include "sim/core/event_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/sim/stats/test_numbers.hpp"

using namespace towtank;

namespace {

Event event_at(std::int64_t ns, std::uint32_t ordinal = 0, EventClass event_class = EventClass::departure) {
  return Event{Time{Duration{ns}}, event_class, {0, ordinal}, 0};
}

/// Random pushes and pops beside a std::multiset. @param instants  fewer of them make more ties
void compare_with_set(std::uint64_t seed, std::uint64_t instants, std::uint64_t typical_size, int operations) {
  test::TestNumbers numbers{seed};
  EventQueue queue;
  std::multiset<Event> set;
  std::int64_t now = 0;
  for (int i = 0; i < operations; ++i) {
    const bool grows = set.empty() || numbers.next() % (2 * typical_size) >= set.size();
    if (grows) {
      const Event event{
          Time{Duration{now + static_cast<std::int64_t>(numbers.next() % instants)}},
          static_cast<EventClass>(numbers.next() % 4),
          {static_cast<std::uint32_t>(numbers.next() % 4), static_cast<std::uint32_t>(numbers.next() % 1000)},
          static_cast<std::uint32_t>(numbers.next() % 8)};
      queue.push(event);
      set.insert(event);
    } else {
      if (numbers.next() % 4 == 0 && !(queue.top() == *set.begin())) FAIL("top differs at operation " << i);
      const Event event = queue.pop();
      if (!(event == *set.begin())) FAIL("pop differs at operation " << i);
      set.erase(set.begin());
      now = event.time().time_since_epoch().count();
      const Event next = set.empty() ? Event::sentinel() : *set.begin();
      if (!(queue.least_child() == next)) FAIL("the next event is not known at operation " << i);
    }
    if (queue.size() != set.size() || queue.empty() != set.empty()) FAIL("sizes differ at operation " << i);
  }
  while (!set.empty()) {
    if (!(queue.pop() == *set.begin())) FAIL("the rest comes out in another order");
    set.erase(set.begin());
  }
  CHECK(queue.empty());
}

}  // namespace

TEST_CASE("the event queue pops in the total order, ties included", "[unit]") {
  SECTION("few events, nearly all of them ties") { compare_with_set(1, 2, 6, 100'000); }
  SECTION("some hundred events") { compare_with_set(2, 20, 300, 100'000); }
  SECTION("more events than the queue was born with") { compare_with_set(3, 1'000, 5'000, 100'000); }
  SECTION("no ties") { compare_with_set(4, 1'000'000'000, 1'500, 100'000); }
}

TEST_CASE("a push after a pop takes the place that became free", "[unit]") {
  EventQueue queue;
  for (std::int64_t t = 1; t <= 20; ++t) queue.push(event_at(t));
  for (std::int64_t t = 1; t <= 1'000; ++t) {
    CHECK(queue.pop() == event_at(t));
    queue.push(event_at(t + 20));
    CHECK(queue.size() == 20);
  }
}

TEST_CASE("pops in a row and an empty queue leave no hole behind", "[unit]") {
  EventQueue queue;
  for (int round = 0; round < 3; ++round) {
    queue.push(event_at(2));
    queue.push(event_at(1));
    CHECK(queue.pop() == event_at(1));
    CHECK(queue.size() == 1);
    CHECK(queue.pop() == event_at(2));
    CHECK(queue.empty());
    CHECK(queue.least_child() == Event::sentinel());
  }
  queue.push(event_at(7));
  CHECK(queue.top() == event_at(7));
  queue.clear();
  CHECK(queue.empty());
  queue.push(event_at(8));
  CHECK(queue.pop() == event_at(8));
}

TEST_CASE("the events that may be next are shown among those that are pending", "[unit]") {
  EventQueue queue;
  for (std::int64_t t = 50; t > 0; --t) queue.push(event_at(t));
  CHECK(queue.pop() == event_at(1));
  std::vector<std::int64_t> soon;
  queue.for_each_soon([&](const Event& event) { soon.push_back(event.time().time_since_epoch().count()); });
  CHECK(soon.size() == 4);
  CHECK(std::find(soon.begin(), soon.end(), 2) != soon.end());
  CHECK(queue.least_child() == event_at(2));
}
