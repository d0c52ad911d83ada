#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads a Node: what it repels, and of its status what it offers, where it is reached and whether it is ready.
Node read_node(const Value& object, ObjectReading& reading);

}  // namespace towtank
