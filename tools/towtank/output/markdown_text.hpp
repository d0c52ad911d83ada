#pragma once

#include <string>
#include <vector>

namespace towtank::tool {

/// Text that Markdown takes as it is, also inside a table.
std::string markdown_literal(const std::string& text);

/// One row of a table; the cells are Markdown already.
std::string markdown_row(const std::vector<std::string>& cells);

/// One item of a list; the text is Markdown already.
std::string bullet(const std::string& text);

}  // namespace towtank::tool
