#include <fmt/core.h>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/output/json.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

std::string list_text(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = fmt::format("\n{}\n", title);
  for (const std::string& line : lines) text += "  " + line + '\n';
  return text;
}

std::string check_text(const report::CheckReport& report, bool quiet) {
  std::string text;
  if (!quiet) {
    for (const std::string& finding : report.findings) text += finding + '\n';
    text += list_text("assumed (no manifest or scenario says otherwise)", report.assumptions);
    text += list_text("read but not modelled", report.ignored_summary);
  }
  if (!report.warnings.empty() && !text.empty()) text += '\n';
  for (const std::string& warning : report.warnings) text += "warning: " + printable(warning) + '\n';
  if (!quiet)
    text +=
        fmt::format("\nno problems, {} warning{}\n", report.warnings.size(), report.warnings.size() == 1 ? "" : "s");
  return text;
}

std::string check_json(const report::CheckReport& report) {
  Json json;
  json["schemaVersion"] = 1;
  json["findings"] = report.findings;
  json["assumptions"] = report.assumptions;
  json["ignored"] = report.ignored;
  json["warnings"] = report.warnings;
  return json_text(json);
}

}  // namespace

ExitStatus check(const CheckRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  if (!study) return refuse(study.error(), streams);
  const Result<report::CheckReport> report = study->check();
  if (!report) return refuse(report.error(), streams);
  const std::string text = request.json ? check_json(*report) : check_text(*report, request.quiet);
  return print_answer(text, streams, ExitStatus::done);
}

}  // namespace towtank::tool
