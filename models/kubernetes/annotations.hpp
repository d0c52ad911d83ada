#pragma once

#include <optional>
#include <string_view>

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

struct LoadBalancerAnnotations {
  AwsLoadBalancer aws;                                   ///< with what makes AWS' internal
  std::optional<InternalLoadBalancer> by_gke, by_azure;  ///< what makes theirs so
  bool weighs_pods = false;                              ///< GKE's: a node gets flows by the ready pods on it
};

/// Whether a loadBalancerClass is one of AWS' controllers.
/// @source AWS Load Balancer Controller, "Network Load Balancer"; EKS Auto Mode
bool is_aws_class(std::string_view name);

/// As Go's strconv.ParseBool, by which controllers read annotations.
std::optional<bool> truth_of(std::string_view text);

/// Lists the annotations on which a controller would act and the model does not, each with its line. Those of nobody in
/// the path of requests are left alone, as labels are.
/// @return what the model has of AWS', and whether the load balancer is internal
/// @source AWS Load Balancer Controller, "Network Load Balancer", Service annotations; kubernetes/cloud-provider-aws
/// docs/service_controller.md; GKE, "Internal passthrough Network Load Balancers", cloud-provider-azure, "LoadBalancer
/// annotations" (internal ones); GKE, "LoadBalancer Service concepts", weighted load balancing
LoadBalancerAnnotations read_annotations(const Value& object, ObjectReading& reading);

}  // namespace towtank
