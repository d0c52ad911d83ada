#include "models/kubernetes/fields.hpp"

#include "models/kubernetes/objects.hpp"

namespace towtank {
namespace {

using enum FieldUse;

constexpr KnownField kObject[] = {
    {"apiVersion", read}, {"kind", read}, {"metadata", read}, {"spec", read}, {"status", bookkeeping}};

constexpr KnownField kConfigMap[] = {{"apiVersion", read}, {"kind", read},          {"metadata", read},
                                     {"data", read},       {"binaryData", off_path}, {"immutable", off_path}};

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
                                    {"deletionTimestamp", bookkeeping},
                                    {"deletionGracePeriodSeconds", bookkeeping},
                                    {"ownerReferences", bookkeeping},
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
                                       {"externalIPs", later},
                                       {"externalName", later},
                                       {"loadBalancerIP", off_path},
                                       {"loadBalancerSourceRanges", later}};

constexpr KnownField kServicePort[] = {{"name", read},     {"port", read},     {"targetPort", read},
                                       {"nodePort", read}, {"protocol", read}, {"appProtocol", read}};

constexpr KnownField kDeploymentSpec[] = {{"replicas", read},
                                          {"selector", read},
                                          {"template", read},
                                          {"strategy", read},
                                          {"minReadySeconds", read},
                                          {"paused", later},
                                          {"progressDeadlineSeconds", off_path},
                                          {"revisionHistoryLimit", off_path}};

constexpr KnownField kStatefulSetSpec[] = {{"replicas", read},
                                           {"selector", read},
                                           {"template", read},
                                           {"serviceName", read},
                                           {"updateStrategy", read},
                                           {"minReadySeconds", read},
                                           {"podManagementPolicy", later},
                                           {"ordinals", later},
                                           {"volumeClaimTemplates", off_path},
                                           {"persistentVolumeClaimRetentionPolicy", off_path},
                                           {"revisionHistoryLimit", off_path}};

constexpr KnownField kDaemonSetSpec[] = {{"selector", read},
                                         {"template", read},
                                         {"updateStrategy", read},
                                         {"minReadySeconds", read},
                                         {"revisionHistoryLimit", off_path}};

constexpr KnownField kReplicaSetSpec[] = {{"replicas", read}, {"selector", read}, {"template", read}, {"minReadySeconds", read}};

constexpr KnownField kLabelRequirement[] = {{"key", read}, {"operator", read}, {"values", read}};

constexpr KnownField kLabelSelector[] = {{"matchLabels", read}, {"matchExpressions", read}};

constexpr KnownField kPodTemplate[] = {{"metadata", read}, {"spec", read}};

constexpr KnownField kPodSpec[] = {{"containers", read},
                                   {"terminationGracePeriodSeconds", read},
                                   {"hostNetwork", read},
                                   {"activeDeadlineSeconds", later},
                                   {"affinity", later},
                                   {"initContainers", later},
                                   {"nodeName", later},
                                   {"nodeSelector", later},
                                   {"overhead", later},
                                   {"priority", later},
                                   {"priorityClassName", later},
                                   {"preemptionPolicy", later},
                                   {"readinessGates", later},
                                   {"resources", later},
                                   {"schedulingGates", later},
                                   {"tolerations", later},
                                   {"topologySpreadConstraints", later},
                                   {"automountServiceAccountToken", off_path},
                                   {"dnsConfig", off_path},
                                   {"dnsPolicy", off_path},
                                   {"enableServiceLinks", off_path},
                                   {"ephemeralContainers", off_path},
                                   {"hostAliases", off_path},
                                   {"hostIPC", off_path},
                                   {"hostPID", off_path},
                                   {"hostUsers", off_path},
                                   {"hostname", off_path},
                                   {"hostnameOverride", off_path},
                                   {"imagePullSecrets", off_path},
                                   {"os", off_path},
                                   {"resourceClaims", off_path},
                                   {"restartPolicy", off_path},
                                   {"runtimeClassName", off_path},
                                   {"schedulerName", off_path},
                                   {"securityContext", off_path},
                                   {"serviceAccount", off_path},
                                   {"serviceAccountName", off_path},
                                   {"setHostnameAsFQDN", off_path},
                                   {"shareProcessNamespace", off_path},
                                   {"subdomain", off_path},
                                   {"volumes", off_path}};

constexpr KnownField kContainer[] = {{"name", read},
                                     {"ports", read},
                                     {"resources", read},
                                     {"lifecycle", later},
                                     {"livenessProbe", later},
                                     {"readinessProbe", later},
                                     {"startupProbe", later},
                                     {"args", off_path},
                                     {"command", off_path},
                                     {"env", off_path},
                                     {"envFrom", off_path},
                                     {"image", off_path},
                                     {"imagePullPolicy", off_path},
                                     {"resizePolicy", off_path},
                                     {"restartPolicy", off_path},
                                     {"restartPolicyRules", off_path},
                                     {"securityContext", off_path},
                                     {"stdin", off_path},
                                     {"stdinOnce", off_path},
                                     {"terminationMessagePath", off_path},
                                     {"terminationMessagePolicy", off_path},
                                     {"tty", off_path},
                                     {"volumeDevices", off_path},
                                     {"volumeMounts", off_path},
                                     {"workingDir", off_path}};

constexpr KnownField kContainerPort[] = {
    {"name", read}, {"containerPort", read}, {"protocol", read}, {"hostPort", read}, {"hostIP", off_path}};

}  // namespace

KnownFields object_fields() { return kObject; }
KnownFields config_map_fields() { return kConfigMap; }
KnownFields metadata_fields() { return kMetadata; }
KnownFields service_spec_fields() { return kServiceSpec; }
KnownFields service_port_fields() { return kServicePort; }
KnownFields deployment_spec_fields() { return kDeploymentSpec; }
KnownFields workload_spec_fields(WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::stateful_set:
      return kStatefulSetSpec;
    case WorkloadKind::daemon_set:
      return kDaemonSetSpec;
    case WorkloadKind::replica_set:
      return kReplicaSetSpec;
    default:
      return kDeploymentSpec;
  }
}
KnownFields label_requirement_fields() { return kLabelRequirement; }
KnownFields label_selector_fields() { return kLabelSelector; }
KnownFields pod_template_fields() { return kPodTemplate; }
KnownFields pod_spec_fields() { return kPodSpec; }
KnownFields container_fields() { return kContainer; }
KnownFields container_port_fields() { return kContainerPort; }

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
  const bool is_service = kind == "Service";
  if (find_field(metadata_fields(), key) != nullptr) return "metadata";
  if (find_field(is_service ? service_spec_fields() : deployment_spec_fields(), key) != nullptr) return "spec";
  if (is_service && find_field(service_port_fields(), key) != nullptr) return "spec.ports";
  if (is_service) return {};
  if (find_field(label_selector_fields(), key) != nullptr) return "spec.selector";
  if (find_field(pod_spec_fields(), key) != nullptr) return "spec.template.spec";
  if (find_field(container_fields(), key) != nullptr) return "spec.template.spec.containers";
  return {};
}

}  // namespace towtank
