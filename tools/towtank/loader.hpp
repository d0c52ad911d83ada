#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/ground.hpp"
#include "models/scenario/load_study.hpp"
#include "models/study/estimate.hpp"
#include "models/study/load_plan.hpp"
#include "models/study/plan.hpp"
#include "models/study/study.hpp"
#include "sim/core/result.hpp"

namespace towtank::tool {

/// A study that was read without problems, and what can be asked of it.
struct LoadedStudy {
  std::string name;
  std::size_t variants = 0;
  std::function<Result<report::Report>(Executor&, ProgressSink&)> run;
  std::function<Result<report::CheckReport>()> check;
  std::function<Result<StudyEstimate>()> estimate{};
  /// Of a study of settings.
  std::function<Result<StudyPlan>(const PlanOptions&, Executor&, ProgressSink&)> plan{};
  std::function<Result<StudyLoadPlan>(const LoadPlanOptions&, Executor&, ProgressSink&)> plan_load{};
  std::function<Result<ClusterState>()> cluster{};  ///< of the first variant
  std::function<Result<scenario::Ground>()> ground{};  ///< of the first variant
  std::shared_ptr<const scenario::Study> study{};      ///< itself, for those who need two at once
};

/// The seam between the commands and the simulator; tests put something small here.
using Loader = std::function<Result<LoadedStudy>(const std::string& path, scenario::FileSource& files,
                                                 const scenario::LoadOptions& options)>;

/// The one that reads scenarios and simulates.
Result<LoadedStudy> load_real_study(const std::string& path, scenario::FileSource& files,
                                    const scenario::LoadOptions& options);

}  // namespace towtank::tool
