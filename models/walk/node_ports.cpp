#include <algorithm>

#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {

/// Pods of any node count as local: kube-proxy knows them by the cluster's range of pod addresses.
/// @source models/SOURCES.md 1.3, rows 15, 15b and 16
ServiceEntry Walker::entry_from(const Caller& caller, std::uint32_t at) const {
  const bool is_local = caller.node && (*caller.node == at || (caller.pod && !pod(*caller.pod).host_network));
  return is_local ? ServiceEntry::external_from_local : ServiceEntry::external;
}

std::optional<Walker::ServicePortRef> Walker::node_port(std::int64_t number) const {
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i) {
    const Service& each = service(i).service;
    for (std::size_t p = 0; p < each.ports.size() && each.has_node_ports(); ++p)
      if (each.ports[p].node_port == number && each.ports[p].protocol == Protocol::tcp) return ServicePortRef{i, p};
  }
  return std::nullopt;
}

Walker::NodesAlike Walker::alike_at(const std::vector<std::uint32_t>& nodes, std::int64_t dialled,
                                    const Caller& caller) const {
  const std::optional<ServicePortRef> ref = node_port(dialled);
  NodesAlike alike;
  for (const std::uint32_t each : nodes) {
    // Without a Service, pods may have the node's own ports: each node for itself.
    std::tuple<int, std::vector<std::int64_t>> key{static_cast<int>(each), {}};
    if (ref) {
      const Deciding by = deciding(caller, *ref, each);
      const EndpointSet set = endpoints_on(*ref, by.node);
      const EndpointDecision decision = decide(set, by.entry, by.policy);
      std::vector<std::int64_t> workloads;
      for (const std::uint32_t endpoint : decision.candidates) {
        const EndpointState& there = service(ref->service).ports[ref->port].endpoints[endpoint];
        if (there.pod) workloads.push_back(kind_of(*there.pod));
      }
      // How many there are of each counts: it is the share that they get.
      std::sort(workloads.begin(), workloads.end());
      if (workloads.empty() || workloads.front() == workloads.back())
        workloads.erase(std::unique(workloads.begin(), workloads.end()), workloads.end());
      key = {static_cast<int>(decision.verdict), std::move(workloads)};
    }
    alike[key].push_back(each);
  }
  return alike;
}

/// One of them is dialled; those that decide alike are gone through once.
void Walker::to_nodes(Path path, const std::vector<std::uint32_t>& nodes, std::int64_t dialled,
                      const scenario::EdgeSpec* edge) {
  const NodesAlike alike = alike_at(nodes, dialled, path.caller);
  std::vector<Option> options;
  for (const auto& [key, group] : alike) {
    std::int64_t weight = 0;
    for (const std::uint32_t each : group) weight += edge == nullptr ? 1 : scenario::weight_of(*edge, node(each).name);
    options.push_back({group.size(),
                       [this, at = group.front(), dialled](Path one) { to_node(std::move(one), at, dialled); },
                       weight});
  }
  try_one_of(std::move(path), options, "nodes");
}

void Walker::to_node(Path path, std::uint32_t at, std::int64_t dialled) {
  const std::string shown = node(at).internal_address + ":" + std::to_string(dialled);
  if (const std::optional<ServicePortRef> ref = node_port(dialled)) {
    const bool is_socket = is_at_socket(path.caller);
    path.add("node port " + std::to_string(dialled) + " of " + node(at).name,
             path.caller.address + " -> " + shown + (is_socket ? ": Cilium knows the port at the caller's socket, and nothing is sent to the node" : ""),
             is_socket ? std::nullopt : round_trip(path.caller, at));
    return at_node_port(std::move(path), at, *ref, shown);
  }
  if (to_health_check(path, at, dialled) || to_pod_of_node(path, at, dialled, shown)) return;
  to_closed_node_port(std::move(path), at, dialled);
}

/// kube-proxy itself answers there. @source models/SOURCES.md 1.3, row 27
bool Walker::to_health_check(Path& path, std::uint32_t at, std::int64_t dialled) {
  const std::optional<std::uint32_t> found = scenario::health_checked_at(ground_.state.services, dialled);
  if (!found) return false;
  const ServiceState& there = service(*found);
  const bool passes = std::any_of(there.ports.begin(), there.ports.end(), [&](const ServicePortState& port) {
    return passes_load_balancer_check(facts_of(ground_.state, port), static_cast<std::int32_t>(at));
  });
  path.add("health check port " + std::to_string(dialled) + " of " + node(at).name,
           forwarder() + " answers by itself: " + std::string{passes ? "a" : "no"} + " ready pod of " + title(*found) +
               " stands on this node",
           round_trip(path.caller, at));
  const std::string why = "healthCheckNodePort of " + title(*found) + ": 200 with a ready pod on the node, else 503";
  const Ending fails{CurlStatus::http_error,
                     503,
                     why,
                     there.service.external_traffic_policy_mark,
                     title(*found),
                     "none is needed: so load balancers learn to leave the node out"};
  end(std::move(path), passes ? Ending{.http = 200, .why = why, .mark = {}, .object = {}, .cure = {}} : fails);
  return true;
}

bool Walker::to_pod_of_node(Path& path, std::uint32_t at, std::int64_t dialled, const std::string& shown) {
  const std::optional<scenario::PodOnNode> found =
      scenario::pod_on_node(ground_.state, ground_.objects, ground_.scenario.pods, at, dialled);
  if (!found) return false;
  const bool is_on_host = pod(found->pod).host_network;
  path.add((is_on_host ? "port " : "host port ") + std::to_string(dialled) + " of " + node(at).name,
           path.caller.address + " -> " + shown +
               (is_on_host ? ": the pod has the node's own network"
                           : ": DNAT to " + pod(found->pod).ip + ":" + std::to_string(found->port)),
           round_trip(path.caller, at));
  to_pod(std::move(path), found->pod, found->port,
         found->host_port == nullptr ? workload_of(found->pod).meta.mark : found->host_port->mark,
         "Pod/" + pod(found->pod).name);
  return true;
}

/// @source models/SOURCES.md 1.3, rows 20 and 20b
void Walker::to_closed_node_port(Path path, std::uint32_t at, std::int64_t dialled) {
  const std::string number = std::to_string(dialled);
  path.add("port " + number + " of " + node(at).name,
           path.caller.address + " -> " + node(at).internal_address + ":" + number +
               ": no rule of " + forwarder() + " and no process has it",
           round_trip(path.caller, at));
  Ending ending{CurlStatus::refused,
                0,
                "nothing listens on port " + number +
                    " of the nodes (behind a firewall or security group it would time out instead)",
                {},
                "",
                "dial a node port"};
  for (const auto& [index, at_port, is_target] : scenario::meant_ports(ground_.state.services, dialled)) {
    const Service& each = service(index).service;
    const ServicePort& port = each.ports[at_port];
    if (!ending.object.empty()) {
      ending.why += ", and of " + title(index);
      continue;
    }
    ending.mark = port.mark;
    ending.object = title(index);
    if (port.protocol != Protocol::tcp) {
      ending.why += ": " + number + " is a port of " + std::string{name_of(port.protocol)} + " of " + title(index);
      ending.cure = "a port of protocol TCP beside it";
      continue;
    }
    ending.why += ": " + number + (is_target ? " is the targetPort of " : " is the port of ") + title(index);
    ending.cure = each.has_node_ports() && port.node_port ? "dial its node port " + std::to_string(*port.node_port)
                                                          : "`type: NodePort` opens one on every node";
  }
  end(std::move(path), std::move(ending));
}

Walker::Deciding Walker::deciding(const Caller& caller, ServicePortRef ref, std::uint32_t at) const {
  const Service& about = service(ref.service).service;
  if (is_at_socket(caller)) return {*caller.node, ServiceEntry::cluster_ip, about.internal_traffic_policy};
  return {at, entry_from(caller, at), about.external_traffic_policy};
}

void Walker::at_node_port(Path path, std::uint32_t at, ServicePortRef ref, const std::string& dialled) {
  const Service& about = service(ref.service).service;
  const Deciding by = deciding(path.caller, ref, at);
  const EndpointSet set = endpoints_on(ref, by.node);
  EndpointDecision decision = decide(set, by.entry, by.policy);
  const bool is_local_from_inside = by.entry == ServiceEntry::external_from_local &&
                                    about.external_traffic_policy == TrafficPolicy::local;
  if (is_local_from_inside && ground_.scenario.cluster.kube_proxy == scenario::KubeProxyMode::ipvs)
    assumptions_.insert(scenario::local_under_ipvs(about.meta));
  if (is_local_from_inside)
    decision.masquerades = !path.caller.pod || pod(*path.caller.pod).host_network;
  choose(std::move(path), by.node, ref, decision, dialled, by.entry != ServiceEntry::cluster_ip);
}

}  // namespace towtank::walk
