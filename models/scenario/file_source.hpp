#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace towtank::scenario {

/// Where the text of files comes from: the disk, standard input, a test's memory. Models open no file themselves.
/// A path is given as the user wrote it, or joined to the folder of the file that names it (see `path_beside`).
class FileSource {
 public:
  virtual ~FileSource() = default;

  /// The text of a file. @error it is not there, is a folder, or cannot be read; without a mark, which the caller adds
  virtual Result<std::string> read(const std::string& path) = 0;

  /// The files that a path stands for, sorted, each in a form that `read` takes: those directly in a folder (no
  /// matter of what kind), those that match a glob, or the path itself when it is a file. @error nothing is there
  virtual Result<std::vector<std::string>> list(const std::string& pattern_or_directory) = 0;
};

/// Whether a path stands for other files than itself: a folder, or a glob.
bool is_folder(const std::string& path, FileSource& files);

/// `path` as seen from the folder of `file`; absolute paths stay. `path_beside("a/shop.yaml", "b.csv")` is `a/b.csv`.
std::string path_beside(std::string_view file, std::string_view path);

}  // namespace towtank::scenario
