#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/study/load_plan.hpp"
#include "tools/towtank/output/plan.hpp"
#include "tools/towtank/output/result_files.hpp"

/// The answer of `plan --maximize spec.load` for people and for programs.
namespace towtank::tool {

/// What each variant bears, what breaks first, and which bears more.
/// @param results_path  where the files are
std::string load_plan_text(const StudyLoadPlan& plan, const PlanStyle& style, const std::string& results_path);

/// All loads that were tried, and the curve.
std::string load_plan_json(const StudyLoadPlan& plan);

/// Latency over load; what is not resolved, and what has no steady state, has empty cells.
std::string load_curve_csv(const StudyLoadPlan& plan);

/// load_curve.csv, then load_plan.json.
std::vector<ResultFile> load_plan_files(const StudyLoadPlan& plan);

}  // namespace towtank::tool
