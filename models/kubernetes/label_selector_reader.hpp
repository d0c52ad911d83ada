#pragma once

#include <string>

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads `matchLabels` and `matchExpressions`.
LabelSelector read_label_selector(const Value& value, const std::string& path, ObjectReading& reading);

/// Reads one of `matchExpressions`: In and NotIn with values, Exists and DoesNotExist without.
LabelRequirement read_requirement(const Value& item, const std::string& path, ObjectReading& reading);

}  // namespace towtank
