#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// Services with `externalTrafficPolicy: Local` that some nodes have no endpoint of, ready or still serving: of a
/// NodePort Service every node counts, of a LoadBalancer those on its list. Where no node has one nothing is dropped:
/// all refuse.
/// @source kubernetes pkg/proxy/topology.go and pkg/proxy/healthcheck; models/SOURCES.md 1.3, 2.4
Findings nodes_without_endpoints(const Subject& subject);

/// Services whose externalTrafficPolicy a variant changes although no traffic crosses them where it decides: at a node
/// port or load balancer that leads to nodes, from outside the cluster.
Findings idle_policy_changes(const Subject& subject);

}  // namespace towtank::lint
