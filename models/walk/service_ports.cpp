#include <algorithm>
#include <map>
#include <tuple>

#include "models/balancers/balancer.hpp"
#include "models/cluster/address_book.hpp"
#include "models/kubernetes/name_order.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

using Mode = scenario::KubeProxyMode;

std::string one_of(std::size_t count) {
  if (count <= 1) return "";
  const auto tenths = (2000 + count) / (2 * count);
  return " (1 of " + std::to_string(count) + ", " + std::to_string(tenths / 10) +
         (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " % each)";
}

}  // namespace

std::string Walker::forwarder() const { return ground_.scenario.cluster.kube_proxy == Mode::cilium ? "Cilium" : "kube-proxy"; }

std::string Walker::forwarder_on(const Caller& caller, std::uint32_t at) const {
  return forwarder() + (is_at_socket(caller) ? ", at the caller's socket" : " on " + node(at).name);
}

/// Mode ipvs: those to which a new connection may go. By the caller's address it is one, where that is known.
/// @source models/SOURCES.md 3.1
std::vector<std::uint32_t> Walker::scheduled(const Caller& caller, ServicePortRef ref,
                                             std::vector<std::uint32_t> candidates) {
  const std::string scheduler = scenario::scheduler_of(ground_.scenario.cluster);
  if (ground_.scenario.cluster.kube_proxy != Mode::ipvs || candidates.size() < 2) return candidates;
  if (scheduler != "rr" && scheduler != "wrr" && scheduler != "sh" && scheduler != "mh" && scheduler != "dh")
    assumptions_.insert("kube-proxy's scheduler " + scheduler +
                        " goes by the connections that are open: each pod is taken to be as likely");
  const std::optional<std::uint32_t> address = ipv4_of(caller.address);
  if (scheduler != "sh" || !address) return candidates;
  const std::vector<EndpointState>& endpoints = service(ref.service).ports[ref.port].endpoints;
  const auto name = [&](std::uint32_t i) {
    return endpoints[i].pod ? pod(*endpoints[i].pod).name : endpoints[i].address;
  };
  std::sort(candidates.begin(), candidates.end(),
            [&](std::uint32_t a, std::uint32_t b) { return comes_before_by_name(name(a), name(b)); });
  BalancerArguments none;
  const std::unique_ptr<Balancer> balancer =
      find_balancer("ipvs", scheduler)->make(none, PickDraws{Draws{1, 0}, PurposeId{0}});
  std::vector<std::uint32_t> places(candidates.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  balancer->update({static_cast<std::uint32_t>(places.size()), places});
  return {candidates[balancer->pick({.source_address = *address})]};
}

/// @param left  of `all` those to which the connection may go
std::string Walker::how_scheduled(const Caller& caller, ServicePortRef ref, std::size_t all, std::size_t left) const {
  const Mode mode = ground_.scenario.cluster.kube_proxy;
  const std::string scheduler = scenario::scheduler_of(ground_.scenario.cluster);
  if (mode == Mode::cilium && scheduler == "maglev" && !is_at_socket(caller) && all > 1)
    return std::string{" (Maglev: by the "} + (service(ref.service).service.client_ip_affinity ? "source address" : "connection's addresses and ports") +
           ", on every node that has the same pods; " + one_of(all).substr(2);
  if (mode != Mode::ipvs || all < 2) return one_of(all);
  const std::string head = " (ipvs " + scheduler + ": ";
  if (left < all) return head + "of " + std::to_string(all) + " the one of the caller's address)";
  if (scheduler == "dh") return head + "always the same one of " + std::to_string(all) + ")";
  const std::string by = scheduler == "sh" ? "by the caller's address, " : "";
  return head + by + one_of(all).substr(2);
}

/// For whom sessionAffinity keeps the choice. @source models/SOURCES.md 2.8
std::string Walker::how_long_kept(ServicePortRef ref, std::size_t all) const {
  const Service& about = service(ref.service).service;
  if (!about.client_ip_affinity || all < 2) return "";
  return "; sessionAffinity: what this source sends to the node stays at that pod, until " +
         std::to_string(about.affinity_timeout_s) + " s after its last connection";
}

/// Mode ipvs: every node has the addresses of Services on an interface of its own, and refuses their other ports.
/// @source models/SOURCES.md 1.3, row 19
bool Walker::is_bound_to_nodes(const Path& path, scenario::EdgeKind kind, std::uint32_t index) const {
  if (ground_.scenario.cluster.kube_proxy != Mode::ipvs) return false;
  const bool is_announced = kind == scenario::EdgeKind::metallb_l2 || kind == scenario::EdgeKind::metallb_bgp;
  return is_announced || (is_inside(path) && scenario::is_short_cut(kind, service(index).service));
}

std::string Walker::link_of(ServicePortRef ref) const {
  const ServicePort& port = service(ref.service).service.ports[ref.port];
  return "service port " + std::to_string(port.port) + (port.name.empty() ? "" : " (" + port.name + ")") + " of " +
         title(ref.service);
}

EndpointSet Walker::endpoints_on(ServicePortRef ref, std::uint32_t at) const {
  const std::vector<std::string> zones = zones_of(ground_.state);
  const auto zone = std::lower_bound(zones.begin(), zones.end(), node(at).zone) - zones.begin();
  const std::vector<EndpointFacts> facts = facts_of(ground_.state, service(ref.service).ports[ref.port]);
  return categorize(facts, static_cast<std::int32_t>(at), static_cast<std::int32_t>(zone));
}

/// How the packet filter says no differs. @source models/SOURCES.md 1.3, rows 2, 4, 6 and 26
void Walker::to_cluster_ip(Path path, std::uint32_t index, std::int64_t dialled) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const std::string shown = there.cluster_ip + ":" + std::to_string(dialled);
  if (!is_inside(path)) {
    path.add("ClusterIP " + shown, "the client's network has no route to the addresses of Services");
    return end(std::move(path),
               {CurlStatus::timed_out, 0, "a ClusterIP is known to the cluster's nodes only", there.service.meta.mark,
                object, "call from inside (--from), or open it by `type: NodePort` or LoadBalancer"});
  }
  const std::vector<ServicePort>& ports = there.service.ports;
  const auto port = std::find_if(ports.begin(), ports.end(), [&](const ServicePort& each) {
    return each.port == dialled && each.protocol == Protocol::tcp;
  });
  const std::uint32_t at = *path.caller.node;
  if (port == ports.end()) {
    const Mode mode = ground_.scenario.cluster.kube_proxy;
    const bool rejects = scenario::rejects_other_ports(mode);
    if (mode == Mode::cilium) assumptions_.insert(scenario::kOtherPortsUnderCilium);
    path.add(
        "service port " + std::to_string(dialled) + " of " + object,
        path.caller.address + " -> " + shown + ": " +
            (rejects ? "kube-proxy rejects ports that the Service has not" : "no rule fits, and no route leads there"));
    return end(
        std::move(path),
        {rejects ? CurlStatus::refused : CurlStatus::timed_out, 0,
         object + " has no port " + std::to_string(dialled) + ", it has " + scenario::ports_of(there.service),
         ports.empty() ? there.service.meta.mark : ports.front().mark, object, port_hint(there.service, dialled)});
  }
  const ServicePortRef ref{index, static_cast<std::size_t>(port - ports.begin())};
  const EndpointSet set = endpoints_on(ref, at);
  if (ground_.scenario.cluster.kube_proxy == Mode::ipvs && there.service.internal_traffic_policy == TrafficPolicy::local)
    assumptions_.insert(scenario::local_under_ipvs(there.service.meta));
  choose(std::move(path), at, ref, decide(set, ServiceEntry::cluster_ip, there.service.internal_traffic_policy), shown,
         false);
}

/// @param is_external  by a node port or a load balancer's address: externalTrafficPolicy decided
void Walker::choose(Path path, std::uint32_t at, ServicePortRef ref, const EndpointDecision& decision,
                    const std::string& dialled, bool is_external) {
  const std::vector<EndpointState>& endpoints = service(ref.service).ports[ref.port].endpoints;
  if (decision.verdict == EndpointVerdict::drop) return dropped(std::move(path), at, ref, is_external);
  if (decision.verdict == EndpointVerdict::reject) {
    path.add(link_of(ref), forwarder_on(path.caller, at) + (is_at_socket(path.caller) ? ": connect() fails" : " rejects") + ": the Service has no endpoint");
    return end(std::move(path), why_no_endpoint(ref));
  }
  // Pods of one workload do alike, but for the caller itself.
  std::map<std::tuple<std::int64_t, std::int64_t, bool, std::string>, std::vector<std::uint32_t>> alike;
  const std::vector<std::uint32_t> candidates =
      scheduled(path.caller, ref, {decision.candidates.begin(), decision.candidates.end()});
  for (const std::uint32_t index : candidates) {
    const EndpointState& endpoint = endpoints[index];
    const std::int64_t workload = endpoint.pod ? kind_of(*endpoint.pod) : -1;
    alike[{workload, endpoint.port, endpoint.pod && endpoint.pod == path.caller.pod,
           endpoint.pod ? "" : endpoint.address}]
        .push_back(index);
  }
  for (const auto& [key, group] : alike) {
    Path one = path;
    one.probability *= static_cast<double>(group.size()) / static_cast<double>(candidates.size());
    const EndpointState& endpoint = endpoints[group.front()];
    const bool is_hairpin = endpoint.pod && endpoint.pod == path.caller.pod;
    const bool is_socket = is_at_socket(path.caller);
    const bool is_direct = decision.masquerades && scenario::answers_directly(ground_.scenario.cluster);
    const bool masquerades = (decision.masquerades || is_hairpin) && !is_socket && !is_direct;
    const std::string source = masquerades ? node(at).internal_address : path.caller.address;
    const std::string there = endpoint.address + ":" + std::to_string(endpoint.port);
    one.add(link_of(ref), forwarder_on(path.caller, at) +
                              (is_socket ? ": connect() goes to " + there + " in place of " + dialled : ": DNAT " + dialled + " -> " + there) +
                              ", source " + (masquerades ? "becomes " : "stays ") + source +
                              (is_direct ? " (DSR: the pod's node answers by itself)" : "") +
                              how_scheduled(path.caller, ref, decision.candidates.size(), candidates.size()) +
                              how_long_kept(ref, decision.candidates.size()));
    if (masquerades) one.caller.address = source;
    to_endpoint(std::move(one), at, ref, endpoint, is_direct);
  }
}

/// A policy of Local, and the node has no pod. Cilium refuses as where there is no endpoint at all.
/// @source models/SOURCES.md 1.3, rows 3 and 13
void Walker::dropped(Path path, std::uint32_t at, ServicePortRef ref, bool is_external) {
  const Service& about = service(ref.service).service;
  const std::string object = title(ref.service);
  const bool refuses = ground_.scenario.cluster.kube_proxy == Mode::cilium;
  path.add(link_of(ref), forwarder_on(path.caller, at) + (!refuses ? " drops" : is_at_socket(path.caller) ? ": connect() fails" : " refuses") +
                             ": no endpoint stands on this node");
  const std::string policy = is_external ? "externalTrafficPolicy" : "internalTrafficPolicy";
  const bool has_mark = is_external && about.external_traffic_policy_mark.line > 0;
  end(std::move(path),
      {refuses ? CurlStatus::refused : CurlStatus::timed_out, 0, policy + " Local of " + object + ": the node has no endpoint of it, others have",
       has_mark ? about.external_traffic_policy_mark : about.meta.mark, object,
       is_external ? "externalTrafficPolicy: Cluster, a pod on every node that is dialled, or a load balancer that "
                     "checks healthCheckNodePort"
                   : "internalTrafficPolicy: Cluster, or a pod on every node that calls (a DaemonSet)"});
}

void Walker::to_endpoint(Path path, std::uint32_t at, ServicePortRef ref, const EndpointState& endpoint, bool is_direct) {
  const ServicePort& port = service(ref.service).service.ports[ref.port];
  if (!endpoint.pod) {
    path.add("endpoint " + endpoint.address + ":" + std::to_string(endpoint.port),
             "an address of an EndpointSlice: what answers there is not in the model");
    return end(std::move(path),
               {.why = "the packets reach an address outside of the model", .mark = {}, .object = {}, .cure = {}});
  }
  Caller hop = path.caller;
  hop.node = at;
  const std::uint32_t there = *pod(*endpoint.pod).node;
  std::optional<double> trip_s = round_trip(hop, there);
  if (is_direct && there != at) {  // one half each of the way to the pod, and of that from it to its own node
    hop.node = there;
    const std::optional<double> home_s = round_trip(hop, there);
    if (trip_s && home_s) trip_s = (*trip_s + *home_s) / 2.0;
  }
  const std::string name = port.target_port.number ? "" : " (" + port.target_port.text + ")";
  path.add("target port " + std::to_string(endpoint.port) + name + " of pod " + pod(*endpoint.pod).name,
           "the same packet, on " + node(there).name +
               (is_at_socket(path.caller) ? ": addressed to the pod from the first" : ": one DNAT led here"),
           trip_s);
  to_pod(std::move(path), *endpoint.pod, endpoint.port, port.mark, title(ref.service));
}

}  // namespace towtank::walk
