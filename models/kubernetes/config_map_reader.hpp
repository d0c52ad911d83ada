#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads the `data` of a ConfigMap. @error values that are no text: numbers and booleans need quotes there
ConfigMap read_config_map(const Value& object, ObjectReading& reading);

}  // namespace towtank
