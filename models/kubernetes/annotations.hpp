#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

struct LoadBalancerAnnotations {
  AwsLoadBalancer aws;
  std::optional<InternalLoadBalancer> internal;
};

/// Lists the annotations on which a controller would act and the model does not, each with its line. Those of nobody in
/// the path of requests are left alone, as labels are.
/// @return what the model has of AWS', and whether the load balancer is internal
/// @source AWS Load Balancer Controller, "Network Load Balancer", Service annotations; kubernetes/cloud-provider-aws
/// docs/service_controller.md; GKE, "Internal passthrough Network Load Balancers", cloud-provider-azure, "LoadBalancer
/// annotations" (internal ones)
LoadBalancerAnnotations read_annotations(const Value& object, ObjectReading& reading);

}  // namespace towtank
