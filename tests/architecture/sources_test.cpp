#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/architecture/source_rules.hpp"

// Whoever reads "models/SOURCES.md 2.3" must find that section: the document is all that a user has of the sources.

namespace towtank::architecture {
namespace {

/// The first group of every place of `text` that the pattern fits.
std::set<std::string> found(const std::string& text, const char* pattern) {
  const std::regex regex{pattern};
  std::set<std::string> found;
  for (std::sregex_iterator match{text.begin(), text.end(), regex}, end; match != end; ++match)
    found.insert((*match)[1].str());
  return found;
}

/// Sections that `text` cites and `document` lacks.
std::vector<std::string> missing_sections(const std::string& text, const std::string& document) {
  const std::set<std::string> headings = found(document, "\n##+ ([0-9.]*[0-9])");
  std::vector<std::string> missing;
  for (const std::string& cited : found(text, "models/SOURCES\\.md ([0-9]+(?:\\.[0-9]+)?)"))
    if (headings.count(cited) == 0) missing.push_back(cited);
  return missing;
}

}  // namespace

TEST_CASE("every section of models/SOURCES.md that the tree cites is there", "[unit][slow]") {
  const std::filesystem::path root{TOWTANK_SOURCE_DIR};
  const std::string document = text_of(root / "models/SOURCES.md");
  std::size_t citing = 0;
  for (const char* folder : {"sim", "models", "tools", "bench", "tests"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
      const auto kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".hpp" && kind != ".def") continue;
      if (entry.path().filename() == "sources_test.cpp") continue;
      const std::string text = text_of(entry.path());
      INFO(entry.path());
      CHECK(missing_sections(text, document).empty());
      if (text.find("models/SOURCES.md") != std::string::npos) ++citing;
    }
  CHECK(citing > 10);
}

TEST_CASE("a cited section that is not there is found", "[unit]") {
  const std::string document = "# Sources\n\n## 2. Services\n\n### 2.3 Sets\n";
  CHECK(missing_sections("@source models/SOURCES.md 2.3\n", document).empty());
  CHECK(missing_sections("(models/SOURCES.md 2.4)", document) == std::vector<std::string>{"2.4"});
}

}  // namespace towtank::architecture
