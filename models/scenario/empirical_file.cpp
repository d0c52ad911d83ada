#include "models/scenario/empirical_file.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "models/kubernetes/document.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

struct Cell {
  std::string_view text;
  int column = 1;  ///< of the file, from 1
};

std::vector<Cell> split_line(std::string_view line) {
  std::vector<Cell> cells;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = std::min(line.find(',', start), line.size());
    std::size_t first = start;
    std::size_t last = end;
    const auto is_trimmed = [&](std::size_t at) { return line[at] == ' ' || line[at] == '\t' || line[at] == '"'; };
    while (first < last && is_trimmed(first)) ++first;
    while (last > first && is_trimmed(last - 1)) --last;
    cells.push_back({line.substr(first, last - first), static_cast<int>(first) + 1});
    if (end == line.size()) return cells;
    start = end + 1;
  }
}

bool begins_like_number(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
}

/// The unit that a heading such as `latency_ms` promises; empty when none.
std::string_view unit_of_heading(std::string_view heading) {
  for (const std::string_view unit : {"_ns", "_us", "_ms", "_s"})
    if (heading.size() > unit.size() && heading.substr(heading.size() - unit.size()) == unit) return unit.substr(1);
  return {};
}

class EmpiricalReader {
 public:
  EmpiricalReader(const std::string& file_name, std::string_view column) : file_name_{file_name}, column_{column} {}

  /// @return the first problem, which ends the reading
  std::optional<Problem> take_line(std::string_view line, int number) {
    const std::vector<Cell> cells = split_line(line);
    if (!first_line_seen_) {
      first_line_seen_ = true;
      const bool is_heading = !begins_like_number(cells[0].text);
      if (auto problem = choose_column(cells, is_heading, number)) return problem;
      if (is_heading) return std::nullopt;
    }
    if (index_ >= cells.size())
      return Problem{{file_name_, number, 1},
                     "this line has " + std::to_string(cells.size()) + " fields, expected " +
                         std::to_string(index_ + 1) + "; complete it or remove it"};
    const Cell& cell = cells[index_];
    const Mark mark{file_name_, number, cell.column};
    const Result<double> seconds = parse_seconds(std::string{cell.text} + std::string{unit_}, mark);
    if (!seconds)
      return Problem{
          mark, seconds.error()[0].message + (unit_.empty() ? "; or give the column a heading that ends in _ms" : "")};
    values_s.push_back(*seconds);
    return std::nullopt;
  }

  std::vector<double> values_s;

 private:
  std::optional<Problem> choose_column(const std::vector<Cell>& cells, bool is_heading, int line) {
    const Mark mark{file_name_, line, 1};
    if (!is_heading) {
      if (cells.size() > 1 || !column_.empty())
        return Problem{mark, "expected a heading with the names of the columns, found " +
                                 Value::make_scalar(std::string{cells[0].text}, mark).description() +
                                 "; add one, and name the column: empirical(FILE column=NAME)"};
      return std::nullopt;
    }
    std::string headings;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      headings += (i == 0 ? "" : ", ") + std::string{cells[i].text};
      if (cells[i].text == column_ || (column_.empty() && cells.size() == 1)) {
        index_ = i;
        unit_ = unit_of_heading(cells[i].text);
        return std::nullopt;
      }
    }
    if (column_.empty())
      return Problem{mark, "the file has the columns " + headings + "; name one: empirical(FILE column=NAME)"};
    return Problem{mark, "no column is named \"" + std::string{column_} + "\"; the columns are " + headings};
  }

  const std::string& file_name_;
  std::string_view column_;
  bool first_line_seen_ = false;
  std::size_t index_ = 0;
  std::string unit_;
};

}  // namespace

Result<std::vector<double>> read_empirical_values(std::string_view text, const std::string& file_name,
                                                  std::string_view column) {
  EmpiricalReader reader{file_name, column};
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    if (auto problem = reader.take_line(line, number)) return *problem;
  }
  if (reader.values_s.empty())
    return Problem{{file_name, 0, 0}, "the file holds no value; write one duration a line, such as 3ms"};
  return std::move(reader.values_s);
}

}  // namespace towtank::scenario
