#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads the `spec` of an Ingress of networking.k8s.io/v1 and checks what the API server would check of it alone.
Ingress read_ingress(const Value& object, ObjectReading& reading);

IngressClass read_ingress_class(const Value& object, ObjectReading& reading);

/// Reads `data`; a ConfigMap has no spec.
ConfigMap read_config_map(const Value& object, ObjectReading& reading);

}  // namespace towtank
