#include "models/kubernetes/lost_lines.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "models/kubernetes/fields.hpp"

namespace towtank {
namespace {

constexpr std::size_t kMostLines = 1'000;  // a snippet is short, and each line looks back at all above it

/// A line `key:` or `key: value`, perhaps as the first of a list's item.
struct KeyLine {
  int number = 0;          ///< in the document, from 0
  std::size_t column = 0;  ///< of the key or its dash, from 0
  bool is_item = false;
  bool opens_block = false;
  std::string_view key;
  std::string_view value;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<KeyLine> key_lines(std::string_view text) {
  std::vector<KeyLine> lines;
  for (int number = 0; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    KeyLine read;
    read.number = number;
    read.column = std::min(line.find_first_not_of(' '), line.size());
    std::string_view content = trimmed(line);
    read.is_item = content.substr(0, 2) == "- ";
    if (read.is_item) content = trimmed(content.substr(2));
    const std::size_t colon = content.find(':');
    if (colon == std::string_view::npos || content[0] == '#') continue;
    if (colon + 1 < content.size() && content[colon + 1] != ' ') continue;
    read.key = content.substr(0, colon);
    read.value = trimmed(content.substr(colon + 1));
    read.opens_block = read.value.empty() || read.value[0] == '#' || read.value[0] == '{' || read.value[0] == '[';
    lines.push_back(read);
  }
  return lines;
}

bool is_service(const std::vector<KeyLine>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const KeyLine& line) {
    return line.key == "kind" && line.column == 0 && line.value == "Service";
  });
}

/// Which line must stand above `line`; empty when none must. `before` are the lines above it.
std::string_view needed_opener(const KeyLine& line, std::span<const KeyLine> before) {
  if (line.opens_block && (line.key == "metadata" || line.key == "spec")) return {};
  if (line.key == "apiVersion" || line.key == "kind") return {};
  const auto inside = std::find_if(before.rbegin(), before.rend(), [&](const KeyLine& above) {
    return above.opens_block && above.column < line.column;
  });
  const std::string_view parent = inside == before.rend() ? std::string_view{} : inside->key;
  const bool free_keys = parent == "labels" || parent == "annotations" || parent == "selector";
  if (free_keys || parent == "sessionAffinityConfig" || parent == "clientIP") return {};
  const bool named_before =
      std::any_of(before.begin(), before.end(), [](const KeyLine& above) { return above.key == "name"; });
  if (line.key == "name" && (line.is_item || named_before || parent == "ports")) return "ports";
  const std::string_view home = home_of_field("Service", line.key);
  if (home.empty()) return "selector";
  return home == "spec.ports" ? std::string_view{"ports"} : home;
}

}  // namespace

Problems lost_lines(std::string_view text, const Mark& start) {
  const std::vector<KeyLine> lines = key_lines(text);
  Problems problems;
  if (lines.size() > kMostLines || !is_service(lines)) return problems;
  std::set<std::string_view> present;
  for (const KeyLine& line : lines)
    if (line.opens_block) present.insert(line.key);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const KeyLine& line = lines[i];
    const std::string_view opener = needed_opener(line, std::span{lines}.first(i));
    if (opener.empty() || !present.insert(opener).second) continue;
    const Mark mark{start.file, start.line + line.number, static_cast<int>(line.column) + 1};
    problems.push_back({mark, "the line `" + std::string{opener} + ":` is missing above `" + std::string{line.key} +
                                  ":`, which in a Service stands under it: add it there"});
  }
  return problems;
}

}  // namespace towtank
