#include <algorithm>
#include <chrono>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/compared/report_reader.hpp"
#include "tools/towtank/compared/result_folders.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/output/compared.hpp"
#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/output/run_info.hpp"
#include "tools/towtank/progress.hpp"
#include "tools/towtank/terminal.hpp"
#include "tools/towtank/thread_pool.hpp"

namespace towtank::tool {
namespace {

/// Of the primary metrics: a side without a steady state has none that could be compared. That A has none and B does is
/// no failure of B.
ExitStatus status_of(const StudyComparison& comparison) {
  ExitStatus status = comparison.complete ? ExitStatus::done : ExitStatus::partial;
  for (const ComparedVariants& pair : comparison.variants) {
    if (!pair.trouble_b.empty()) status = first_that_holds({status, ExitStatus::unstable});
    for (const ComparedTraffic& traffic : pair.traffics)
      for (const ComparedMetric& row : traffic.metrics) {
        if (!is_primary(row.metric)) continue;
        if (row.verdict == "worse") status = first_that_holds({status, ExitStatus::objective_missed});
        if (row.verdict == "cannot_tell" || row.verdict == "unresolved")
          status = first_that_holds({status, ExitStatus::undecided});
      }
  }
  return status;
}

std::string answer(const CompareRequest& request, const StudyComparison& comparison, const Streams& streams) {
  switch (request.format) {
    case OutputFormat::json:
      return compared_json(comparison);
    case OutputFormat::csv:
      return compared_csv(comparison);
    case OutputFormat::markdown:
      return compared_markdown(comparison);
    case OutputFormat::table:
    case OutputFormat::wide:
      break;
  }
  return compared_text(comparison, {.wide = request.format == OutputFormat::wide,
                                    .quiet = request.quiet,
                                    .colour = terminal_of(streams.out).colour});
}

ExitStatus tell(const CompareRequest& request, StudyComparison comparison, const Streams& streams) {
  const bool is_within_one = request.b.empty();
  comparison.a = is_within_one ? "the first variant of " + request.a : request.a;
  comparison.b = is_within_one ? "each other one" : request.b;
  return print_answer(answer(request, comparison, streams), streams, status_of(comparison));
}

/// What only simulations know.
Problems idle_flags(const CompareRequest& request) {
  const scenario::LoadOptions& options = request.options;
  Problems problems;
  const auto refuse_flag = [&](bool is_given, const char* flag) {
    if (is_given)
      problems.push_back(
          {Mark{flag, 0, 0}, "of result folders nothing is simulated: leave it out, or compare the scenarios"});
  };
  refuse_flag(!options.set.empty(), "--set");
  refuse_flag(options.seed.has_value(), "--seed");
  refuse_flag(options.duration.has_value(), "--duration");
  refuse_flag(options.precision.has_value(), "--precision");
  refuse_flag(request.out.has_value(), "--out");
  refuse_flag(request.sensitivity.has_value(), "--sensitivity");
  return problems;
}

ExitStatus compare_folders(const CompareRequest& request, const Streams& streams) {
  if (const Problems problems = idle_flags(request); !problems.empty()) return refuse(problems, streams);
  for (const auto& [path, other] : {std::pair{&request.a, &request.b}, std::pair{&request.b, &request.a}})
    if (!is_directory(*path))
      return refuse(
          {Problem{Mark{*path, 0, 0}, "is no folder, and " + *other +
                                          " is one: two result folders of `run`, two scenarios, or two folders "
                                          "of manifests with `--load SCENARIO` are compared"}},
          streams);
  const Result<report::Report> a = read_report(request.a), b = read_report(request.b);
  Problems problems = a ? Problems{} : a.error();
  if (!b) problems.insert(problems.end(), b.error().begin(), b.error().end());
  if (!problems.empty()) return refuse(problems, streams);
  const Result<StudyComparison> compared =
      compare_reports(*a, request.a, *b, request.b,
                      {request.options.only_variants, request.options.confidence, request.compare.indifference});
  return compared ? tell(request, *compared, streams) : refuse(compared.error(), streams);
}

/// One side: a scenario, or the one of `--load` with other manifests.
Result<LoadedStudy> load_side(const CompareRequest& request, const std::string& path, const Loader& loader,
                              DiskFiles& files) {
  scenario::LoadOptions options = request.options;
  options.keeps_documents = true;
  if (!request.load.empty()) options.resources = path;
  return loader(request.load.empty() ? path : request.load, files, options);
}

/// Those of a flag have no place that would tell the sides apart.
void add_with_side(const Problem& problem, const char* side, Problems& problems) {
  problems.push_back(problem);
  if (problem.mark.file.substr(0, 2) == "--") problems.back().message += side;
}

/// What both have wrong, such as the scenario of --load, is told once.
Problems of_both(const Problems& a, const Problems& b) {
  const auto is_among = [](const Problem& problem, const Problems& others) {
    return std::any_of(others.begin(), others.end(), [&](const Problem& o) { return o.text() == problem.text(); });
  };
  Problems problems;
  for (const Problem& problem : a) add_with_side(problem, is_among(problem, b) ? "" : " (in A)", problems);
  for (const Problem& problem : b)
    if (!is_among(problem, a)) add_with_side(problem, " (in B)", problems);
  return problems;
}

Result<PairedStudies> load_pairs(const CompareRequest& request, const Loader& loader, DiskFiles& files) {
  const Result<LoadedStudy> a = load_side(request, request.a, loader, files);
  if (request.b.empty()) return a ? paired_variants(*a->study) : Result<PairedStudies>{a.error()};
  const Result<LoadedStudy> b = load_side(request, request.b, loader, files);
  if (a && b) return paired_studies(*a->study, *b->study);
  return of_both(a ? Problems{} : a.error(), b ? Problems{} : b.error());
}

Result<ComparedStudies> simulate(const CompareRequest& request, const PairedStudies& paired, ThreadPool& threads,
                                 const Streams& streams) {
  Terminal terminal = terminal_of(streams.err);
  if (request.quiet) terminal.is_terminal = false;
  const StopOnSignal stop_on_signal;
  ProgressLine progress{streams.err, terminal, paired.study.variants.size()};
  Result<ComparedStudies> compared = compare_studies(paired, request.compare, threads, progress);
  if (!compared || !request.sensitivity || !compared->comparison.complete) return compared;
  ProgressLine trials{streams.err, terminal, 0};  // how many there will be, nobody knows
  Result<std::vector<Sensitivity>> found =
      sensitivity_of(paired, compared->comparison, *request.sensitivity, threads, trials);
  if (!found) return found.error();
  compared->comparison.sensitivity = std::move(*found);
  if (trials.stop_requested()) compared->comparison.complete = false;
  return compared;
}

ExitStatus compare_scenarios(const CompareRequest& request, const Loader& loader, const Streams& streams) {
  RunInfo info;
  info.started = std::chrono::system_clock::now();
  const auto begin = std::chrono::steady_clock::now();
  DiskFiles files{streams.in};
  const Result<PairedStudies> paired = load_pairs(request, loader, files);
  if (!paired) return refuse(paired.error(), streams);
  if (request.out)
    if (const auto problem = problem_with_folder(*request.out, result_file_names())) return refuse({*problem}, streams);

  if (request.sensitivity)
    if (const Problems problems = problems_with(*paired, *request.sensitivity); !problems.empty())
      return refuse(problems, streams);

  ThreadPool threads{request.threads};
  const Result<ComparedStudies> compared = simulate(request, *paired, threads, streams);
  if (!compared) return refuse(compared.error(), streams);
  if (request.out) {
    info.command = request.command;
    info.scenario_path = request.load.empty() ? request.a : request.load;
    info.results_path = *request.out;
    info.threads = threads.threads();
    info.wall_time = std::chrono::steady_clock::now() - begin;
    if (const auto problem = write_run(compared->report, info)) {
      print_problems({*problem}, streams.err);
      streams.err << "towtank: the comparison is done, but its results could not be written\n";
      return ExitStatus::internal_error;
    }
  }
  return tell(request, compared->comparison, streams);
}

}  // namespace

ExitStatus compare(const CompareRequest& request, const Loader& loader, const Streams& streams) {
  const bool is_of_results = request.load.empty() && (is_directory(request.a) || is_directory(request.b));
  return is_of_results ? compare_folders(request, streams) : compare_scenarios(request, loader, streams);
}

}  // namespace towtank::tool
