#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "tools/towtank/output/result_files.hpp"

namespace towtank::tool {

/// Checks that files of these names can be written into the folder, making it and its parents for a moment if need be.
/// Leaves nothing behind.
/// @return nothing, or one problem that names the path and the system's reason
std::optional<Problem> problem_with_folder(const std::string& path, const std::vector<std::string>& names);

/// Writes the files into a temporary folder inside `path`, then renames each into place in the order given: nobody
/// sees half a file. Files of `stale` that are not written now are removed, so that no file of an older run stays
/// beside new ones; other files in the folder are left alone. Signals to stop wait until the folder is whole.
/// @return nothing, or one problem that names the path and the system's reason; then no old file has been touched,
///         unless a rename itself fails
std::optional<Problem> write_folder(const std::string& path, const std::vector<ResultFile>& files,
                                    const std::vector<std::string>& stale);

/// A name from a scenario as the name of a folder or file: letters, digits, `.`, `-` and `_`; the rest becomes `-`.
std::string safe_file_name(const std::string& name);

}  // namespace towtank::tool
