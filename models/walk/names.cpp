#include <algorithm>
#include <numeric>

#include "models/cluster/address_book.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/references.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

constexpr const char* kClient = "client";
constexpr std::size_t kMostNames = 8;  ///< that a cure lists

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
    return Problem{Mark{}, "--from " + from + " is not in the cluster; there is " +
                               scenario::listed_first(known, kMostNames) + did_you_mean(from, known)};
  }
  if (ref->kind == "Pod" && ref->name_space.empty())
    if (const std::vector<std::uint32_t> pods = scenario::pods_named(ground_.state, ref->name, ""); pods.size() > 1)
      return Problem{Mark{}, "--from " + from + " is a pod of namespace " + pod(pods[0]).name_space + " and one of " +
                                 pod(pods[1]).name_space + ": write Pod/NAMESPACE/" + ref->name};
  for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i) {
    const PodState& each = pod(i);
    const Workload& workload = workload_of(i);
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
                                            : "; there is " + scenario::listed_first(known, kMostNames) +
                                                  did_you_mean(from, known))};
}

/// Nodes last: there may be many.
std::vector<std::string> Walker::known_names() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges) add(edge.name);
  for (const Ingress& ingress : ground_.state.ingresses)
    for (const IngressRule& rule : ingress.rules)
      if (!rule.host.empty()) add(rule.host);
  for (const ServiceState& each : ground_.state.services) add(scenario::short_name(each.service.meta));
  for (const NodeState& each : ground_.state.nodes) names.push_back(each.name);
  return names;
}

/// Pods ask the cluster's DNS before they look outside; nodes and clients do not ask it at all.
void Walker::enter(Path path) {
  const std::string host = path.target.host;
  const std::int64_t dialled = path.target.port.value_or(80);
  const std::string home = home_of(path.caller);
  if (path.target.is_cluster_ip) {
    const std::vector<std::uint32_t> services = scenario::services_named(ground_.state, host, home);
    if (services.size() == 1) return enter_service_name(std::move(path), services.front());
    return enter_unknown(std::move(path));
  }
  if (scenario::is_loopback(host)) return enter_loopback(std::move(path));
  if (asks_cluster_dns(path.caller))
    if (const std::optional<DnsName> found = scenario::resolve(ground_.state, ground_.objects, path.target, home)) {
      const std::uint32_t caller = *path.caller.pod;
      if (pod(caller).host_network)
        assumptions_.insert(scenario::dns_of_host_network(workload_of(caller)));
      if (!found->pod.empty()) return enter_headless(std::move(path), found->service, found->pod);
      return enter_service_name(std::move(path), found->service);
    }
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges)
    if (scenario::is_called(edge, host)) return to_edge(std::move(path), edge);
  if (host == "node" && !ground_.state.nodes.empty())
    return to_nodes(std::move(path), all_nodes(ground_.state), dialled);
  if (const std::optional<std::uint32_t> found = ground_.state.find_node(host))
    return to_node(std::move(path), *found, dialled);
  if (ipv4_of(host)) return enter_address(std::move(path), host);
  if (const std::optional<std::uint32_t> found = scenario::service_at(ground_.state.services, host, path.target.port))
    return to_service_front(std::move(path), *found);
  const std::vector<std::uint32_t> services = scenario::services_named(ground_.state, host, home);
  if (ingress_of_host(ground_.state.ingresses, host) != nullptr ||
      (services.empty() && controller_for(path.target) != nullptr))
    return enter_ingress_host(std::move(path));
  if (services.empty()) {
    const std::vector<std::uint32_t> pods = scenario::pods_named(ground_.state, host, home);
    if (pods.size() == 1) return to_pod_address(std::move(path), pods[0], dialled);
    if (pods.size() > 1) return enter_pod_of_several(std::move(path), pods);
  }
  if (services.size() == 1 && !path.caller.pod) return enter_service_from_outside(std::move(path), services.front());
  enter_unknown(std::move(path));
}

void Walker::enter_pod_of_several(Path path, const std::vector<std::uint32_t>& pods) {
  path.add("name " + path.target.host, "pods of several namespaces have it");
  end(std::move(path), {CurlStatus::name_not_resolved,
                        0,
                        "`" + path.target.host + "` is a pod of namespace " + pod(pods[0]).name_space + " and one of " +
                            pod(pods[1]).name_space,
                        {},
                        "",
                        "call from a pod of its namespace, or its address (`towtank get pods`)"});
}

void Walker::enter_unknown(Path path) {
  const std::string host = path.target.host;
  const std::vector<std::uint32_t> services = scenario::services_named(ground_.state, host, "");
  if (const std::optional<DnsName> pod_name =
          services.empty() ? scenario::pod_name_anywhere(ground_.state, ground_.objects, path.target) : std::nullopt)
    return enter_unknown_pod_name(std::move(path), *pod_name);
  Ending ending{.status = CurlStatus::name_not_resolved, .why = {}, .mark = {}, .object = {}, .cure = {}};
  if (services.empty()) {
    const std::vector<std::string> known = known_names();
    ending.why =
        "`" + host + "` is no edge, Ingress host, Service, node or pod of the scenario" + did_you_mean(host, known);
    ending.cure =
        known.empty() ? "add the Service to spec.resources" : "one of " + scenario::listed_first(known, kMostNames);
  } else {
    const ObjectMeta& first = service(services[0]).service.meta;
    const bool is_elsewhere = path.caller.pod && !path.target.is_cluster_ip;
    ending.why = is_elsewhere
                     ? "the cluster's DNS knows no `" + host + "` in namespace " + home_of(path.caller) +
                           ", where the caller is: " + title(services[0]) + " is of namespace " + first.name_space
                     : "`" + host + "` is a Service of several namespaces";
    ending.cure = "write NAME.NAMESPACE, as in " + first.name + "." + first.name_space +
                  (path.target.is_absolute ? ", without the dot at its end" : "");
  }
  path.add("name " + host, "nobody knows it");
  end(std::move(path), std::move(ending));
}

/// The name of a Service with a load balancer stands for the DNS record that one would give it; no other is known.
void Walker::enter_service_from_outside(Path path, std::uint32_t index) {
  const Service& there = service(index).service;
  if (there.type == ServiceType::load_balancer) return to_service_front(std::move(path), index);
  const std::string object = title(index);
  const bool is_node = is_inside(path);
  path.add("name " + path.target.host,
           is_node ? "the node's own resolver does not ask the cluster's DNS" : "known to the DNS of the cluster only");
  end(std::move(path),
      {CurlStatus::name_not_resolved, 0,
       is_node ? "processes of nodes use the node's resolver, which does not know " + object +
                     ": the cluster's DNS answers pods"
               : object + " is of type " + std::string{name_of(there.type)} +
                     ": its name means nothing outside of the cluster",
       there.meta.mark, object,
       is_node ? "dial its address, clusterip/" + there.meta.name + "." + there.meta.name_space + ", or call from a pod"
               : "call from inside (--from), or `type: LoadBalancer`"});
}

/// Of the same cluster, one that is no alias itself. @source Kubernetes, Service, "type: ExternalName" (a CNAME record)
std::optional<std::uint32_t> Walker::service_behind_alias(const Path& path, const Service& alias) const {
  if (!path.caller.pod) return std::nullopt;
  Target target = path.target;
  target.host = alias.external_name;
  const std::optional<DnsName> found = scenario::resolve(ground_.state, ground_.objects, target, home_of(path.caller));
  const bool is_service = found && found->pod.empty() && service(found->service).service.type != ServiceType::external_name;
  return is_service ? std::optional{found->service} : std::nullopt;
}

/// Inside, or by `clusterip/`.
void Walker::enter_service_name(Path path, std::uint32_t index) {
  const Service& there = service(index).service;
  const std::string object = title(index);
  if (there.type == ServiceType::external_name) {
    path.add("name " + path.target.host, "the cluster's DNS answers with the alias " + there.external_name +
                                             "; ports of the Service are not looked at");
    if (const std::optional<std::uint32_t> behind = service_behind_alias(path, there)) {
      if (!path.target.port) path.target.port = 80;
      return enter_service_name(std::move(path), *behind);
    }
    return end(std::move(path), {CurlStatus::done, 0,
                                 "the request leaves the cluster for " + there.external_name + ":" +
                                     std::to_string(path.target.port.value_or(80)) + ", which must know the Host `" +
                                     path.target.host + "`; what answers there is not in the model",
                                 there.meta.mark, object, ""});
  }
  if (there.is_headless()) {
    if (is_inside(path)) return enter_headless(std::move(path), index, "");
    path.add("name " + path.target.host, "known to the DNS of the cluster only");
    return end(std::move(path), {CurlStatus::name_not_resolved, 0,
                                 object + " is headless: its name means nothing outside of the cluster",
                                 there.meta.mark, object, "call from inside (--from)"});
  }
  if (!path.target.is_cluster_ip)
    path.add("name " + path.target.host, "the cluster's DNS: " + service(index).cluster_ip);
  const std::int64_t dialled = path.target.port.value_or(there.ports.empty() ? 80 : there.ports.front().port);
  to_cluster_ip(std::move(path), index, dialled);
}

}  // namespace towtank::walk
