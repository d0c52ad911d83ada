#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank {

inline constexpr std::string_view kHostnameLabel = "kubernetes.io/hostname";
inline constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";
inline constexpr std::string_view kControlPlaneLabel = "node-role.kubernetes.io/control-plane";

/// A port of the node that a pod takes for itself.
struct HostPort {
  std::int64_t port = 0;
  Protocol protocol = Protocol::tcp;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// hostPorts of all containers. A pod of the host's network takes each of its container ports, as the API server fills
/// in. @source kubernetes pkg/apis/core/v1/defaults.go, defaultHostNetworkPorts
std::vector<HostPort> host_ports_of(const PodTemplate& pods);

bool collide(std::span<const HostPort> some, std::span<const HostPort> others);

/// @source kubernetes core/v1 toleration.go, ToleratesTaint
bool tolerates(std::span<const Toleration> tolerations, const Taint& taint);

/// The first taint that keeps the pod off; null when none does. PreferNoSchedule keeps nobody off.
const Taint* untolerated(std::span<const Toleration> tolerations, std::span<const Taint> taints);

/// Taints PreferNoSchedule that the pod does not tolerate.
std::int64_t repulsions(std::span<const Toleration> tolerations, std::span<const Taint> taints);

/// nodeSelector and required node affinity: one of the terms holds. The reader gives a term that was written empty a
/// requirement that holds nowhere; one of which nothing is modelled is empty here and holds everywhere.
/// @source kubernetes component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
bool wants_node(const Scheduling& scheduling, const Labels& node);

/// What the DaemonSet controller lets its pods tolerate beyond their template.
/// @source kubernetes pkg/controller/daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations
std::vector<Toleration> daemon_tolerations(bool host_network);

/// `{KEY: VALUE}`, as the scheduler writes it.
std::string text_of(const Taint& taint);

}  // namespace towtank
