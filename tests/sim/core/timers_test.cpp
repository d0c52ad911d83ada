#include "sim/core/timers.hpp"

#include <catch2/catch.hpp>

using namespace towtank;

TEST_CASE("timers of one duration end in the order in which they started", "[unit]") {
  TimerQueue timers{10ms};
  CHECK(timers.duration() == Duration{10ms});
  std::uint32_t started = 0, ended = 0;
  for (int round = 0; round < 500; ++round) {
    for (int i = 0; i < 3; ++i, ++started)
      CHECK(timers.start(Time{Duration{started}}, started, 2 * started) == Time{10ms + Duration{started}});
    for (int i = 0; i < 2; ++i, ++ended) {
      CHECK(timers.front().slot == ended);
      const Timer timer = timers.take();
      CHECK(timer.slot == ended);
      CHECK(timer.tag == 2 * ended);
      CHECK(timer.deadline == Time{10ms + Duration{ended}});
    }
  }
  while (!timers.empty()) CHECK(timers.take().slot == ended++);
  CHECK(ended == started);
}

TEST_CASE("a cleared queue of timers starts anew", "[unit]") {
  TimerQueue timers{1s};
  timers.start(Time{5s}, 1, 1);
  timers.clear();
  CHECK(timers.empty());
  timers.start(Time{1s}, 2, 2);
  CHECK(timers.front().slot == 2);
}
