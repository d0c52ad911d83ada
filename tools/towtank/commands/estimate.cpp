#include "tools/towtank/output/estimate.hpp"

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {
namespace {

std::string answer_text(const EstimateRequest& request, const StudyEstimate& study, const Streams& streams) {
  switch (request.format) {
    case OutputFormat::json:
      return estimate_json(study);
    case OutputFormat::csv:
      return estimate_csv(study);
    case OutputFormat::markdown:
      return estimate_markdown(study);
    case OutputFormat::table:
    case OutputFormat::wide:
      break;
  }
  const EstimateStyle style{
      .wide = request.format == OutputFormat::wide, .quiet = request.quiet, .colour = terminal_of(streams.out).colour};
  return estimate_text(study, style);
}

}  // namespace

ExitStatus estimate(const EstimateRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  const Result<StudyEstimate> answer = study ? study->estimate() : Result<StudyEstimate>{study.error()};
  if (!answer) return refuse(answer.error(), streams);
  return print_answer(answer_text(request, *answer, streams), streams, ExitStatus::done);
}

}  // namespace towtank::tool
