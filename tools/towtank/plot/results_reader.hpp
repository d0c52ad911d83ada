#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/study/load_plan.hpp"
#include "models/world/report.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// What pictures need of a result folder.
struct PlotData {
  std::vector<report::LatencyRow> latency;
  std::vector<report::EndpointRow> endpoints;  ///< names and relative_load only
  std::vector<report::WarmupRow> warmup;
  std::vector<LoadCurveRow> load_curve;        ///< loads, states, mean and p99 only
};

/// Reads latency.csv and endpoints.csv of a result folder, warmup.csv where there is one (older versions wrote none), and
/// load_curve.csv where there is one; alone it is enough. Columns are found by name; further ones are left alone.
/// @error a file that is missing or has the wrong shape: path, line, and what would do
Result<PlotData> read_plot_data(const std::string& results_path);

}  // namespace towtank::tool
