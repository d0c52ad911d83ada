#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/study/study.hpp"
#include "sim/experiment/executor.hpp"
#include "sim/stats/skewness.hpp"
#include "tests/support/reference_cases.hpp"

/// Whole studies at the tool's default settings, again and again, to see how often their intervals cover the truth.
/// Used by the tests and by `bench/coverage`.
namespace towtank::test {

inline constexpr std::size_t kCoverageMetrics = 4;
inline constexpr std::array<std::string_view, kCoverageMetrics> kCoverageNames{"mean", "p50", "p90", "p99"};
inline constexpr double kNominalCoverage = 0.95;

/// What one study says. Times in mean service times. An estimate without interval was left unresolved by the tool.
struct MacroRun {
  std::array<report::Estimate, kCoverageMetrics> estimates;
  std::array<report::Estimate, 2> naive;  ///< mean and p99 as if the requests of one replication were independent
  std::size_t replications = 0;
  double warmup_s = 0, duration_s = 0;
};

class NoProgress final : public ProgressSink {
 public:
  void update(std::string_view, std::size_t, std::size_t, std::uint64_t, std::optional<double>) override {}
};

/// The true values of the four metrics; of requests that were served where some are not.
inline std::array<double, kCoverageMetrics> truths_of(const ReferenceCase& reference) {
  std::array<double, kCoverageMetrics> truths{};
  for (std::size_t i = 0; i < kCoverageMetrics; ++i)
    for (const Quantity& quantity : reference.quantities)
      for (const std::string_view prefix : {"sojourn.", "sojourn_served."})
        if (quantity.metric == std::string{prefix} + std::string{kCoverageNames[i]}) truths[i] = quantity.value;
  return truths;
}

/// The 95 % intervals of someone who takes the latencies of one run for independent: normal for the mean, binomial
/// ranks for the p99. @param latencies  at least two
inline std::array<report::Estimate, 2> naive_intervals(std::vector<double> latencies) {
  constexpr double kP = 0.99;
  const double z = normal_quantile(0.5 + kNominalCoverage / 2);
  const auto n = static_cast<double>(latencies.size());
  const double mean = mean_of(latencies);
  double squares = 0.0;
  for (const double latency : latencies) squares += (latency - mean) * (latency - mean);
  const double half = z * std::sqrt(squares / (n - 1.0) / n);
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double rank) {
    return latencies[static_cast<std::size_t>(std::clamp(std::ceil(rank), 1.0, n)) - 1];
  };
  const double reach = z * std::sqrt(n * kP * (1.0 - kP));
  return {report::Estimate{mean, mean - half, mean + half},
          report::Estimate{at(n * kP), at(n * kP - reach), at(n * kP + reach)}};
}

/// The study of a case with nothing but its seed given: no length, no warm-up, no number of replications. What the
/// case's scenario file says of them is for `bench/validation` and is left out.
/// @param run_section  more that is given; its `requests` of the first replication at most are kept for `naive`, 0 =
/// none
/// @param set  as for `--set`: makes another system of the case
inline Result<MacroRun> macro_run(const ReferenceCase& reference, std::uint32_t seed,
                                  const scenario::Run& run_section = {},
                                  std::vector<std::pair<std::string, std::string>> set = {}) {
  PlainFiles files;
  scenario::LoadOptions options;
  options.set = std::move(set);
  Result<scenario::Study> study = scenario::load_study(reference.scenario, files, options);
  if (!study) return study.error();
  for (scenario::VariantInput& variant : study->variants) {
    variant.scenario.run = run_section;
    variant.scenario.run.seed = seed;
  }
  SerialExecutor executor;
  NoProgress silence;
  const Result<report::Report> report = run_study(*study, executor, silence);
  if (!report) return report.error();
  MacroRun run;
  const std::string& variant = reference.variant.empty() ? report->variants.front() : reference.variant;
  for (const report::VariantNote& note : report->notes) {
    if (note.variant != variant) continue;
    run.replications = note.replications;
    run.warmup_s = note.warmup_s;
    run.duration_s = note.duration_s;
  }
  for (std::size_t i = 0; i < kCoverageMetrics; ++i)  // path_s is of the pods' own times, not of these
    run.estimates[i] = measured(*report, variant, "sojourn." + std::string{kCoverageNames[i]}, 0.0);
  std::vector<double> latencies;
  for (const report::RequestRow& row : report->requests)
    if (row.variant == variant && row.outcome == "ok") latencies.push_back(row.latency_ms * 1e-3);
  if (latencies.size() >= 2) run.naive = naive_intervals(std::move(latencies));
  return run;
}

/// How far an estimate lies from the truth, as a value of Student's t: in standard errors, and without the skewness that an
/// interval with unequal sides was made for.
/// @param estimate  with an interval of some width at the nominal coverage   @param replications  behind it, >= 2
inline double t_of(const report::Estimate& estimate, double truth, std::size_t replications) {
  const auto n = static_cast<double>(replications);
  const double down = *estimate.value - *estimate.low, up = *estimate.high - *estimate.value;
  const auto unit_interval = [&](double skewness) { return skewed_interval(0.0, 1.0, skewness, replications, kNominalCoverage); };
  double less = -std::sqrt(n), more = std::sqrt(n);  // the more skewed, the longer is the upper side
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (less + more);
    const Interval sides = unit_interval(middle);
    (sides.high * down < -sides.low * up ? less : more) = middle;
  }
  const double skewness = 0.5 * (less + more), error = (down + up) / (2.0 * unit_interval(skewness).half_width());
  return unskewed_t((*estimate.value - truth) / error, skewness, n);
}

/// How the intervals of many studies lie about one true value.
struct CoverageTally {
  explicit CoverageTally(double of) : truth{of} {}

  double truth;
  std::size_t runs = 0, resolved = 0, covered = 0;
  double half_widths = 0.0;  ///< sum over the resolved, as shares of the truth
  std::vector<double> z;     ///< of the resolved, see `t_of`

  void add(const report::Estimate& estimate, std::size_t replications) {
    ++runs;
    if (!estimate.value || !estimate.low || !estimate.high) return;
    ++resolved;
    covered += *estimate.low <= truth && truth <= *estimate.high ? 1u : 0u;
    const double width = *estimate.high - *estimate.low;
    half_widths += 0.5 * width / truth;
    if (width > 0.0) z.push_back(t_of(estimate, truth, replications));
  }

  double coverage() const { return static_cast<double>(covered) / static_cast<double>(resolved); }
  double mean_half_width() const { return half_widths / static_cast<double>(resolved); }
  double mean_z() const { return mean_of(z); }
};

}  // namespace towtank::test
