#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "models/study/study.hpp"
#include "tests/support/memory_files.hpp"

namespace towtank::scenario {
namespace {

/// What a first line `# expect: LINE:COLUMN part of the message` promises.
struct Expected {
  int line = 0;
  int column = 0;
  std::string part;
};

std::vector<Expected> expectations(const std::string& text) {
  const std::string start = "# expect: ";
  std::vector<Expected> expected;
  for (std::size_t at = 0; text.compare(at, start.size(), start) == 0; at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at + start.size(), text.find('\n', at) - at - start.size());
    const std::size_t colon = line.find(':');
    const std::size_t space = line.find(' ');
    expected.push_back({std::stoi(line.substr(0, colon)), std::stoi(line.substr(colon + 1)), line.substr(space + 1)});
  }
  return expected;
}

/// Whether a message also says what would do.
bool names_a_remedy(const std::string& message) {
  static const std::vector<std::string> kWords = {
      "write ",       "add ",      "remove",    "did you mean", "leave ",         "choose",    "expected ",
      "keep one",     "give ",     "move ",     "it must",      "it belongs",     "there is",  "there are",
      "put ",         "indent",    "must be",   "must add up",  "call it",        "refers to", "list ",
      "the keys are", "leave out", "seen from", "between",      "the metrics are",
      "would do",     "make it",   "say which", "it has ",      "name the ",      "write it",  "it listens on",
      "are more than its", "it takes"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const std::string& word) { return message.find(word) != std::string::npos; });
}

std::string told(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + '\n';
  return text;
}

/// What the reader complains about, or what stands in the way of building the variants that it made.
Problems problems_before_running(const Result<Study>& study) {
  if (!study) return study.error();
  const Result<report::CheckReport> checked = check_study(*study);
  return checked ? Problems{} : checked.error();
}

std::vector<std::filesystem::path> broken_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator{std::filesystem::path{TOWTANK_SOURCE_DIR} / "tests/broken"})
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("every broken file gives just the problem it promises, at its place and with a remedy", "[unit]") {
  const std::vector<std::filesystem::path> paths = broken_files();
  REQUIRE(paths.size() >= 140);
  for (const std::filesystem::path& path : paths) {
    std::ifstream file{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
    const std::string name = path.filename().string();
    const std::vector<Expected> expected = expectations(text);
    MemoryFiles files{{{name, text}}};
    INFO(name);
    CHECK_FALSE(expected.empty());
    const Problems problems = problems_before_running(load_study(name, files, {}));
    if (problems.empty()) FAIL_CHECK("nothing is wrong with it");
    INFO(told(problems));
    CHECK(problems.size() == expected.size());
    for (std::size_t i = 0; i < std::min(problems.size(), expected.size()); ++i) {
      INFO("expected " << expected[i].line << ':' << expected[i].column << ' ' << expected[i].part);
      CHECK(problems[i].mark.file == name);
      CHECK(problems[i].mark.line == expected[i].line);
      CHECK(problems[i].mark.column == expected[i].column);
      CHECK_THAT(problems[i].message, Catch::Matchers::Contains(expected[i].part));
      CHECK(names_a_remedy(problems[i].message));
      CHECK(problems[i].message.find('\n') == std::string::npos);
    }
  }
}

}  // namespace towtank::scenario
