#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads an Ingress of networking.k8s.io/v1 and checks what the API server would check of it alone.
/// @source kubernetes pkg/apis/networking/validation
Ingress read_ingress(const Value& object, ObjectReading& reading);

IngressClass read_ingress_class(const Value& object, ObjectReading& reading);

}  // namespace towtank
