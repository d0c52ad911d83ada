#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "models/world/report.hpp"
#include "sim/core/result.hpp"
#include "sim/experiment/executor.hpp"

namespace towtank {

namespace report {

/// The answer of `check`: nothing was simulated. Each entry is one line to print.
struct CheckReport {
  std::vector<std::string> findings;         ///< what was read: settings with their origin, paths, capacities
  std::vector<std::string> assumptions;      ///< defaults used that are tagged *assumed*, one sentence each
  std::vector<std::string> ignored;          ///< parts of the manifests that were read but not modelled
  std::vector<std::string> ignored_summary;  ///< the same in fewer lines, with places
  std::vector<std::string> warnings;         ///< what is probably not meant, e.g. a variant that changes nothing
};

}  // namespace report

/// Hears how far a study is. Only for the eyes of whoever waits: nothing it does may change a result.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;

  /// Called after replications of a variant are done; never by two threads at once.
  /// @param variant              name of the variant
  /// @param done_replications    of this variant, <= total
  /// @param total                replications planned for this variant as of now (may grow towards the maximum)
  /// @param events               simulated so far in the whole study
  /// @param relative_half_width  of the worst metric that decides about stopping, 0..; empty while not known
  virtual void update(std::string_view variant, std::size_t done_replications, std::size_t total, std::uint64_t events,
                      std::optional<double> relative_half_width) = 0;

  /// Whether to end early with what is complete. Asked before each replication, by any thread.
  virtual bool stop_requested() const { return false; }
};

/// Runs every variant of the study in all its replications and gathers the rows of the result files.
/// The report is the same whatever the executor's number of threads. When the sink asks to stop, it holds the
/// replications that all variants had done by then, and is marked as not complete.
/// @error what makes the study impossible to run, with the mark of the scenario's line
Result<report::Report> run_study(const scenario::Study& study, Executor& executor, ProgressSink& progress);

/// Builds every variant without simulating it and tells what was read, assumed and left out.
/// @error what makes the study impossible to run, with the mark of the scenario's line
Result<report::CheckReport> check_study(const scenario::Study& study);

}  // namespace towtank
