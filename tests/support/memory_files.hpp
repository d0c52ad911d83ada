#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/scenario/file_source.hpp"

namespace towtank {

/// A small file system in memory. Folders are there when a path begins with them; globs know `*` only.
class MemoryFiles final : public scenario::FileSource {
 public:
  MemoryFiles() = default;
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_{std::move(files)} {}

  Result<std::string> read(const std::string& path) override {
    ++reads[path];
    const auto found = files_.find(path);
    if (found != files_.end()) return found->second;
    return Problem{{}, "cannot read " + path + ": no such file"};
  }

  Result<std::vector<std::string>> list(const std::string& wanted) override {
    if (files_.count(wanted) > 0) return std::vector<std::string>{wanted};
    std::vector<std::string> found;
    const bool is_glob = wanted.find('*') != std::string::npos;
    const std::string folder = wanted == "." ? "" : wanted + '/';
    for (const auto& [path, text] : files_) {
      const bool in_folder =
          path.substr(0, folder.size()) == folder && path.find('/', folder.size()) == std::string::npos;
      if (is_glob ? fits(path.c_str(), wanted.c_str()) : in_folder) found.push_back(path);
    }
    if (found.empty()) return Problem{{}, "cannot find " + wanted + ": no such file"};
    return found;
  }

  std::map<std::string, int> reads;  ///< how often each path was asked for

 private:
  static bool fits(const char* text, const char* pattern) {
    if (*pattern == '\0') return *text == '\0';
    if (*pattern == '*') return fits(text, pattern + 1) || (*text != '\0' && *text != '/' && fits(text + 1, pattern));
    return *text == *pattern && fits(text + 1, pattern + 1);
  }

  std::map<std::string, std::string> files_;
};

}  // namespace towtank
