#include <algorithm>
#include <numeric>

#include "models/cluster/address_book.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/references.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

constexpr const char* kClient = "client";

std::vector<std::uint32_t> all_nodes(const ClusterState& state) {
  std::vector<std::uint32_t> nodes(state.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0U);
  return nodes;
}

}  // namespace

/// `internet`, `Node/NAME`, `Deployment/NAME` (its first pod that runs) or `Pod/NAME`.
Result<Walker::Caller> Walker::caller_of(const std::string& from) const {
  if (from == "internet") return Caller{kClient, std::nullopt, std::nullopt, false};
  const Result<ObjectReference> ref = parse_object_reference(from, Mark{});
  if (!ref)
    return Problem{Mark{},
                   "--from " + from + ": expected internet, Node/NAME, or callers such as Deployment/web or Pod/web-0"};
  std::vector<std::string> known;
  if (ref->kind == "Node") {
    if (const std::optional<std::uint32_t> found = ground_.state.find_node(ref->name))
      return Caller{node(*found).internal_address, *found, std::nullopt, false};
    for (const NodeState& each : ground_.state.nodes) known.push_back("Node/" + each.name);
    return Problem{Mark{}, "--from " + from + " is not in the cluster; there is " + scenario::listed(known) +
                               did_you_mean(from, known)};
  }
  for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i) {
    const PodState& each = pod(i);
    const Workload& workload = ground_.objects.workloads[each.workload];
    const bool fits_space = ref->name_space.empty() || ref->name_space == each.name_space;
    const bool fits = ref->kind == "Pod" ? ref->name == each.name
                                         : ref->kind == name_of(workload.kind) && ref->name == workload.meta.name;
    if (fits && fits_space && each.node) return Caller{each.ip, each.node, i, false};
    if (const std::string name = std::string{name_of(workload.kind)} + "/" + workload.meta.name;
        known.empty() || known.back() != name)
      known.push_back(name);
  }
  return Problem{Mark{}, "--from " + from + ": no such pod runs in the cluster" +
                             (known.empty() ? std::string{}
                                            : "; there is " + scenario::listed(known) + did_you_mean(from, known))};
}

const scenario::EdgeSpec* Walker::edge_of(const std::string& host) const {
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges)
    if (edge.name == host || std::find(edge.hosts.begin(), edge.hosts.end(), host) != edge.hosts.end()) return &edge;
  return nullptr;
}

/// `shop`, `shop.NAMESPACE`, `shop.NAMESPACE.svc.cluster.local`.
/// @param exact_only  the host must be a Service's name as the cluster's DNS knows it
std::vector<std::uint32_t> Walker::services_named(const std::string& host, bool exact_only) const {
  const std::string name = host.substr(0, host.find('.'));
  const std::string rest = name == host ? "" : host.substr(name.size() + 1);
  const std::string name_space = rest.substr(0, rest.find('.'));
  const std::string tail = rest == name_space ? "" : rest.substr(name_space.size() + 1);
  std::vector<std::uint32_t> found;
  if (exact_only && !tail.empty() && tail != "svc" && tail != "svc.cluster.local") return found;
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i)
    if (const ObjectMeta& meta = service(i).service.meta;
        meta.name == name && (name_space.empty() || name_space == meta.name_space))
      found.push_back(i);
  return found;
}

std::vector<std::string> Walker::known_names() const {
  std::vector<std::string> names;
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges) names.push_back(edge.name);
  for (const Ingress& ingress : ground_.state.ingresses)
    for (const IngressRule& rule : ingress.rules)
      if (!rule.host.empty()) names.push_back(rule.host);
  for (const ServiceState& each : ground_.state.services) names.push_back(scenario::short_name(each.service.meta));
  for (const NodeState& each : ground_.state.nodes) names.push_back(each.name);
  return names;
}

void Walker::enter(Path path) {
  const std::string& host = path.target.host;
  const std::int64_t dialled = path.target.port.value_or(80);
  if (!path.target.is_cluster_ip) {
    if (const scenario::EdgeSpec* edge = edge_of(host)) return to_edge(std::move(path), *edge);
    if (host == "node") return to_nodes(std::move(path), all_nodes(ground_.state), dialled);
    if (const std::optional<std::uint32_t> found = ground_.state.find_node(host))
      return to_node(std::move(path), *found, dialled);
    if (ipv4_of(host)) {
      const std::string address = host;
      return enter_address(std::move(path), address);
    }
    const bool is_service = !services_named(host, true).empty();
    if (ingress_of_host(ground_.state.ingresses, host) != nullptr ||
        (!is_service && controller_for(path.target) != nullptr))
      return enter_ingress_host(std::move(path));
    for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i)
      if (pod(i).name == host && pod(i).node && !is_service) {
        const std::string address = pod(i).ip;
        return enter_address(std::move(path), address);
      }
  }
  const std::vector<std::uint32_t> services = services_named(host, !path.target.is_cluster_ip);
  if (services.size() == 1) return enter_service_name(std::move(path), services.front());
  Ending ending{.status = CurlStatus::name_not_resolved, .http = 0, .why = {}, .mark = {}, .object = {}, .cure = {}};
  if (services.empty()) {
    const std::vector<std::string> known = known_names();
    ending.why =
        "`" + host + "` is no edge, Ingress host, Service, node or pod of the scenario" + did_you_mean(host, known);
    ending.cure = known.empty() ? "add the Service to spec.resources" : "one of " + scenario::listed(known);
  } else {
    ending.why = "`" + host + "` is a Service of several namespaces";
    ending.cure = "write NAME.NAMESPACE, as in " + service(services[0]).service.meta.name + "." +
                  service(services[0]).service.meta.name_space;
  }
  path.add("name " + host, "nobody knows it");
  end(std::move(path), std::move(ending));
}

void Walker::enter_service_name(Path path, std::uint32_t index) {
  const Service& there = service(index).service;
  const std::string object = title(index);
  const std::int64_t dialled = path.target.port.value_or(there.ports.empty() ? 80 : there.ports.front().port);
  const bool is_load_balancer = there.type == ServiceType::load_balancer;
  if (!is_inside(path) && is_load_balancer && !path.target.is_cluster_ip) {
    if (const scenario::EdgeSpec* edge = edge_of_service(index)) return to_edge(std::move(path), *edge);
    return to_load_balancer(std::move(path), index, dialled, nullptr);
  }
  if (!is_inside(path) && !path.target.is_cluster_ip) {
    path.add("name " + path.target.host, "known to the DNS of the cluster only");
    return end(std::move(path), {CurlStatus::name_not_resolved, 0,
                                 object + " is of type " + std::string{name_of(there.type)} +
                                     ": its name means nothing outside of the cluster",
                                 there.meta.mark, object, "call from inside (--from), or `type: LoadBalancer`"});
  }
  if (there.type == ServiceType::external_name) {
    path.add("name " + path.target.host, "the cluster's DNS answers with the alias " + there.external_name +
                                             "; ports of the Service are not looked at");
    return end(std::move(path), {CurlStatus::done, 0,
                                 "the request leaves the cluster for " + there.external_name + ":" +
                                     std::to_string(path.target.port.value_or(80)) + ", which must know the Host `" +
                                     path.target.host + "`; what answers there is not in the model",
                                 there.meta.mark, object, ""});
  }
  if (there.is_headless()) return enter_headless(std::move(path), index);
  if (!path.target.is_cluster_ip && is_inside(path))
    path.add("name " + path.target.host, "the cluster's DNS: " + service(index).cluster_ip);
  to_cluster_ip(std::move(path), index, dialled);
}

/// The name stands for the pods themselves. @source models/SOURCES.md 1.3, row 23
void Walker::enter_headless(Path path, std::uint32_t index) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const std::int64_t dialled =
      path.target.port.value_or(there.service.ports.empty() ? 80 : there.service.ports.front().port);
  if (!is_inside(path)) {
    path.add("name " + path.target.host, "known to the DNS of the cluster only");
    return end(std::move(path), {CurlStatus::name_not_resolved, 0,
                                 object + " is headless: its name means nothing outside of the cluster",
                                 there.service.meta.mark, object, "call from inside (--from)"});
  }
  std::vector<std::uint32_t> pods;
  for (const ServicePortState& port : there.ports)
    for (const EndpointState& endpoint : port.endpoints)
      if (endpoint.pod && endpoint.conditions.ready && std::find(pods.begin(), pods.end(), *endpoint.pod) == pods.end())
        pods.push_back(*endpoint.pod);
  if (pods.empty()) {
    path.add("name " + path.target.host, "the cluster's DNS has no address for it");
    return end(std::move(path),
               {CurlStatus::name_not_resolved, 0, object + " is headless and no ready pod stands behind it",
                there.service.meta.mark, object, "let the selector fit pods that become ready"});
  }
  for (const std::uint32_t each : pods) {
    Path one = path;
    one.probability /= static_cast<double>(pods.size());
    one.add("name " + one.target.host,
            "the cluster's DNS: " + pod(each).ip +
                (pods.size() > 1 ? " and " + std::to_string(pods.size() - 1) + " more" : "") +
                "; headless, no kube-proxy");
    one.add("pod port " + std::to_string(dialled) + " of " + pod(each).name,
            one.caller.address + " -> " + pod(each).ip + ":" + std::to_string(dialled) +
                ": the Service's ports are not translated",
            round_trip(one.caller, *pod(each).node));
    const Mark& mark = there.service.ports.empty() ? there.service.meta.mark : there.service.ports.front().mark;
    to_pod(std::move(one), each, dialled, mark, "");
  }
}

/// As `towtank get` shows them.
void Walker::enter_address(Path path, const std::string& address) {
  const std::int64_t dialled = path.target.port.value_or(80);
  for (std::uint32_t i = 0; i < ground_.state.nodes.size(); ++i)
    if (node(i).internal_address == address || node(i).external_address == address)
      return to_node(std::move(path), i, dialled);
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i) {
    if (service(i).cluster_ip == address) return to_cluster_ip(std::move(path), i, dialled);
    const std::vector<std::string>& outside = service(i).external_addresses;
    if (std::find(outside.begin(), outside.end(), address) != outside.end())
      return to_load_balancer(std::move(path), i, dialled, nullptr);
  }
  for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i) {
    if (pod(i).ip != address || !pod(i).node) continue;
    const bool routable = ground_.scenario.cluster.network.preset != scenario::NetworkPreset::bare_metal &&
                          ground_.scenario.cluster.network.preset != scenario::NetworkPreset::ideal;
    if (!is_inside(path)) {
      path.add("pod " + pod(i).name + " at " + address, "the client's network has no route to the addresses of pods");
      return end(std::move(path),
                 {CurlStatus::timed_out,
                  0,
                  routable ? "addresses of pods are known inside the cloud network at most, not on the internet"
                           : "addresses of pods are known to the cluster only",
                  {},
                  "",
                  "call from inside (--from), or a Service"});
    }
    path.add(
        "pod port " + std::to_string(dialled) + " of " + pod(i).name,
        path.caller.address + " -> " + address + ":" + std::to_string(dialled) + ": flat pod network, no translation",
        round_trip(path.caller, *pod(i).node));
    return to_pod(std::move(path), i, dialled, {}, "");
  }
  path.add("address " + address, "belongs to nothing in the scenario: packets are routed away");
  end(std::move(path),
      {CurlStatus::timed_out,
       0,
       "no node, pod or Service has the address " + address + " (a deleted Service, or DNS that is out of date)",
       {},
       "",
       "`towtank get` shows the addresses that there are"});
}

}  // namespace towtank::walk
