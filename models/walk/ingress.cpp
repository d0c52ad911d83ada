#include <algorithm>

#include "models/kubernetes/ingress_routing.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

using Product = scenario::IngressController;

std::string title_of(const Ingress& ingress) { return "Ingress/" + scenario::short_name(ingress.meta); }

/// What it answers when a rule leads to nothing. ingress-nginx and Envoy say that the Service is unavailable.
int without_backend(Product product) { return product == Product::nginx ? 502 : 503; }

}  // namespace

const Walker::Controller* Walker::controller_for(const Target& target) const {
  std::vector<ServedClass> classes;
  for (const Controller& each : ground_.controllers) classes.push_back(each.served);
  const auto found = scenario::class_for(classes, ground_.state.ingresses, target.host, target.path);
  return found ? &ground_.controllers[*found] : nullptr;
}

/// The host's DNS record leads to what is in front of its controller.
void Walker::enter_ingress_host(Path path) {
  const Controller* controller = controller_for(path.target);
  if (controller == nullptr) {
    const Ingress& ingress = *ingress_of_host(ground_.state.ingresses, path.target.host);
    path.add("name " + path.target.host, "no controller serves it");
    return end(std::move(path),
               {CurlStatus::name_not_resolved, 0,
                title_of(ingress) + " is of class " + (ingress.class_name.empty() ? "(none)" : ingress.class_name) +
                    ", for which there is no controller",
                ingress.meta.mark, title_of(ingress),
                "`ingress: [{class: " + (ingress.class_name.empty() ? std::string{"nginx"} : ingress.class_name) +
                    "}]` in the spec, or the controller's manifests"});
  }
  const std::string who = scenario::short_name(ground_.objects.workloads[controller->workload].meta);
  const std::string stands = "stands for the ingress controller " + who;
  if (controller->service >= 0) {
    const auto index = static_cast<std::uint32_t>(controller->service);
    const Service& front = service(index).service;
    const scenario::EdgeSpec* edge = scenario::edge_before(ground_.scenario.edges, front);
    if (edge != nullptr || front.type == ServiceType::load_balancer) {
      path.add("name " + path.target.host, stands + ", through " + title(index));
      if (edge != nullptr) return to_edge(std::move(path), *edge);
      if (!path.target.port) path.target.port = 80;
      return to_service_front(std::move(path), index);
    }
  }
  enter_controller_nodes(std::move(path), *controller);
}

/// Without a load balancer the controller's nodes are its address.
/// @source ingress-nginx, "Bare-metal considerations": via the host network, over a NodePort Service
void Walker::enter_controller_nodes(Path path, const Controller& controller) {
  const Workload& workload = ground_.objects.workloads[controller.workload];
  const std::int64_t dialled = path.target.port.value_or(80);
  const Service* front =
      controller.service >= 0 ? &service(static_cast<std::uint32_t>(controller.service)).service : nullptr;
  std::vector<std::uint32_t> nodes;
  bool has_host_ports = false;
  for (const PodState& each : ground_.state.pods) {
    if (each.workload != controller.workload || !each.node) continue;
    has_host_ports = has_host_ports || each.host_network || !each.host_ports.empty();
    if (std::find(nodes.begin(), nodes.end(), *each.node) == nodes.end()) nodes.push_back(*each.node);
  }
  const std::string stands = "stands for the ingress controller " + scenario::short_name(workload.meta);
  const bool has_node_ports = front != nullptr && front->has_node_ports() && !front->ports.empty();
  if (!nodes.empty() && (has_host_ports || has_node_ports)) {
    path.add("name " + path.target.host, stands + ", by the addresses of its " + std::to_string(nodes.size()) +
                                             (nodes.size() == 1 ? " node" : " nodes"));
    if (has_host_ports || node_port(dialled)) return to_nodes(std::move(path), nodes, dialled);
    return at_shut_controller(std::move(path), static_cast<std::uint32_t>(controller.service), nodes.front());
  }
  if (front != nullptr && is_inside(path)) {
    path.add("name " + path.target.host, stands + ", through " + title(static_cast<std::uint32_t>(controller.service)));
    return to_cluster_ip(std::move(path), static_cast<std::uint32_t>(controller.service), dialled);
  }
  path.add("name " + path.target.host, "no address: the controller has no way in from there");
  end(std::move(path),
      {CurlStatus::name_not_resolved, 0,
       "the ingress controller " + scenario::short_name(workload.meta) + " " +
           (nodes.empty() ? "has no pod that runs"
                          : "has no Service of type LoadBalancer or NodePort and no host port"),
       workload.meta.mark, walk::title_of(workload),
       nodes.empty() ? "replicas, and nodes where they fit" : "a Service of type LoadBalancer or NodePort"});
}

/// Only its node ports are open, and another port was dialled.
void Walker::at_shut_controller(Path path, std::uint32_t index, std::uint32_t at) {
  const std::vector<ServicePort>& ports = service(index).service.ports;
  const std::string number = std::to_string(path.target.port.value_or(80));
  const auto same = std::find_if(ports.begin(), ports.end(),
                                 [&](const ServicePort& each) { return std::to_string(each.port) == number; });
  const ServicePort& meant = same == ports.end() ? ports.front() : *same;
  const std::string open = std::to_string(meant.node_port.value_or(0));
  path.add("port " + number + " of " + node(at).name,
           path.caller.address + " -> " + node(at).internal_address + ":" + number +
               ": no rule of " + forwarder() + " and no process has it",
           round_trip(path.caller, at));
  end(std::move(path), {CurlStatus::refused, 0,
                        "the ingress controller is reached by node ports of " + title(index) + ": " + open +
                            " for its port " + std::to_string(meant.port),
                        meant.mark, title(index),
                        "dial its node port " + open + ", or an edge (spec.edge) or `type: LoadBalancer` in front"});
}

/// The request is read here: host and path choose the Service. @source models/SOURCES.md 1.3, rows 28 to 30
void Walker::at_controller(Path path, const Controller& controller, std::uint32_t index, std::int64_t port) {
  const std::string where = path.target.host + (path.target.path.empty() ? "/" : path.target.path);
  const bool speaks_tls = scenario::is_tls_port(controller.settings, pod(index), index, port, ground_.state.services);
  const scenario::Arrival arrival =
      scenario::arrival_of(path.target.scheme == "https", !path.proxy.is_none(), path.front, speaks_tls);
  if (!is_understood(path, controller, arrival)) return;
  const Proxy::Kind kind = controller.product == Product::envoy     ? Proxy::Kind::envoy
                           : controller.product == Product::nginx   ? Proxy::Kind::nginx
                           : controller.product == Product::haproxy ? Proxy::Kind::haproxy
                           : controller.product == Product::traefik ? Proxy::Kind::traefik
                                                                    : Proxy::Kind::ingress_nginx;
  path.proxy = {kind, controller.tries};
  path.caller = Caller{pod(index).ip, pod(index).node, index, true};
  path.front = {};
  if (scenario::is_sent_on_by_snippet(controller.product, controller.settings, port))
    return send_on_by_snippet(std::move(path), controller, arrival, port);
  const IngressRoute found = route(ground_.state.ingresses, controller.served, path.target.host,
                                   path.target.path.empty() ? "/" : path.target.path);
  if (found.backend == nullptr) {
    path.add("ingress rules of class " + controller.served.name, "none fits " + where + ": the default backend answers");
    const Ingress* about = found.ingress;
    return end(std::move(path), {CurlStatus::http_error, 404,
                                 "no rule of ingress class " + controller.served.name + " fits http://" + where,
                                 about != nullptr ? about->meta.mark : Mark{}, about != nullptr ? title_of(*about) : "",
                                 "a rule for this host and path"});
  }
  const std::string object = title_of(*found.ingress);
  if (scenario::is_sent_on(controller.product, *found.ingress, controller.settings, path.target.host, arrival))
    return send_on(std::move(path), *found.ingress, arrival);
  const IngressBackend& backend = *found.backend;
  path.add("rule of " + object, where + " -> Service " + backend.service + ", port " +
                                    (backend.port.number ? std::to_string(*backend.port.number) : backend.port.text));
  if (std::find(path.controllers.begin(), path.controllers.end(), &controller) != path.controllers.end())
    return end(std::move(path),
               {CurlStatus::http_error, without_backend(controller.product),
                "a loop: the request came through this ingress controller before, and goes round until connections run "
                "out or its headers grow too long",
                backend.mark, object, "the Service of an application as backend, not that of a controller"});
  path.controllers.push_back(&controller);
  const CanaryRoute canary = canary_beside(ground_.state.ingresses, controller.served, found);
  if (!is_asked(controller, found, canary)) return to_backend(std::move(path), controller, backend, *found.ingress);
  split(std::move(path), controller, found, canary);
}

/// Whether the canary takes any of what the route sends to its backend.
bool Walker::is_asked(const Controller& controller, const IngressRoute& stable, const CanaryRoute& canary) const {
  return canary && controller.product == Product::ingress_nginx && scenario::canary_share(*canary.ingress).weight > 0 &&
         has_endpoint(controller, *stable.ingress, *stable.backend) && has_endpoint(controller, *canary.ingress, *canary.backend);
}

void Walker::split(Path path, const Controller& controller, const IngressRoute& stable, const CanaryRoute& found) {
  const scenario::CanaryShare share = scenario::canary_share(*found.ingress);
  for (const char* rule : {"canary-by-header", "canary-by-cookie"})
    if (found.ingress->meta.annotations.count(std::string{scenario::kNginxAnnotations} + rule) > 0)
      assumptions_.insert("the request carries neither header nor cookie by which a canary would take it");
  const std::string takes = "takes " + std::to_string(share.weight) + " of " + std::to_string(share.total) + " requests";
  Path other = path;
  path.probability *= 1.0 - share.share();
  other.probability *= share.share();
  other.add("canary " + title_of(*found.ingress), takes + ", and this one -> Service " + found.backend->service);
  path.add("canary " + title_of(*found.ingress), takes + ", and not this one");
  if (path.probability > 0.0) to_backend(std::move(path), controller, *stable.backend, *stable.ingress);
  to_backend(std::move(other), controller, *found.backend, *found.ingress);
}

/// Whether the controller has somewhere to send to; a Service's address is always there.
bool Walker::has_endpoint(const Controller& controller, const Ingress& ingress, const IngressBackend& backend) const {
  for (const ServiceState& each : ground_.state.services) {
    if (!scenario::means(ingress, backend, each.service)) continue;
    const std::optional<std::size_t> port = scenario::backend_port(backend, each.service);
    if (!port) return true;  // told where it leads
    if (scenario::goes_through_service(controller.product, ingress, controller.settings, each.service)) return true;
    return !categorize(facts_of(ground_.state, each.ports[*port]), -1, -1).cluster.empty();
  }
  return true;
}

/// A host with TLS has its plain requests sent on.
/// @source ingress-nginx, "Server-side HTTPS enforcement through redirect"
void Walker::send_on(Path path, const Ingress& ingress, const scenario::Arrival& arrival) {
  const std::string where = path.target.host + (path.target.path.empty() ? "/" : path.target.path);
  path.add("rule of " + title_of(ingress),
           where + " is of a host with TLS: the controller sends the client on to https");
  const scenario::SentBack back = scenario::sent_back(arrival, false);
  end(std::move(path), {.http = 308,
                        .why = "sent on to https://" + where +
                               (back.because.empty() ? ", which is the one to call (ssl-redirect)"
                                                     : ", where it comes from: " + back.because),
                        .mark = ingress.meta.mark,
                        .object = title_of(ingress),
                        .cure = back.cure});
}

void Walker::send_on_by_snippet(Path path, const Controller& controller, const scenario::Arrival& arrival,
                                std::int64_t port) {
  const std::string where = path.target.host + (path.target.path.empty() ? "/" : path.target.path);
  path.add("snippet of ingress class " + controller.served.name,
           "the ConfigMap adds a server on port " + std::to_string(port) + ": it sends every client on to https");
  const scenario::SentBack back = scenario::sent_back(arrival, true);
  end(std::move(path), {.http = 308,
                        .why = "sent on to https://" + where +
                               (back.because.empty() ? ", which is the one to call (a snippet of the ConfigMap)"
                                                     : ", where it comes from: " + back.because),
                        .mark = {},
                        .object = "",
                        .cure = back.cure});
}

/// Whether client and port agree on TLS, where no proxy in front has a connection of its own.
/// @return false when the way has ended
bool Walker::is_understood(Path& path, const Controller& controller, const scenario::Arrival& arrival) {
  const scenario::Understood found = scenario::understood(controller.product, arrival);
  if (found == scenario::Understood::yes) return true;
  if (found == scenario::Understood::tls_on_plain) {
    end(std::move(path), {CurlStatus::tls_failed,
                          0,
                          "the client begins with TLS, on a port that speaks plain HTTP",
                          {},
                          "",
                          "http:// on this port, or a port that leads to the controller's https"});
    return false;
  }
  const bool is_ended = arrival.ended_at != 0;
  end(std::move(path),
      {CurlStatus::http_error,
       400,
       is_ended ? "the load balancer ends TLS and sends plain HTTP on, to a port that speaks TLS"
                : "plain HTTP was sent to a port that speaks TLS",
       {},
       "",
       is_ended ? "a targetPort that speaks plain HTTP, or backend-protocol: ssl" : "https:// on this port"});
  return false;
}

void Walker::to_backend(Path path, const Controller& controller, const IngressBackend& backend,
                        const Ingress& ingress) {
  const std::string object = title_of(ingress);
  const auto is_wrong = [&](const std::string& why, const std::string& cure) {
    end(std::move(path), {CurlStatus::http_error, without_backend(controller.product), object + " sends to " + why,
                          backend.mark, object, cure});
  };
  if (scenario::is_action(backend))
    return is_wrong("an action of its annotations (alb.ingress.kubernetes.io/actions." + backend.service +
                        "), which is not in the model",
                    "the Service that the action forwards to, as backend");
  std::uint32_t i = 0;
  while (i < ground_.state.services.size() && !scenario::means(ingress, backend, service(i).service)) ++i;
  if (i == ground_.state.services.size())
    return is_wrong("Service " + backend.service + ", which is not in namespace " + ingress.meta.name_space,
                    "the name of a Service in the Ingress's namespace");
  const Service& there = service(i).service;
  if (there.type == ServiceType::external_name) {
    path.add("name " + there.external_name, "of type ExternalName: the controller dials it outside of the cluster");
    return end(std::move(path), {.why = "the request leaves the cluster for " + there.external_name +
                                        "; what answers there is not in the model",
                                 .mark = there.meta.mark,
                                 .object = title(i),
                                 .cure = {}});
  }
  const std::optional<std::size_t> port = scenario::backend_port(backend, there);
  if (!port)
    return is_wrong("a port that " + title(i) + " has not: it has " + scenario::ports_of(there),
                    "a port of the Service");
  if (!scenario::goes_through_service(controller.product, ingress, controller.settings, there))
    return to_pods_of(std::move(path), {i, *port}, "the controller", {.balance = controller.balance ? &*controller.balance : nullptr, .controller = &controller});
  const std::vector<Option> only = {
      {1, [this, i, number = there.ports[*port].port](Path one) { to_cluster_ip(std::move(one), i, number); }}};
  try_one_of(std::move(path), only, "addresses");
}

}  // namespace towtank::walk
