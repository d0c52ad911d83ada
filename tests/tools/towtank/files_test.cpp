#include "tools/towtank/files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/tools/towtank/support.hpp"

namespace towtank::tool {
namespace {

using test::TestFolder;

std::string complaint(const Result<std::string>& result) {
  REQUIRE_FALSE(result);
  REQUIRE(result.error().size() == 1);
  return result.error().front().text();
}

TEST_CASE("a file is read whole, whatever bytes it holds", "[unit]") {
  const TestFolder folder;
  const std::string text = std::string{"a\0b\r\n", 5} + std::string(100000, 'x');
  test::put(folder / "f", text);
  CHECK(read_file(folder / "f").value() == text);
}

TEST_CASE("what cannot be read is told with its path and the reason", "[unit]") {
  const TestFolder folder;
  CHECK(complaint(read_file(folder / "none")) == (folder / "none") + ": cannot be read: No such file or directory");
  CHECK(complaint(read_file(folder.path())) == folder.path() + ": cannot be read as a file: Is a directory");
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(complaint(read_file(folder / "fifo")).find("is a FIFO, not a file") != std::string::npos);
  CHECK(complaint(read_file("/dev/null")).find("is a device, not a file") != std::string::npos);
}

TEST_CASE("a file at the limit is read and one byte more is refused", "[unit]") {
  const TestFolder folder;
  const std::size_t limit = std::size_t{1} << 20;
  test::put(folder / "fits", std::string(limit, 'x'));
  test::put(folder / "large", std::string(limit + 1, 'x'));
  CHECK(read_file(folder / "fits", limit));
  CHECK(complaint(read_file(folder / "large", limit)).find("larger than 1 MiB") != std::string::npos);
}

TEST_CASE("the files of a folder come sorted, without subfolders and hidden files", "[unit]") {
  const TestFolder folder;
  for (const char* name : {"b.yaml", "a.yaml", "Z.yaml", ".hidden"}) test::put(folder / name, "");
  std::filesystem::create_directory(folder / "sub");
  CHECK(list_files(folder.path()).value() ==
        std::vector<std::string>{folder / "Z.yaml", folder / "a.yaml", folder / "b.yaml"});
}

TEST_CASE("a pattern stands for the files that fit, sorted", "[unit]") {
  const TestFolder folder;
  for (const char* name : {"b.yaml", "a.yaml", "c.txt"}) test::put(folder / name, "");
  CHECK(list_files(folder / "*.yaml").value() == std::vector<std::string>{folder / "a.yaml", folder / "b.yaml"});
  CHECK_FALSE(list_files(folder / "*.json"));
  CHECK(list_files(folder / "c.txt").value() == std::vector<std::string>{folder / "c.txt"});
  CHECK_FALSE(list_files(folder / "none.yaml"));
}

TEST_CASE("standard input is read once and kept", "[unit]") {
  std::istringstream input{"kind: Service\n"};
  DiskFiles files{input};
  CHECK(files.read("-").value() == "kind: Service\n");
  CHECK(files.read("-").value() == "kind: Service\n");
  CHECK(files.list("-").value() == std::vector<std::string>{"-"});
}

}  // namespace
}  // namespace towtank::tool
