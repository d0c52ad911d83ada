#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace towtank::scenario {

/// Durations in seconds out of a CSV text: the column named `column`, or the only one when that is empty. Lines that
/// are empty or begin with `#` are skipped. Values carry a unit (`3ms`), or the heading ends in _ns, _us, _ms or _s.
/// @error the column is missing or not named, a value that is no duration, no value at all; with the file's line
Result<std::vector<double>> read_empirical_values(std::string_view text, const std::string& file_name,
                                                  std::string_view column);

}  // namespace towtank::scenario
