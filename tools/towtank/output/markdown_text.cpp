#include "tools/towtank/output/markdown_text.hpp"

#include <string_view>

#include "tools/towtank/output/text.hpp"

namespace towtank::tool {

std::string markdown_literal(const std::string& text) {
  std::string safe;
  for (const char c : printable(text)) {
    if (std::string_view{"\\`*_{}[]<>#|~"}.find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += ' ' + cell + " |";
  return text + '\n';
}

std::string bullet(const std::string& text) { return "- " + text + '\n'; }

}  // namespace towtank::tool
