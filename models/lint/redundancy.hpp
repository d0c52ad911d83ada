#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// Workloads on the path of some traffic that one failure takes away whole: with one pod, or with all on one node. Not
/// told where the cluster has one node, nor of one pod that an autoscaler makes more.
Findings single_points_of_failure(const Subject& subject);

}  // namespace towtank::lint
