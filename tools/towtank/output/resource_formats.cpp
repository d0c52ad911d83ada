#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/json.hpp"
#include "tools/towtank/output/markdown_text.hpp"
#include "tools/towtank/output/resources.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

std::size_t name_column(const ResourceTable& table) { return table.header.front() == "NAME" ? 0 : 1; }

/// The kind that stands before a name: `ingress/shop`.
std::string prefix_of(Resource resource) {
  if (resource == Resource::ingresses) return "ingress.networking.k8s.io/";
  if (resource == Resource::endpoints) return "endpoints/";
  const std::string_view plural = plural_of(resource);
  return std::string{plural.substr(0, plural.size() - 1)} + '/';
}

std::string columns(const ResourceTable& table, bool with_kind) {
  Grid grid{std::vector<Align>(table.header.size(), Align::left)};
  grid.row(table.header);
  for (std::vector<std::string> row : table.rows) {
    for (std::string& cell : row) cell = printable(cell);
    if (with_kind) row[name_column(table)].insert(0, prefix_of(table.resource));
    grid.row(std::move(row));
  }
  return grid.text(0);
}

Json json_of(const std::optional<std::uint32_t>& node, const ClusterState& state) {
  return node ? Json(state.nodes[*node].name) : Json(nullptr);
}

Json taints_json(const std::vector<Taint>& taints) {
  Json list = Json::array();
  for (const Taint& taint : taints) {
    const char* effect = taint.effect == Taint::Effect::no_schedule  ? "NoSchedule"
                         : taint.effect == Taint::Effect::no_execute ? "NoExecute"
                                                                     : "PreferNoSchedule";
    list.push_back({{"key", taint.key}, {"value", taint.value}, {"effect", effect}});
  }
  return list;
}

Json nodes_json(const ClusterState& state) {
  Json list = Json::array();
  for (const NodeState& node : state.nodes) {
    Json made;
    made["name"] = node.name;
    made["zone"] = node.zone;
    made["role"] = node.role;
    made["internalIP"] = node.internal_address;
    made["externalIP"] = node.external_address;
    made["ready"] = node.ready;
    made["unschedulable"] = !node.schedulable;
    made["loadBalancerTarget"] = node.in_load_balancers;
    made["allocatable"] = {{"cpuMillicores", node.cpu_millicores}, {"memoryBytes", node.memory_bytes}};
    made["labels"] = Json(node.labels);
    made["taints"] = taints_json(node.taints);
    list.push_back(std::move(made));
  }
  return list;
}

Json pods_json(const ClusterState& state) {
  Json list = Json::array();
  for (const PodState& pod : state.pods) {
    Json made;
    made["name"] = pod.name;
    made["namespace"] = pod.name_space;
    made["labels"] = Json(pod.labels);
    made["node"] = json_of(pod.node, state);
    if (!pod.node) made["pendingReason"] = pod.pending_reason;
    made["ip"] = pod.ip;
    made["ready"] = pod.ready;
    made["terminating"] = pod.terminating;
    made["observed"] = pod.observed;
    made["hostNetwork"] = pod.host_network;
    list.push_back(std::move(made));
  }
  return list;
}

Json services_json(const ClusterState& state) {
  Json list = Json::array();
  for (const ServiceState& each : state.services) {
    const Service& service = each.service;
    Json ports = Json::array();
    for (const ServicePort& port : service.ports) {
      Json made{{"name", port.name}, {"port", port.port}, {"protocol", name_of(port.protocol)}};
      made["targetPort"] = port.target_port.number ? Json(*port.target_port.number) : Json(port.target_port.text);
      if (port.node_port) made["nodePort"] = *port.node_port;
      ports.push_back(std::move(made));
    }
    Json made;
    made["name"] = service.meta.name;
    made["namespace"] = service.meta.name_space;
    made["type"] = name_of(service.type);
    made["clusterIP"] = service.is_headless() ? "None" : each.cluster_ip;
    std::vector<std::string> external = each.external_addresses;
    external.insert(external.end(), each.service.external_ips.begin(), each.service.external_ips.end());
    made["externalIPs"] = external;
    if (service.type == ServiceType::external_name) made["externalName"] = service.external_name;
    made["ports"] = std::move(ports);
    if (service.health_check_node_port) made["healthCheckNodePort"] = *service.health_check_node_port;
    made["externalTrafficPolicy"] = name_of(service.external_traffic_policy);
    made["internalTrafficPolicy"] = name_of(service.internal_traffic_policy);
    made["selector"] = service.selector ? Json(*service.selector) : Json(nullptr);
    list.push_back(std::move(made));
  }
  return list;
}

Json endpoint_json(const EndpointState& endpoint, const ClusterState& state) {
  Json made{{"address", endpoint.address}, {"port", endpoint.port}};
  made["pod"] = endpoint.pod ? Json(state.pods[*endpoint.pod].name) : Json(nullptr);
  made["node"] = json_of(endpoint.node, state);
  made["ready"] = endpoint.conditions.ready;
  made["serving"] = endpoint.conditions.serving;
  made["terminating"] = endpoint.conditions.terminating;
  return made;
}

Json endpoints_json(const ClusterState& state) {
  Json list = Json::array();
  for (const ServiceState& each : state.services) {
    Json ports = Json::array();
    for (std::size_t i = 0; i < each.ports.size(); ++i) {
      Json endpoints = Json::array();
      for (const EndpointState& endpoint : each.ports[i].endpoints) endpoints.push_back(endpoint_json(endpoint, state));
      ports.push_back({{"port", each.service.ports[i].port}, {"endpoints", std::move(endpoints)}});
    }
    Json made;
    made["service"] = each.service.meta.name;
    made["namespace"] = each.service.meta.name_space;
    made["ports"] = std::move(ports);
    list.push_back(std::move(made));
  }
  return list;
}

Json backend_json(const IngressBackend& backend) {
  return {{"service", backend.service},
          {"port", backend.port.number ? Json(*backend.port.number) : Json(backend.port.text)}};
}

Json ingresses_json(const ClusterState& state) {
  Json list = Json::array();
  for (const Ingress& ingress : state.ingresses) {
    Json rules = Json::array();
    for (const IngressRule& rule : ingress.rules)
      for (const IngressPath& path : rule.paths)
        rules.push_back({{"host", rule.host}, {"path", path.path}, {"backend", backend_json(path.backend)}});
    Json made;
    made["name"] = ingress.meta.name;
    made["namespace"] = ingress.meta.name_space;
    made["class"] = ingress.class_name;
    made["rules"] = std::move(rules);
    made["defaultBackend"] = ingress.default_backend ? backend_json(*ingress.default_backend) : Json(nullptr);
    made["tlsHosts"] = ingress.tls_hosts;
    list.push_back(std::move(made));
  }
  return list;
}

Json json_of(const ClusterState& state, Resource resource) {
  switch (resource) {
    case Resource::nodes:
      return nodes_json(state);
    case Resource::pods:
      return pods_json(state);
    case Resource::services:
      return services_json(state);
    case Resource::endpoints:
      return endpoints_json(state);
    case Resource::ingresses:
      break;
  }
  return ingresses_json(state);
}

}  // namespace

std::string resources_text(const std::vector<ResourceTable>& tables) {
  std::string text;
  for (const ResourceTable& table : tables)
    if (!table.rows.empty()) text += (text.empty() ? "" : "\n") + columns(table, tables.size() > 1);
  if (!text.empty()) return text;
  return tables.size() == 1 ? fmt::format("no {} in the cluster\n", plural_of(tables[0].resource)) : "";
}

std::string resources_markdown(const std::vector<ResourceTable>& tables) {
  std::string text;
  for (const ResourceTable& table : tables) {
    if (tables.size() > 1) text += fmt::format("{}### {}\n\n", text.empty() ? "" : "\n", plural_of(table.resource));
    text += markdown_row(table.header) + markdown_row(std::vector<std::string>(table.header.size(), "---"));
    for (std::vector<std::string> row : table.rows) {
      for (std::string& cell : row) cell = markdown_literal(cell);
      text += markdown_row(row);
    }
  }
  return text;
}

std::string resource_csv(const ResourceTable& table) {
  std::string header;
  for (const std::string& name : table.header) header += (header.empty() ? "" : ",") + name;
  CsvText text{header};
  for (const std::vector<std::string>& row : table.rows) {
    for (const std::string& cell : row) text.cell(cell == "<none>" ? std::string{} : cell);
    text.end_row();
  }
  return text.text();
}

std::string resources_json(const ClusterState& state, std::span<const Resource> resources) {
  Json json;
  json["schemaVersion"] = 1;
  json["kubernetesVersion"] = state.version;
  json["placementPolicy"] = state.policy.empty() ? Json(nullptr) : Json(state.policy);
  for (const Resource resource : resources) json[std::string{plural_of(resource)}] = json_of(state, resource);
  return json_text(json);
}

}  // namespace towtank::tool
