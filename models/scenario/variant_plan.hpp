#pragma once

#include <string>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/scenario/change.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// What one variant, or one cell of the matrix, is called and does.
struct VariantPlan {
  std::string name;
  std::string variant;  ///< without the matrix; equal to `name` where there is none
  Mark mark;
  std::vector<Change> changes;
};

inline constexpr std::size_t kMostCells = 10'000;

/// The variants of a scenario document crossed with its matrix: for each variant in turn all combinations, the last
/// axis fastest, so the first plan is the baseline. Without variants there is one, called "baseline". Values stay in
/// `scenario`, which must outlive the plans.
/// @error names that are missing, odd or given twice; axes that are no lists, empty or repeat a value; too many cells
Result<std::vector<VariantPlan>> plan_variants(const Value& scenario);

/// One variant crossed with axes of its own: all combinations, the last axis fastest, named `replicas=4`. What the axes
/// set comes after the variant's own changes. Values stay in `axes`, which must outlive the plans.
/// @param axes  a map from path to list of values
/// @error as for the axes of a matrix
Result<std::vector<VariantPlan>> plan_settings(const VariantPlan& variant, const Value& axes);

}  // namespace towtank::scenario
