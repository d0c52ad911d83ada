#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads a HorizontalPodAutoscaler. @param spec_fields  of its version, autoscaling/v1 or v2
HorizontalPodAutoscaler read_autoscaler(const Value& object, KnownFields spec_fields, ObjectReading& reading);

}  // namespace towtank
