#pragma once

#include <string>

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads what a pod's `spec` asks of its node. Preferences, and demands that placement does not know, are listed as
/// ignored.
Scheduling read_scheduling(const Value& spec, const std::string& path, ObjectReading& reading);

}  // namespace towtank
