#include "models/kubernetes/fields.hpp"

namespace towtank {
namespace {

using enum FieldUse;

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
                                           {"ordinals", later},
                                           {"podManagementPolicy", later},
                                           {"persistentVolumeClaimRetentionPolicy", off_path},
                                           {"revisionHistoryLimit", off_path},
                                           {"volumeClaimTemplates", off_path}};

constexpr KnownField kDaemonSetSpec[] = {{"selector", read},
                                         {"template", read},
                                         {"updateStrategy", read},
                                         {"minReadySeconds", read},
                                         {"revisionHistoryLimit", off_path}};

constexpr KnownField kReplicaSetSpec[] = {
    {"replicas", read}, {"selector", read}, {"template", read}, {"minReadySeconds", read}};

constexpr KnownField kLabelSelector[] = {{"matchLabels", read}, {"matchExpressions", read}};

constexpr KnownField kLabelRequirement[] = {{"key", read}, {"operator", read}, {"values", read}};

constexpr KnownField kPodTemplate[] = {{"metadata", read}, {"spec", read}};

constexpr KnownField kPodSpec[] = {{"containers", read},
                                   {"terminationGracePeriodSeconds", read},
                                   {"hostNetwork", read},
                                   {"activeDeadlineSeconds", later},
                                   {"affinity", read},
                                   {"initContainers", read},
                                   {"nodeName", read},
                                   {"nodeSelector", read},
                                   {"overhead", later},
                                   {"priority", later},
                                   {"priorityClassName", later},
                                   {"preemptionPolicy", later},
                                   {"readinessGates", later},
                                   {"resources", later},
                                   {"schedulingGates", later},
                                   {"tolerations", read},
                                   {"topologySpreadConstraints", read},
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

constexpr KnownField kToleration[] = {
    {"key", read}, {"operator", read}, {"value", read}, {"effect", read}, {"tolerationSeconds", later}};

constexpr KnownField kAffinity[] = {{"nodeAffinity", read}, {"podAntiAffinity", read}, {"podAffinity", later}};

constexpr KnownField kAffinityRules[] = {{"requiredDuringSchedulingIgnoredDuringExecution", read},
                                         {"preferredDuringSchedulingIgnoredDuringExecution", later}};

constexpr KnownField kNodeSelectorTerm[] = {{"matchExpressions", read}, {"matchFields", later}};

constexpr KnownField kPodAffinityTerm[] = {{"labelSelector", read},   {"topologyKey", read},
                                           {"namespaces", later},     {"namespaceSelector", later},
                                           {"matchLabelKeys", later}, {"mismatchLabelKeys", later}};

constexpr KnownField kSpreadConstraint[] = {
    {"maxSkew", read},         {"topologyKey", read}, {"whenUnsatisfiable", read},   {"labelSelector", read},
    {"matchLabelKeys", later}, {"minDomains", later}, {"nodeAffinityPolicy", later}, {"nodeTaintsPolicy", later}};

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
                                     {"restartPolicy", read},
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
    {"name", read}, {"containerPort", read}, {"protocol", read}, {"hostPort", read}, {"hostIP", later}};

}  // namespace

KnownFields deployment_spec_fields() { return kDeploymentSpec; }
KnownFields stateful_set_spec_fields() { return kStatefulSetSpec; }
KnownFields daemon_set_spec_fields() { return kDaemonSetSpec; }
KnownFields replica_set_spec_fields() { return kReplicaSetSpec; }
KnownFields label_selector_fields() { return kLabelSelector; }
KnownFields label_requirement_fields() { return kLabelRequirement; }
KnownFields pod_template_fields() { return kPodTemplate; }
KnownFields pod_spec_fields() { return kPodSpec; }
KnownFields toleration_fields() { return kToleration; }
KnownFields affinity_fields() { return kAffinity; }
KnownFields affinity_rules_fields() { return kAffinityRules; }
KnownFields node_selector_term_fields() { return kNodeSelectorTerm; }
KnownFields pod_affinity_term_fields() { return kPodAffinityTerm; }
KnownFields spread_constraint_fields() { return kSpreadConstraint; }
KnownFields container_fields() { return kContainer; }
KnownFields container_port_fields() { return kContainerPort; }

}  // namespace towtank
