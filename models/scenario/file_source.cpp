#include "models/scenario/file_source.hpp"

namespace towtank::scenario {

bool is_folder(const std::string& path, FileSource& files) {
  const Result<std::vector<std::string>> paths = files.list(path);
  return paths && (paths->size() != 1 || paths->front() != path);
}

std::string path_beside(std::string_view file, std::string_view path) {
  const std::size_t folder_end = file.rfind('/');
  if (folder_end == std::string_view::npos || path.substr(0, 1) == "/") return std::string{path};
  return std::string{file.substr(0, folder_end + 1)} + std::string{path};
}

}  // namespace towtank::scenario
