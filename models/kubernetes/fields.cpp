#include "models/kubernetes/fields.hpp"

namespace towtank {
namespace {

using enum FieldUse;

constexpr KnownField kObject[] = {
    {"apiVersion", read}, {"kind", read}, {"metadata", read}, {"spec", read}, {"status", bookkeeping}};

constexpr KnownField kMetadata[] = {{"name", read},
                                    {"namespace", read},
                                    {"labels", read},
                                    {"annotations", read},
                                    {"generateName", bookkeeping},
                                    {"managedFields", bookkeeping},
                                    {"resourceVersion", bookkeeping},
                                    {"uid", bookkeeping},
                                    {"selfLink", bookkeeping},
                                    {"generation", bookkeeping},
                                    {"creationTimestamp", bookkeeping},
                                    {"deletionTimestamp", read},
                                    {"deletionGracePeriodSeconds", bookkeeping},
                                    {"ownerReferences", read},
                                    {"finalizers", bookkeeping},
                                    {"clusterName", bookkeeping}};

constexpr KnownField kServiceSpec[] = {{"type", read},
                                       {"selector", read},
                                       {"ports", read},
                                       {"externalTrafficPolicy", read},
                                       {"internalTrafficPolicy", read},
                                       {"sessionAffinity", read},
                                       {"sessionAffinityConfig", read},
                                       {"clusterIP", read},
                                       {"healthCheckNodePort", read},
                                       {"publishNotReadyAddresses", read},
                                       {"loadBalancerClass", read},
                                       {"allocateLoadBalancerNodePorts", read},
                                       {"trafficDistribution", read},
                                       {"clusterIPs", bookkeeping},
                                       {"ipFamilies", off_path},
                                       {"ipFamilyPolicy", off_path},
                                       {"externalIPs", read},
                                       {"externalName", read},
                                       {"loadBalancerIP", read},
                                       {"loadBalancerSourceRanges", read}};

constexpr KnownField kServicePort[] = {{"name", read},     {"port", read},     {"targetPort", read},
                                       {"nodePort", read}, {"protocol", read}, {"appProtocol", read}};

/// Where the fields of a kind stand; the first home that knows a key is told.
struct Home {
  std::string_view kind;  ///< empty = every kind
  KnownFields (*fields)();
  std::string_view path;
};

constexpr Home kHomes[] = {{"", metadata_fields, "metadata"},
                           {"Service", service_spec_fields, "spec"},
                           {"Service", service_port_fields, "spec.ports"},
                           {"Deployment", deployment_spec_fields, "spec"},
                           {"Deployment", label_selector_fields, "spec.selector"},
                           {"Deployment", pod_spec_fields, "spec.template.spec"},
                           {"Deployment", container_fields, "spec.template.spec.containers"},
                           {"StatefulSet", stateful_set_spec_fields, "spec"},
                           {"StatefulSet", label_selector_fields, "spec.selector"},
                           {"StatefulSet", pod_spec_fields, "spec.template.spec"},
                           {"StatefulSet", container_fields, "spec.template.spec.containers"},
                           {"DaemonSet", daemon_set_spec_fields, "spec"},
                           {"DaemonSet", label_selector_fields, "spec.selector"},
                           {"DaemonSet", pod_spec_fields, "spec.template.spec"},
                           {"DaemonSet", container_fields, "spec.template.spec.containers"},
                           {"ReplicaSet", replica_set_spec_fields, "spec"},
                           {"ReplicaSet", label_selector_fields, "spec.selector"},
                           {"ReplicaSet", pod_spec_fields, "spec.template.spec"},
                           {"ReplicaSet", container_fields, "spec.template.spec.containers"},
                           {"Pod", pod_spec_fields, "spec"},
                           {"Pod", container_fields, "spec.containers"},
                           {"Ingress", ingress_spec_fields, "spec"},
                           {"Ingress", ingress_rule_fields, "spec.rules"},
                           {"Ingress", ingress_path_fields, "spec.rules.http.paths"},
                           {"IngressClass", ingress_class_spec_fields, "spec"},
                           {"Node", node_spec_fields, "spec"},
                           {"Node", taint_fields, "spec.taints"},
                           {"EndpointSlice", endpoint_fields, "endpoints"},
                           {"EndpointSlice", endpoint_conditions_fields, "endpoints.conditions"},
                           {"HorizontalPodAutoscaler", autoscaler_spec_fields, "spec"}};

struct Advice {
  std::string_view kind, key, text;
};

constexpr Advice kAdvice[] = {
    {"DaemonSet", "replicas", "a DaemonSet runs one pod on each node that fits: remove it"},
    {"DaemonSet", "strategy", "a DaemonSet calls it `updateStrategy`: write that"},
    {"StatefulSet", "strategy", "a StatefulSet calls it `updateStrategy`: write that"},
    {"Ingress", "backend", "networking.k8s.io/v1 calls it `defaultBackend`: write that"},
    {"HorizontalPodAutoscaler", "metrics", "it needs autoscaling/v2: write `apiVersion: autoscaling/v2`"},
    {"HorizontalPodAutoscaler", "behavior", "it needs autoscaling/v2: write `apiVersion: autoscaling/v2`"},
    {"HorizontalPodAutoscaler", "targetCPUUtilizationPercentage",
     "autoscaling/v2 has it as an item of `metrics:` (type: Resource): write that, or `apiVersion: autoscaling/v1`"}};

}  // namespace

KnownFields object_fields() { return kObject; }
KnownFields metadata_fields() { return kMetadata; }
KnownFields service_spec_fields() { return kServiceSpec; }
KnownFields service_port_fields() { return kServicePort; }

const KnownField* find_field(KnownFields fields, std::string_view key) {
  for (const KnownField& field : fields)
    if (field.key == key) return &field;
  return nullptr;
}

std::vector<std::string_view> field_names(KnownFields fields) {
  std::vector<std::string_view> names;
  for (const KnownField& field : fields) names.push_back(field.key);
  return names;
}

std::string_view home_of_field(std::string_view kind, std::string_view key) {
  for (const Home& home : kHomes)
    if ((home.kind.empty() || home.kind == kind) && find_field(home.fields(), key) != nullptr) return home.path;
  return {};
}

std::string_view advice_on_field(std::string_view kind, std::string_view key) {
  for (const Advice& advice : kAdvice)
    if (advice.kind == kind && advice.key == key) return advice.text;
  return {};
}

}  // namespace towtank
