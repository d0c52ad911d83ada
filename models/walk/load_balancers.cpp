#include <algorithm>
#include <map>

#include "models/cluster/address_book.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"
#include "models/world/model.hpp"

namespace towtank::walk {
namespace {

using scenario::EdgeKind;

}  // namespace

/// What answers for a Service of type LoadBalancer, by name or by address.
void Walker::to_service_front(Path path, std::uint32_t index) {
  if (const scenario::EdgeSpec* edge = edge_of_service(index)) return to_edge(std::move(path), *edge);
  const ServiceState& there = service(index);
  const std::vector<ServicePort>& ports = there.service.ports;
  const std::int64_t dialled = path.target.port.value_or(ports.empty() ? 80 : ports.front().port);
  const auto port = std::find_if(ports.begin(), ports.end(), [&](const ServicePort& each) {
    return each.port == dialled && each.protocol == Protocol::tcp;
  });
  if (port != ports.end())
    return to_load_balancer(std::move(path), {index, static_cast<std::size_t>(port - ports.begin())}, dialled, nullptr);
  const std::string object = title(index), number = std::to_string(dialled);
  const std::string address = there.external_addresses.empty() ? object : there.external_addresses.front();
  const EdgeKind kind = scenario::implied_kind(ground_.scenario.cluster.network.preset, there.service);
  if (is_bound_to_nodes(path, kind, index)) {
    path.add("load balancer port " + number + " of " + object,
             path.caller.address + " -> " + address + ":" + number + ": every node has the address (ipvs); the one that gets the packet rejects the port",
             is_inside(path) ? std::nullopt : std::optional<double>{to_edge_s(path)});
    return end(std::move(path),
               {CurlStatus::refused, 0, object + " has no port " + number + ", it has " + scenario::ports_of(there.service),
                ports.empty() ? there.service.meta.mark : ports.front().mark, object, port_hint(there.service, dialled)});
  }
  path.add("load balancer port " + number + " of " + object,
           path.caller.address + " -> " + address + ":" + number + ": no listener; the packets are dropped",
           to_edge_s(path));
  assumptions_.insert("a cloud's load balancer drops what comes to ports without listener");
  end(std::move(path),
      {CurlStatus::timed_out, 0,
       object + " has no port " + number + ", so that the load balancer does not listen: it has " +
           scenario::ports_of(there.service),
       ports.empty() ? there.service.meta.mark : ports.front().mark, object, port_hint(there.service, dialled)});
}

void Walker::to_load_balancer(Path path, ServicePortRef ref, std::int64_t dialled, const scenario::EdgeSpec* edge) {
  const ServiceState& there = service(ref.service);
  LoadBalancer balancer;
  balancer.kind = edge != nullptr ? edge->kind : scenario::implied_kind(ground_.scenario.cluster.network.preset, there.service);
  balancer.edge = edge;
  balancer.ref = ref;
  balancer.dialled = dialled;
  const bool has_service_address = edge == nullptr || edge->service;
  balancer.keeps_address = scenario::keeps_address(balancer.kind) && has_service_address;
  const std::string who = edge == nullptr ? title(ref.service) : edge->name;
  const std::string address =
      has_service_address && !there.external_addresses.empty() ? there.external_addresses.front() : who;
  balancer.link = balancer.kind == EdgeKind::dns ? "name " + who + ", port " + std::to_string(dialled)
                                                 : "load balancer port " + std::to_string(dialled) + " of " + who;
  balancer.shown = address + ":" + std::to_string(dialled);
  const bool is_short = is_inside(path) && has_service_address && scenario::is_short_cut(balancer.kind, there.service);
  const bool is_socket = is_short && is_at_socket(path.caller);  // where no ranges are looked at
  if (!is_in_reach(path, balancer) || (!is_socket && !is_let_in(path, balancer))) return;
  if (is_short) {
    path.add(balancer.link, path.caller.address + " -> " + balancer.shown + ": " +
                                (is_socket ? "Cilium, at the caller's socket," : "kube-proxy of the caller's own node") +
                                " knows the address, the load balancer is not asked");
    const std::uint32_t at = *path.caller.node;
    return at_node_port(std::move(path), at, ref, balancer.shown);
  }
  if (balancer.kind != EdgeKind::dns) path.front = scenario::tls_in_front(there.service, there.service.ports[ref.port]);
  if (scenario::cuts_off(path.front, path.target.scheme == "https")) return cut_off(std::move(path), balancer);
  if (scenario::dials_pods(balancer.kind, edge, there.service)) {
    path.add(balancer.link, path.caller.address + " -> " + balancer.shown + ": to one of the pods",
             to_edge_s(path));
    path.caller = Caller{who, std::nullopt, std::nullopt, true};
    const bool by_zone = balancer.kind == EdgeKind::nlb && !scenario::crosses_zones(balancer.kind, edge, there.service);
    return to_pods_of(std::move(path), ref, edge != nullptr ? "edge " + edge->name : "the load balancer", {.by_zone = by_zone});
  }
  std::vector<std::uint32_t> nodes = eligible_nodes(path, balancer);
  if (!nodes.empty()) to_targets(std::move(path), balancer, std::move(nodes));
}

/// Its listener expects a TLS handshake, and ends the connection at the first bytes of anything else.
void Walker::cut_off(Path path, const LoadBalancer& balancer) {
  path.add(
      balancer.link,
      path.caller.address + " -> " + balancer.shown + ": what comes does not begin with TLS; the connection is closed",
      to_edge_s(path));
  end(std::move(path),
      {CurlStatus::empty_reply, 0,
       "the load balancer of " + title(balancer.ref.service) + " ends TLS on port " + std::to_string(balancer.dialled) +
           ", where plain HTTP came: it closes the connection without an answer",
       service(balancer.ref.service).service.ports[balancer.ref.port].mark, title(balancer.ref.service),
       "https:// on this port, or leave the port out of aws-load-balancer-ssl-ports"});
}

/// Of internal ones the address is known to the cloud's private network only. @return false when the way has ended
bool Walker::is_in_reach(Path& path, const LoadBalancer& balancer) {
  const std::optional<InternalLoadBalancer>& internal = service(balancer.ref.service).service.internal;
  if (!internal || is_inside(path) || (balancer.edge != nullptr && !balancer.edge->service)) return true;
  path.add(balancer.link,
           path.caller.address + " -> " + balancer.shown + ": an address of the private network, no route leads there",
           ground_.round_trips.client_s);
  end(std::move(path), {CurlStatus::timed_out, 0,
                        "the load balancer of " + title(balancer.ref.service) + " is internal (" + internal->said +
                            "): clients on the internet have no route to it",
                        internal->mark, title(balancer.ref.service),
                        internal->cure + ", or call from inside (--from)"});
  return false;
}

/// loadBalancerSourceRanges hold at the load balancer's address, not at node ports.
/// @return false when the way has ended @source models/SOURCES.md 1.3, row 31
bool Walker::is_let_in(Path& path, const LoadBalancer& balancer) {
  const Service& about = service(balancer.ref.service).service;
  const std::vector<std::string>& ranges = about.source_ranges;
  if (!scenario::has_source_ranges(balancer.kind, balancer.edge, about)) return true;
  const std::optional<std::uint32_t> address = is_inside(path) ? ipv4_of(path.caller.address) : std::nullopt;
  const scenario::LetIn answer = scenario::let_in(about, address);
  if (answer == scenario::LetIn::if_among_them)
    assumptions_.insert("the client's address is one of loadBalancerSourceRanges of " + title(balancer.ref.service) +
                        " (" + scenario::listed(ranges) + ")");
  if (answer != scenario::LetIn::no) return true;
  path.add(balancer.link, path.caller.address + " -> " + balancer.shown + ": the source is filtered out",
           to_edge_s(path));
  end(std::move(path),
      {CurlStatus::timed_out, 0,
       "loadBalancerSourceRanges of " + title(balancer.ref.service) + " let in " + scenario::listed(ranges) +
           " only, of which " + (address ? path.caller.address + " is none" : "no client on the internet is"),
       about.meta.mark, title(balancer.ref.service), "the client's own range in loadBalancerSourceRanges"});
  return false;
}

/// Those that pass the check of a load balancer: all, where the Service has no healthCheckNodePort.
std::vector<std::uint32_t> Walker::healthy_nodes(std::uint32_t index, const std::vector<std::uint32_t>& targets) const {
  const ServiceState& there = service(index);
  if (there.service.external_traffic_policy != TrafficPolicy::local) return targets;
  // One healthCheckNodePort answers for all ports of the Service.
  std::vector<std::vector<EndpointFacts>> of_ports;
  for (const ServicePortState& port : there.ports) of_ports.push_back(facts_of(ground_.state, port));
  const auto passes = [&](std::uint32_t at) {
    return std::any_of(of_ports.begin(), of_ports.end(), [&](const std::vector<EndpointFacts>& facts) {
      return passes_load_balancer_check(facts, static_cast<std::int32_t>(at));
    });
  };
  std::vector<std::uint32_t> healthy;
  for (const std::uint32_t each : targets)
    if (passes(each)) healthy.push_back(each);
  return healthy;
}

/// Those that the load balancer may send to. @return none when the way has ended
std::vector<std::uint32_t> Walker::eligible_nodes(Path& path, const LoadBalancer& balancer) {
  const ServiceState& there = service(balancer.ref.service);
  const bool is_local = there.service.external_traffic_policy == TrafficPolicy::local;
  const std::vector<std::uint32_t> targets = scenario::nodes_behind(balancer.edge, ground_.state.nodes);
  if (balancer.kind == EdgeKind::dns && !targets.empty()) {
    path.add(balancer.link, path.caller.address + " -> one of the addresses of " + std::to_string(targets.size()) + " nodes, which it keeps for the name's time to live");
    assumptions_.insert("who gets no answer, or a refusal, at one address of a name tries no other before its time to live is over");
    return targets;
  }
  std::vector<std::uint32_t> healthy = healthy_nodes(balancer.ref.service, targets);
  const std::string checked = is_local ? "; " + std::to_string(healthy.size()) + " of " +
                                             std::to_string(targets.size()) + " nodes pass healthCheckNodePort"
                                       : "; to one of " + std::to_string(targets.size()) + " nodes";
  const bool opens = healthy.empty() && !targets.empty() && scenario::fails_open(balancer.kind);
  path.add(balancer.link,
           path.caller.address + " -> " + balancer.shown + checked +
               (opens ? ": none is healthy, so all are used (fail open)" : ""),
           to_edge_s(path));
  if (opens) healthy = targets;
  if (!healthy.empty()) return healthy;
  const std::string object = title(balancer.ref.service);
  if (targets.empty()) {
    end(std::move(path), {CurlStatus::timed_out, 0, "no node is on the load balancer's list", there.service.meta.mark,
                          object, "nodes that are no control plane and have no exclude label"});
    return {};
  }
  end(std::move(path), {CurlStatus::timed_out, 0,
                        "externalTrafficPolicy Local of " + object +
                            ": no node of the load balancer has a ready pod of it, so that nothing " +
                            (balancer.kind == EdgeKind::azure_slb ? "takes new connections" : "announces the address"),
                        there.service.external_traffic_policy_mark, object,
                        "externalTrafficPolicy: Cluster, or ready pods on these nodes"});
  return {};
}

/// A caller inside goes out and comes back. A load balancer that keeps the client's address cannot send a connection
/// back to the very machine it came from. @return false when the way has ended @source models/SOURCES.md 1.3, row 32
bool Walker::leave_cluster(Path& path, const LoadBalancer& balancer, std::vector<std::uint32_t>& nodes) {
  if (balancer.kind == EdgeKind::dns) return true;  // the caller dials a node
  const std::optional<std::uint32_t> from = path.caller.node;
  path.caller.node.reset();
  path.caller.pod.reset();
  path.caller.at_edge = true;
  const auto own = from ? std::find(nodes.begin(), nodes.end(), *from) : nodes.end();
  if (balancer.kind != EdgeKind::nlb || own == nodes.end()) return true;
  const double share = 1.0 / static_cast<double>(nodes.size());
  Path back = path;
  back.probability *= share;
  back.add("node " + node(*from).name, "the caller's own node: it gets a packet from outside with its own source");
  end(std::move(back),
      {CurlStatus::timed_out, 0,
       "the load balancer keeps the client's address and chose the node that the client is on, which drops it",
       service(balancer.ref.service).service.meta.mark, title(balancer.ref.service),
       "dial clusterip/" + service(balancer.ref.service).service.meta.name +
           " from inside, or turn client IP preservation off"});
  nodes.erase(own);
  path.probability *= 1.0 - share;
  return !nodes.empty();
}

/// Ready ones behind the port.
std::size_t Walker::pods_on(std::uint32_t at, ServicePortRef ref) const {
  const std::vector<EndpointState>& endpoints = service(ref.service).ports[ref.port].endpoints;
  return static_cast<std::size_t>(std::count_if(endpoints.begin(), endpoints.end(), [at](const EndpointState& endpoint) { return endpoint.node == at && endpoint.conditions.ready; }));
}

void Walker::to_targets(Path path, const LoadBalancer& balancer, std::vector<std::uint32_t> nodes) {
  const Service& about = service(balancer.ref.service).service;
  const std::optional<std::int64_t> node_port = about.ports[balancer.ref.port].node_port;
  const std::string object = title(balancer.ref.service);
  if (balancer.kind == EdgeKind::metallb_l2) {
    // As `run` names the Service's port.
    const std::string key = about.meta.full_name() + ":" + std::to_string(about.ports[balancer.ref.port].port);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      return model::announcer_rank(node(a).name, key) < model::announcer_rank(node(b).name, key);
    };
    nodes = {*std::min_element(nodes.begin(), nodes.end(), before)};
  }
  if (!balancer.keeps_address) {
    if (!node_port || !about.has_node_ports())
      return end(std::move(path), {CurlStatus::timed_out, 0, object + " has no node port for the load balancer to dial",
                                   about.ports[balancer.ref.port].mark, object,
                                   "allocateLoadBalancerNodePorts: true, or pods as targets (aws-load-balancer-nlb-target-type: ip)"});
    // Each zone where there are targets has an address of its own; it keeps to its zone unless it is told to cross.
    std::map<std::string, std::vector<std::uint32_t>> zones;
    for (const std::uint32_t each : nodes)
      zones[scenario::crosses_zones(balancer.kind, balancer.edge, service(balancer.ref.service).service)
                ? ""
                : node(each).zone]
          .push_back(each);
    for (auto& [zone, own] : zones) {
      Path one = path;
      one.probability /= static_cast<double>(zones.size());
      if (leave_cluster(one, balancer, own)) to_nodes(std::move(one), own, *node_port);
    }
    return;
  }
  path.caller.at_edge = true;
  if (ground_.scenario.cluster.kube_proxy == scenario::KubeProxyMode::cilium) {  // what leaves comes back as from outside, by no socket
    path.caller.node.reset();
    path.caller.pod.reset();
  }
  const bool weighs = scenario::weighs_pods(balancer.kind, balancer.edge, about);
  std::map<std::uint32_t, std::size_t> parts;
  for (const std::uint32_t at : nodes) parts[at] = weighs ? pods_on(at, balancer.ref) : 1;
  std::size_t all = 0;
  for (const auto& [at, count] : parts) all += count;
  for (const auto& [at, count] : parts) {
    if (all > 0 && count == 0) continue;
    Path one = path;
    one.probability *= all > 0 ? static_cast<double>(count) / static_cast<double>(all) : 1.0 / static_cast<double>(nodes.size());
    one.add("node " + node(at).name,
            std::string{balancer.kind == EdgeKind::metallb_l2 ? "announces the address and gets its packets"
                                                              : "gets the packet with the load balancer's address"} +
                ": no node port is crossed");
    at_node_port(std::move(one), at, balancer.ref, balancer.shown);
  }
}

}  // namespace towtank::walk
