#pragma once

#include <string>

#include "models/world/report.hpp"

namespace towtank::tool {

/// Per variant its endpoints, the busiest first; at most 20 of each variant, the rest is counted. Empty when there are
/// none.
std::string endpoint_table(const report::Report& report, bool unicode);

}  // namespace towtank::tool
