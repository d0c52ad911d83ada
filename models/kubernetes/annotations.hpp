#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// Lists the annotations on which a controller would act and the model does not, each with its line. Those of nobody in
/// the path of requests are left alone, as labels are.
/// @return what the model has of AWS'
/// @source AWS Load Balancer Controller, "Network Load Balancer", Service annotations; kubernetes/cloud-provider-aws
/// docs/service_controller.md
AwsLoadBalancer read_annotations(const Value& object, ObjectReading& reading);

}  // namespace towtank
