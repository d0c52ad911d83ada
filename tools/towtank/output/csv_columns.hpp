#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "tools/towtank/output/csv.hpp"

namespace towtank::tool {

/// A CSV file of a result folder, by the names of its columns; further columns are left alone.
class CsvColumns {
 public:
  /// @param path   of the file    @param names  columns that it must have    @param verb  that wants it, for messages
  /// @error a file that is missing or has the wrong shape: path, line, and what would do
  static Result<CsvColumns> read(const std::string& path, const std::vector<std::string>& names,
                                 const std::string& verb);

  std::size_t rows() const { return table_.rows.size(); }
  const std::string& text(std::size_t row, const char* name) const { return table_.rows[row][*table_.column(name)]; }

  /// An empty cell is empty; the first that is no number is kept for `problems`, and empty.
  std::optional<double> number(std::size_t row, const char* name);

  const Problems& problems() const { return problems_; }

 private:
  CsvColumns(std::string path, CsvTable table) : path_{std::move(path)}, table_{std::move(table)} {}

  std::string path_;
  CsvTable table_;
  Problems problems_;
};

/// The whole text as one finite number; empty when it is none.
std::optional<double> number_of_text(const std::string& text);

}  // namespace towtank::tool
