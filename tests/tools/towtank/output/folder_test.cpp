#include "tools/towtank/output/folder.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/tools/towtank/support.hpp"

namespace towtank::tool {
namespace {

using test::TestFolder;
namespace fs = std::filesystem;

TEST_CASE("files are written and replaced, stale ones go, and nothing else is touched", "[unit]") {
  const TestFolder folder;
  const std::string path = folder / "results/shop";
  REQUIRE_FALSE(write_folder(path, {{"a.csv", "1"}, {"old.csv", "1"}}, {}));
  test::put(path + "/mine.txt", "mine");
  REQUIRE_FALSE(write_folder(path, {{"a.csv", "2"}, {"b.csv", "3"}}, {"a.csv", "old.csv"}));
  CHECK(test::get(path + "/a.csv") == "2");
  CHECK(test::get(path + "/b.csv") == "3");
  CHECK(test::get(path + "/mine.txt") == "mine");
  CHECK(test::count_entries(path) == 3);  // no temporary name left
}

TEST_CASE("files that fail to be written leave the old ones as they were", "[unit]") {
  const TestFolder folder;
  REQUIRE_FALSE(write_folder(folder.path(), {{"a.csv", "old"}}, {}));
  const auto problem = write_folder(folder.path(), {{"a.csv", "new"}, {"no/such/folder.csv", ""}}, {"a.csv"});
  REQUIRE(problem);
  CHECK(problem->text() == (folder / "no/such/folder.csv") + ": cannot be written: No such file or directory");
  CHECK(test::get(folder / "a.csv") == "old");
  CHECK(test::count_entries(folder.path()) == 1);
}

TEST_CASE("looking whether a folder can be written leaves no trace", "[unit]") {
  const TestFolder folder;
  CHECK_FALSE(problem_with_folder(folder / "new/deep", {"a.csv"}));
  CHECK(test::count_entries(folder.path()) == 0);
  fs::create_directory(folder / "there");
  CHECK_FALSE(problem_with_folder(folder / "there", {"a.csv"}));
  CHECK(fs::exists(folder / "there"));
  CHECK(test::count_entries(folder / "there") == 0);
}

TEST_CASE("a place where no results can be written is told with its path", "[unit]") {
  const TestFolder folder;
  test::put(folder / "file", "");
  CHECK(problem_with_folder(folder / "file", {})->text() ==
        (folder / "file") + ": is no folder; name another one with --out");
  CHECK(problem_with_folder(folder / "file/below", {})->text().find("file: is no folder") != std::string::npos);
  fs::create_directory(folder / "summary.csv");
  CHECK(problem_with_folder(folder.path(), {"summary.csv"})->text().find("is a folder where a result file goes") !=
        std::string::npos);
}

TEST_CASE("names from scenarios make harmless file names", "[unit]") {
  CHECK(safe_file_name("shop-1.2") == "shop-1.2");
  CHECK(safe_file_name("../../etc/passwd") == "-.-..-etc-passwd");
  CHECK(safe_file_name("a b/c") == "a-b-c");
  CHECK(safe_file_name("").size() > 0);
}

}  // namespace
}  // namespace towtank::tool
