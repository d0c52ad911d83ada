#include "tools/towtank/progress.hpp"

#include <catch2/catch.hpp>
#include <sstream>

namespace towtank::tool {
namespace {

/// A clock that a test sets.
struct HandClock {
  std::chrono::steady_clock::time_point now{};
};

TEST_CASE("the progress line tells variant, replications, events a second and the time to go, and goes", "[unit]") {
  std::ostringstream stream;
  HandClock clock;
  const Terminal terminal{.is_terminal = true, .colour = false, .unicode = false, .width = 100};
  {
    ProgressLine line{stream, terminal, 2, [&clock] { return clock.now; }};
    clock.now += std::chrono::seconds{2};
    line.update("Cluster", 5, 20, 6400000, 0.05);
  }
  // 5 of 40 replications in 2 s: 35 more take 14 s.
  CHECK(stream.str() == "\r\x1b[KCluster  5/20 replications  3.20 M events/s  +-5.0 %  ETA 14 s\r\x1b[K");
}

TEST_CASE("the progress line is written at most ten times a second", "[unit]") {
  std::ostringstream stream;
  HandClock clock;
  ProgressLine line{stream, {.is_terminal = true, .colour = false, .unicode = false, .width = 100}, 1, [&clock] {
                      return clock.now;
                    }};
  line.update("A", 1, 20, 1, {});
  const std::string once = stream.str();
  clock.now += std::chrono::milliseconds{99};
  line.update("A", 2, 20, 2, {});
  CHECK(stream.str() == once);
  clock.now += std::chrono::milliseconds{1};
  line.update("A", 3, 20, 3, {});
  CHECK(stream.str() != once);
}

TEST_CASE("the progress line fits the terminal and cannot be used to write elsewhere", "[unit]") {
  std::ostringstream stream;
  ProgressLine line{stream, {.is_terminal = true, .colour = false, .unicode = true, .width = 10}, 1};
  line.update("\x1b[2Jevil-name-that-is-long", 1, 20, 1, {});
  CHECK(stream.str() == "\r\x1b[K?[2Jevil-");
}

TEST_CASE("where no terminal is, no progress is shown", "[unit]") {
  std::ostringstream stream;
  {
    ProgressLine line{stream, Terminal{}, 1};
    line.update("A", 1, 20, 1000, 0.5);
  }
  CHECK(stream.str().empty());
  CHECK_FALSE(terminal_of(stream).is_terminal);
}

}  // namespace
}  // namespace towtank::tool
