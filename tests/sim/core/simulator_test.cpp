#include "sim/core/simulator.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace towtank;

namespace {

Time at(Duration since_start) { return Time{} + since_start; }

/// Writes down what a simulator does.
struct Log {
  Simulator simulator;
  std::vector<std::string> lines;
  std::vector<bool> alive = std::vector<bool>(100, true);

  void run() {
    simulator.run([this](const Event& event) { lines.push_back("event " + std::to_string(event.identity().ordinal)); },
                  [this](std::uint32_t, const Timer& timer) { lines.push_back("timer " + std::to_string(timer.slot)); },
                  [this](std::uint32_t, const Timer& timer) { return bool{alive[timer.slot]}; });
  }
};

}  // namespace

TEST_CASE("departures, control, timers and arrivals of one instant go in this order", "[unit]") {
  Log log;
  const std::uint32_t queue = log.simulator.add_timer_queue(5ms);
  log.simulator.schedule(Event{at(5ms), EventClass::arrival, {0, 1}, 0});
  CHECK(log.simulator.start_timer(queue, 7, 0) == at(5ms));
  log.simulator.schedule_control(at(5ms), 3, [&] { log.lines.push_back("control"); });
  log.simulator.schedule(Event{at(5ms), EventClass::departure, {1000, 2}, 0});
  log.run();
  CHECK(log.lines == std::vector<std::string>{"event 2", "control", "timer 7", "event 1"});
  CHECK(log.simulator.now() == at(5ms));
  CHECK(log.simulator.events() == 4);
}

TEST_CASE("control actions run in the order of time and id, and announce the next one", "[unit]") {
  Log log;
  CHECK(log.simulator.next_control() == kNever);
  const auto note = [&](const std::string& text) {
    return [&log, text] {
      log.lines.push_back(text + ", next " +
                          (log.simulator.next_control() == kNever
                               ? "never"
                               : std::to_string(to_seconds(log.simulator.next_control())).substr(0, 1)));
    };
  };
  log.simulator.schedule_control(at(3s), 1, note("c"));
  log.simulator.schedule_control(at(1s), 9, note("b"));
  log.simulator.schedule_control(at(1s), 2, note("a"));
  CHECK(log.simulator.next_control() == at(1s));
  log.run();
  CHECK(log.lines == std::vector<std::string>{"a, next 1", "b, next 3", "c, next never"});
}

TEST_CASE("a control action may plan another one at its own instant", "[unit]") {
  Log log;
  log.simulator.schedule_control(at(1s), 1, [&] {
    log.lines.push_back("first");
    log.simulator.schedule_control(at(1s), 0, [&] { log.lines.push_back("second"); });
  });
  log.simulator.schedule(Event{at(1s), EventClass::arrival, {0, 4}, 0});
  log.run();
  CHECK(log.lines == std::vector<std::string>{"first", "second", "event 4"});
}

TEST_CASE("timers whose cause has gone end in silence and cost one event together", "[unit]") {
  Log log;
  const std::uint32_t queue = log.simulator.add_timer_queue(10ms);
  for (std::uint32_t slot = 0; slot < 50; ++slot) log.simulator.start_timer(queue, slot, 0);
  for (std::uint32_t slot = 0; slot < 49; ++slot) log.alive[slot] = false;
  log.run();
  CHECK(log.lines == std::vector<std::string>{"timer 49"});
  CHECK(log.simulator.events() == 1);
  CHECK(log.simulator.timer_queue(queue).empty());
}

TEST_CASE("a timer that starts another in its own queue keeps the queue going", "[unit]") {
  Simulator simulator;
  const std::uint32_t queue = simulator.add_timer_queue(10ms);
  simulator.start_timer(queue, 0, 0);
  simulator.schedule(Event{at(4ms), EventClass::departure, {0, 0}, 0});
  std::vector<Time> ends;
  simulator.run([&](const Event&) { simulator.start_timer(queue, 1, 0); },
                [&](std::uint32_t, const Timer& timer) {
                  ends.push_back(simulator.now());
                  if (ends.size() < 6) simulator.start_timer(queue, timer.slot, 0);
                },
                [](std::uint32_t, const Timer&) { return true; });
  CHECK(ends == std::vector<Time>{at(10ms), at(14ms), at(20ms), at(24ms), at(30ms), at(34ms), at(40ms)});
}

TEST_CASE("a stopped simulator leaves the rest of its events where they are", "[unit]") {
  Simulator simulator;
  for (std::uint32_t i = 0; i < 5; ++i)
    simulator.schedule(Event{at(1ms) + Duration{1ms} * i, EventClass::departure, {0, i}, 0});
  int handled = 0;
  const auto handle = [&](const Event&) {
    if (++handled == 2) simulator.stop();
  };
  const auto timer = [](std::uint32_t, const Timer&) {};
  const auto meant = [](std::uint32_t, const Timer&) { return true; };
  simulator.run(handle, timer, meant);
  CHECK(handled == 2);
  CHECK(simulator.pending() == 3);
  CHECK(simulator.now() == at(2ms));
  simulator.run(handle, timer, meant);
  CHECK(handled == 5);
}
