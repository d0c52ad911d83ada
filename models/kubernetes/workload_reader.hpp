#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads the `spec` of a Deployment, StatefulSet, DaemonSet or ReplicaSet and checks what the API server would check of it
/// alone, the match of its selector with its pods' labels included.
Workload read_workload(const Value& object, WorkloadKind kind, ObjectReading& reading);

/// Reads a pod template: labels and spec. Also fit for a Pod, whose object has the same shape.
PodTemplate read_pod_template(const Value& value, const std::string& path, ObjectReading& reading);

}  // namespace towtank
