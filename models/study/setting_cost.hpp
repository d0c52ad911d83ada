#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/study/plan.hpp"
#include "models/study/variant_run.hpp"

namespace towtank {

/// What settings cost before they are simulated.
struct SettingCosts {
  std::string unit;
  std::vector<std::optional<double>> of_settings;  ///< in the order of the settings; empty of usd
};

/// Counted is what has a place: all pods of all workloads, and all nodes, on the way of a traffic or not.
SettingCosts setting_costs(const std::vector<VariantRun>& settings, PlanCost cost);

}  // namespace towtank
