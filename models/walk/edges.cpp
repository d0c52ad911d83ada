#include <algorithm>

#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

/// What ends connections outside of the cluster.
std::string of_proxy(const scenario::EdgeSpec& edge) { return edge.kind == scenario::EdgeKind::alb ? "load balancer" : "web server"; }

}  // namespace

const scenario::EdgeSpec* Walker::edge_of_service(std::uint32_t index) const {
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges)
    if (edge.service && scenario::means(*edge.service, service(index).service)) return &edge;
  return nullptr;
}

void Walker::to_edge(Path path, const scenario::EdgeSpec& edge) {
  std::vector<std::uint32_t> services;
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i)
    if (scenario::leads_to(edge, service(i).service)) services.push_back(i);
  const auto is_wrong = [&](const std::string& why, const std::string& cure) {
    path.add("edge " + edge.name, "leads to nothing that can be told");
    end(std::move(path), {CurlStatus::refused, 0, "edge " + edge.name + " " + why, edge.mark, "spec.edge", cure});
  };
  if (services.empty())
    return is_wrong("leads to a Service that is not in the resources", "name a Service of the resources");
  if (services.size() > 1)
    return is_wrong("leads to a Service of several namespaces",
                    "write NAMESPACE/NAME, as in " + service(services[0]).service.meta.full_name());
  const std::uint32_t index = services.front();
  const Service& there = service(index).service;
  const std::vector<std::int64_t> listen = scenario::listeners_of(edge, there);
  const bool has_80 = listen.empty() || std::find(listen.begin(), listen.end(), 80) != listen.end();
  const std::int64_t common = path.target.scheme == "https" ? 443 : 80;  // a name says nothing of ports
  const std::int64_t dialled = path.target.port.value_or(edge.kind == scenario::EdgeKind::dns ? common : has_80 ? 80 : listen.front());
  if (std::find(listen.begin(), listen.end(), dialled) == listen.end())
    return at_closed_edge(std::move(path), edge, index, dialled);
  const std::optional<std::size_t> port = scenario::upstream_port(edge, there, dialled);
  if (!port)
    return is_wrong("leads to " + title(index) + ", which has the ports " + scenario::ports_of(there) +
                        ": none is the one that it means",
                    "`upstream: {nodePort: \"" + there.meta.name + ":PORT\"}` says which");
  const ServicePortRef ref{index, *port};
  if (scenario::needs_node_ports(edge.kind, &edge, there) && !there.has_node_ports())
    return is_wrong(
        "dials node ports, but " + title(index) + " is of type " + std::string{name_of(there.type)} + " and has none",
        "a Service of type NodePort or LoadBalancer");
  if (scenario::is_l7(edge.kind)) return to_web_server(std::move(path), edge, ref, dialled);
  to_load_balancer(std::move(path), ref, dialled, &edge);
}

/// The host of a proxy answers with a reset, and so does an ALB; another load balancer's address has none.
void Walker::at_closed_edge(Path path, const scenario::EdgeSpec& edge, std::uint32_t index, std::int64_t dialled) {
  const Service& there = service(index).service;
  const std::string number = std::to_string(dialled);
  const std::string dial = path.caller.address + " -> " + edge.name + ":" + number + ": ";
  const std::vector<std::int64_t> listen = scenario::listeners_of(edge, there);
  const std::string cure = listen.empty() ? "a port of protocol TCP" : "dial port " + std::to_string(listen.front());
  if (scenario::is_l7(edge.kind)) {
    path.add(of_proxy(edge) + " port " + number + " of " + edge.name, dial + "nothing listens there", to_edge_s(path));
    return end(std::move(path),
               {CurlStatus::refused, 0, "edge " + edge.name + " listens on " + scenario::listed(listen) + " only",
                edge.mark, "spec.edge", cure});
  }
  if (edge.service && is_bound_to_nodes(path, edge.kind, index)) {
    path.add("load balancer port " + number + " of " + edge.name,
             dial + "every node has the address (ipvs); the one that gets the packet rejects the port",
             to_edge_s(path));
    return end(std::move(path), {CurlStatus::refused, 0,
                                 title(index) + " has no port " + number + ", it has " + scenario::ports_of(there),
                                 edge.mark, "spec.edge", cure});
  }
  if (edge.kind == scenario::EdgeKind::dns) {
    path.add("name " + edge.name + ", port " + number, path.caller.address + " -> a node: no rule of " + forwarder() + " has the port", to_edge_s(path));
    return end(std::move(path), {CurlStatus::refused, 0, "edge " + edge.name + " is a name of nodes, which have port " + scenario::listed(listen) + " open for " + title(index), edge.mark, "spec.edge", cure});
  }
  path.add("load balancer port " + number + " of " + edge.name, dial + "no listener; the packets are dropped",
           to_edge_s(path));
  assumptions_.insert("a cloud's load balancer drops what comes to ports without listener");
  end(std::move(path),
      {CurlStatus::timed_out, 0, "edge " + edge.name + " listens on " + scenario::listed(listen) + " only", edge.mark,
       "spec.edge", cure});
}

void Walker::to_web_server(Path path, const scenario::EdgeSpec& edge, ServicePortRef ref, std::int64_t dialled) {
  const Proxy::Kind kind = edge.kind == scenario::EdgeKind::nginx     ? Proxy::Kind::nginx
                           : edge.kind == scenario::EdgeKind::haproxy ? Proxy::Kind::haproxy
                           : edge.kind == scenario::EdgeKind::alb     ? Proxy::Kind::alb
                                                                      : Proxy::Kind::envoy;
  const bool is_tls = path.target.scheme == "https";
  if (is_tls ? dialled == 80 : dialled == 443)
    assumptions_.insert("edge " + edge.name + " speaks " + (is_tls ? "TLS" : "plain HTTP") + " on port " +
                        std::to_string(dialled));
  path.add(of_proxy(edge) + " port " + std::to_string(dialled) + " of " + edge.name,
           path.caller.address + " -> " + edge.name + ":" + std::to_string(dialled) + ": the connection" +
               (is_tls ? " and its TLS" : "") + " ends here; the request goes on over one of the proxy's own",
           to_edge_s(path));
  path.proxy = {kind, scenario::tries_of(edge.kind)};
  path.caller = Caller{edge.name, std::nullopt, std::nullopt, true};
  if (scenario::dials_pods(edge.kind, &edge, service(ref.service).service))
    return to_pods_of(std::move(path), ref, "edge " + edge.name, {.balance = edge.balance ? &*edge.balance : nullptr, .checks_health = scenario::checks_health(edge)});
  std::vector<std::uint32_t> nodes = scenario::nodes_behind(&edge, ground_.state.nodes);
  if (edge.kind == scenario::EdgeKind::alb) {
    const std::vector<std::uint32_t> healthy = healthy_nodes(ref.service, nodes);
    if (!healthy.empty()) nodes = healthy;
  }
  if (nodes.empty())
    return end(std::move(path), {CurlStatus::refused, 0, "edge " + edge.name + " has no node to dial", edge.mark,
                                 "spec.edge", "nodes that are no control plane and have no exclude label"});
  const Chosen chosen = chosen_nodes(path, edge, ref, nodes);
  path.steps.back().packets += chosen.told;
  const Ending nobody{CurlStatus::http_error, 503, "edge " + edge.name + " " + chosen.why, edge.mark, "spec.edge", "pods that serve behind the node port of " + title(ref.service)};
  const std::int64_t dialled_port = service(ref.service).service.ports[ref.port].node_port.value_or(0);
  from_one_of(std::move(path), chosen, "nodes", nobody, [this, dialled_port, &edge](Path one, const std::vector<std::uint32_t>& some) { to_nodes(std::move(one), some, dialled_port, &edge); });
}

}  // namespace towtank::walk
