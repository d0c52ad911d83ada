#include <algorithm>

#include "models/kubernetes/ingress_routing.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"
#include "models/world/model.hpp"

namespace towtank::walk {
namespace {

using scenario::EdgeKind;

constexpr const char* kServiceUpstream = "nginx.ingress.kubernetes.io/service-upstream";

/// Delivers the address that was dialled to a node, unchanged. @source models/SOURCES.md 1.1, "LB listener port"
bool keeps_address(EdgeKind kind) {
  return kind == EdgeKind::gclb_passthrough || kind == EdgeKind::azure_slb || kind == EdgeKind::metallb_l2 ||
         kind == EdgeKind::metallb_bgp;
}

}  // namespace

const scenario::EdgeSpec* Walker::edge_of_service(std::uint32_t index) const {
  for (const scenario::EdgeSpec& edge : ground_.scenario.edges)
    if (edge.service && scenario::means(*edge.service, service(index).service)) return &edge;
  return nullptr;
}

const scenario::Ground::Controller* Walker::controller_for(const Target& target) const {
  const scenario::Ground::Controller* best = nullptr;
  std::size_t best_rank = 0;
  for (const scenario::Ground::Controller& controller : ground_.controllers) {
    const IngressRoute found = route(ground_.state.ingresses, controller.class_name, controller.is_default_class,
                                     target.host, target.path.empty() ? "/" : target.path);
    if (!found || (best != nullptr && found.host_rank <= best_rank)) continue;
    best = &controller;
    best_rank = found.host_rank;
  }
  return best;
}

const scenario::Ground::Controller* Walker::controller_of_pod(std::uint32_t index) const {
  for (const scenario::Ground::Controller& controller : ground_.controllers)
    if (controller.workload == pod(index).workload) return &controller;
  return nullptr;
}

void Walker::to_edge(Path path, const scenario::EdgeSpec& edge) {
  const bool http = scenario::is_l7(edge.kind);
  const std::int64_t dialled = path.target.port.value_or(80);
  std::optional<ServicePortRef> upstream;
  const scenario::NodePortRef wanted =
      edge.node_port ? scenario::node_port_ref(*edge.node_port) : scenario::NodePortRef{};
  for (std::uint32_t i = 0; i < ground_.state.services.size() && !upstream; ++i) {
    const Service& each = service(i).service;
    const bool fits = edge.service ? scenario::means(*edge.service, each) : scenario::means(wanted.service, each);
    for (std::size_t p = 0; fits && p < each.ports.size() && !upstream; ++p) {
      const ServicePort& port = each.ports[p];
      const bool is_it = edge.service || wanted.port.empty() || port.name == wanted.port ||
                         std::to_string(port.port) == wanted.port ||
                         (port.node_port && std::to_string(*port.node_port) == wanted.port);
      if (is_it) upstream = ServicePortRef{i, p};
    }
  }
  if (!upstream) {
    path.add("edge " + edge.name, "leads to a Service or port that is not there");
    return end(std::move(path), {CurlStatus::refused, 0,
                                 "edge " + edge.name + " leads to a Service or port that is not in the resources",
                                 edge.mark, "spec.edge", "name a Service of the resources"});
  }
  if (!http) return to_load_balancer(std::move(path), upstream->service, dialled, &edge);
  const std::vector<std::int64_t> listen = edge.listen.empty() ? std::vector<std::int64_t>{80, 443} : edge.listen;
  const std::string where = "web server port " + std::to_string(dialled) + " of " + edge.name;
  if (std::find(listen.begin(), listen.end(), dialled) == listen.end()) {
    path.add(where,
             path.caller.address + " -> " + edge.name + ":" + std::to_string(dialled) + ": nothing listens there",
             ground_.round_trips.client_s);
    return end(std::move(path),
               {CurlStatus::refused, 0, "edge " + edge.name + " listens on " + scenario::listed(listen) + " only",
                edge.mark, "spec.edge", "dial port " + std::to_string(listen.front())});
  }
  path.add(where,
           path.caller.address + " -> " + edge.name + ":" + std::to_string(dialled) + ": the connection" +
               (path.target.scheme == "https" ? " and its TLS" : "") +
               " ends here; the request goes on over one of the proxy's own",
           ground_.round_trips.client_s);
  path.proxy = edge.kind == EdgeKind::nginx ? Proxy::nginx : Proxy::envoy;
  path.caller = Caller{edge.name, std::nullopt, std::nullopt, true};
  const Service& there = service(upstream->service).service;
  const scenario::EdgeTargets targets =
      edge.targets.value_or(edge.service ? scenario::EdgeTargets::ip : scenario::EdgeTargets::instance);
  if (targets == scenario::EdgeTargets::ip)
    return from_edge_to_pods(std::move(path), upstream->service, upstream->port, "edge " + edge.name, 503);
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 0; i < ground_.state.nodes.size(); ++i) {
    const bool listed_node =
        std::find(edge.upstream_nodes.begin(), edge.upstream_nodes.end(), node(i).name) != edge.upstream_nodes.end();
    if (edge.upstream_nodes.empty() ? node(i).in_load_balancers : listed_node) nodes.push_back(i);
  }
  const std::optional<std::int64_t> node_port = there.ports[upstream->port].node_port;
  if (nodes.empty() || !node_port) {
    return end(std::move(path), {CurlStatus::refused, 0,
                                 "edge " + edge.name + " has no node port to dial: " + title(upstream->service) +
                                     " is of type " + std::string{name_of(there.type)},
                                 there.meta.mark, title(upstream->service), "type: NodePort"});
  }
  to_nodes(std::move(path), nodes, *node_port);
}

/// A balancer of connections: it chooses a node, or a pod, and is no end of any connection.
void Walker::to_load_balancer(Path path, std::uint32_t index, std::int64_t dialled, const scenario::EdgeSpec* edge) {
  const ServiceState& there = service(index);
  const std::string object = title(index);
  const EdgeKind kind = edge != nullptr ? edge->kind : scenario::implied_kind(ground_.scenario.cluster.network.preset);
  const bool keeps = keeps_address(kind);
  const std::string who = edge == nullptr ? object : edge->name;
  const std::string address = there.external_addresses.empty() ? who : there.external_addresses.front();
  const std::string link = "load balancer port " + std::to_string(dialled) + " of " + who;
  const std::string dial = path.caller.address + " -> " + address + ":" + std::to_string(dialled);
  const auto port = std::find_if(there.service.ports.begin(), there.service.ports.end(), [&](const ServicePort& each) {
    return each.port == dialled && each.protocol == Protocol::tcp;
  });
  if (port == there.service.ports.end()) {
    path.add(link, dial + ": no listener; the packets are dropped", ground_.round_trips.client_s);
    assumptions_.insert("a cloud's load balancer drops what comes to ports without listener");
    return end(std::move(path),
               {CurlStatus::timed_out, 0,
                object + " has no port " + std::to_string(dialled) +
                    ", so that the load balancer does not listen: it has " + scenario::ports_of(there.service),
                there.service.ports.empty() ? there.service.meta.mark : there.service.ports.front().mark, object,
                port_hint(there.service, dialled)});
  }
  const ServicePortRef ref{index, static_cast<std::size_t>(port - there.service.ports.begin())};
  if (is_inside(path) && keeps) {
    path.add(link, dial + ": kube-proxy of the caller's own node knows the address, the load balancer is not asked");
    const std::uint32_t at = *path.caller.node;
    return at_node_port(std::move(path), at, ref, address + ":" + std::to_string(dialled));
  }
  std::vector<std::uint32_t> targets, healthy;
  const std::vector<EndpointFacts> facts = facts_of(ground_.state, there.ports[ref.port]);
  for (std::uint32_t i = 0; i < ground_.state.nodes.size(); ++i) {
    if (!node(i).in_load_balancers) continue;
    targets.push_back(i);
    if (there.service.external_traffic_policy == TrafficPolicy::cluster ||
        passes_load_balancer_check(facts, static_cast<std::int32_t>(i)))
      healthy.push_back(i);
  }
  const std::string checked = there.service.external_traffic_policy == TrafficPolicy::local
                                  ? "; " + std::to_string(healthy.size()) + " of " + std::to_string(targets.size()) +
                                        " nodes pass healthCheckNodePort"
                                  : "; to one of " + std::to_string(targets.size()) + " nodes";
  path.add(
      link,
      dial + checked + (healthy.empty() && !targets.empty() ? ": none is healthy, so all are used (fail open)" : ""),
      ground_.round_trips.client_s);
  if (healthy.empty()) healthy = targets;
  if (healthy.empty())
    return end(std::move(path),
               {CurlStatus::timed_out, 0, "no node is on the load balancer's list", there.service.meta.mark, object,
                "nodes that are no control plane and have no exclude label"});
  path.caller.node.reset();
  path.caller.at_edge = true;
  if (kind == EdgeKind::metallb_l2) {
    const std::string key = there.service.meta.full_name() + ":" + std::to_string(dialled);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      return model::announcer_rank(node(a).name, key) < model::announcer_rank(node(b).name, key);
    };
    healthy = {*std::min_element(healthy.begin(), healthy.end(), before)};
  }
  if (!keeps) {
    if (!port->node_port)
      return end(std::move(path), {CurlStatus::timed_out, 0, object + " has no node port for the load balancer to dial",
                                   port->mark, object, "allocateLoadBalancerNodePorts: true"});
    return to_nodes(std::move(path), healthy, *port->node_port);
  }
  for (const std::uint32_t at : healthy) {
    Path one = path;
    one.probability /= static_cast<double>(healthy.size());
    one.add("node " + node(at).name,
            std::string{kind == EdgeKind::metallb_l2 ? "announces the address and gets its packets"
                                                     : "gets the packet with the load balancer's address"} +
                ": no node port is crossed");
    at_node_port(std::move(one), at, ref, address + ":" + std::to_string(dialled));
  }
}

void Walker::enter_ingress_host(Path path) {
  if (const scenario::Ground::Controller* controller = controller_for(path.target)) {
    const Workload& workload = ground_.objects.workloads[controller->workload];
    if (controller->service >= 0) {
      const auto index = static_cast<std::uint32_t>(controller->service);
      path.add("name " + path.target.host, "stands for the ingress controller " + scenario::short_name(workload.meta) +
                                               ", through " + title(index));
      if (const scenario::EdgeSpec* edge = edge_of_service(index)) return to_edge(std::move(path), *edge);
      const Service& front = service(index).service;
      if (front.type == ServiceType::load_balancer)
        return to_load_balancer(std::move(path), index, path.target.port.value_or(80), nullptr);
      if (is_inside(path)) return to_cluster_ip(std::move(path), index, path.target.port.value_or(80));
    }
    const std::int64_t dialled = path.target.port.value_or(80);
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t i = 0; i < ground_.state.pods.size(); ++i) {
      if (pod(i).workload != controller->workload || !pod(i).node) continue;
      const bool has_port = std::any_of(pod(i).ports.begin(), pod(i).ports.end(), [&](const ContainerPort& port) {
        return port.host_port == dialled || (pod(i).host_network && port.container_port == dialled);
      });
      if (has_port) nodes.push_back(*pod(i).node);
    }
    if (!nodes.empty()) return to_nodes(std::move(path), nodes, dialled);
    path.add("name " + path.target.host, "no address: the controller has no way in from there");
    return end(std::move(path),
               {CurlStatus::name_not_resolved, 0,
                "the ingress controller " + scenario::short_name(workload.meta) +
                    " has no Service of type LoadBalancer and no host port",
                workload.meta.mark, std::string{name_of(workload.kind)} + "/" + scenario::short_name(workload.meta),
                "a Service of type LoadBalancer, or an edge (spec.edge) in front of its node port"});
  }
  const Ingress& ingress = *ingress_of_host(ground_.state.ingresses, path.target.host);
  path.add("name " + path.target.host, "no controller serves it");
  end(std::move(path),
      {CurlStatus::name_not_resolved, 0,
       "Ingress/" + scenario::short_name(ingress.meta) + " is of class " +
           (ingress.class_name.empty() ? "(none)" : ingress.class_name) + ", for which there is no controller",
       ingress.meta.mark, "Ingress/" + scenario::short_name(ingress.meta),
       "`ingress: [{class: " + (ingress.class_name.empty() ? std::string{"nginx"} : ingress.class_name) +
           "}]` in the spec, or the controller's manifests"});
}

/// The request is read here: host and path choose the Service. @source models/SOURCES.md 1.3, rows 28 to 30
void Walker::at_controller(Path path, const scenario::Ground::Controller& controller, std::uint32_t index) {
  path.proxy = controller.product == scenario::IngressController::envoy ? Proxy::envoy : Proxy::nginx;
  path.caller = Caller{pod(index).ip, pod(index).node, index, true};
  const std::string where = path.target.host + (path.target.path.empty() ? "/" : path.target.path);
  const IngressRoute found = route(ground_.state.ingresses, controller.class_name, controller.is_default_class,
                                   path.target.host, path.target.path.empty() ? "/" : path.target.path);
  if (found.backend == nullptr) {
    path.add("ingress rules of class " + controller.class_name, "none fits " + where + ": the default backend answers");
    const Ingress* about = found.ingress;
    return end(
        std::move(path),
        {CurlStatus::http_error, 404, "no rule of ingress class " + controller.class_name + " fits http://" + where,
         about != nullptr ? about->meta.mark : Mark{},
         about != nullptr ? "Ingress/" + scenario::short_name(about->meta) : "", "a rule for this host and path"});
  }
  const IngressBackend& backend = *found.backend;
  path.add("rule of Ingress/" + scenario::short_name(found.ingress->meta),
           where + " -> Service " + backend.service + ", port " +
               (backend.port.number ? std::to_string(*backend.port.number) : backend.port.text));
  to_backend(std::move(path), controller, backend, *found.ingress);
}

void Walker::to_backend(Path path, const scenario::Ground::Controller& controller, const IngressBackend& backend,
                        const Ingress& ingress) {
  const std::string object = "Ingress/" + scenario::short_name(ingress.meta);
  const int without_endpoints = controller.product == scenario::IngressController::nginx ? 502 : 503;
  for (std::uint32_t i = 0; i < ground_.state.services.size(); ++i) {
    const Service& each = service(i).service;
    if (each.meta.name != backend.service || each.meta.name_space != ingress.meta.name_space) continue;
    for (std::size_t p = 0; p < each.ports.size(); ++p) {
      const ServicePort& port = each.ports[p];
      if (backend.port.number ? port.port != *backend.port.number : port.name != backend.port.text) continue;
      const auto upstream = ingress.meta.annotations.find(kServiceUpstream);
      if (upstream != ingress.meta.annotations.end() && upstream->second == "true")
        return to_cluster_ip(std::move(path), i, port.port);
      return from_edge_to_pods(std::move(path), i, p, "the controller", without_endpoints);
    }
    return end(std::move(path),
               {CurlStatus::http_error, without_endpoints,
                object + " sends to a port that " + title(i) + " has not: it has " + scenario::ports_of(each),
                backend.mark, object, "a port of the Service"});
  }
  end(std::move(path),
      {CurlStatus::http_error, without_endpoints,
       object + " sends to Service " + backend.service + ", which is not in namespace " + ingress.meta.name_space,
       backend.mark, object, "the name of a Service in the Ingress's namespace"});
}

/// A proxy that knows the endpoints dials them itself: node port and service port are bypassed, and no policy decides.
void Walker::from_edge_to_pods(Path path, std::uint32_t index, std::size_t port_index, const std::string& who,
                               int when_empty) {
  const ServiceState& there = service(index);
  const ServicePort& port = there.service.ports[port_index];
  const EndpointSet set = categorize(facts_of(ground_.state, there.ports[port_index]), -1, -1);
  const std::string link = "service port " + std::to_string(port.port) +
                           (port.name.empty() ? "" : " (" + port.name + ")") + " of " + title(index);
  if (set.cluster.empty()) {
    path.add(link, who + " knows no endpoint of it");
    return end(std::move(path), {CurlStatus::http_error, when_empty, title(index) + " has no endpoint that is ready",
                                 there.service.selector ? there.service.selector_mark : there.service.meta.mark,
                                 title(index), "let the selector fit pods that run and are ready"});
  }
  for (const std::uint32_t each : set.cluster) {
    const EndpointState& endpoint = there.ports[port_index].endpoints[each];
    Path one = path;
    one.probability /= static_cast<double>(set.cluster.size());
    const std::string pods =
        set.cluster.size() > 1 ? "; its balancer chose 1 of " + std::to_string(set.cluster.size()) : "";
    one.add(link, "bypassed, and kube-proxy with it: " + who +
                      " dials the pods of the Service's EndpointSlices itself" + pods);
    if (!endpoint.pod) {
      end(std::move(one), {CurlStatus::done, 0, "the packets reach an address outside of the model", {}, "", ""});
      continue;
    }
    one.add("target port " + std::to_string(endpoint.port) + " of pod " + pod(*endpoint.pod).name,
            one.caller.address + " -> " + endpoint.address + ":" + std::to_string(endpoint.port) + ": no translation",
            round_trip(one.caller, *pod(*endpoint.pod).node));
    to_pod(std::move(one), *endpoint.pod, endpoint.port, port.mark, title(index));
  }
}

}  // namespace towtank::walk
