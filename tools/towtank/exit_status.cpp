#include "tools/towtank/exit_status.hpp"

#include <algorithm>
#include <array>

namespace towtank::tool {
namespace {

constexpr std::array kPrecedence = {
    ExitStatus::internal_error,   ExitStatus::wrong_input, ExitStatus::partial, ExitStatus::unstable,
    ExitStatus::objective_missed, ExitStatus::undecided,   ExitStatus::done};

ExitStatus status_of(report::ObjectiveResult::Status status) {
  using Status = report::ObjectiveResult::Status;
  switch (status) {
    case Status::met:
      return ExitStatus::done;
    case Status::missed:
      return ExitStatus::objective_missed;
    case Status::undecided:
      return ExitStatus::undecided;
    case Status::unstable:
      return ExitStatus::unstable;
  }
  return ExitStatus::internal_error;
}

}  // namespace

ExitStatus first_that_holds(std::initializer_list<ExitStatus> statuses) {
  for (const ExitStatus candidate : kPrecedence) {
    if (std::find(statuses.begin(), statuses.end(), candidate) != statuses.end()) return candidate;
  }
  return ExitStatus::done;
}

ExitStatus exit_status(const report::Report& report) {
  ExitStatus status = report.complete ? ExitStatus::done : ExitStatus::partial;
  for (const report::ObjectiveResult& objective : report.objectives) {
    status = first_that_holds({status, status_of(objective.status)});
  }
  return status;
}

}  // namespace towtank::tool
