#include "tools/towtank/plot/results_reader.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <charconv>
#include <cmath>

#include "tools/towtank/files.hpp"
#include "tools/towtank/output/csv.hpp"

namespace towtank::tool {
namespace {

/// One CSV file with the columns it must have.
class Columns {
 public:
  Columns(std::string path, CsvTable table) : path_{std::move(path)}, table_{std::move(table)} {}

  static Result<Columns> read(const std::string& path, const std::vector<std::string>& names) {
    const Result<std::string> text = read_file(path);
    if (!text) {
      Problem problem = text.error().front();
      problem.message += "; `towtank run` writes it, and `towtank plot` wants the folder it wrote";
      return problem;
    }
    const Result<CsvTable> table = parse_csv(*text, path);
    if (!table) return table.error();
    for (const std::string& name : names) {
      if (table->column(name)) continue;
      return Problem{Mark{path, 1, 1}, fmt::format("there is no column '{}' in the first line; is this a file that "
                                                   "`towtank run` wrote?",
                                                   name)};
    }
    return Columns{path, *table};
  }

  std::size_t rows() const { return table_.rows.size(); }
  const std::string& text(std::size_t row, const char* name) const { return table_.rows[row][*table_.column(name)]; }

  /// An empty cell is empty; anything else that is no number is a problem kept for `problems`.
  std::optional<double> number(std::size_t row, const char* name) {
    const std::string& cell = text(row, name);
    if (cell.empty()) return std::nullopt;
    double value = 0.0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error == std::errc{} && end == cell.data() + cell.size() && std::isfinite(value)) return value;
    if (problems_.empty()) {
      problems_.push_back(
          {Mark{path_, static_cast<int>(row) + 2, 1}, fmt::format("'{}' in {} is no number", cell, name)});
    }
    return std::nullopt;
  }

  const Problems& problems() const { return problems_; }

 private:
  std::string path_;
  CsvTable table_;
  Problems problems_;
};

}  // namespace

Result<PlotData> read_plot_data(const std::string& results_path) {
  PlotData data;
  Result<Columns> latency = Columns::read(
      results_path + "/latency.csv", {"variant", "traffic", "percentile", "latency_ms", "ci_low_ms", "ci_high_ms"});
  if (!latency) return latency.error();
  for (std::size_t row = 0; row < latency->rows(); ++row) {
    const std::optional<double> percentile = latency->number(row, "percentile");
    report::LatencyRow one{latency->text(row, "variant"), latency->text(row, "traffic"), percentile.value_or(-1.0), {}};
    one.latency_ms = {latency->number(row, "latency_ms"), latency->number(row, "ci_low_ms"),
                      latency->number(row, "ci_high_ms")};
    if (percentile) data.latency.push_back(std::move(one));
  }
  if (!latency->problems().empty()) return latency->problems();

  Result<Columns> endpoints =
      Columns::read(results_path + "/endpoints.csv",
                    {"variant", "endpoint", "relative_load", "relative_load_ci_low", "relative_load_ci_high"});
  if (!endpoints) return endpoints.error();
  for (std::size_t row = 0; row < endpoints->rows(); ++row) {
    report::EndpointRow one;
    one.variant = endpoints->text(row, "variant");
    one.endpoint = endpoints->text(row, "endpoint");
    one.relative_load = {endpoints->number(row, "relative_load"), endpoints->number(row, "relative_load_ci_low"),
                         endpoints->number(row, "relative_load_ci_high")};
    data.endpoints.push_back(std::move(one));
  }
  if (!endpoints->problems().empty()) return endpoints->problems();
  return data;
}

}  // namespace towtank::tool
