#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/world/report.hpp"
#include "sim/core/result.hpp"

/// Comma-separated values: fields quoted as RFC 4180 says, lines ended by LF, numbers in the shortest form that reads
/// back to the same double.
namespace towtank::tool {

/// A number for a program: the shortest text that reads back equal; empty for what is not finite.
std::string exact_number(double value);

/// Builds CSV text cell by cell.
class CsvText {
 public:
  explicit CsvText(std::string_view header) : text_{header} { text_ += '\n'; }

  CsvText& cell(std::string_view text);
  CsvText& cell(const char* text) { return cell(std::string_view{text}); }
  CsvText& cell(const std::string& text) { return cell(std::string_view{text}); }
  CsvText& cell(double value) { return raw(exact_number(value)); }
  CsvText& cell(std::uint64_t value) { return raw(std::to_string(value)); }
  CsvText& cell(std::optional<double> value) { return value ? cell(*value) : raw(""); }
  CsvText& cell(std::optional<bool> value) { return raw(!value ? "" : *value ? "true" : "false"); }
  /// Two cells: the bounds of the interval.
  CsvText& bounds(const report::Estimate& estimate) { return cell(estimate.low).cell(estimate.high); }
  void end_row();

  const std::string& text() const { return text_; }

 private:
  CsvText& raw(std::string_view text);

  std::string text_;
  bool row_begun_ = false;
};

/// A CSV file that was read: every row has as many cells as the header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// Index of the column of that name.
  std::optional<std::size_t> column(std::string_view name) const;
};

/// @param name  of the file, for messages
/// @error a quote that is never closed, a row with too few or too many cells, an empty file: with the line
Result<CsvTable> parse_csv(std::string_view text, const std::string& name);

}  // namespace towtank::tool
