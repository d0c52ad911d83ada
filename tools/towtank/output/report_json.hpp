#pragma once

#include <optional>

#include "models/world/report.hpp"
#include "tools/towtank/output/json.hpp"

/// Pieces that every JSON answer with figures is made of.
namespace towtank::tool {

/// null for what is empty or not finite.
Json number_json(const std::optional<double>& value);

/// `{estimate, ci_low, ci_high}`
Json estimate_json(const report::Estimate& estimate);

const char* status_name(report::ObjectiveResult::Status status);

}  // namespace towtank::tool
