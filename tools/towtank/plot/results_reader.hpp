#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// What pictures need of a result folder.
struct PlotData {
  std::vector<report::LatencyRow> latency;
  std::vector<report::EndpointRow> endpoints;  ///< names and relative_load only
};

/// Reads latency.csv and endpoints.csv of a result folder. Columns are found by name; further ones are left alone.
/// @error a file that is missing or has the wrong shape: path, line, and what would do
Result<PlotData> read_plot_data(const std::string& results_path);

}  // namespace towtank::tool
