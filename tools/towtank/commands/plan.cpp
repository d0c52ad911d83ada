#include "tools/towtank/output/plan.hpp"

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/progress.hpp"
#include "tools/towtank/terminal.hpp"
#include "tools/towtank/thread_pool.hpp"

namespace towtank::tool {
namespace {

ExitStatus status_of(StudyPlan::Answer answer) {
  switch (answer) {
    case StudyPlan::Answer::met:
      return ExitStatus::done;
    case StudyPlan::Answer::none_meets:
      return ExitStatus::objective_missed;
    case StudyPlan::Answer::undecided:
      return ExitStatus::undecided;
    case StudyPlan::Answer::interrupted:
      return ExitStatus::partial;
  }
  return ExitStatus::internal_error;
}

Result<StudyPlan> search(const PlanRequest& request, const LoadedStudy& study, const Streams& streams) {
  Terminal terminal = terminal_of(streams.err);
  if (request.quiet) terminal.is_terminal = false;
  const StopOnSignal stop_on_signal;
  ProgressLine progress{streams.err, terminal, 0};  // how many settings will be tried, nobody knows
  ThreadPool threads{request.threads};
  return study.plan(request.plan, threads, progress);
}

}  // namespace

ExitStatus plan(const PlanRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  const Result<StudyPlan> found = study ? search(request, *study, streams) : Result<StudyPlan>{study.error()};
  if (!found) return refuse(found.error(), streams);
  const PlanStyle style{.quiet = request.quiet, .colour = terminal_of(streams.out).colour};
  return print_answer(request.json ? plan_json(*found) : plan_text(*found, style), streams, status_of(found->answer));
}

}  // namespace towtank::tool
