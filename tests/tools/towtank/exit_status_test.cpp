#include "tools/towtank/exit_status.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace towtank::tool {
namespace {

using Status = report::ObjectiveResult::Status;

report::Report with_objectives(const std::vector<Status>& statuses) {
  report::Report report;
  for (const Status status : statuses) report.objectives.push_back({"api p99 < 1ms", "A", status, {}});
  return report;
}

TEST_CASE("of several exit statuses the first in the order 70, 2, 5, 4, 1, 3, 0 holds", "[unit]") {
  const int order[] = {70, 2, 5, 4, 1, 3, 0};
  for (const int winner : order) {
    bool behind = false;
    for (const int loser : order) {
      if (loser == winner) behind = true;
      if (!behind) continue;
      const auto a = static_cast<ExitStatus>(winner);
      const auto b = static_cast<ExitStatus>(loser);
      CHECK(static_cast<int>(first_that_holds({a, b})) == winner);
      CHECK(static_cast<int>(first_that_holds({b, a})) == winner);
    }
  }
}

TEST_CASE("a run ends by its worst objective", "[unit]") {
  CHECK(exit_status(with_objectives({})) == ExitStatus::done);
  CHECK(exit_status(with_objectives({Status::met, Status::met})) == ExitStatus::done);
  CHECK(exit_status(with_objectives({Status::undecided, Status::met})) == ExitStatus::undecided);
  CHECK(exit_status(with_objectives({Status::undecided, Status::missed})) == ExitStatus::objective_missed);
  CHECK(exit_status(with_objectives({Status::missed, Status::unstable, Status::undecided})) == ExitStatus::unstable);
}

TEST_CASE("a partial run is partial whatever its objectives say", "[unit]") {
  report::Report report = with_objectives({Status::unstable, Status::missed});
  report.complete = false;
  CHECK(exit_status(report) == ExitStatus::partial);
}

TEST_CASE("a worse verdict or an unstable variant that no objective binds is no failure", "[unit]") {
  report::Report report = with_objectives({Status::met});
  report.summary.push_back({"B", "api", "latency_p99_diff", "ms", {1.0, 0.5, 1.5}, 20, 100, "worse"});
  report.notes.push_back({});
  report.notes.back().state = "unstable";
  CHECK(exit_status(report) == ExitStatus::done);
}

}  // namespace
}  // namespace towtank::tool
