#include "tools/towtank/output/run_info.hpp"

#include <sys/utsname.h>

#include <ctime>

#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/output/json.hpp"
#include "tools/towtank/output/result_files.hpp"
#include "tools/towtank/version.hpp"

namespace towtank::tool {

std::string utc_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text, length);
}

std::string run_info_json(const RunInfo& info) {
  Json json;
  json["schemaVersion"] = 1;
  json["towtank"] = kVersion;
  json["compiler"] = __VERSION__;
  utsname machine{};
  if (uname(&machine) == 0) {
    json["machine"] = {{"system", machine.sysname}, {"release", machine.release}, {"architecture", machine.machine}};
  }
  json["command"] = info.command;
  json["scenario_path"] = info.scenario_path;
  json["results_path"] = info.results_path;
  json["threads"] = info.threads;
  json["started"] = utc_text(info.started);
  json["finished"] =
      utc_text(info.started + std::chrono::duration_cast<std::chrono::system_clock::duration>(info.wall_time));
  json["wall_time_s"] = info.wall_time.count();
  return json_text(json);
}

std::optional<Problem> write_run(const report::Report& report, const RunInfo& info) {
  std::vector<ResultFile> files = result_files(report);
  files.insert(files.begin(), {"run-info.json", run_info_json(info)});
  return write_folder(info.results_path, files, result_file_names());
}

}  // namespace towtank::tool
