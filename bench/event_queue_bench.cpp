// The pending-event set: nanoseconds per event taken and put, for the shipped queue and for what it could be instead.
// Before anything is timed all of them must give the order of a std::set under a mixed load with ties.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "bench/event_queue_candidates.hpp"
#include "sim/core/check.hpp"
#include "sim/core/event_queue.hpp"
#include "sim/random/elementary.hpp"
#include "sim/random/mix.hpp"

namespace {

using namespace towtank;

constexpr std::uint32_t kOwner = 7;

/// Exponential increments, mean 1 ms, drawn beforehand: what is timed is the queue.
const std::array<std::int64_t, 1 << 15>& increments_ns() {
  static const auto values = [] {
    std::array<std::int64_t, 1 << 15> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      const double uniform = (static_cast<double>(mixed(i) >> 12) + 0.5) * 0x1p-52;
      made[i] = round_to_int64(-1e6 * elementary::log(uniform));
    }
    return made;
  }();
  return values;
}

Event event_at(Time time, std::uint32_t ordinal, EventClass event_class = EventClass::departure) {
  return Event{time, event_class, {kOwner, ordinal}, ordinal % Event::kSlots};
}

/// A queue that has been at its level for a while: first all events of one age, then some turns of hold.
template <class Queue>
struct Load {
  explicit Load(std::size_t level) {
    for (std::size_t i = 0; i < level; ++i) put(kTimeZero);
    for (std::size_t i = 0, turns = std::min<std::size_t>(3 * level, 300'000); i < turns; ++i) put(queue.pop().time());
  }
  void put(Time now) {
    queue.push(event_at(now + Duration{increments_ns()[ordinal % increments_ns().size()]}, ordinal));
    ++ordinal;
  }

  Queue queue;
  std::uint32_t ordinal = 0;
};

/// Each event puts one successor, as the end of a service with others waiting does.
template <class Queue>
void hold(benchmark::State& state) {
  Load<Queue> load{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) load.put(load.queue.pop().time());
  state.SetItemsProcessed(state.iterations());
}

/// Every other event puts two, as an arrival that begins a service does, and the others none.
template <class Queue>
void two_or_none(benchmark::State& state) {
  Load<Queue> load{static_cast<std::size_t>(state.range(0))};
  bool two = true;
  for (auto _ : state) {
    const Time now = load.queue.pop().time();
    if (two) {
      load.put(now);
      load.put(now);
    }
    two = !two;
  }
  state.SetItemsProcessed(state.iterations());
}

/// The level wanders between empty and some thousands; times come from few values, so that most events tie; classes
/// mix.
template <class Queue>
void check_order(const char* name, std::uint64_t seed) {
  Queue queue;
  std::set<Event> expected;
  Time now{};
  std::uint64_t state = seed;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const std::uint64_t random = mixed(++state);
    const bool fills = (i / 20'000) % 2 == 0;
    if (expected.empty() || (random & 7) < (fills ? 5u : 3u)) {
      // Mostly coarse times, seldom far ones; some now, which may come before what was taken last.
      const std::int64_t ahead = (random & 0x700) == 0 ? static_cast<std::int64_t>(random >> 40)
                                                       : static_cast<std::int64_t>((random >> 32) & 15) * 1000;
      const Event event = event_at(now + Duration{ahead}, i, static_cast<EventClass>((random >> 16) & 3));
      queue.push(event);
      expected.insert(event);
    } else {
      const Event first = queue.pop();
      if (!(first == *expected.begin())) std::fprintf(stderr, "%s differs at step %u\n", name, i);
      TOWTANK_CHECK(first == *expected.begin(), "all pending-event sets have one order");
      expected.erase(expected.begin());
      now = first.time();
    }
    TOWTANK_CHECK(queue.size() == expected.size(), "all pending-event sets agree on their size");
  }
  for (; !expected.empty(); expected.erase(expected.begin()))
    TOWTANK_CHECK(queue.pop() == *expected.begin(), "all pending-event sets have one order to the end");
}

template <class Queue>
void add(const std::string& name) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) check_order<Queue>(name.c_str(), seed << 32);
  const auto with_levels = [](benchmark::internal::Benchmark* made) {
    made->Arg(64)->Arg(1024)->Arg(32 * 1024)->Arg(1024 * 1024)->Iterations(1'000'000)->Repetitions(5);
    made->ReportAggregatesOnly();
  };
  with_levels(benchmark::RegisterBenchmark(("hold/" + name).c_str(), hold<Queue>));
  with_levels(benchmark::RegisterBenchmark(("two_or_none/" + name).c_str(), two_or_none<Queue>));
}

}  // namespace

int main(int argc, char** argv) {
  add<candidates::StandardQueue>("std_priority_queue");
  add<candidates::Heap<2>>("binary");
  add<candidates::Heap<4>>("4-ary");
  add<EventQueue>("4-ary_hole_shipped");
  add<candidates::Heap<8>>("8-ary");
  add<candidates::Ladder>("ladder");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
