#include "tools/towtank/output/text.hpp"

#include <algorithm>

namespace towtank::tool {

std::string printable(std::string_view text) {
  std::string clean{text};
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  // C1 controls (U+0080..U+009F) are control characters too: 0xC2 0x80..0x9F.
  for (std::size_t i = 0; i + 1 < clean.size(); ++i) {
    const auto second = static_cast<unsigned char>(clean[i + 1]);
    if (static_cast<unsigned char>(clean[i]) == 0xC2 && second >= 0x80 && second < 0xA0) clean.replace(i, 2, "?");
  }
  return clean;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x1b) {
      i = text.find('m', i);
      if (i == std::string_view::npos) break;
    } else if ((byte & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width, Align align) {
  const std::size_t used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == Align::left ? std::string{text} + space : space + std::string{text};
}

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::none) return std::string{text};
  const char* code = "";
  switch (colour) {
    case Colour::none:
      break;
    case Colour::bold:
      code = "1";
      break;
    case Colour::faint:
      code = "2";
      break;
    case Colour::red:
      code = "31";
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
  }
  return std::string{"\x1b["} + code + "m" + std::string{text} + "\x1b[0m";
}

void Grid::line(std::string text) {
  free_lines_.push_back(rows_.size());
  rows_.push_back({std::move(text)});
}

std::vector<std::size_t> Grid::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    if (std::find(free_lines_.begin(), free_lines_.end(), r) != free_lines_.end()) continue;
    widths.resize(std::max(widths.size(), rows_[r].size()));
    for (std::size_t c = 0; c < rows_[r].size(); ++c) widths[c] = std::max(widths[c], display_width(rows_[r][c]));
  }
  return widths;
}

std::size_t Grid::width() const {
  std::size_t total = 0;
  for (const std::size_t width : widths()) total += width + 2;
  return total == 0 ? 0 : total - 2;
}

std::string Grid::text(std::size_t indent) const {
  const std::vector<std::size_t> column_widths = widths();
  std::string text;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line(indent, ' ');
    if (std::find(free_lines_.begin(), free_lines_.end(), r) != free_lines_.end()) {
      line += rows_[r].front();
    } else {
      for (std::size_t c = 0; c < rows_[r].size(); ++c) {
        if (c > 0) line += "  ";
        line += padded(rows_[r][c], column_widths[c], c < alignment_.size() ? alignment_[c] : Align::right);
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t used = 0;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find(' ', start);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view word = text.substr(start, end - start);
    const std::size_t word_width = display_width(word);
    if (used > 0 && used + 1 + word_width > width) {
      result += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (used > 0) {
      result += ' ';
      ++used;
    }
    result += word;
    used += word_width;
    start = end + 1;
  }
  return result;
}

}  // namespace towtank::tool
