#include "tools/towtank/output/comparison.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

/// Above this share of errors the latency of successful requests alone misleads.
constexpr double kErrorsThatHideLatency = 0.001;

enum class Kind { latency, number, share };

struct Column {
  std::string metric, header;
  Kind kind = Kind::number;
};

/// Do any of the variants that have numbers have this metric above `limit`?
bool any_above(const ReportView& view, const std::string& traffic, const char* metric, double limit) {
  const auto& variants = view.report().variants;
  return std::any_of(variants.begin(), variants.end(), [&](const std::string& variant) {
    return view.estimate(variant, traffic, metric).value.value_or(0.0) > limit;
  });
}

bool any_known(const ReportView& view, const std::string& traffic, const std::string& metric) {
  const auto& variants = view.report().variants;
  return std::any_of(variants.begin(), variants.end(), [&](const std::string& variant) {
    return !view.is_unstable(variant) && view.estimate(variant, traffic, metric).value.has_value();
  });
}

std::vector<Column> columns(const ReportView& view, const std::string& traffic, bool wide) {
  std::vector<Column> columns = {{"latency_mean", "mean", Kind::latency}, {"latency_p50", "p50", Kind::latency}};
  if (wide) columns.push_back({"latency_p90", "p90", Kind::latency});
  if (wide) columns.push_back({"latency_p95", "p95", Kind::latency});
  columns.push_back({"latency_p99", "p99", Kind::latency});
  if (wide) columns.push_back({"latency_p99.9", "p99.9", Kind::latency});
  if (any_above(view, traffic, "error_rate", kErrorsThatHideLatency)) {
    columns.push_back({"latency_all_p99", "p99 with errors", Kind::latency});
  }
  columns.push_back({"throughput", "req/s", Kind::number});
  if (any_above(view, traffic, "error_rate", 0.0)) columns.push_back({"error_rate", "errors", Kind::share});
  const Column optional_columns[] = {{"second_hop_share", "second hop", Kind::share},
                                     {"endpoint_max_over_mean", "max/mean", Kind::number},
                                     {"utilization_max", "util max", Kind::share}};
  for (const Column& column : optional_columns) {
    if (any_known(view, traffic, column.metric)) columns.push_back(column);
  }
  return columns;
}

/// One unit for a column, so that its numbers compare by eye: that of its smallest value.
TimeUnit column_unit(const ReportView& view, const std::string& traffic, const std::string& metric) {
  std::optional<double> smallest;
  for (const std::string& variant : view.report().variants) {
    const std::optional<double> value = view.estimate(variant, traffic, metric).value;
    if (value && *value > 0.0 && !view.is_unstable(variant)) smallest = std::min(smallest.value_or(*value), *value);
  }
  return time_unit_for(smallest.value_or(1.0));
}

std::string cell(const report::Estimate& estimate, const Column& column, TimeUnit unit, bool unicode) {
  if (column.kind == Kind::latency) return with_half_width(estimate, unit.milliseconds, unicode);
  if (!estimate.value) return "-";
  return column.kind == Kind::share ? percentage(*estimate.value, 2) : significant(*estimate.value);
}

std::string words_of(const std::string& verdict) { return verdict == "cannot_tell" ? "cannot tell" : verdict; }

std::vector<VerdictText> verdicts(const ReportView& view, const std::string& variant, const std::string& traffic) {
  std::vector<VerdictText> verdicts;
  const std::pair<const char*, const char*> metrics[] = {{"latency_p99_diff", "p99"}, {"latency_mean_diff", "mean"}};
  for (const auto& [metric, name] : metrics) {
    const report::SummaryRow* row = view.row(variant, traffic, metric);
    if (row == nullptr || row->verdict.empty()) continue;
    const std::string difference = row->estimate.value ? " " + time_with_interval(row->estimate, true) : "";
    verdicts.push_back({row->verdict, fmt::format("{}: {}{}", words_of(row->verdict), name, difference)});
  }
  return verdicts;
}

Comparison compare(const ReportView& view, const std::string& traffic, bool wide, bool unicode) {
  Comparison comparison{.traffic = traffic, .headers = {}, .latency_columns = 0, .rows = {}};
  const std::vector<Column> all = columns(view, traffic, wide);
  std::vector<TimeUnit> units;
  for (const Column& column : all) {
    units.push_back(column_unit(view, traffic, column.metric));
    const bool is_latency = column.kind == Kind::latency;
    if (is_latency) ++comparison.latency_columns;
    comparison.headers.push_back(is_latency ? fmt::format("{} {}", column.header, units.back().name) : column.header);
  }
  for (const std::string& variant : view.report().variants) {
    ComparisonRow row{.variant = variant, .cells = {}, .over_capacity = {}, .verdicts = {}};
    if (view.is_unstable(variant)) {
      row.over_capacity = over_capacity_text(*view.note(variant));
    } else {
      for (std::size_t c = 0; c < all.size(); ++c) {
        row.cells.push_back(cell(view.estimate(variant, traffic, all[c].metric), all[c], units[c], unicode));
      }
    }
    if (!view.is_baseline(variant) && row.over_capacity.empty()) row.verdicts = verdicts(view, variant, traffic);
    comparison.rows.push_back(std::move(row));
  }
  return comparison;
}

}  // namespace

std::vector<Comparison> comparisons(const ReportView& view, bool wide, bool unicode) {
  std::vector<Comparison> all;
  for (const std::string& traffic : view.traffics()) all.push_back(compare(view, traffic, wide, unicode));
  return all;
}

std::string over_capacity_text(const report::VariantNote& note) {
  const std::string station = note.bottleneck.empty() ? "the cluster" : printable(note.bottleneck);
  if (note.headroom && *note.headroom > 0.0) {
    return fmt::format("the load is {} times what {} can serve", significant(1.0 / *note.headroom), station);
  }
  return fmt::format("the load is more than {} can serve", station);
}

std::string headroom_text(const report::VariantNote& note) {
  if (note.state == "unstable") return "none: " + over_capacity_text(note);
  const std::string station = printable(note.bottleneck);
  if (!note.headroom) return station.empty() ? "" : station + " saturates first";
  const std::string factor = significant(*note.headroom);
  if (*note.headroom <= 1.0) return fmt::format("none: {} is saturated", station.empty() ? "a station" : station);
  return fmt::format("the load can grow {} times until {} saturates", factor, station.empty() ? "a station" : station);
}

std::string observed_text(const report::ObjectiveResult& objective) {
  // TRAFFIC METRIC OP VALUE ...: the second word is the metric.
  const std::size_t first_space = objective.text.find(' ');
  const std::size_t start = first_space == std::string::npos ? 0 : objective.text.find_first_not_of(' ', first_space);
  const std::string metric = start == std::string::npos ? "" : objective.text.substr(start);
  const auto begins = [&metric](const char* prefix) { return metric.rfind(prefix, 0) == 0; };
  if ((begins("p") && metric.size() > 1 && metric[1] >= '0' && metric[1] <= '9') || begins("latency") ||
      begins("mean")) {
    return time_with_interval(objective.observed, false);
  }
  const bool is_share = begins("availability") || begins("error_rate") || begins("second_hop") || begins("utilization");
  return with_interval(objective.observed, is_share);
}

const char* status_word(report::ObjectiveResult::Status status) {
  using Status = report::ObjectiveResult::Status;
  switch (status) {
    case Status::met:
      return "met";
    case Status::missed:
      return "MISSED";
    case Status::undecided:
      return "undecided";
    case Status::unstable:
      return "unstable";
  }
  return "";
}

std::vector<std::string> remarks(const report::Report& report) {
  std::vector<std::string> remarks;
  for (const report::VariantNote& note : report.notes) {
    const std::string name = printable(note.variant);
    if (note.state == "saturated") {
      remarks.push_back(name + " is saturated: latencies are those of the requests it accepted");
    } else if (note.state == "drifting") {
      remarks.push_back(name + " had not settled by the end of its replications: a longer --duration would tell more");
    }
    if (!note.converged) {
      remarks.push_back(
          fmt::format("{} did not reach the precision asked for in {} replications", name, note.replications));
    }
  }
  if (!report.complete) remarks.push_back("the study was stopped early: what is here is complete, the rest is missing");
  return remarks;
}

std::string uncertainty_text(const report::Report& report, bool unicode) {
  if (replications_text(report) == "0") return "Nothing was simulated: no variant has a steady state to measure.";
  return fmt::format(
      "{} and [low, high] are simulation noise at {:g} % over {} replications; model error is not in them.",
      unicode ? "±" : "+-", report.confidence * 100.0, replications_text(report));
}

}  // namespace towtank::tool
