#pragma once

#include <cstdint>

#include "models/study/report_rows.hpp"
#include "models/study/study.hpp"
#include "models/study/variant_run.hpp"

namespace towtank {

/// A study after its replications. Its runs point into the study that was simulated.
struct SimulatedStudy {
  std::vector<VariantRun> runs;
  StudyHorizon horizon;
  std::uint32_t seed = scenario::kDefaultSeed;
  double confidence = 0.95;
  bool converged = true;       ///< the precision asked for was reached, or none was
  bool too_short = false;      ///< it was given up: some p99 asks for longer replications, not for more
  bool stopped = false;        ///< early, when the sink asked for it
  bool has_transient = false;  ///< the start-up reaches far into the window
};

/// All variants in equally many replications, grown until they are precise enough.
/// @error what makes the study impossible to run, with the mark of the scenario's line
Result<SimulatedStudy> simulate_study(const scenario::Study& study, Executor& executor, ProgressSink& progress);

/// The metrics of every variant that was simulated. Points to `simulated`, which must outlive it.
MeasuredStudy measured_study(const SimulatedStudy& simulated);

/// The rows of the result files.
report::Report report_of(const scenario::Study& study, const SimulatedStudy& simulated);

/// Hash over every count and histogram of every replication: equal ones are one and the same simulation.
std::string fingerprint_of(const VariantRun& run);

}  // namespace towtank
