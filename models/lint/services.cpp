#include "models/lint/services.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/ownership.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::lint {
namespace {

/// Kinds that are not read and make no pods. Any other, a custom resource above all, may have an operator that does.
constexpr std::string_view kMakeNoPods[] = {"Secret",
                                            "ServiceAccount",
                                            "Role",
                                            "RoleBinding",
                                            "ClusterRole",
                                            "ClusterRoleBinding",
                                            "Namespace",
                                            "NetworkPolicy",
                                            "PodDisruptionBudget",
                                            "PersistentVolume",
                                            "PersistentVolumeClaim",
                                            "StorageClass",
                                            "ResourceQuota",
                                            "LimitRange",
                                            "Endpoints",
                                            "PriorityClass",
                                            "RuntimeClass",
                                            "CustomResourceDefinition",
                                            "APIService",
                                            "MutatingWebhookConfiguration",
                                            "ValidatingWebhookConfiguration",
                                            "GatewayClass",
                                            "HTTPRoute",
                                            "GRPCRoute",
                                            "TCPRoute",
                                            "TLSRoute",
                                            "UDPRoute",
                                            "ReferenceGrant",
                                            "VirtualService",
                                            "DestinationRule",
                                            "ServiceEntry",
                                            "ServiceMonitor",
                                            "PodMonitor",
                                            "PrometheusRule",
                                            "Certificate",
                                            "Issuer",
                                            "ClusterIssuer",
                                            "VerticalPodAutoscaler"};

/// Where every cluster has pods of its own that no manifest makes.
constexpr std::string_view kSystem = "kube-system";

/// Its replicas are somebody else's to set: 0 is what it begins with.
bool has_unread_scaler(const Objects& objects, const std::string& name_space) {
  return std::any_of(objects.ignored.begin(), objects.ignored.end(), [&](const Ignored& part) {
    return part.field.empty() && part.name_space == name_space && part.kind == "ScaledObject";
  });
}

bool has_unread_pods(const Objects& objects, const std::string& name_space) {
  return std::any_of(objects.ignored.begin(), objects.ignored.end(), [&](const Ignored& part) {
    return part.field.empty() && part.name_space == name_space &&
           std::find(std::begin(kMakeNoPods), std::end(kMakeNoPods), part.kind) == std::end(kMakeNoPods);
  });
}

/// By template, or by the labels of pods as they are: those of observed ones and of StatefulSets differ from it.
bool selects_any(const Service& service, const Subject& subject) {
  const std::vector<Workload>& workloads = subject.input.objects.workloads;
  return std::any_of(workloads.begin(), workloads.end(),
                     [&](const Workload& each) { return selects(service, each); }) ||
         std::any_of(subject.state.pods.begin(), subject.state.pods.end(), [&](const PodState& pod) {
           return pod.name_space == service.meta.name_space && matches(*service.selector, pod.labels);
         });
}

Labels missing_labels(const Labels& wanted, const Labels& labels) {
  Labels missing;
  for (const auto& [key, value] : wanted)
    if (const auto found = labels.find(key); found == labels.end() || found->second != value)
      missing.emplace(key, value);
  return missing;
}

/// What a pod has where a Service asks for another label: the same key, else the same value under another key.
struct Slip {
  std::string wanted, there;  ///< `there` is empty when the pod has nothing of the kind
  std::size_t distance = std::numeric_limits<std::size_t>::max();  ///< letters between them
};

/// @param is_only  the label is all that the selector asks for: then the two must resemble each other
std::optional<Slip> slip_of(const Labels::value_type& wanted, const Labels& labels, bool is_only) {
  const std::string asked = wanted.first + '=' + wanted.second;
  if (const auto same_key = labels.find(wanted.first); same_key != labels.end()) {
    const std::array<std::string_view, 1> known = {same_key->second};
    if (is_only && nearest_key(wanted.second, known).empty()) return std::nullopt;
    return Slip{asked, same_key->first + '=' + same_key->second, edit_distance(wanted.second, same_key->second)};
  }
  for (const auto& [key, value] : labels)
    if (value == wanted.second) return Slip{asked, key + '=' + value, edit_distance(wanted.first, key)};
  if (is_only) return std::nullopt;
  return Slip{asked, ""};
}

std::string advice(const Workload& workload, const Slip& slip) {
  if (slip.there.empty()) return title(workload) + " lacks only " + slip.wanted + ": the selector without it would do";
  return title(workload) + " has " + slip.there + " in place of " + slip.wanted + ": a selector with that would do";
}

/// What would do, from the workload that was probably meant: the first by name that has the labels in another
/// namespace, else of those that lack one label the one with the smallest slip. Empty: none was.
std::string probably_meant(const Service& service, const std::vector<OwnedPods>& owned) {
  const Labels& selector = *service.selector;
  const Workload* nearest = nullptr;
  std::optional<Slip> smallest;
  for (const OwnedPods& each : owned) {
    const ObjectMeta& meta = each.workload->meta;
    const Labels& labels = each.workload->pods.labels;
    if (meta.name_space != service.meta.name_space) {
      if (!matches(selector, labels)) continue;
      return title(*each.workload) + " has them in namespace " + meta.name_space +
             ", and a Service selects in its own: `namespace: " + meta.name_space + "` would do";
    }
    const Labels missing = missing_labels(selector, labels);
    if (missing.size() != 1) continue;
    const std::optional<Slip> slip = slip_of(*missing.begin(), labels, selector.size() == 1);
    if (!slip || (smallest && smallest->distance <= slip->distance)) continue;
    nearest = each.workload;
    smallest = slip;
  }
  return smallest ? advice(*nearest, *smallest) : "";
}

std::string consequence(const Service& service) {
  return service.is_headless() ? "its name has no address" : "every connection to it is refused";
}

std::vector<std::string> declared_ports(const Workload& workload, Protocol protocol) {
  std::vector<std::string> ports;
  for (const Container& container : workload.pods.containers)
    for (const ContainerPort& port : container.ports)
      if (port.protocol == protocol) ports.push_back(std::to_string(port.container_port));
  return ports;
}

std::string port_title(const Service& service, const ServicePort& port) {
  return title("Service", service.meta) + " port " + std::to_string(port.port);
}

using Workloads = std::vector<const Workload*>;

std::string titles_of(const Workloads& workloads) {
  std::vector<std::string> titles;
  for (const Workload* each : workloads) titles.push_back(title(*each));
  return some_of(titles);
}

/// @param without  workloads that have no port of that name, at least one
Finding name_finding(const Service& service, const ServicePort& port, const Workloads& without) {
  const std::string& wanted = port.target_port.text;
  std::vector<std::string> names;
  bool is_of_other_protocol = false;
  for (const Container& container : without.front()->pods.containers)
    for (const ContainerPort& each : container.ports) {
      if (each.name == wanted) is_of_other_protocol = true;
      if (!each.name.empty() && each.protocol == port.protocol) names.push_back(each.name);
    }
  const std::string protocol = is_of_other_protocol ? " for " + std::string{name_of(port.protocol)} : "";
  const std::string advice = names.empty() ? "a containerPort of that name, or a number here, would do"
                                           : "there is " + scenario::listed(names) + did_you_mean(wanted, names);
  return {port.mark, "target port " + service.meta.full_name(),
          port_title(service, port) + " has the targetPort `" + wanted + "`, but no container of " +
              titles_of(without) + " has a port of that name" + protocol +
              ", so its pods are no endpoints of this port: " + advice};
}

/// @param elsewhere  workloads that declare ports and not this one, at least one
Finding number_finding(const Service& service, const ServicePort& port, const Workloads& elsewhere) {
  const std::string wanted = std::to_string(*port.target_port.number);
  const std::vector<std::string> declared = declared_ports(*elsewhere.front(), port.protocol);
  return {port.mark, "target port " + service.meta.full_name() + " beside " + scenario::listed(declared),
          port_title(service, port) + " leads to port " + wanted + " of " + titles_of(elsewhere) +
              ", whose containers declare " + scenario::listed(declared) +
              " only, where the app is taken to listen, so that its connections are refused: `targetPort: " + declared.front() +
              "` would do, or `listen: [" + wanted + "]` in spec.pods if it listens there all the same (a containerPort opens "
              "and closes nothing)"};
}

bool declares_others_only(const Workload& workload, const ServicePort& port, const scenario::Scenario& scenario) {
  const scenario::PodModel* model = scenario::pod_model_of(scenario.pods, workload);
  if (model != nullptr && !model->listen.empty()) return false;
  const std::vector<std::string> declared = declared_ports(workload, port.protocol);
  return !declared.empty() &&
         std::find(declared.begin(), declared.end(), std::to_string(*port.target_port.number)) == declared.end();
}

void check_port(const Service& service, const ServicePort& port, const Workloads& selected,
                const scenario::Scenario& scenario, Findings& findings) {
  Workloads wrong;
  for (const Workload* each : selected)
    if (port.target_port.number ? declares_others_only(*each, port, scenario) : !resolve_target_port(port, each->pods))
      wrong.push_back(each);
  if (wrong.empty()) return;
  if (!port.target_port.number) {
    findings.push_back(name_finding(service, port, wrong));
    return;
  }
  std::map<std::vector<std::string>, Workloads> by_ports;  // what would do is another port for each of them
  for (const Workload* each : wrong) by_ports[declared_ports(*each, port.protocol)].push_back(each);
  for (const auto& [ports, alike] : by_ports) findings.push_back(number_finding(service, port, alike));
}

}  // namespace

Findings services_without_pods(const Subject& subject) {
  Findings findings;
  const std::vector<OwnedPods> owned = owned_pods(subject.input.objects);
  for (const Service& service : subject.input.objects.services) {
    const std::string& name_space = service.meta.name_space;
    if (!service.selector || service.type == ServiceType::external_name || selects_any(service, subject)) continue;
    std::string meant = probably_meant(service, owned);
    const bool may_have_pods = name_space == kSystem || has_unread_pods(subject.input.objects, name_space);
    if (meant.empty() && may_have_pods) continue;
    if (meant.empty()) meant = "the labels of its pods, or the workload that makes them among the resources, would do";
    findings.push_back({service.selector_mark, "no pods " + service.meta.full_name(),
                        title("Service", service.meta) + " selects no pod, so " + consequence(service) +
                            ": nothing in namespace " + name_space + " has the labels " + text_of(*service.selector) +
                            "; " + meant});
  }
  return findings;
}

Findings services_of_no_replicas(const Subject& subject) {
  Findings findings;
  const std::vector<OwnedPods> owned = owned_pods(subject.input.objects);
  for (const Service& service : subject.input.objects.services) {
    if (!service.selector || service.type == ServiceType::external_name) continue;
    const auto is_selected = [&](const PodState& pod) {
      return pod.name_space == service.meta.name_space && matches(*service.selector, pod.labels);
    };
    if (std::any_of(subject.state.pods.begin(), subject.state.pods.end(), is_selected)) continue;
    const auto first = std::find_if(owned.begin(), owned.end(),
                                    [&](const OwnedPods& each) { return selects(service, *each.workload); });
    // Of a DaemonSet the nodes decide, which may be assumed.
    if (first == owned.end() || first->workload->kind == WorkloadKind::daemon_set ||
        has_unread_scaler(subject.input.objects, service.meta.name_space))
      continue;
    const Workload& workload = *first->workload;
    findings.push_back({workload.replicas_mark.line > 0 ? workload.replicas_mark : workload.meta.mark,
                        "no replicas " + service.meta.full_name(),
                        title(workload) + ", which " + title("Service", service.meta) +
                            " selects, has no pods here, so " + consequence(service) + "; one replica would do"});
  }
  return findings;
}

Findings target_ports_without_container(const Subject& subject) {
  Findings findings;
  const std::vector<OwnedPods> owned = owned_pods(subject.input.objects);
  for (const Service& service : subject.input.objects.services) {
    if (service.type == ServiceType::external_name || service.is_headless()) continue;
    Workloads selected;
    for (const OwnedPods& each : owned)
      if (selects(service, *each.workload)) selected.push_back(each.workload);
    for (const ServicePort& port : service.ports) check_port(service, port, selected, subject.input.scenario, findings);
  }
  return findings;
}

}  // namespace towtank::lint
