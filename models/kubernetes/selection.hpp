#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/kubernetes/objects.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// Whether every label that a Service's `selector` asks for is there. An empty selector selects nothing: Kubernetes
/// then leaves the endpoints to others.
bool matches(const Labels& selector, const Labels& labels);

/// Whether labels meet `matchLabels` and all of `matchExpressions`. An empty one selects everything.
/// @source Kubernetes API reference, LabelSelector
bool matches(const LabelSelector& selector, const Labels& labels);

/// Whether the Service sends to this workload's pods: same namespace and matching labels.
bool selects(const Service& service, const Workload& workload);

/// The port of a pod that a Service's port leads to: a number as it stands, declared or not; a name by the pod's
/// container ports of the same protocol. Empty when no container has a port of that name: such a pod contributes no
/// endpoint. @source models/SOURCES.md 1.1
std::optional<std::int64_t> resolve_target_port(const ServicePort& port, const PodTemplate& pods);

/// Gives a node port to each port of each NodePort or LoadBalancer Service that names none, and a health-check node
/// port to each LoadBalancer with `externalTrafficPolicy: Local`.
///
/// The API server draws at random. Here a port is found by a hash of namespace, Service, port and protocol, so that it
/// stays the same in every run and whatever other objects do, but for collisions. As there, the band from 30086 is used
/// first, and 30000 to 30085 when it is full; what is asked for by number is taken before.
/// Ports with the hash's same home are served in the order of namespace, name, port: the order of files plays no part.
/// @source models/SOURCES.md 1.1 (KEP-3668)
/// @error the range is exhausted, named by the first Service that got none
std::optional<Problem> allocate_node_ports(std::span<Service> services);

}  // namespace towtank
