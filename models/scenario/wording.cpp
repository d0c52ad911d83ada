#include "models/scenario/wording.hpp"

namespace towtank::scenario {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string listed(const std::vector<std::string_view>& names) {
  return listed(std::vector<std::string>{names.begin(), names.end()});
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> names;
  for (const std::int64_t number : numbers) names.push_back(std::to_string(number));
  return listed(names);
}

std::string listed_first(const std::vector<std::string>& names, std::size_t most) {
  if (names.size() <= most) return listed(names);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(most);
  return listed(std::vector<std::string>{names.begin(), end}) + " and " + std::to_string(names.size() - most) + " more";
}

std::string short_name(const ObjectMeta& meta) { return (meta.name_space == "default" ? "" : meta.name_space + "/") + meta.name; }

std::string dns_of_host_network(const Workload& workload) {
  return "pods of " + std::string{name_of(workload.kind)} + "/" + short_name(workload.meta) +
         " ask the cluster's DNS (hostNetwork, so by dnsPolicy: ClusterFirstWithHostNet only)";
}

std::string local_under_ipvs(const ObjectMeta& service) {
  return "Service/" + short_name(service) +
         ": of a policy of Local, callers inside the cluster are taken to be served as in mode iptables; kube-proxy's ipvs "
         "keeps to the node's own pods while it has any, and goes to the others where it has none";
}

std::string external_ips_under_cilium(const ObjectMeta& service) {
  return "externalIPs of Service/" + short_name(service) +
         " are taken to be known at the sockets of callers inside the cluster, as its other addresses; Cilium leaves those that are no node's to the routers";
}

std::string ports_of(const Service& service) {
  std::vector<std::string> ports;
  for (const ServicePort& port : service.ports) ports.push_back(std::to_string(port.port) + (port.protocol == Protocol::tcp ? "" : "/" + std::string{name_of(port.protocol)}));
  return listed(ports);
}

}  // namespace towtank::scenario
