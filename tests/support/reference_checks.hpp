#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "models/study/study.hpp"
#include "sim/experiment/executor.hpp"
#include "tests/support/reference_cases.hpp"

/// Runs scenarios inside tests and judges them against reference cases.
namespace towtank::test {

/// Chance that a test of this kind fails although all is well.
inline constexpr double kReferenceFalseAlarm = 1e-6;

class SilentProgress final : public ProgressSink {
 public:
  void update(std::string_view, std::size_t, std::size_t, std::uint64_t, std::optional<double>) override {}
};

inline std::string told(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + '\n';
  return text;
}

/// The report of a study. Fails the test when there is none.
inline report::Report run_loaded(const Result<scenario::Study>& study) {
  INFO((study ? "" : told(study.error())));
  REQUIRE(study);
  SerialExecutor executor;
  SilentProgress silence;
  Result<report::Report> report = run_study(*study, executor, silence);
  INFO((report ? "" : told(report.error())));
  REQUIRE(report);
  return *report;
}

/// The report of a scenario file of the repository.
inline report::Report run_scenario(const std::string& path, const scenario::LoadOptions& options = {}) {
  PlainFiles files;
  return run_loaded(scenario::load_study(path, files, options));
}

/// One of the cases in tests/FOLDER, e.g. {"oracle", "mm1-rho90"}.
inline ReferenceCase reference_case(const std::string& folder, const std::string& id) {
  const Result<std::vector<ReferenceCase>> cases =
      read_reference_cases(std::string{TOWTANK_SOURCE_DIR} + "/tests/" + folder);
  REQUIRE(cases);
  for (const ReferenceCase& one : *cases)
    if (one.id == id) return one;
  FAIL("there is no case " + id + " with a scenario in tests/" + folder);
  return {};
}

/// A change that makes the scenario another system: the check must notice it.
struct Twin {
  std::string path, value;  ///< as for `--set`
};

/// The numbers of a case, each beside its reference.
inline std::vector<Agreement> agreements(const ReferenceCase& reference, double duration_s,
                                         std::vector<std::pair<std::string, std::string>> set = {}) {
  scenario::LoadOptions options;
  options.set = std::move(set);
  options.duration = from_seconds(duration_s);
  if (!reference.variant.empty()) options.only_variants = {reference.variant};
  return compare(reference, run_scenario(reference.scenario, options));
}

/// The numbers beyond the limit that all of them together pass by chance but once in a million.
inline std::vector<std::string> disagreements(const std::vector<Agreement>& all) {
  const double confidence = 1.0 - kReferenceFalseAlarm / static_cast<double>(all.size());
  std::vector<std::string> beyond;
  for (const Agreement& one : all)
    if (!one.is_within(confidence))
      beyond.push_back(one.reference.metric + " is " + std::to_string(*one.ours.value) + ", not " +
                       std::to_string(one.reference.value) + ": t = " + std::to_string(one.t()));
  return beyond;
}

/// Checks that the case is reproduced, and that the same check fails for its twin.
/// @param duration_s  measured time of a replication
/// @param fewest      numbers that must be resolved and compared
inline void check_reproduced(const ReferenceCase& reference, double duration_s, const Twin& twin, std::size_t fewest) {
  const std::vector<Agreement> ours = agreements(reference, duration_s);
  CHECK(ours.size() >= fewest);
  CHECK(disagreements(ours) == std::vector<std::string>{});
  CHECK_FALSE(disagreements(agreements(reference, duration_s, {{twin.path, twin.value}})).empty());
}

}  // namespace towtank::test
