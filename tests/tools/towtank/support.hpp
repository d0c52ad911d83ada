#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/towtank/cli.hpp"

namespace towtank::tool::test {

/// An empty folder of a test's own; gone with it.
class TestFolder {
 public:
  TestFolder() : path_{(std::filesystem::temp_directory_path() / "towtank-test-XXXXXX").string()} {
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void put(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  REQUIRE(file.good());
}

inline std::string get(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// How a call of the program ended.
struct Ended {
  int status = 0;
  std::string out, err;
};

/// `towtank WORDS...` with the real simulator. @param input  of `-`
inline Ended towtank(const std::vector<std::string>& words, const std::string& input = {}) {
  std::vector<const char*> argv{"towtank"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::istringstream in{input};
  std::ostringstream out, err;
  const int status = run_cli(static_cast<int>(argv.size()), argv.data(), in, out, err, load_real_study);
  return {status, out.str(), err.str()};
}

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// `words`, and then `more`.
inline std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// A row of what `compare -o json` says of the first traffic; null where there is none.
inline nlohmann::json metric(const nlohmann::json& comparison, const std::string& name, std::size_t variant = 0) {
  for (const nlohmann::json& row : comparison["variants"][variant]["traffic"][0]["metrics"])
    if (row["metric"] == name) return row;
  return nullptr;
}

inline std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Names in a folder, hidden ones too.
inline std::size_t count_entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder}) ++count;
  return count;
}

}  // namespace towtank::tool::test
