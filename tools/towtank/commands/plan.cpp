#include "tools/towtank/output/plan.hpp"

#include <algorithm>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/output/load_plan.hpp"
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

ExitStatus status_of(const VariantLoad& variant) {
  switch (variant.answer) {
    case VariantLoad::Answer::found:
    case VariantLoad::Answer::capacity:
      return ExitStatus::done;
    case VariantLoad::Answer::missed:
      return ExitStatus::objective_missed;
    case VariantLoad::Answer::unsteady:
      return ExitStatus::unstable;
    case VariantLoad::Answer::undecided:
      return ExitStatus::undecided;
    case VariantLoad::Answer::interrupted:
      return ExitStatus::partial;
  }
  return ExitStatus::internal_error;
}

/// Whether loads that stayed undecided leave more than twice the width that was asked for.
bool is_wide(const VariantLoad& variant, double resolution) {
  const bool is_open = std::any_of(variant.tried.begin(), variant.tried.end(), [&](const TriedLoad& one) {
    return one.state == TriedLoad::State::undecided && variant.low && one.load > *variant.low;
  });
  return is_open && variant.high && *variant.high > *variant.low * (1.0 + 2.0 * resolution);
}

ExitStatus status_of(const StudyLoadPlan& plan) {
  ExitStatus status = plan.complete ? ExitStatus::done : ExitStatus::partial;
  for (const VariantLoad& variant : plan.variants) {
    status = first_that_holds({status, status_of(variant)});
    if (is_wide(variant, plan.resolution)) status = first_that_holds({status, ExitStatus::undecided});
  }
  return status;
}

/// With threads, progress on a terminal, and an ear for who wants to end it.
template <class Search>
auto searched(const PlanRequest& request, const Streams& streams, Search&& search) {
  Terminal terminal = terminal_of(streams.err);
  if (request.quiet) terminal.is_terminal = false;
  const StopOnSignal stop_on_signal;
  ProgressLine progress{streams.err, terminal, 0};  // how many settings will be tried, nobody knows
  ThreadPool threads{request.threads};
  return search(threads, progress);
}

ExitStatus plan_load(const PlanRequest& request, const LoadedStudy& study, const Streams& streams) {
  const std::string results_path = request.out ? *request.out : "results/" + safe_file_name(study.name);
  const std::vector<std::string> names{"load_curve.csv", "load_plan.json"};
  if (const auto problem = problem_with_folder(results_path, names)) return refuse({*problem}, streams);
  const Result<StudyLoadPlan> found = searched(request, streams, [&](Executor& threads, ProgressSink& progress) {
    return study.plan_load(*request.maximize, threads, progress);
  });
  if (!found) return refuse(found.error(), streams);
  if (const auto problem = write_folder(results_path, load_plan_files(*found), names)) {
    print_problems({*problem}, streams.err);
    streams.err << "towtank: the plan is done, but its files could not be written\n";
    return ExitStatus::internal_error;
  }
  const PlanStyle style{.quiet = request.quiet, .colour = terminal_of(streams.out).colour};
  const std::string answer = request.json ? load_plan_json(*found) : load_plan_text(*found, style, results_path);
  return print_answer(answer, streams, status_of(*found));
}

}  // namespace

ExitStatus plan(const PlanRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  if (!study) return refuse(study.error(), streams);
  if (request.maximize) return plan_load(request, *study, streams);
  const Result<StudyPlan> found = searched(request, streams, [&](Executor& threads, ProgressSink& progress) {
    return study->plan(request.plan, threads, progress);
  });
  if (!found) return refuse(found.error(), streams);
  const PlanStyle style{.quiet = request.quiet, .colour = terminal_of(streams.out).colour};
  return print_answer(request.json ? plan_json(*found) : plan_text(*found, style), streams, status_of(found->answer));
}

}  // namespace towtank::tool
