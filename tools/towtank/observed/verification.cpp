#include "tools/towtank/observed/verification.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tools/towtank/output/csv_columns.hpp"
#include "tools/towtank/output/numbers.hpp"

namespace towtank::tool {
namespace {

constexpr double kClose = 0.1;  // so near even good models seldom come
constexpr double kFar = 0.3;    // beyond this the model is of another system
constexpr double kSamePercentile = 1e-6;
constexpr double kTail = 100.0;  // requests beyond a percentile that carry it
constexpr double kErrorsApart = 0.01;

/// The first of a column's names, or the wanted one if it is there.
Result<std::string> chosen(CsvColumns& table, const char* column, const std::string& wanted, const std::string& path) {
  std::string names;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& name = table.text(row, column);
    if (wanted.empty() || name == wanted) return name;
    if ((", " + names + ",").find(", " + name + ",") == std::string::npos) names += (names.empty() ? "" : ", ") + name;
  }
  if (wanted.empty()) return Problem{Mark{path, 1, 1}, "there are no rows in it: was every variant unstable?"};
  return Problem{Mark{path, 1, 1}, fmt::format("there is no {} '{}'; there are {}", column, wanted, names)};
}

report::Estimate estimate(CsvColumns& table, std::size_t row, const char* value, const char* low, const char* high) {
  return {table.number(row, value), table.number(row, low), table.number(row, high)};
}

/// Differences are against the first variant of a run.
std::string baseline_of(CsvColumns& summary) {
  for (std::size_t row = 0; row < summary.rows(); ++row)
    if (summary.text(row, "verdict") == "baseline") return summary.text(row, "variant");
  return "";
}

void read_summary(CsvColumns& summary, Prediction& made) {
  const bool is_baseline = baseline_of(summary) == made.variant;
  for (std::size_t row = 0; row < summary.rows(); ++row) {
    if (summary.text(row, "traffic") != made.traffic) continue;
    const std::string& metric = summary.text(row, "metric");
    const bool is_it = summary.text(row, "variant") == made.variant;
    if (is_it && metric == "error_rate") made.error_rate = estimate(summary, row, "estimate", "ci_low", "ci_high");
    if (is_it && metric == "latency_mean") made.mean_ms = estimate(summary, row, "estimate", "ci_low", "ci_high");
    if (is_it || !is_baseline || (metric != "latency_mean_diff" && metric != "latency_p99_diff")) continue;
    made.effects.push_back({summary.text(row, "variant"), metric == "latency_mean_diff" ? "mean" : "p99",
                            estimate(summary, row, "estimate", "ci_low", "ci_high"), 0.0});
  }
}

std::string percentile_name(double percentile) { return fmt::format("p{:g}", percentile); }

void add_row(const std::string& metric, const report::Estimate& predicted, const report::Estimate& observed,
             bool observed_has_intervals, Verification& made) {
  if (!predicted.value || !observed.value || *observed.value <= 0.0) return;
  Verification::Row row{metric, predicted, observed, *predicted.value / *observed.value - 1.0};
  const double noise = std::hypot(half_width(predicted).value_or(0.0), half_width(observed).value_or(0.0));
  row.is_noise = std::abs(*predicted.value - *observed.value) <= noise;
  row.is_solid = half_width(predicted) && (half_width(observed) || !observed_has_intervals);
  row.bound = (std::abs(*predicted.value - *observed.value) + noise) / *observed.value;
  made.rows.push_back(std::move(row));
}

/// @return false when the two have none of these in common
bool add_percentiles(const Prediction& prediction, const ObservedLatencies& observed, bool usual_only,
                     Verification& made) {
  const std::size_t before = made.rows.size();
  for (const auto& [percentile, latency] : observed.percentiles) {
    const auto is_it = [at = percentile](double other) { return std::abs(other - at) < kSamePercentile; };
    if (usual_only && std::none_of(std::begin(kUsualPercentiles), std::end(kUsualPercentiles), is_it)) continue;
    for (const report::LatencyRow& row : prediction.latency) {
      if (!is_it(row.percentile)) continue;
      add_row(percentile_name(percentile), row.latency_ms, latency, observed.has_intervals, made);
      const double beyond = static_cast<double>(observed.requests) * (1.0 - percentile / 100.0);
      if (observed.requests > 0 && beyond < kTail && made.rows.size() > before) made.rows.back().is_solid = false;
    }
  }
  return made.rows.size() > before;
}

const Verification::Row* row_of(const Verification& made, const std::string& metric) {
  const auto at =
      std::find_if(made.rows.begin(), made.rows.end(), [&](const auto& row) { return row.metric == metric; });
  return at == made.rows.end() ? nullptr : &*at;
}

void judge_effect(const Prediction::Effect& effect, Verification& made) {
  const Verification::Row* const row = row_of(made, effect.metric);
  const report::Estimate& difference = effect.difference_ms;
  if (row == nullptr || !row->is_solid || !difference.value || !difference.low || !difference.high ||
      effect.of_ms <= 0.0)
    return;
  using Verdict = Verification::WhatIf::Verdict;
  Verification::WhatIf made_of{effect.variant,
                               effect.metric,
                               *difference.value / effect.of_ms,
                               *difference.low / effect.of_ms,
                               *difference.high / effect.of_ms,
                               row->bound,
                               Verdict::doubt};
  const bool has_sign = made_of.low > 0.0 || made_of.high < 0.0;
  const double least = std::min(std::abs(made_of.low), std::abs(made_of.high));
  made_of.verdict = !has_sign ? Verdict::no_difference : least > made_of.error ? Verdict::believe : Verdict::doubt;
  made.what_ifs.push_back(std::move(made_of));
}

std::string conclusion_of(const Verification& made, const Prediction& prediction) {
  if (made.errors_differ)
    return fmt::format(
        "{} of the requests failed where {} was predicted: the latencies of those that did not fail are of "
        "another load, and say nothing of the what-ifs",
        percentage(*made.observed_error_rate, 2), percentage(prediction.error_rate.value.value_or(0.0), 2));
  if (made.worst_metric.empty()) return "too few requests on either side to say anything";
  const auto agrees = [](const Verification::Row& row) { return row.is_noise || !row.is_solid; };
  const std::string off =
      fmt::format("the prediction may be off by up to {} (at {})", percentage(made.worst, 2), made.worst_metric);
  if (std::all_of(made.rows.begin(), made.rows.end(), agrees))
    return made.worst <= kClose
               ? "the prediction agrees with the measurement within noise of " + percentage(made.worst, 2)
               : off + ": the measurement is too noisy to tell";
  if (made.worst <= kClose) return off + ": good enough for what-ifs that change more than that";
  if (made.worst <= kFar) return off + ": believe only what-ifs that change clearly more than that";
  return off +
         ": do not believe the what-ifs before the service times, legs or load of the scenario are set from "
         "measurements";
}

}  // namespace

Result<Prediction> read_prediction(const std::string& results, const std::string& variant, const std::string& traffic) {
  const std::string path = results + "/latency.csv";
  Result<CsvColumns> latency =
      CsvColumns::read(path, {"variant", "traffic", "percentile", "latency_ms", "ci_low_ms", "ci_high_ms"}, "verify");
  if (!latency) return latency.error();
  Result<CsvColumns> summary = CsvColumns::read(
      results + "/summary.csv", {"variant", "traffic", "metric", "estimate", "ci_low", "ci_high", "verdict"}, "verify");
  if (!summary) return summary.error();
  Prediction made;
  const std::string measured = variant.empty() ? baseline_of(*summary) : variant;
  const Result<std::string> its_variant = chosen(*latency, "variant", measured, path);
  if (!its_variant) return its_variant.error();
  const Result<std::string> its_traffic = chosen(*latency, "traffic", traffic, path);
  if (!its_traffic) return its_traffic.error();
  made.variant = *its_variant;
  made.traffic = *its_traffic;
  for (std::size_t row = 0; row < latency->rows(); ++row) {
    if (latency->text(row, "variant") != made.variant || latency->text(row, "traffic") != made.traffic) continue;
    made.latency.push_back({made.variant, made.traffic, latency->number(row, "percentile").value_or(-1.0),
                            estimate(*latency, row, "latency_ms", "ci_low_ms", "ci_high_ms")});
  }
  read_summary(*summary, made);
  for (const CsvColumns* table : {&*latency, &*summary})
    if (!table->problems().empty()) return table->problems();
  for (Prediction::Effect& effect : made.effects) {
    if (effect.metric == "mean") effect.of_ms = made.mean_ms.value.value_or(0.0);
    for (const report::LatencyRow& row : made.latency)
      if (effect.metric == "p99" && std::abs(row.percentile - 99.0) < kSamePercentile)
        effect.of_ms = row.latency_ms.value.value_or(0.0);
  }
  return made;
}

Verification verify(const Prediction& prediction, const ObservedLatencies& observed) {
  Verification made;
  add_row("mean", prediction.mean_ms, observed.mean_ms, observed.has_intervals, made);
  if (!add_percentiles(prediction, observed, true, made)) add_percentiles(prediction, observed, false, made);
  for (const Verification::Row& row : made.rows) {
    if (!row.is_solid || row.bound < made.worst) continue;
    made.worst = row.bound;
    made.worst_metric = row.metric;
  }
  for (const Prediction::Effect& effect : prediction.effects) judge_effect(effect, made);
  if (observed.tells_failures) {
    const auto all = static_cast<double>(observed.requests + observed.failures);
    made.observed_error_rate = static_cast<double>(observed.failures) / all;
    made.errors_differ =
        std::abs(*made.observed_error_rate - prediction.error_rate.value.value_or(0.0)) >= kErrorsApart;
  }
  made.conclusion = conclusion_of(made, prediction);
  return made;
}

}  // namespace towtank::tool
