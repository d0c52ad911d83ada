#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// What may differ between runs with equal results; kept out of every other file.
struct RunInfo {
  std::vector<std::string> command;  ///< as typed
  std::string scenario_path;
  std::string results_path;
  std::chrono::system_clock::time_point started;
  std::chrono::duration<double> wall_time{};
  std::size_t threads = 1;
};

/// `2024-05-01T12:00:00Z`
std::string utc_text(std::chrono::system_clock::time_point time);

/// The text of run-info.json; adds version, compiler and machine.
std::string run_info_json(const RunInfo& info);

/// Writes the result files and run-info.json into `info.results_path`, as `write_folder` does.
std::optional<Problem> write_run(const report::Report& report, const RunInfo& info);

}  // namespace towtank::tool
