#include "tools/towtank/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace towtank::tool {
namespace {

/// Without a mark: who asked for the file knows the line that names it.
Problem problem(const std::string& path, const std::string& message) {
  return {Mark{}, fmt::format("{}: {}", path, message)};
}

Problem system_problem(const std::string& path, int error) {
  return problem(path, fmt::format("cannot be read: {}", std::strerror(error)));
}

Problem too_large(const std::string& path, std::size_t limit) {
  return problem(path, fmt::format("is larger than {} MiB, which no scenario or manifest should be", limit >> 20));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_{descriptor} {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::optional<Problem> not_a_file(const std::string& path, mode_t mode) {
  if (S_ISREG(mode)) return std::nullopt;
  if (S_ISDIR(mode)) return problem(path, fmt::format("cannot be read as a file: {}", std::strerror(EISDIR)));
  const char* what = S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
  return problem(path, fmt::format("is {}, not a file; to read from a pipe, pipe into `towtank VERB -`", what));
}

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

Result<std::vector<std::string>> fitting(const std::string& pattern) {
  glob_t found{};
  const int status = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  if (status == GLOB_NOSPACE) return problem(pattern, "fits more files than memory holds");
  if (status == GLOB_ABORTED) return problem(pattern, "leads through a folder that cannot be read");
  paths.erase(std::remove_if(paths.begin(), paths.end(),
                             [](const std::string& path) {
                               struct stat status_of_path {};
                               return stat(path.c_str(), &status_of_path) == 0 && S_ISDIR(status_of_path.st_mode);
                             }),
              paths.end());
  if (paths.empty()) return problem(pattern, "no file fits this pattern");
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::vector<std::string>> in_directory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory{opendir(path.c_str()), closedir};
  if (!directory) return system_problem(path, errno);
  std::vector<std::string> paths;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name.front() == '.') continue;
    const std::string full = path.back() == '/' ? path + name : fmt::format("{}/{}", path, name);
    struct stat status {};
    if (stat(full.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    paths.push_back(full);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
  const FileDescriptor file{open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (file.get() < 0) return system_problem(path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return system_problem(path, errno);
  if (const auto wrong = not_a_file(path, status.st_mode)) return *wrong;
  if (static_cast<std::uintmax_t>(status.st_size) > limit) return too_large(path, limit);
  std::string text;
  char block[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.get(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_problem(path, errno);
    if (count == 0) return text;
    text.append(block, static_cast<std::size_t>(count));
    if (text.size() > limit) return too_large(path, limit);  // files under /proc have size 0
  }
}

Result<std::vector<std::string>> list_files(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return in_directory(path);
    return std::vector<std::string>{path};
  }
  const int error = errno;
  if (is_pattern(path)) return fitting(path);
  return system_problem(path, error);
}

Result<std::string> DiskFiles::read(const std::string& path) {
  if (path != "-") return read_file(path);
  if (!kept_) {
    std::string text;
    char block[1 << 16];
    while (input_.read(block, sizeof block) || input_.gcount() > 0) {
      text.append(block, static_cast<std::size_t>(input_.gcount()));
      if (text.size() > kLargestInput) return too_large("-", kLargestInput);
    }
    kept_ = std::move(text);
  }
  return *kept_;
}

Result<std::vector<std::string>> DiskFiles::list(const std::string& pattern_or_directory) {
  if (pattern_or_directory == "-") return std::vector<std::string>{"-"};
  return list_files(pattern_or_directory);
}

}  // namespace towtank::tool
