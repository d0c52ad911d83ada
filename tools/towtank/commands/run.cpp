#include <fmt/core.h>

#include <chrono>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/output/result_files.hpp"
#include "tools/towtank/output/run_info.hpp"
#include "tools/towtank/output/table.hpp"
#include "tools/towtank/progress.hpp"
#include "tools/towtank/terminal.hpp"
#include "tools/towtank/thread_pool.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kNarrowest = 80;
constexpr std::size_t kWidest = 120;

Result<report::Report> simulate(const RunRequest& request, const LoadedStudy& study, ThreadPool& threads,
                                const Streams& streams) {
  Terminal terminal = terminal_of(streams.err);
  if (request.quiet) terminal.is_terminal = false;
  const StopOnSignal stop_on_signal;
  ProgressLine progress{streams.err, terminal, study.variants};
  return study.run(threads, progress);
}

TableStyle table_style(const RunRequest& request, const std::string& rank, const Streams& streams) {
  const Terminal terminal = terminal_of(streams.out);
  return {.wide = request.format == OutputFormat::wide,
          .rank = rank,
          .quiet = request.quiet,
          .unicode = terminal.unicode,
          .colour = terminal.colour,
          .width = std::min(std::max(terminal.width, kNarrowest), kWidest)};
}

std::string answer(const RunRequest& request, const report::Report& report, const std::string& rank,
                   const std::string& results_path, const Streams& streams) {
  switch (request.format) {
    case OutputFormat::json:
      return results_json(report);
    case OutputFormat::csv:
      return summary_csv(report);
    case OutputFormat::markdown:
      return markdown_table(report, rank);
    case OutputFormat::table:
    case OutputFormat::wide:
      break;
  }
  return comparison_table(report, table_style(request, rank, streams), results_path);
}

/// The table holds them itself; the forms for programs have no place where a person would see them.
void tell_beside_answer(const RunRequest& request, const report::Report& report, const std::string& results_path,
                        const Streams& streams) {
  if (request.quiet || request.format == OutputFormat::table || request.format == OutputFormat::wide) return;
  for (const std::string& warning : report.warnings) streams.err << "warning: " << warning << '\n';
  streams.err << "Result files: " << results_path << '\n';
}

}  // namespace

ExitStatus run(const RunRequest& request, const Loader& loader, const Streams& streams) {
  RunInfo info;
  info.started = std::chrono::system_clock::now();
  const auto begin = std::chrono::steady_clock::now();

  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  if (!study) return refuse(study.error(), streams);
  const std::string results_path = request.out ? *request.out : "results/" + safe_file_name(study->name);
  if (const auto problem = problem_with_folder(results_path, result_file_names())) {
    return refuse({*problem}, streams);
  }

  ThreadPool threads{request.threads};
  const Result<report::Report> report = simulate(request, *study, threads, streams);
  if (!report) return refuse(report.error(), streams);

  info.command = request.command;
  info.scenario_path = request.scenario;
  info.results_path = results_path;
  info.threads = threads.threads();
  info.wall_time = std::chrono::steady_clock::now() - begin;
  if (const auto problem = write_run(*report, info)) {
    print_problems({*problem}, streams.err);
    streams.err << "towtank: the study is done, but its results could not be written\n";
    return ExitStatus::internal_error;
  }
  tell_beside_answer(request, *report, results_path, streams);
  const bool is_tournament = study->study != nullptr && study->study->is_tournament;
  const std::string rank = request.rank.empty() && is_tournament ? "latency_p99" : request.rank;
  return print_answer(answer(request, *report, rank, results_path, streams), streams, exit_status(*report));
}

}  // namespace towtank::tool
