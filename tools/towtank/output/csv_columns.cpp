#include "tools/towtank/output/csv_columns.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "tools/towtank/files.hpp"

namespace towtank::tool {

Result<CsvColumns> CsvColumns::read(const std::string& path, const std::vector<std::string>& names,
                                    const std::string& verb) {
  const Result<std::string> text = read_file(path);
  if (!text) {
    Problem problem = text.error().front();
    problem.message += fmt::format("; `towtank run` writes it, and `towtank {}` wants the folder it wrote", verb);
    return problem;
  }
  const Result<CsvTable> table = parse_csv(*text, path);
  if (!table) return table.error();
  for (const std::string& name : names) {
    if (table->column(name)) continue;
    return Problem{
        Mark{path, 1, 1},
        fmt::format("there is no column '{}' in the first line; is this a file that `towtank run` wrote?", name)};
  }
  return CsvColumns{path, *table};
}

std::optional<double> CsvColumns::number(std::size_t row, const char* name) {
  const std::string& cell = text(row, name);
  if (cell.empty()) return std::nullopt;
  const std::optional<double> value = number_of_text(cell);
  if (!value && problems_.empty()) {
    problems_.push_back(
        {Mark{path_, static_cast<int>(row) + 2, 1}, fmt::format("'{}' in {} is no number", cell, name)});
  }
  return value;
}

std::optional<double> number_of_text(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace towtank::tool
