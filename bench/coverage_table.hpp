#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bench/coverage_state.hpp"
#include "sim/stats/student_t.hpp"

/// What a coverage study shows, as markdown, and whether that is good enough.
namespace towtank::test {

/// Wilson's interval of a proportion, 95 %.
inline std::pair<double, double> proportion_interval(std::size_t hits, std::size_t trials) {
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n, z = normal_quantile(0.975);
  const double pull = z * z / n, centre = (p + 0.5 * pull) / (1.0 + pull);
  const double half = std::sqrt(pull * p * (1.0 - p) + 0.25 * pull * pull) / (1.0 + pull);
  return {centre - half, centre + half};
}

/// Chance that values of a known law are at least as far from it as these, by the Anderson-Darling distance.
/// @param shares  the law's own share below each value; none is 0 or 1
/// @source the limiting law: Marsaglia and Marsaglia, Journal of Statistical Software 9(2), 2004.
inline double anderson_darling_p(std::vector<double> shares) {
  std::sort(shares.begin(), shares.end());
  const std::size_t n = shares.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i)
    sum += static_cast<double>(2 * i + 1) * (std::log(shares[i]) + std::log1p(-shares[n - 1 - i]));
  const double a = -static_cast<double>(n) - sum / static_cast<double>(n);
  const auto polynomial = [a](std::initializer_list<double> coefficients) {
    double value = 0.0;
    for (const double c : coefficients) value = value * a + c;
    return value;
  };
  if (a < 2.0)
    return 1.0 - std::exp(-1.2337141 / a) / std::sqrt(a) *
                     polynomial({-0.00168691, 0.0116720, -0.0347962, 0.0649821, 0.247105, 2.00012});
  return -std::expm1(-std::exp(polynomial({-0.0003146, 0.008056, -0.082433, 0.43424, -2.30695, 1.0776})));
}

/// The rule for 40 proportions at 1,000 runs: at least 38 within 2 points of 95 %, 2.5 of studies that stop by themselves,
/// and none more than 3 below. Fewer runs widen both in proportion to their noise; fewer proportions may have one in twenty
/// outside.
class CoverageRule {
 public:
  explicit CoverageRule(bool is_sequential) : band_{is_sequential ? 0.025 : 0.02} {}

  bool is_inside(const CoverageTally& tally) {
    ++proportions_;
    // Those that resolve when others do not are a selection, of which nothing may be said.
    if (static_cast<double>(tally.resolved) < kLeastResolved * static_cast<double>(tally.runs)) return false;
    const double widening = std::sqrt(std::max(1.0, 1000.0 / static_cast<double>(tally.resolved)));
    const double off = tally.coverage() - kNominalCoverage;
    inside_ += std::abs(off) <= band_ * widening ? 1u : 0u;
    far_below_ += off < -kFloor * widening ? 1u : 0u;
    return std::abs(off) <= band_ * widening;
  }
  bool is_kept() const { return far_below_ == 0 && 20 * (proportions_ - inside_) <= proportions_; }
  std::string text() const {
    return fmt::format("{} of {} proportions inside their band, {} far below it: {}", inside_, proportions_, far_below_,
                       is_kept() ? "kept" : "NOT KEPT");
  }

 private:
  static constexpr double kFloor = 0.03, kLeastResolved = 0.95;
  double band_;
  std::size_t proportions_ = 0, inside_ = 0, far_below_ = 0;
};

inline std::string coverage_text(std::size_t covered, std::size_t trials) {
  if (trials == 0) return "- | -";
  const auto [low, high] = proportion_interval(covered, trials);
  return fmt::format("{:.1f} % | {:.1f} to {:.1f} %",
                     100.0 * static_cast<double>(covered) / static_cast<double>(trials), 100.0 * low, 100.0 * high);
}

inline void print_row(const std::string& id, std::size_t metric, const CoverageTally& tally, CoverageRule& rule) {
  const bool inside = rule.is_inside(tally);
  const std::string numbers = tally.resolved == 0
                                  ? "- | -"
                                  : fmt::format("{:.2f} % | {:+.2f}", 100.0 * tally.mean_half_width(), tally.mean_z());
  fmt::print("| {} | {} | {} | {} | {} | {} | {} |\n", metric == 0 ? id : "", kCoverageNames[metric], tally.runs,
             tally.runs - tally.resolved, coverage_text(tally.covered, tally.resolved), numbers,
             inside ? "" : "outside");
}

/// z of a metric, of 200 runs of every case.
struct Calibration {
  std::vector<double> shares;  ///< of Student's law below z
  double sum = 0.0;

  void add(double z, std::size_t replications) {
    const double p = student_t_two_sided_p(z, static_cast<double>(replications) - 1.0);
    shares.push_back(z < 0.0 ? 0.5 * p : 1.0 - 0.5 * p);
    sum += z;
  }
};

using Calibrations = std::array<Calibration, kCoverageMetrics>;  ///< by metric
inline constexpr std::uint32_t kCalibrated = 200;                ///< runs of a case in one of them

/// @param blocks  of `kCalibrated` runs after the other
inline void print_calibration(const std::vector<Calibrations>& blocks) {
  constexpr double kLevel = 0.001, kBias = 0.2, kErrors = 3.0;
  fmt::print(
      "\n| z against Student's t | runs | values | mean | p of Anderson-Darling | |\n"
      "| --- | --- | ---: | ---: | ---: | --- |\n");
  for (std::size_t i = 0; i < kCoverageMetrics; ++i)
    for (std::size_t block = 0; block < blocks.size(); ++block) {
      const Calibration& one = blocks[block][i];
      if (one.shares.empty()) continue;
      const auto n = static_cast<double>(one.shares.size());
      const double mean = one.sum / n, p = anderson_darling_p(one.shares);
      const bool is_biased = std::abs(mean) > std::max(kBias, kErrors / std::sqrt(n));
      fmt::print("| {} | from {} on | {} | {:+.3f} | {:.3g} | {}{} |\n", kCoverageNames[i], block * kCalibrated + 1, one.shares.size(), mean, p,
                 p < kLevel ? "not Student's" : "", is_biased ? " biased" : "");
    }
}

/// @param is_sequential  the studies stopped by themselves   @return whether the coverage is what it should be
inline bool print_tables(const std::vector<ReferenceCase>& cases, const FinishedRuns& runs, std::uint32_t most, bool is_sequential) {
  CoverageRule rule{is_sequential};
  std::vector<Calibrations> calibrations((most + kCalibrated - 1) / kCalibrated);
  std::string costs, naive;  // of all cases: CPU, lengths and replications of a run
  fmt::print(
      "| case | metric | runs | unresolved | coverage | its 95 % interval | half width | mean z | |\n"
      "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
  for (const ReferenceCase& one : cases) {
    const std::array<double, kCoverageMetrics> truths = truths_of(one);
    std::vector<CoverageTally> tallies(truths.begin(), truths.end());
    CoverageTally naive_mean{truths[0]}, naive_p99{truths[3]};
    double cpu_s = 0.0, warmup_s = 0.0, duration_s = 0.0, replications = 0.0;
    for (std::uint32_t number = 0; number < most; ++number) {
      const auto found = runs.find({one.id, number});
      if (found == runs.end()) continue;
      const MacroRun& run = found->second.run;
      cpu_s += found->second.cpu_s;
      warmup_s += run.warmup_s;
      duration_s += run.duration_s;
      replications += static_cast<double>(run.replications);
      naive_mean.add(run.naive[0], run.replications);
      naive_p99.add(run.naive[1], run.replications);
      for (std::size_t i = 0; i < kCoverageMetrics; ++i) {
        const std::size_t before = tallies[i].z.size();
        tallies[i].add(run.estimates[i], run.replications);
        if (tallies[i].z.size() > before) calibrations[number / kCalibrated][i].add(tallies[i].z.back(), run.replications);
      }
    }
    if (tallies[0].runs == 0) continue;
    for (std::size_t i = 0; i < kCoverageMetrics; ++i) print_row(one.id, i, tallies[i], rule);
    const auto n = static_cast<double>(tallies[0].runs);
    costs += fmt::format("| {} | {:.2f} | {:.0f} | {:.0f} | {:.1f} |\n", one.id, cpu_s / n, warmup_s / n, duration_s / n, replications / n);
    for (const auto& [name, tally] : {std::pair{"mean", &naive_mean}, std::pair{"p99", &naive_p99}})
      if (tally->resolved > 0)
        naive += fmt::format("| {} | {} | {} | {} | {} |\n", one.id, name, tally->resolved,
                             coverage_text(tally->covered, tally->resolved),
                             tally->coverage() < 0.3 ? "fails, as it must" : "DOES NOT FAIL");
  }
  print_calibration(calibrations);
  if (!naive.empty())
    fmt::print(
        "\n| as if requests were independent | metric | runs | coverage | its 95 % interval | |\n"
        "| --- | --- | ---: | ---: | ---: | --- |\n{}",
        naive);
  fmt::print("\n| case | CPU s a run | warm-up, s | duration, s | replications |\n| --- | ---: | ---: | ---: | ---: |\n{}\n{}\n", costs,
             rule.text());
  return rule.is_kept() && naive.find("DOES NOT") == std::string::npos;
}

}  // namespace towtank::test
