#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// Services whose selector fits no pod of their namespace, with the workload that was probably meant. Where a kind that
/// may make pods is not read (Job, Rollout, any operator's) nothing is said: its pods may be the ones.
Findings services_without_pods(const Subject& subject);

/// Services whose workload is there and has no pods, as by `replicas: 0`.
Findings services_of_no_replicas(const Subject& subject);

/// Ports of Services that lead to a port which the selected pods do not have: by a name that no container gives, or by
/// a number that no container declares although they declare others. The latter may work, for containerPort opens
/// nothing; it is not told where the scenario says on what the app listens, nor of headless Services, whose targetPort
/// plays no part. @source Kubernetes API reference, ServicePort and ContainerPort
Findings target_ports_without_container(const Subject& subject);

}  // namespace towtank::lint
