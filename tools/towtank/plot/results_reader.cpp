#include "tools/towtank/plot/results_reader.hpp"

#include <filesystem>

#include "tools/towtank/output/csv_columns.hpp"

namespace towtank::tool {
namespace {

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Problems read_load_curve(const std::string& path, std::vector<LoadCurveRow>& rows) {
  Result<CsvColumns> curve = CsvColumns::read(path,
                                              {"variant", "traffic", "load", "state", "latency_mean_ms",
                                               "latency_p99_ms", "latency_p99_ci_low_ms", "latency_p99_ci_high_ms"},
                                              "plot");
  if (!curve) return curve.error();
  for (std::size_t row = 0; row < curve->rows(); ++row) {
    const std::optional<double> load = curve->number(row, "load");
    LoadCurveRow one;
    one.variant = curve->text(row, "variant");
    one.traffic = curve->text(row, "traffic");
    one.load = load.value_or(0.0);
    one.state = curve->text(row, "state");
    one.mean_ms.value = curve->number(row, "latency_mean_ms");
    one.p99_ms = {curve->number(row, "latency_p99_ms"), curve->number(row, "latency_p99_ci_low_ms"),
                  curve->number(row, "latency_p99_ci_high_ms")};
    if (load) rows.push_back(std::move(one));
  }
  return curve->problems();
}

Problems read_warmup(const std::string& path, std::vector<report::WarmupRow>& rows) {
  Result<CsvColumns> warmup = CsvColumns::read(
      path, {"variant", "t_s", "warmup_s", "jobs_mean", "jobs_mean_ci_low", "jobs_mean_ci_high"}, "plot");
  if (!warmup) return warmup.error();
  for (std::size_t row = 0; row < warmup->rows(); ++row) {
    const std::optional<double> t_s = warmup->number(row, "t_s");
    report::WarmupRow one{warmup->text(row, "variant"), t_s.value_or(0.0), warmup->number(row, "warmup_s").value_or(0.0), {}};
    one.jobs = {warmup->number(row, "jobs_mean"), warmup->number(row, "jobs_mean_ci_low"),
                warmup->number(row, "jobs_mean_ci_high")};
    if (t_s) rows.push_back(std::move(one));
  }
  return warmup->problems();
}

}  // namespace

Result<PlotData> read_plot_data(const std::string& results_path) {
  PlotData data;
  if (const std::string path = results_path + "/load_curve.csv"; is_there(path)) {
    if (Problems problems = read_load_curve(path, data.load_curve); !problems.empty()) return problems;
    if (!is_there(results_path + "/latency.csv")) return data;
  }
  Result<CsvColumns> latency =
      CsvColumns::read(results_path + "/latency.csv",
                       {"variant", "traffic", "percentile", "latency_ms", "ci_low_ms", "ci_high_ms"}, "plot");
  if (!latency) return latency.error();
  for (std::size_t row = 0; row < latency->rows(); ++row) {
    const std::optional<double> percentile = latency->number(row, "percentile");
    report::LatencyRow one{latency->text(row, "variant"), latency->text(row, "traffic"), percentile.value_or(-1.0), {}};
    one.latency_ms = {latency->number(row, "latency_ms"), latency->number(row, "ci_low_ms"),
                      latency->number(row, "ci_high_ms")};
    if (percentile) data.latency.push_back(std::move(one));
  }
  if (!latency->problems().empty()) return latency->problems();

  Result<CsvColumns> endpoints = CsvColumns::read(
      results_path + "/endpoints.csv",
      {"variant", "endpoint", "relative_load", "relative_load_ci_low", "relative_load_ci_high"}, "plot");
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
  if (const std::string path = results_path + "/warmup.csv"; is_there(path))
    if (Problems problems = read_warmup(path, data.warmup); !problems.empty()) return problems;
  return data;
}

}  // namespace towtank::tool
