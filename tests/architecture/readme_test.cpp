#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

namespace towtank::test {
namespace {

std::string text_of(const std::string& path) {
  const std::ifstream file{std::string{TOWTANK_SOURCE_DIR} + "/" + path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the program that the README shows is the one that is built from the package", "[unit]") {
  const std::string readme = text_of("README.md");
  for (const char* name : {"CMakeLists.txt", "below_average.cpp"}) {
    INFO(name);
    const std::string file = text_of(std::string{"tests/package/"} + name);
    REQUIRE(file.size() > 100);
    CHECK(readme.find("\n" + file + "```\n") != std::string::npos);
  }
}

}  // namespace towtank::test
