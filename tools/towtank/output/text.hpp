#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text for terminals: widths, alignment, colour.
namespace towtank::tool {

/// Replaces control characters, which a name from a file could use to rewrite the screen, by '?'.
std::string printable(std::string_view text);

/// Columns the text takes: UTF-8 code points, one column each. Escape sequences of `paint` take none.
std::size_t display_width(std::string_view text);

enum class Align { left, right };
std::string padded(std::string_view text, std::size_t width, Align align);

enum class Colour { none, bold, faint, red, green, yellow };
/// `text` in a colour; unchanged when `enabled` is false.
std::string paint(std::string_view text, Colour colour, bool enabled);

/// Rows of cells in aligned columns, separated by two spaces. Rows may have different lengths.
class Grid {
 public:
  /// @param alignment  one per column; columns beyond it are aligned to the right
  explicit Grid(std::vector<Align> alignment) : alignment_{std::move(alignment)} {}

  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// A line that takes no part in the alignment.
  void line(std::string text);

  /// Columns that the widest row takes, without indent.
  std::size_t width() const;
  /// All lines, each begun with `indent` spaces and ended by a newline; no spaces at the ends of lines.
  std::string text(std::size_t indent) const;

 private:
  std::vector<std::size_t> widths() const;

  std::vector<Align> alignment_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> free_lines_;  // indexes of rows_ that are such lines
};

/// `text` broken at spaces into lines of at most `width` columns, further lines begun with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace towtank::tool
