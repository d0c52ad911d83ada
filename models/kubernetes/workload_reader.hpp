#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Reads a Deployment, StatefulSet, DaemonSet or ReplicaSet and checks what the API server would check of it alone, the
/// match of its selector with its pods' labels included.
Workload read_workload(const Value& object, WorkloadKind kind, ObjectReading& reading);

/// Reads a Pod as a workload of one replica, with what the API server says of it when it runs.
Workload read_pod(const Value& object, ObjectReading& reading);

}  // namespace towtank
