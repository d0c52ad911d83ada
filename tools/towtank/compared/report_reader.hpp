#pragma once

#include <string>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// Whether a path is a folder, of whatever.
bool is_directory(const std::string& path);

/// What results.json of a result folder holds for a comparison: the summary, the variants' notes, seed and confidence.
/// @error a file that is missing, no JSON, of another schema or shape: path, and what would do
Result<report::Report> read_report(const std::string& folder);

}  // namespace towtank::tool
