#include "models/kubernetes/object_kinds.hpp"

#include <algorithm>

#include "models/kubernetes/autoscaler_reader.hpp"
#include "models/kubernetes/config_map_reader.hpp"
#include "models/kubernetes/endpoint_slice_reader.hpp"
#include "models/kubernetes/ingress_reader.hpp"
#include "models/kubernetes/node_reader.hpp"
#include "models/kubernetes/service_reader.hpp"
#include "models/kubernetes/workload_reader.hpp"

namespace towtank {
namespace {

template <WorkloadKind kind>
void add_workload(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.workloads.push_back(read_workload(object, kind, reading));
}

void add_pod(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.workloads.push_back(read_pod(object, reading));
}

void add_service(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.services.push_back(read_service(object, reading));
}

void add_ingress(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.ingresses.push_back(read_ingress(object, reading));
}

void add_ingress_class(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.ingress_classes.push_back(read_ingress_class(object, reading));
}

void add_node(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.nodes.push_back(read_node(object, reading));
}

void add_endpoint_slice(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.endpoint_slices.push_back(read_endpoint_slice(object, reading));
}

void add_config_map(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.config_maps.push_back(read_config_map(object, reading));
}

template <KnownFields (*spec_fields)()>
void add_autoscaler(const Value& object, ObjectReading& reading, Objects& objects) {
  objects.autoscalers.push_back(read_autoscaler(object, spec_fields(), reading));
}

constexpr std::string_view kIngressUpgrade =
    "since Kubernetes 1.22 there is only that: write it, give each path a `pathType:`, and for `serviceName` and "
    "`servicePort` write `service: {name: NAME, port: {number: 80}}`";
constexpr std::string_view kAutoscalerUpgrade = "since Kubernetes 1.26 there are only these: write autoscaling/v2";
constexpr std::string_view kSliceUpgrade = "since Kubernetes 1.25 there is only that: write it";

/// In the order of preference where a kind has several versions.
constexpr ObjectKind kKinds[] = {
    {"Service", "v1", object_fields, true, true, add_service, ""},
    {"Deployment", "apps/v1", object_fields, true, true, add_workload<WorkloadKind::deployment>, ""},
    {"StatefulSet", "apps/v1", object_fields, true, true, add_workload<WorkloadKind::stateful_set>, ""},
    {"DaemonSet", "apps/v1", object_fields, true, true, add_workload<WorkloadKind::daemon_set>, ""},
    {"ReplicaSet", "apps/v1", object_fields, true, true, add_workload<WorkloadKind::replica_set>, ""},
    {"Pod", "v1", object_fields, true, true, add_pod, ""},
    {"Ingress", "networking.k8s.io/v1", object_fields, true, true, add_ingress, kIngressUpgrade},
    {"IngressClass", "networking.k8s.io/v1", object_fields, false, false, add_ingress_class, ""},
    {"Node", "v1", object_fields, false, false, add_node, ""},
    {"EndpointSlice", "discovery.k8s.io/v1", endpoint_slice_fields, true, false, add_endpoint_slice, kSliceUpgrade},
    {"ConfigMap", "v1", config_map_fields, true, false, add_config_map, ""},
    {"HorizontalPodAutoscaler", "autoscaling/v2", object_fields, true, true, add_autoscaler<autoscaler_spec_fields>,
     kAutoscalerUpgrade},
    {"HorizontalPodAutoscaler", "autoscaling/v1", object_fields, true, true, add_autoscaler<autoscaler_v1_spec_fields>,
     kAutoscalerUpgrade}};

constexpr std::string_view kBuiltinGroups[] = {"apps",       "autoscaling",       "batch", "discovery.k8s.io",
                                               "extensions", "networking.k8s.io", "policy"};

}  // namespace

const ObjectKind* find_object_kind(std::string_view kind, std::string_view api_version) {
  const ObjectKind* first = nullptr;
  for (const ObjectKind& known : kKinds) {
    if (known.name != kind) continue;
    if (known.api_version == api_version) return &known;
    if (first == nullptr) first = &known;
  }
  return first;
}

std::string versions_read(std::string_view kind) {
  std::string versions;
  for (const ObjectKind& known : kKinds)
    if (known.name == kind) versions += (versions.empty() ? "" : " or ") + std::string{known.api_version};
  return versions;
}

bool is_builtin_group(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return true;
  return std::find(std::begin(kBuiltinGroups), std::end(kBuiltinGroups), api_version.substr(0, slash)) !=
         std::end(kBuiltinGroups);
}

}  // namespace towtank
