#include "models/kubernetes/objects.hpp"

#include <limits>

namespace towtank {
namespace {

/// Sums that would overflow stop at the greatest number.
std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

}  // namespace

std::int64_t PodTemplate::requested_cpu_millicores() const {
  std::int64_t sum = 0;
  for (const Container& container : containers)
    sum = saturating_sum(sum, container.requests.cpu_millicores.value_or(0));
  return sum;
}

std::int64_t PodTemplate::requested_memory_bytes() const {
  std::int64_t sum = 0;
  for (const Container& container : containers) sum = saturating_sum(sum, container.requests.memory_bytes.value_or(0));
  return sum;
}

std::string Node::zone() const {
  for (const char* key : {"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"})
    if (const auto label = meta.labels.find(key); label != meta.labels.end()) return label->second;
  return {};
}

bool Node::is_control_plane() const {
  return meta.labels.count("node-role.kubernetes.io/control-plane") > 0 ||
         meta.labels.count("node-role.kubernetes.io/master") > 0;
}

std::string_view name_of(WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::deployment:
      return "Deployment";
    case WorkloadKind::stateful_set:
      return "StatefulSet";
    case WorkloadKind::daemon_set:
      return "DaemonSet";
    case WorkloadKind::replica_set:
      return "ReplicaSet";
    case WorkloadKind::pod:
      return "Pod";
  }
  return {};
}

std::string_view name_of(ServiceType type) {
  switch (type) {
    case ServiceType::cluster_ip:
      return "ClusterIP";
    case ServiceType::node_port:
      return "NodePort";
    case ServiceType::load_balancer:
      return "LoadBalancer";
    case ServiceType::external_name:
      return "ExternalName";
  }
  return {};
}

std::string_view name_of(TrafficPolicy policy) { return policy == TrafficPolicy::local ? "Local" : "Cluster"; }

std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::sctp:
      return "SCTP";
  }
  return {};
}

}  // namespace towtank
