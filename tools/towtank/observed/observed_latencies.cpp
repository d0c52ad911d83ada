#include "tools/towtank/observed/observed_latencies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <sstream>

#include "sim/stats/sectioning.hpp"
#include "tools/towtank/output/csv_columns.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kStretches = 20;
constexpr double kNsInMs = 1e6;
constexpr double kLongestMs = 1e11;  // three years: a clock's reading, not a latency

report::Estimate in_ms(const Interval& ns) {
  report::Estimate made;
  made.value = ns.estimate / kNsInMs;
  if (ns.resolved) made.low = ns.low / kNsInMs, made.high = ns.high / kNsInMs;
  return made;
}

Problem no_latency(const std::string& name, int line, const std::string& text) {
  return {Mark{name, line, 1}, fmt::format("'{}' is no latency; a number >= 0 would do", text)};
}

std::optional<double> latency_of(const std::string& text, double unit_ms) {
  const std::optional<double> value = number_of_text(text);
  if (!value || *value < 0.0 || *value * unit_ms > kLongestMs) return std::nullopt;
  return *value * unit_ms;
}

/// A column of latencies and the unit of its numbers.
struct LatencyColumn {
  std::size_t at = 0;
  double unit_ms = 1.0;
};

std::optional<LatencyColumn> latency_column(const CsvTable& table, double unit_ms) {
  const std::pair<const char*, double> known[] = {{"latency_ms", 1.0},  {"latency_us", 1e-3}, {"latency_ns", 1e-6},
                                                  {"latency_s", 1e3},   {"latency", unit_ms}, {"elapsed", 1.0},
                                                  {"metric_value", 1.0}};
  for (const auto& [name, unit] : known)
    if (const auto at = table.column(name)) return LatencyColumn{*at, unit};
  return std::nullopt;
}

ObservedLatencies of_requests(const std::vector<double>& latencies_ms, double confidence) {
  std::vector<Histogram> stretches(std::min(kStretches, latencies_ms.size()), Histogram{10});
  std::vector<double> sums(stretches.size(), 0.0), counts(stretches.size(), 0.0);
  for (std::size_t i = 0; i < latencies_ms.size(); ++i) {
    const std::size_t stretch = i * stretches.size() / latencies_ms.size();
    stretches[stretch].add(static_cast<std::int64_t>(std::llround(latencies_ms[i] * kNsInMs)));
    sums[stretch] += latencies_ms[i] * kNsInMs;
    counts[stretch] += 1.0;
  }
  std::vector<const Histogram*> sections;
  for (const Histogram& stretch : stretches) sections.push_back(&stretch);
  const SectionedQuantiles quantiles{sections};
  ObservedLatencies made;
  made.has_intervals = true;
  made.requests = latencies_ms.size();
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  made.mean_ms = in_ms(mean_interval(sums, confidence));
  for (const double percentile : kUsualPercentiles)
    made.percentiles.emplace_back(percentile, in_ms(quantiles.at(percentile / 100.0, confidence).ns));
  return made;
}

/// `Value Percentile TotalCount 1/(1-Percentile)`, then a footer of lines that begin with `#[`.
Result<ObservedLatencies> read_hgrm(const std::string& text, const std::string& name, double unit_ms) {
  ObservedLatencies made;
  made.form = "HdrHistogram percentiles";
  std::istringstream lines{text};
  std::string line;
  std::vector<std::pair<double, double>> steps;  // percentile, ms
  bool begun = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == ',' || c == '"' || c == '\r'; }, ' ');
    std::istringstream words{line};
    std::string value, share, count;
    if (line.rfind("#[Mean", 0) == 0) {
      const std::size_t equals = line.find('=');
      words.seekg(static_cast<std::streamoff>(equals == std::string::npos ? line.size() : equals + 1));
      if (words >> value)
        if (const auto mean = latency_of(value, unit_ms)) made.mean_ms.value = *mean;
      continue;
    }
    if (line.rfind("#[Buckets", 0) == 0 || line.rfind("----", 0) == 0) break;  // wrk2 goes on with figures of its own
    if (line.rfind("#[", 0) == 0) continue;
    if (!(words >> value >> share)) continue;
    if (value == "Value") {
      begun = true;
      continue;
    }
    if (!begun) continue;
    const auto latency = latency_of(value, unit_ms);
    const auto quantile = number_of_text(share);
    if (!latency || !quantile || *quantile < 0.0 || *quantile > 1.0)
      return Problem{Mark{name, number, 1},
                     fmt::format("expected a value and a share of 0 to 1, found '{} {}'", value, share)};
    steps.emplace_back(100.0 * *quantile, *latency);
    if (words >> count)
      if (const auto total = number_of_text(count)) made.requests = static_cast<std::uint64_t>(std::max(0.0, *total));
  }
  if (steps.empty()) return Problem{Mark{name, 1, 1}, "there is no line of percentiles in it"};
  for (const double percentile : kUsualPercentiles) {  // a line holds for all percentiles up to its own
    const auto at =
        std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.first >= percentile - 1e-9; });
    if (at != steps.end()) made.percentiles.push_back({percentile, {at->second, {}, {}}});
  }
  return made;
}

Result<ObservedLatencies> read_percentiles(const CsvTable& table, const std::string& name, LatencyColumn latency,
                                           std::size_t percentile, double scale) {
  std::map<double, double> read;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& at = table.rows[row][percentile];
    const std::optional<double> share = number_of_text(at);
    const int line = static_cast<int>(row) + 2;
    if (!share || *share < 0.0 || *share * scale > 100.0)
      return Problem{Mark{name, line, 1}, fmt::format("'{}' is no percentile; 0 to {} would do", at, 100.0 / scale)};
    const auto ms = latency_of(table.rows[row][latency.at], latency.unit_ms);
    if (!ms) return no_latency(name, line, table.rows[row][latency.at]);
    if (!read.emplace(*share * scale, *ms).second)
      return Problem{Mark{name, line, 1},
                     fmt::format("{} is given twice; the percentiles of one measurement would do", at)};
  }
  ObservedLatencies made;
  made.form = "percentiles";
  for (const auto& [at, ms] : read) made.percentiles.push_back({at, {ms, {}, {}}});
  return made;
}

/// How a column tells that a request succeeded.
struct SuccessColumn {
  std::size_t at = 0;
  std::string name, yes, no;  ///< `no` empty: anything else
};

std::optional<SuccessColumn> success_column(const CsvTable& table) {
  for (const char* name : {"success", "expected_response"})
    if (const auto at = table.column(name)) return SuccessColumn{*at, name, "true", "false"};
  if (const auto at = table.column("outcome")) return SuccessColumn{*at, "outcome", "ok", ""};
  return std::nullopt;
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Names of the column of which there is more than one, as in a file of several measurements; empty: there is none.
std::string mixed_column(const CsvTable& table) {
  for (const char* name : {"variant", "traffic"}) {
    const auto at = table.column(name);
    for (std::size_t row = 1; at && row < table.rows.size(); ++row)
      if (table.rows[row][*at] != table.rows[0][*at]) return name;
  }
  return "";
}

/// A line a request.
Result<ObservedLatencies> read_requests(const CsvTable& table, const std::string& name, LatencyColumn latency,
                                        double confidence) {
  if (const std::string mixed = mixed_column(table); !mixed.empty())
    return Problem{Mark{name, 1, 1}, fmt::format("it has requests of more than one {}; those of one would do", mixed)};
  const auto metric = table.column("metric_name");
  const std::optional<SuccessColumn> success = success_column(table);
  std::vector<double> latencies;
  std::uint64_t failures = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::vector<std::string>& cells = table.rows[row];
    if (metric && cells[*metric] != "http_req_duration") continue;
    const std::string told = success ? lowered(cells[success->at]) : "";
    if (success && told != success->yes) {
      if (!success->no.empty() && told != success->no)
        return Problem{Mark{name, static_cast<int>(row) + 2, 1},
                       fmt::format("'{}' in {} is neither true nor false", cells[success->at], success->name)};
      ++failures;
      continue;
    }
    const auto ms = latency_of(cells[latency.at], latency.unit_ms);
    if (!ms) return no_latency(name, static_cast<int>(row) + 2, cells[latency.at]);
    latencies.push_back(*ms);
  }
  if (latencies.empty()) return Problem{Mark{name, 1, 1}, "there is no successful request in it"};
  ObservedLatencies made = of_requests(latencies, confidence);
  made.form = metric                    ? "requests of k6 (connecting and TLS are not in its http_req_duration)"
              : table.column("elapsed") ? "requests of JMeter"
                                        : "requests";
  made.failures = failures;
  made.tells_failures = success.has_value();
  return made;
}

/// A number a line, without a first line of names.
Result<ObservedLatencies> read_numbers(const CsvTable& table, const std::string& name, double unit_ms,
                                       double confidence) {
  std::vector<double> latencies;
  const auto add = [&](const std::string& cell) {
    const auto ms = latency_of(cell, unit_ms);
    if (ms) latencies.push_back(*ms);
    return ms.has_value();
  };
  if (!add(table.header[0])) return no_latency(name, 1, table.header[0]);
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    if (!add(table.rows[row][0])) return no_latency(name, static_cast<int>(row) + 2, table.rows[row][0]);
  ObservedLatencies made = of_requests(latencies, confidence);
  made.form = "one latency a line";
  return made;
}

/// Without the byte order mark that some spreadsheets write, and without empty lines at the end.
std::string trimmed(const std::string& text) {
  const std::size_t begin = text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0, last = text.find_last_not_of("\r\n");
  return last == std::string::npos || last < begin ? "" : text.substr(begin, last + 1 - begin) + '\n';
}

bool is_hgrm(const std::string& text) {
  std::istringstream start{text.substr(0, 4096)};
  std::string line;
  while (std::getline(start, line))
    if (line.find("Value") != std::string::npos && line.find("Percentile") != std::string::npos &&
        line.find("TotalCount") != std::string::npos)
      return true;
  return false;
}

}  // namespace

Result<ObservedLatencies> read_observed(const std::string& text, const std::string& name, double unit_ms,
                                        double confidence) {
  if (is_hgrm(text)) return read_hgrm(text, name, unit_ms);
  const Result<CsvTable> table = parse_csv(trimmed(text), name);
  if (!table) return table.error();
  if (table->header.size() == 1 && number_of_text(table->header[0]))
    return read_numbers(*table, name, unit_ms, confidence);
  const std::optional<LatencyColumn> latency = latency_column(*table, unit_ms);
  if (!latency)
    return Problem{
        Mark{name, 1, 1},
        "no column of latencies in the first line; latency_ms, latency_us, latency_s, latency, elapsed (JMeter) "
        "or metric_value (k6) would do, or HdrHistogram's percentile print"};
  if (const auto percentile = table->column("percentile"))
    return read_percentiles(*table, name, *latency, *percentile, 1.0);
  if (const auto quantile = table->column("quantile"))
    return read_percentiles(*table, name, *latency, *quantile, 100.0);
  return read_requests(*table, name, *latency, confidence);
}

}  // namespace towtank::tool
