#pragma once

#include <cstddef>
#include <string>

#include "models/world/report.hpp"

namespace towtank::tool {

struct TableStyle {
  bool wide = false;   ///< more percentiles, endpoints, assumptions one by one
  std::string rank{};  ///< also the variants in the order of this metric of summary.csv; empty = no
  bool quiet = false;  ///< without the explanations below the table
  bool unicode = false;
  bool colour = false;
  std::size_t width = 100;  ///< columns to stay within where names allow it
};

/// The comparison of the variants for people: per traffic one line per variant and the verdicts, then headroom,
/// objectives and warnings.
/// @param results_path  where the files were written, for the last line; empty = say nothing
std::string comparison_table(const report::Report& report, const TableStyle& style, const std::string& results_path);

/// The same for a comment on a pull request. @param rank  as of the style
std::string markdown_table(const report::Report& report, const std::string& rank = "");

}  // namespace towtank::tool
