#include <fmt/core.h>

#include <set>

#include "models/kubernetes/references.hpp"
#include "tools/towtank/output/resources.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kMostListed = 3;  // as kubectl lists endpoints and hosts

struct ResourceWords {
  Resource resource;
  std::string_view kind, plural;
};

constexpr ResourceWords kWords[] = {{Resource::nodes, "Node", "nodes"},
                                    {Resource::pods, "Pod", "pods"},
                                    {Resource::services, "Service", "services"},
                                    {Resource::endpoints, "Endpoints", "endpoints"},
                                    {Resource::ingresses, "Ingress", "ingresses"}};

using Cells = std::vector<std::string>;

std::string or_none(std::string text) { return text.empty() ? "<none>" : text; }

std::string joined(const Cells& parts, std::string_view separator = ",") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string{separator}) + part;
  return text;
}

/// The first three and how many more, as kubectl does.
std::string listed(const Cells& parts, bool all) {
  if (all || parts.size() <= kMostListed) return joined(parts);
  const Cells first{parts.begin(), parts.begin() + kMostListed};
  return fmt::format("{} + {} more...", joined(first), parts.size() - kMostListed);
}

bool has_several_namespaces(const ClusterState& state) {
  std::set<std::string> names;
  for (const PodState& pod : state.pods) names.insert(pod.name_space);
  for (const ServiceState& each : state.services) names.insert(each.service.meta.name_space);
  for (const Ingress& ingress : state.ingresses) names.insert(ingress.meta.name_space);
  return names.size() > 1;
}

std::string status_of(const NodeState& node) {
  return std::string{node.ready ? "Ready" : "NotReady"} + (node.schedulable ? "" : ",SchedulingDisabled");
}

std::string status_of(const PodState& pod) {
  if (pod.terminating) return "Terminating";
  return pod.node ? "Running" : "Pending";
}

std::string ports_of(const Service& service) {
  Cells ports;
  for (const ServicePort& port : service.ports)
    ports.push_back(fmt::format("{}{}/{}", port.port, port.node_port ? fmt::format(":{}", *port.node_port) : "",
                                name_of(port.protocol)));
  return or_none(joined(ports));
}

std::string cluster_ip_of(const ServiceState& each) {
  return each.service.is_headless() ? "None" : or_none(each.cluster_ip);
}

std::string external_of(const ServiceState& each) {
  if (each.service.type == ServiceType::external_name) return or_none(each.service.external_name);
  Cells addresses = each.external_addresses;
  addresses.insert(addresses.end(), each.service.external_ips.begin(), each.service.external_ips.end());
  return or_none(joined(addresses));
}

std::string labels_text(const std::optional<Labels>& labels) {
  Cells parts;
  if (labels)
    for (const auto& [key, value] : *labels) parts.push_back(key + '=' + value);
  return or_none(joined(parts));
}

std::string endpoints_text(const ServiceState& each, bool all) {
  Cells addresses;
  for (const ServicePortState& port : each.ports)
    for (const EndpointState& endpoint : port.endpoints)
      if (endpoint.conditions.ready) addresses.push_back(fmt::format("{}:{}", endpoint.address, endpoint.port));
  return or_none(listed(addresses, all));
}

std::string hosts_text(const Ingress& ingress, bool all) {
  Cells hosts;
  std::set<std::string> seen;
  for (const IngressRule& rule : ingress.rules)
    if (!rule.host.empty() && seen.insert(rule.host).second) hosts.push_back(rule.host);
  return hosts.empty() ? "*" : listed(hosts, all);
}

Cells header_of(Resource resource, bool wide) {
  switch (resource) {
    case Resource::nodes:
      return wide ? Cells{"NAME", "STATUS", "ROLES", "VERSION", "INTERNAL-IP", "EXTERNAL-IP", "ZONE"}
                  : Cells{"NAME", "STATUS", "ROLES", "VERSION"};
    case Resource::pods:
      return wide ? Cells{"NAME", "READY", "STATUS", "IP", "NODE"} : Cells{"NAME", "READY", "STATUS"};
    case Resource::services:
      return wide ? Cells{"NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "SELECTOR"}
                  : Cells{"NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"};
    case Resource::endpoints:
      return {"NAME", "ENDPOINTS"};
    case Resource::ingresses:
      break;
  }
  return {"NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS"};
}

/// Rows of one table; those of a kind have as many cells as its header.
class Rows {
 public:
  Rows(const ClusterState& state, bool wide, ResourceTable& table)
      : state_{state}, wide_{wide}, with_namespace_{has_several_namespaces(state)}, table_{table} {
    table_.header = header_of(table.resource, wide);
    if (with_namespace_ && table.resource != Resource::nodes) table_.header.insert(table_.header.begin(), "NAMESPACE");
  }

  void add_all() {
    switch (table_.resource) {
      case Resource::nodes:
        for (const NodeState& node : state_.nodes) add(node);
        return;
      case Resource::pods:
        for (const PodState& pod : state_.pods) add(pod);
        return;
      case Resource::services:
        for (const ServiceState& each : state_.services) add(each);
        return;
      case Resource::endpoints:
        for (const ServiceState& each : state_.services)
          if (each.service.type != ServiceType::external_name)
            put(each.service.meta.name_space, {each.service.meta.name, endpoints_text(each, wide_)});
        return;
      case Resource::ingresses:
        for (const Ingress& ingress : state_.ingresses)
          put(ingress.meta.name_space, {ingress.meta.name, or_none(ingress.class_name), hosts_text(ingress, wide_), "",
                                        ingress.tls_hosts.empty() ? "80" : "80, 443"});
        return;
    }
  }

 private:
  void add(const NodeState& node) {
    Cells cells{node.name, status_of(node), or_none(node.role), 'v' + state_.version};
    if (wide_) {
      cells.push_back(or_none(node.internal_address));
      cells.push_back(or_none(node.external_address));
      cells.push_back(node.zone);
    }
    table_.rows.push_back(std::move(cells));
  }

  void add(const PodState& pod) {
    Cells cells{pod.name, fmt::format("{}/{}", pod.ready ? pod.containers : 0, pod.containers), status_of(pod)};
    if (wide_) {
      cells.push_back(or_none(pod.ip));
      cells.push_back(pod.node ? state_.nodes[*pod.node].name : "<none>");
    }
    put(pod.name_space, std::move(cells));
  }

  void add(const ServiceState& each) {
    const Service& service = each.service;
    Cells cells{service.meta.name, std::string{name_of(service.type)}, cluster_ip_of(each), external_of(each),
                ports_of(service)};
    if (wide_) cells.push_back(labels_text(service.selector));
    put(service.meta.name_space, std::move(cells));
  }

  void put(const std::string& name_space, Cells cells) {
    if (with_namespace_) cells.insert(cells.begin(), name_space);
    table_.rows.push_back(std::move(cells));
  }

  const ClusterState& state_;
  bool wide_;
  bool with_namespace_;
  ResourceTable& table_;
};

}  // namespace

std::optional<Resource> resource_named(std::string_view name) {
  const std::string_view kind = full_kind(name);
  for (const ResourceWords& words : kWords)
    if (words.kind == kind) return words.resource;
  return std::nullopt;
}

std::vector<std::string> resource_names() {
  return {"svc", "pods", "nodes", "ep", "ing", "all", "services", "endpoints", "ingress", "pod", "node", "service"};
}

std::string_view plural_of(Resource resource) {
  for (const ResourceWords& words : kWords)
    if (words.resource == resource) return words.plural;
  return {};
}

ResourceTable resource_table(const ClusterState& state, Resource resource, bool wide) {
  ResourceTable table;
  table.resource = resource;
  Rows{state, wide, table}.add_all();
  return table;
}

}  // namespace towtank::tool
