#pragma once

#include "models/kubernetes/document.hpp"

namespace towtank {

/// Leaves out of a changed Service what its new type does not have and the change did not touch: node ports,
/// healthCheckNodePort, externalTrafficPolicy, loadBalancerClass, allocateLoadBalancerNodePorts, the addresses of one that
/// becomes an ExternalName. What was changed as well stays, for its reader to complain of.
/// @param before  the Service as it was
/// @source kubernetes pkg/registry/core/service/strategy.go (dropTypeDependentFields)
void drop_fields_of_old_type(Value& service, const Value& before);

}  // namespace towtank
