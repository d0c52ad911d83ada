#pragma once

#include <string>

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads the `spec` of a pod, or of a template of pods: containers, scheduling and the rest but labels and mark.
void read_pod_spec(const Value& spec, const std::string& path, PodTemplate& pods, ObjectReading& reading);

}  // namespace towtank
