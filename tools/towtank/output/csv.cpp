#include "tools/towtank/output/csv.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace towtank::tool {
namespace {

/// Reads one file from its first character to its last.
class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name) : text_{text}, name_{name} {}

  Result<CsvTable> parse() {
    CsvTable table;
    while (at_ < text_.size()) {
      const int row_line = line_;
      std::vector<std::string> row;
      if (!take_row(row)) return problem(row_line, "a quoted field is opened here and never closed");
      if (table.header.empty()) {
        table.header = std::move(row);
      } else if (row.size() != table.header.size()) {
        return problem(row_line,
                       fmt::format("{} fields where the first line names {}", row.size(), table.header.size()));
      } else {
        table.rows.push_back(std::move(row));
      }
    }
    if (table.header.empty()) return problem(1, "the file is empty; it should begin with a line of column names");
    return table;
  }

 private:
  Problem problem(int line, std::string message) const { return {Mark{name_, line, 1}, std::move(message)}; }

  bool take_row(std::vector<std::string>& row) {
    while (true) {
      std::string field;
      if (!take_field(field)) return false;
      row.push_back(std::move(field));
      if (at_ >= text_.size()) return true;
      const char separator = text_[at_++];
      if (separator == '\n') {
        ++line_;
        return true;
      }
    }
  }

  /// Stops before the comma or the end of the line.
  bool take_field(std::string& field) {
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quoted) {
        if (c == '\n') ++line_;
        if (c != '"') {
          field += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          field += c;
          ++at_;
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        return true;
      } else if (c != '\r' || at_ + 1 >= text_.size() || text_[at_ + 1] != '\n') {
        field += c;
      }
    }
    return !quoted;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::string exact_number(double value) {
  if (!std::isfinite(value)) return "";
  return fmt::format("{}", value == 0.0 ? 0.0 : value);  // -0 reads as 0
}

CsvText& CsvText::cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return raw(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return raw(quoted + '"');
}

CsvText& CsvText::raw(std::string_view text) {
  if (row_begun_) text_ += ',';
  text_ += text;
  row_begun_ = true;
  return *this;
}

void CsvText::end_row() {
  text_ += '\n';
  row_begun_ = false;
}

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

Result<CsvTable> parse_csv(std::string_view text, const std::string& name) { return CsvParser{text, name}.parse(); }

}  // namespace towtank::tool
