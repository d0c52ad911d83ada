#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads an EndpointSlice of discovery.k8s.io/v1 and checks what the API server would check of it alone.
/// @source kubernetes pkg/apis/discovery/validation
EndpointSlice read_endpoint_slice(const Value& object, ObjectReading& reading);

}  // namespace towtank
