#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank::scenario {

/// `a, b, c`
std::string listed(const std::vector<std::string>& names);
std::string listed(const std::vector<std::string_view>& names);
std::string listed(const std::vector<std::int64_t>& numbers);
/// `a, b and 298 more`
std::string listed_first(const std::vector<std::string>& names, std::size_t most);

/// `NAMESPACE/NAME`, of the namespace default the name alone.
std::string short_name(const ObjectMeta& meta);

/// What is assumed of pods in their nodes' network that call a name of the cluster. @source Kubernetes, DNS for Services
/// and Pods, "Pod's DNS Policy"
std::string dns_of_host_network(const Workload& workload);

/// What is assumed of a policy of Local in mode ipvs for callers inside the cluster. @source kubernetes
/// pkg/proxy/ipvs/proxier.go (syncEndpoint)
std::string local_under_ipvs(const ObjectMeta& service);

/// What is assumed of externalIPs for callers inside the cluster in mode cilium. @source cilium bpf/bpf_sock.c (sock4_skip_xlate)
std::string external_ips_under_cilium(const ObjectMeta& service);

/// What is assumed of ports of a ClusterIP that the Service has not, in mode cilium.
inline constexpr const char* kOtherPortsUnderCilium = "Cilium leaves what is sent to other ports of a ClusterIP to the routers, which drop it";

/// `80, 53/UDP`: TCP goes without saying.
std::string ports_of(const Service& service);

}  // namespace towtank::scenario
