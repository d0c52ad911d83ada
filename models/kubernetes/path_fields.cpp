#include "models/kubernetes/fields.hpp"

namespace towtank {
namespace {

using enum FieldUse;

constexpr KnownField kIngressSpec[] = {
    {"ingressClassName", read}, {"defaultBackend", read}, {"rules", read}, {"tls", read}};

constexpr KnownField kIngressRule[] = {{"host", read}, {"http", read}};

constexpr KnownField kIngressHttp[] = {{"paths", read}};

constexpr KnownField kIngressPath[] = {{"path", read}, {"pathType", read}, {"backend", read}};

constexpr KnownField kIngressBackend[] = {{"service", read}, {"resource", later}};

constexpr KnownField kBackendService[] = {{"name", read}, {"port", read}};

constexpr KnownField kBackendPort[] = {{"name", read}, {"number", read}};

constexpr KnownField kIngressTls[] = {{"hosts", read}, {"secretName", off_path}};

constexpr KnownField kIngressClassSpec[] = {{"controller", read}, {"parameters", later}};

constexpr KnownField kNodeSpec[] = {{"taints", read},
                                    {"unschedulable", read},
                                    {"podCIDR", bookkeeping},
                                    {"podCIDRs", bookkeeping},
                                    {"providerID", bookkeeping},
                                    {"externalID", bookkeeping},
                                    {"configSource", bookkeeping}};

constexpr KnownField kTaint[] = {{"key", read}, {"value", read}, {"effect", read}, {"timeAdded", bookkeeping}};

constexpr KnownField kEndpointSlice[] = {{"apiVersion", read},  {"kind", read},      {"metadata", read},
                                         {"addressType", read}, {"endpoints", read}, {"ports", read}};

constexpr KnownField kEndpoint[] = {
    {"addresses", read}, {"conditions", read}, {"nodeName", read},     {"zone", read},
    {"targetRef", read}, {"hints", read},      {"hostname", off_path}, {"deprecatedTopology", bookkeeping}};

constexpr KnownField kEndpointConditions[] = {{"ready", read}, {"serving", read}, {"terminating", read}};

constexpr KnownField kEndpointHints[] = {{"forZones", read}, {"forNodes", read}};

constexpr KnownField kEndpointPort[] = {{"name", read}, {"port", read}, {"protocol", read}, {"appProtocol", off_path}};

constexpr KnownField kConfigMap[] = {{"apiVersion", read}, {"kind", read},           {"metadata", read},
                                     {"data", read},       {"binaryData", off_path}, {"immutable", bookkeeping}};

constexpr KnownField kAutoscalerSpec[] = {
    {"scaleTargetRef", read}, {"minReplicas", read}, {"maxReplicas", read}, {"metrics", later}, {"behavior", later}};

constexpr KnownField kAutoscalerV1Spec[] = {
    {"scaleTargetRef", read}, {"minReplicas", read}, {"maxReplicas", read}, {"targetCPUUtilizationPercentage", later}};

constexpr KnownField kScaleTarget[] = {{"apiVersion", read}, {"kind", read}, {"name", read}};

}  // namespace

KnownFields ingress_spec_fields() { return kIngressSpec; }
KnownFields ingress_rule_fields() { return kIngressRule; }
KnownFields ingress_http_fields() { return kIngressHttp; }
KnownFields ingress_path_fields() { return kIngressPath; }
KnownFields ingress_backend_fields() { return kIngressBackend; }
KnownFields backend_service_fields() { return kBackendService; }
KnownFields backend_port_fields() { return kBackendPort; }
KnownFields ingress_tls_fields() { return kIngressTls; }
KnownFields ingress_class_spec_fields() { return kIngressClassSpec; }
KnownFields node_spec_fields() { return kNodeSpec; }
KnownFields taint_fields() { return kTaint; }
KnownFields endpoint_slice_fields() { return kEndpointSlice; }
KnownFields endpoint_fields() { return kEndpoint; }
KnownFields endpoint_conditions_fields() { return kEndpointConditions; }
KnownFields endpoint_hints_fields() { return kEndpointHints; }
KnownFields endpoint_port_fields() { return kEndpointPort; }
KnownFields config_map_fields() { return kConfigMap; }
KnownFields autoscaler_spec_fields() { return kAutoscalerSpec; }
KnownFields autoscaler_v1_spec_fields() { return kAutoscalerV1Spec; }
KnownFields scale_target_fields() { return kScaleTarget; }

}  // namespace towtank
