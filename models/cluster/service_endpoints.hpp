#pragma once

#include <vector>

#include "models/cluster/cluster_state.hpp"

namespace towtank {

/// What stands behind one port of a Service: the pods that its selector fits, each at the port that it gives the
/// targetPort's name; of a Service without selector what its EndpointSlices list.
/// @param state  with its nodes and pods
std::vector<EndpointState> endpoints_of(const Service& service, const ServicePort& port, const ClusterState& state,
                                        const Objects& objects);

}  // namespace towtank
