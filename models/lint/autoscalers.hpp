#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// Autoscalers of workloads whose replicas differ from the baseline's: in the cluster the number would not last. An
/// autoscaler does nothing about 0 replicas, and leaves a number that is its least and its most.
/// Also such whose bounds the replicas are outside of from the beginning, for autoscalers are not modelled yet.
/// @source Kubernetes documentation, "Horizontal Pod Autoscaling" ("Implicit maintenance-mode deactivation")
Findings replicas_of_autoscalers(const Subject& subject);

/// The autoscaler of a workload; null when it has none.
const HorizontalPodAutoscaler* autoscaler_of(const Workload& workload, const Objects& objects);

}  // namespace towtank::lint
