#include "tools/towtank/output/folder.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tools/towtank/interrupt.hpp"

namespace towtank::tool {
namespace {

namespace fs = std::filesystem;

Problem system_problem(const std::string& path, const std::string& deed, int error) {
  return {Mark{path, 0, 0}, fmt::format("{}: {}", deed, std::strerror(error))};
}

/// Folders made on the way to `path`, outermost first, so that they can be taken away again.
struct MadeFolders {
  std::vector<std::string> paths;

  std::optional<Problem> make(const std::string& path) {
    fs::path so_far;
    for (const fs::path& part : fs::path{path}) {
      so_far /= part;
      if (mkdir(so_far.c_str(), 0777) == 0) {
        paths.push_back(so_far.string());
      } else if (const int error = errno; error != EEXIST && !is_folder(so_far)) {
        return system_problem(so_far.string(), "cannot make this folder for the results", error);
      } else if (!is_folder(so_far)) {
        return Problem{Mark{so_far.string(), 0, 0}, "is no folder; name another one with --out"};
      }
    }
    return std::nullopt;
  }

  void remove() {
    for (auto path = paths.rbegin(); path != paths.rend(); ++path) rmdir(path->c_str());
    paths.clear();
  }

  static bool is_folder(const fs::path& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }
};

/// A folder of its own inside `parent`; it and what it holds goes when this goes.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& parent) : path_{parent + "/.towtank-XXXXXX"} {
    if (mkdtemp(path_.data()) == nullptr) {
      error_ = errno;
      path_.clear();
    }
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  int error() const { return error_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int error_ = 0;
};

/// @return 0 or the system's error
int write_file(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  std::size_t written = 0;
  int error = 0;
  while (written < text.size() && error == 0) {
    const ssize_t count = write(file, text.data() + written, text.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (close(file) != 0 && error == 0) error = errno;  // some file systems report a full disk only here
  return error;
}

}  // namespace

std::optional<Problem> problem_with_folder(const std::string& path, const std::vector<std::string>& names) {
  MadeFolders made;
  std::optional<Problem> problem = made.make(path);
  if (!problem) {
    const TemporaryFolder probe{path};
    if (probe.error() != 0) problem = system_problem(path, "cannot write results into this folder", probe.error());
    for (const std::string& name : names) {
      const std::string target = fmt::format("{}/{}", path, name);
      if (!problem && MadeFolders::is_folder(target)) {
        problem = Problem{Mark{target, 0, 0}, "is a folder where a result file goes; name another place with --out"};
      }
    }
  }
  made.remove();
  return problem;
}

std::optional<Problem> write_folder(const std::string& path, const std::vector<ResultFile>& files,
                                    const std::vector<std::string>& stale) {
  const UninterruptedStretch uninterrupted;
  MadeFolders made;
  if (std::optional<Problem> problem = made.make(path)) {
    made.remove();
    return problem;
  }
  const TemporaryFolder temporary{path};
  if (temporary.error() != 0) return system_problem(path, "cannot write results into this folder", temporary.error());
  for (const ResultFile& file : files) {
    const int error = write_file(fmt::format("{}/{}", temporary.path(), file.name), file.text);
    if (error != 0) return system_problem(fmt::format("{}/{}", path, file.name), "cannot be written", error);
  }
  for (const std::string& name : stale) {
    const bool kept =
        std::any_of(files.begin(), files.end(), [&](const ResultFile& file) { return file.name == name; });
    if (!kept) unlink(fmt::format("{}/{}", path, name).c_str());
  }
  for (const ResultFile& file : files) {
    const std::string target = fmt::format("{}/{}", path, file.name);
    if (rename(fmt::format("{}/{}", temporary.path(), file.name).c_str(), target.c_str()) != 0) {
      return system_problem(target, "cannot be replaced", errno);
    }
  }
  return std::nullopt;
}

std::string safe_file_name(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || (c == '.' && !safe.empty());
    safe += plain ? c : '-';
  }
  return safe.empty() ? "unnamed" : safe;
}

}  // namespace towtank::tool
