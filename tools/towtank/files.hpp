#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "models/scenario/file_source.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// Larger inputs are a mistake (a log, a disk image), not a manifest.
inline constexpr std::size_t kLargestInput = std::size_t{32} << 20;

/// The text of a regular file.
/// @error missing, unreadable, a directory, FIFO, socket or device, or larger than `limit` bytes: one message with the
///        path and the system's reason, without a mark
Result<std::string> read_file(const std::string& path, std::size_t limit = kLargestInput);

/// The files that a path stands for, sorted by bytes: those in a directory (not in its subdirectories, and not hidden
/// ones), those that a pattern with `*`, `?` or `[` fits, or the file itself.
/// @error a directory that cannot be read, a pattern that nothing fits, a file that is not there
Result<std::vector<std::string>> list_files(const std::string& path);

/// Files on disk; `-` is standard input, which is read once and kept.
class DiskFiles final : public scenario::FileSource {
 public:
  /// @param standard_input  what `-` reads
  explicit DiskFiles(std::istream& standard_input) : input_{standard_input} {}

  Result<std::string> read(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& pattern_or_directory) override;

 private:
  std::istream& input_;
  std::optional<std::string> kept_;
};

}  // namespace towtank::tool
