#include "models/kubernetes/selection.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "models/kubernetes/name_hash.hpp"
#include "models/kubernetes/service_reader.hpp"

namespace towtank {
namespace {

constexpr std::int64_t kFirstDynamicNodePort = 30'086;  // behind the static band of min(max(16, 2768/32), 128) ports

bool meets(const LabelRequirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool listed = found != labels.end() && std::find(requirement.values.begin(), requirement.values.end(),
                                                         found->second) != requirement.values.end();
  switch (requirement.op) {
    case LabelRequirement::Operator::in:
      return listed;
    case LabelRequirement::Operator::not_in:
      return !listed;
    case LabelRequirement::Operator::exists:
      return found != labels.end();
    case LabelRequirement::Operator::does_not_exist:
      return found == labels.end();
  }
  return false;
}

bool contains_all(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

/// The first free port at or after the name's home, going round in [first, last]; 0 when all are taken.
std::int64_t free_port(std::uint64_t hash, std::int64_t first, std::int64_t last, const std::set<std::int64_t>& taken) {
  const std::int64_t size = last - first + 1;
  const std::int64_t home = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(size));
  for (std::int64_t step = 0; step < size; ++step) {
    const std::int64_t port = first + (home + step) % size;
    if (taken.count(port) == 0) return port;
  }
  return 0;
}

/// A port that waits for a number. Ports that share a number by naming the same Service port twice do not exist.
struct Request {
  std::uint64_t hash = 0;
  std::string key;  ///< who asks, in full: breaks ties of the hash
  std::optional<std::int64_t>* target = nullptr;
  const Service* service = nullptr;
};

std::vector<Request> open_requests(std::span<Service> services) {
  std::vector<Request> requests;
  const auto ask = [&](Service& service, const std::string& what, std::optional<std::int64_t>& target) {
    if (target) return;
    const std::string key = service.meta.full_name() + '/' + what;
    requests.push_back({name_hash(key), key, &target, &service});
  };
  for (Service& service : services) {
    if (service.has_node_ports())
      for (ServicePort& port : service.ports)
        ask(service, std::to_string(port.port) + '/' + std::string{name_of(port.protocol)}, port.node_port);
    if (service.type == ServiceType::load_balancer && service.external_traffic_policy == TrafficPolicy::local)
      ask(service, "healthCheck", service.health_check_node_port);
  }
  std::sort(requests.begin(), requests.end(), [](const Request& a, const Request& b) { return a.key < b.key; });
  return requests;
}

}  // namespace

bool matches(const Labels& selector, const Labels& labels) {
  return !selector.empty() && contains_all(labels, selector);
}

bool matches(const LabelSelector& selector, const Labels& labels) {
  return contains_all(labels, selector.match_labels) &&
         std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                     [&](const LabelRequirement& requirement) { return meets(requirement, labels); });
}

bool selects(const Service& service, const Workload& workload) {
  return service.selector && service.meta.name_space == workload.meta.name_space &&
         matches(*service.selector, workload.pods.labels);
}

std::optional<std::int64_t> resolve_target_port(const ServicePort& port, const PodTemplate& pods) {
  if (port.target_port.number) return port.target_port.number;
  for (const Container& container : pods.containers)
    for (const ContainerPort& candidate : container.ports)
      if (candidate.name == port.target_port.text && candidate.protocol == port.protocol)
        return candidate.container_port;
  return std::nullopt;
}

std::optional<Problem> allocate_node_ports(std::span<Service> services) {
  std::set<std::int64_t> taken;
  for (const Service& service : services) {
    for (const ServicePort& port : service.ports)
      if (port.node_port) taken.insert(*port.node_port);
    if (service.health_check_node_port) taken.insert(*service.health_check_node_port);
  }
  for (const Request& request : open_requests(services)) {
    std::int64_t port = free_port(request.hash, kFirstDynamicNodePort, kLastNodePort, taken);
    if (port == 0) port = free_port(request.hash, kFirstNodePort, kFirstDynamicNodePort - 1, taken);
    if (port == 0)
      return Problem{request.service->meta.mark,
                     "Service/" + request.service->meta.full_name() +
                         ": no node port is left of the 2768 from 30000 to 32767; use type ClusterIP, or "
                         "`allocateLoadBalancerNodePorts: false`, where no node port is needed"};
    taken.insert(port);
    *request.target = port;
  }
  return std::nullopt;
}

}  // namespace towtank
