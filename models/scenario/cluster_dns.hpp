#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/cluster/cluster_state.hpp"
#include "models/scenario/target.hpp"

/// What the cluster's DNS answers, for those who simulate it and for those who walk through it. It answers pods.
namespace towtank::scenario {

/// What it knows by a name.
struct DnsName {
  std::uint32_t service = 0;  ///< index into the state's
  std::string pod;            ///< host name of one pod behind a headless Service; empty = the Service
};

/// Through the search list of a pod: NAMESPACE.svc.cluster.local, svc.cluster.local, cluster.local.
/// @param home  the pod's namespace, whose names need no ending
/// @source Kubernetes, DNS for Services and Pods
std::optional<DnsName> resolve(const ClusterState& state, const Objects& objects, const Target& target,
                               const std::string& home);

/// The name of a pod behind a headless Service of whatever namespace, which the asker's resolver does not find.
std::optional<DnsName> pod_name_anywhere(const ClusterState& state, const Objects& objects, const Target& target);

/// What the name of a headless Service stands for, whatever its ports: the ready ones, or all that it publishes, each
/// once.
/// @param pod_name  of a StatefulSet that the Service governs; empty = all
/// @source Kubernetes, DNS for Services and Pods, "A/AAAA records"
std::vector<EndpointState> addresses_of(const ClusterState& state, const Objects& objects, std::uint32_t service,
                                        const std::string& pod_name);

/// Whether there is one that the name would stand for if it were ready.
bool has_unready_address(const ClusterState& state, const Objects& objects, std::uint32_t service);

/// `shop`, `shop.NAMESPACE`, `shop.NAMESPACE.svc.cluster.local`: of any namespace, unless `home` has one.
/// @return indices into the state's
std::vector<std::uint32_t> services_named(const ClusterState& state, const std::string& host, const std::string& home);

/// The pods of that name that run, which is no name of the DNS: of all namespaces, unless `home` has one.
/// @return indices into the state's
std::vector<std::uint32_t> pods_named(const ClusterState& state, const std::string& name, const std::string& home);

}  // namespace towtank::scenario
