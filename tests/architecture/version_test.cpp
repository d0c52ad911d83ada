#include "tools/towtank/version.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

namespace towtank {

TEST_CASE("the version that the program prints is the one of its CMake package", "[unit]") {
  std::ifstream file{TOWTANK_SOURCE_DIR "/CMakeLists.txt"};
  std::string line;
  while (std::getline(file, line) && line.rfind("project(towtank VERSION ", 0) != 0) {
  }
  CHECK(line.rfind(std::string{"project(towtank VERSION "} + tool::kVersion + ' ', 0) == 0);
}

}  // namespace towtank
