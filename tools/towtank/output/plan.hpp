#pragma once

#include <cstddef>
#include <string>

#include "models/study/plan.hpp"

/// The answer of `plan` for people and for programs.
namespace towtank::tool {

struct PlanStyle {
  bool quiet = false;  ///< without the explanations below
  bool colour = false;
  std::size_t width = 120;  ///< columns to stay within where names allow it
};

/// The settings that were tried, what they cost and how they fared, then the answer and how it was found.
std::string plan_text(const StudyPlan& plan, const PlanStyle& style);

/// All settings.
std::string plan_json(const StudyPlan& plan);

}  // namespace towtank::tool
