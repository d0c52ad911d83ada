#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "models/balancers/balancer.hpp"
#include "models/balancers/host_set_rules.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {

namespace {

/// nginx keeps upstream connections by itself from 1.29.7 on. @source models/SOURCES.md 4.2
constexpr int kNginxKeepaliveSince[] = {1, 29, 7};
constexpr Duration kNginxIdleTimeout = 60s, kHaproxyIdleTimeout = 5s, kAlbIdleTimeout = 60s, kEnvoyIdleTimeout = 1h;
constexpr std::uint32_t kNginxMaxRequests = 1000, kNginxMaxIdle = 32;

/// Whether nginx of this version keeps upstream connections without being told to.
bool keeps_upstream(const std::string& version) {
  const char* at = version.data();
  const char* const end = at + version.size();
  for (const int wanted : kNginxKeepaliveSince) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || number != wanted) return error == std::errc{} && number > wanted;
    at = next < end ? next + 1 : next;
  }
  return true;
}

/// What HAProxy does where nothing is set: by turns, from 3.3 on at random.
std::string haproxy_default(const std::optional<std::string>& version) {
  if (!version) return "roundrobin";
  int major = 0, minor = 0;
  const char* const end = version->data() + version->size();
  const char* const dot = std::from_chars(version->data(), end, major).ptr;
  if (dot < end) std::from_chars(dot + 1, end, minor);
  return major > 3 || (major == 3 && minor >= 3) ? "random" : "roundrobin";
}

}  // namespace

const Service* Builder::find_service(const ObjectRef& ref, const Mark& mark, std::string_view what) {
  std::vector<const Service*> fits;
  std::vector<std::string> known;
  for (const Service& service : services_) {
    known.push_back(short_name(service.meta));
    if (means(ref, service)) fits.push_back(&service);
  }
  if (fits.size() == 1) return fits[0];
  const std::string wanted = (ref.name_space.empty() ? "" : ref.name_space + "/") + ref.name;
  if (fits.empty())
    complain(mark, std::string{what} + " leads to Service/" + wanted + ", which is not in the resources" +
                       (known.empty() ? std::string{", nor is any other: add it"} : "; there is " + listed(known)) + did_you_mean(wanted, known));
  else
    complain(mark, std::string{what} + " leads to Service/" + ref.name + ", which fits " + fits[0]->meta.full_name() + " and " +
                       fits[1]->meta.full_name() + ": write NAMESPACE/NAME");
  return nullptr;
}

std::optional<Builder::EdgePlan> Builder::plan_given_edge(const EdgeSpec& edge, const Target& target, const Traffic& traffic) {
  edges_used_.insert(&edge);
  EdgePlan plan;
  plan.name = edge.name;
  plan.kind = edge.kind;
  plan.spec = &edge;
  plan.mark = edge.mark;
  std::optional<std::int64_t> port;
  if (edge.service) {
    plan.service = find_service(*edge.service, edge.service->mark.line > 0 ? edge.service->mark : edge.mark, "edge " + edge.name);
    if (plan.service == nullptr) return std::nullopt;
    // An L7 edge has listeners of its own; an L4 one has the Service's ports.
    const Target through = is_l7(edge.kind) ? Target{} : target;
    port = service_port(*plan.service, through, traffic.to_mark);
  } else {
    port = node_port_target(edge, plan.service);
  }
  if (!port) return std::nullopt;
  const std::vector<std::int64_t> listen = listeners_of(edge, *plan.service);
  if (target.port && std::find(listen.begin(), listen.end(), *target.port) == listen.end()) {
    complain(traffic.to_mark, "edge " + edge.name + " does not listen on port " + std::to_string(*target.port) +
                                  ", which `to: " + traffic.to + "` asks for: it listens on " + listed(listen));
    return std::nullopt;
  }
  plan.port = *port;
  return plan;
}

std::optional<Builder::EdgePlan> Builder::plan_implied_edge(const Service& service, const Target& target, const Traffic& traffic) {
  if (service.type != ServiceType::load_balancer) {
    complain(traffic.to_mark, without_load_balancer(service, target));
    return std::nullopt;
  }
  for (const EdgeSpec& edge : scenario_.edges)
    if (edge.service && means(*edge.service, service))
      return plan_given_edge(edge, target, traffic);
  EdgePlan plan;
  plan.kind = implied_kind(scenario_.cluster.network.preset, service);
  const std::string prefix = service.meta.name_space == "default" ? "" : service.meta.name_space + "/";
  plan.name = std::string{kind_name(plan.kind)} + " " + prefix + service.meta.name;
  plan.service = &service;
  plan.mark = traffic.to_mark;
  const std::optional<std::int64_t> port = service_port(service, target, traffic.to_mark);
  if (!port) return std::nullopt;
  plan.port = *port;
  return plan;
}

/// Why clients on the internet do not come to a Service by its name, and how they, or others, would.
std::string Builder::without_load_balancer(const Service& service, const Target& target) const {
  const std::string name = short_name(service.meta);
  std::string text = "Service/" + name + " is of type " + std::string{name_of(service.type)};
  const auto leads_there = [&](const Service& other) {
    return other.type == ServiceType::load_balancer && other.meta.name_space == service.meta.name_space && other.selector &&
           other.selector == service.selector;
  };
  const auto beside = std::find_if(services_.begin(), services_.end(), leads_there);
  const std::string instead = beside == services_.end() ? "" : "Service/" + short_name(beside->meta) + ", a LoadBalancer, leads to the same pods; ";
  const std::string edge = "put an edge in front (spec.edge: `{name: web, kind: nginx, hosts: [" + target.host + "], ";
  if (service.type != ServiceType::node_port)
    return text + ", which clients on the internet cannot reach: " + instead + "`from: Node/" +
           (built_.cluster.nodes.empty() ? "NAME" : built_.cluster.nodes.front().name) + "` or `from: Deployment/NAME` calls it from inside; or make it a LoadBalancer, or " +
           edge + "service: " + name + "}`)";
  const auto wanted = std::find_if(service.ports.begin(), service.ports.end(), [&](const ServicePort& port) { return !target.port || port.port == *target.port; });
  const ServicePort& port = wanted == service.ports.end() ? service.ports.front() : *wanted;
  // A host that an Ingress routes by must stay in the address.
  const bool is_routed_by_host = ingress_of_host(variant_.objects.ingresses, target.host) != nullptr;
  const std::string by_port = is_routed_by_host || !port.node_port ? "" : "call a node, `to: http://node:" + std::to_string(*port.node_port) + "/`, or ";
  return text + ", to which no load balancer leads: " + instead + by_port + "make it a LoadBalancer, or " + edge + "upstream: {nodePort: \"" + name + ':' +
         (port.name.empty() ? std::to_string(port.port) : port.name) + "\"}}`)";
}

std::optional<std::int64_t> Builder::service_port(const Service& service, const Target& target, const Mark& mark) {
  if (!target.port && service.ports.size() == 1) return service.ports[0].port;
  if (!target.port) {
    complain(mark, "Service/" + service.meta.name + " has the ports " + ports_of(service) + ": say which, as in http://" +
                       service.meta.name + ":" + std::to_string(service.ports.empty() ? 80 : service.ports[0].port) + "/");
    return std::nullopt;
  }
  for (const ServicePort& port : service.ports)
    if (port.port == *target.port && port.protocol == Protocol::tcp) return port.port;
  complain(mark, "Service/" + service.meta.name + " has no port " + std::to_string(*target.port) + ": it has " + ports_of(service) +
                     ", as in http://" + service.meta.name + ":" + std::to_string(service.ports.empty() ? 80 : service.ports[0].port) + "/");
  return std::nullopt;
}

/// `upstream: {nodePort: "shop:http"}`: Service, and the name or number of its port.
std::optional<std::int64_t> Builder::node_port_target(const EdgeSpec& edge, const Service*& service) {
  const auto [ref, port_text] = node_port_ref(*edge.node_port);
  service = find_service(ref, edge.mark, "edge " + edge.name);
  if (service == nullptr) return std::nullopt;
  if (!service->has_node_ports()) {
    complain(edge.mark, "edge " + edge.name + " dials the node port of Service/" + service->meta.name + ", which is of type " +
                            std::string{name_of(service->type)} + " and has none: make it a NodePort or LoadBalancer");
    return std::nullopt;
  }
  if (const std::optional<std::size_t> port = upstream_port(edge, *service, std::nullopt)) return service->ports[*port].port;
  complain(edge.mark, "edge " + edge.name + " dials port `" + port_text + "` of Service/" + service->meta.name + ", which has the ports " +
                          ports_of(*service) + ": write SERVICE:PORT by name or number");
  return std::nullopt;
}

std::optional<std::uint32_t> Builder::add_edge(const EdgePlan& plan) {
  const std::string key = plan.name + ":" + std::to_string(plan.port);
  const auto known = edge_index_.find(key);
  if (known != edge_index_.end()) return known->second;
  const std::optional<std::uint32_t> service = add_service(*plan.service, plan.port, model::ServicePort::Entry::node_port, false, plan.mark);
  if (!service) return std::nullopt;
  model::Edge edge;
  edge.name = plan.name;
  edge.l7 = is_l7(plan.kind);
  edge.service = *service;
  edge.zonal = plan.kind == EdgeKind::nlb;
  edge.is_name = plan.kind == EdgeKind::dns;
  edge.weighs_pods = weighs_pods(plan.kind, plan.spec, *plan.service);
  if (plan.service->weighs_pods && !edge.weighs_pods && !edge.l7 && (plan.spec == nullptr || plan.spec->service))
    warn_once("Service/" + short_name(plan.service->meta) + ": annotation networking.gke.io/weighted-load-balancing plays no part: " +
              (plan.kind == EdgeKind::gclb_passthrough ? "it takes externalTrafficPolicy: Local" : "edge " + plan.name + " is no passthrough load balancer of Google's"));
  edge.one_node = plan.kind == EdgeKind::metallb_l2;
  edge.cross_zone = crosses_zones(plan.kind, plan.spec, *plan.service);
  if (plan.kind == EdgeKind::nlb && plan.service->aws.cross_zone && (plan.spec == nullptr || !plan.spec->cross_zone))
    find_once("edge " + plan.name + ": cross-zone " + (edge.cross_zone ? "on" : "off") + " (annotation of Service/" + short_name(plan.service->meta) + ")");
  const bool to_pods = dials_pods(plan.kind, plan.spec, *plan.service);
  edge.to_pods = to_pods;
  if (has_source_ranges(plan.kind, plan.spec, *plan.service))
    warn_once("Service/" + short_name(plan.service->meta) + " lets in " + listed(plan.service->source_ranges) +
              " only (loadBalancerSourceRanges): clients are taken to be among them (`towtank curl` looks)");
  if (plan.service->internal && (plan.spec == nullptr || plan.spec->service) && !edge.l7)
    warn_once("the load balancer of Service/" + short_name(plan.service->meta) + " is internal (" + plan.service->internal->said + ", " +
              plan.service->internal->mark.file + ':' + std::to_string(plan.service->internal->mark.line) +
              "), and clients on the internet have no route to it: `run` takes them to have one (`towtank curl` does not); " + plan.service->internal->cure +
              ", or callers inside the cluster, would do");
  if (to_pods && !edge.l7 && plan.kind != EdgeKind::nlb) {
    complain(plan.mark, "edge " + plan.name + " is of kind " + std::string{kind_name(plan.kind)} +
                            " with `targets: ip`, which this version does not model yet: `targets: instance` would do");
    return std::nullopt;
  }
  if (to_pods && !edge.l7)
    assume("pods behind edge " + plan.name + " see their clients' addresses, as with preserve_client_ip on; of pods as targets it is off by default");
  if (plan.spec != nullptr && needs_node_ports(plan.kind, plan.spec, *plan.service) && !plan.service->has_node_ports()) {
    complain(plan.mark, "edge " + plan.name + " sends to node ports, but Service/" + plan.service->meta.name + " is of type " +
                            std::string{name_of(plan.service->type)} + " and has none: " + (edge.l7 ? "`targets: ip`, or " : "") +
                            "a Service of type NodePort or LoadBalancer would do");
    return std::nullopt;
  }
  if (plan.kind == EdgeKind::nlb && !to_pods && built_.cluster.kube_proxy.answers_directly && !built_.cluster.services[*service].local)
    assume("edge " + plan.name + " lets through what other nodes than the one it sent to answer (forwarding dsr); a real NLB may not");
  edge.nodes = nodes_behind(plan.spec, state_.nodes);
  if (plan.spec != nullptr)
    for (const std::string& name : plan.spec->upstream_nodes)
      if (std::none_of(built_.cluster.nodes.begin(), built_.cluster.nodes.end(), [&](const model::Node& node) { return node.name == name; }))
        complain(plan.mark, "edge " + plan.name + " dials node " + name + ", which is not in the cluster; there is " +
                                listed(node_names()) + did_you_mean(name, node_names()));
  const bool nodes_are_named = plan.spec != nullptr && !plan.spec->upstream_nodes.empty();
  if (edge.nodes.empty() && !edge.to_pods && !nodes_are_named) {
    complain(plan.mark, "edge " + plan.name + " has no node to send to: every node is of the control plane or has the label " +
                            "node.kubernetes.io/exclude-from-external-load-balancers; add a node pool without");
    return std::nullopt;
  }
  edge.balance = balance_of(plan);
  if (edge.l7 && !edge.to_pods && find_balancer(edge.balance.name)->asks)
    complain(plan.spec->balance->mark, "edge " + plan.name + ", balance: `" + edge.balance.name +
                                           "` asks pods, and it dials nodes, behind which kube-proxy chooses one: `targets: ip` would do");
  const std::vector<std::uint32_t>& pods = built_.cluster.services[*service].pods;
  const bool leads_to_proxy = std::any_of(pods.begin(), pods.end(), [&](std::uint32_t pod) { return built_.cluster.workloads[built_.cluster.pods[pod].workload].proxy.has_value(); });
  if (edge.l7 && leads_to_proxy && find_balancer(edge.balance.name)->asks)
    complain(plan.spec->balance->mark, "edge " + plan.name + ", balance: `" + edge.balance.name + "` asks pods for their load, and those of Service/" +
                                           short_name(plan.service->meta) + " are an ingress controller's, which do not tell it: least_request would do");
  weigh_nodes(plan, edge);
  rank_nodes(plan, edge);
  check_health(plan, edge);
  check_host_sets(plan, edge);
  edge.adder = adder_of(plan);
  if (edge.l7) plan_upstream(plan, edge);
  if (plan.kind == EdgeKind::alb && !edge.to_pods) edge.nodes = model::entry_targets(built_.cluster, edge)[0];  // it checks their health
  if (plan.kind == EdgeKind::haproxy || plan.kind == EdgeKind::envoy) edge.when_refused = edge.when_timed_out = Outcome::http_503;
  if (edge.l7) edge.tries = scenario::tries_of(plan.kind);
  if (edge.l7) edge.connect_timeout = plan.kind == EdgeKind::nginx ? Duration{60s} : plan.kind == EdgeKind::alb ? Duration{10s} : Duration{5s};
  const auto index = static_cast<std::uint32_t>(built_.cluster.edges.size());
  built_.cluster.edges.push_back(std::move(edge));
  edge_index_.emplace(key, index);
  return index;
}

/// Connections of a proxy: to pods they are taken to be there; each one to a node port has a pod of its own behind it.
void Builder::plan_upstream(const EdgePlan& plan, model::Edge& edge) {
  if (edge.to_pods) {
    if (!is_ideal()) assume("connections of edge " + plan.name + " to its pods are open already: their set-up costs nothing");
    return;
  }
  const bool is_nginx = plan.kind == EdgeKind::nginx;
  const bool by_itself = !is_nginx || (plan.spec->version && keeps_upstream(*plan.spec->version));
  const std::optional<std::int64_t> given = plan.kind == EdgeKind::alb ? std::nullopt : plan.spec->upstream_keepalive;
  const bool keeps = given ? *given > 0 : by_itself;
  edge.upstream = keeps ? model::Edge::Upstream::pooled : model::Edge::Upstream::per_request;
  if (is_nginx && !plan.spec->version && !given)
    assume("edges of kind nginx without a `version` are older than 1.29.7, which keeps connections to its upstream by itself: each request opens one");
  const bool is_haproxy = plan.kind == EdgeKind::haproxy;
  edge.upstream_idle_timeout = is_nginx ? kNginxIdleTimeout : is_haproxy ? kHaproxyIdleTimeout : plan.kind == EdgeKind::alb ? kAlbIdleTimeout : kEnvoyIdleTimeout;
  if (is_haproxy && keeps)
    assume("haproxy edges close a connection to their upstream that idled for 5 s: HAProxy closes half of those that it "
           "did not need, every 5 s");
  edge.upstream_max_requests = is_nginx ? kNginxMaxRequests : 0;
  if (given)
    edge.upstream_max_idle = static_cast<std::uint32_t>(std::min<std::int64_t>(*given, UINT32_MAX));
  else if (is_nginx)
    edge.upstream_max_idle = kNginxMaxIdle;
  edge.upstream_setup_round_trips = is_ideal() ? 0 : 1;
}

/// The model gives every node the same endpoints; where kube-proxy would not, the reader is told.
void Builder::warn_of_what_nodes_decide(const Service& service, const ServicePortState& port) {
  const auto warn = [&](const std::string& what) {
    warn_once("Service/" + short_name(service.meta) + ": " + what + ", which `run` does not model yet (`towtank curl` does)");
  };
  const bool has_local = service.external_traffic_policy == TrafficPolicy::local || service.internal_traffic_policy == TrafficPolicy::local;
  bool hinted = false, ending = false;
  for (const EndpointState& endpoint : port.endpoints) {
    hinted = hinted || !endpoint.zone_hints.empty() || !endpoint.node_hints.empty();
    ending = ending || (endpoint.conditions.serving && endpoint.conditions.terminating);
  }
  if (hinted) warn("hints at zones or nodes (trafficDistribution, EndpointSlices) let nodes choose from different endpoints");
  if (has_local && ending) warn("pods that terminate serve the nodes that have no ready one");
}

std::optional<std::uint32_t> Builder::add_service(const Service& service, std::int64_t port_number, model::ServicePort::Entry entry,
                                                  bool ignores_policy, const Mark& mark, const char* refuser) {
  using Entry = model::ServicePort::Entry;
  if (ignores_policy && entry == Entry::node_port && chooses_at_socket(scenario_.cluster)) {
    entry = Entry::cluster_ip;
    ignores_policy = false;
  }
  const std::string name = service.meta.full_name() + ":" + std::to_string(port_number);
  const std::string key = name + "/" + std::to_string(static_cast<int>(entry)) + (ignores_policy ? "/inside" : "");
  const auto known = service_index_.find(key);
  if (known != service_index_.end() && (refuser != nullptr || !built_.cluster.services[known->second].pods.empty())) return known->second;
  // Of two ports with one number that of TCP is meant.
  const auto is_it = [&](const ServicePort& p) { return p.port == port_number; };
  auto port = std::find_if(service.ports.begin(), service.ports.end(), [&](const ServicePort& p) { return is_it(p) && p.protocol == Protocol::tcp; });
  if (port == service.ports.end()) port = std::find_if(service.ports.begin(), service.ports.end(), is_it);
  model::ServicePort made;
  made.name = name;
  if (service.client_ip_affinity && entry != Entry::direct) made.affinity = std::chrono::seconds{service.affinity_timeout_s};
  made.entry = entry;
  const TrafficPolicy policy = entry == Entry::node_port ? service.external_traffic_policy : service.internal_traffic_policy;
  made.local = policy == TrafficPolicy::local && entry != Entry::direct && !ignores_policy;
  const bool is_from_inside = entry == Entry::cluster_ip || ignores_policy;
  if (scenario_.cluster.kube_proxy == KubeProxyMode::ipvs && policy == TrafficPolicy::local && is_from_inside)
    assumptions_.insert(local_under_ipvs(service.meta));
  if (entry == Entry::node_port && !made.local && built_.cluster.kube_proxy.answers_directly)
    assume("forwarding dsr: the way back from a pod's node is as long as from the node that was called, and counts as bytes across zones as if the answer took that way");
  std::vector<std::string> without_port;
  std::set<const Workload*> deaf;
  std::set<std::uint32_t> deaf_pods;
  bool selected = false;
  const ServicePortState& known_port =
      state_.find_service(service.meta.name_space, service.meta.name)->ports[static_cast<std::size_t>(port - service.ports.begin())];
  for (const Workload* each : workloads_by_name()) {
    const Workload& workload = *each;
    const auto behind = std::find_if(known_port.endpoints.begin(), known_port.endpoints.end(), [&](const EndpointState& endpoint) {
      return endpoint.pod && &variant_.objects.workloads[state_.pods[*endpoint.pod].workload] == &workload;
    });
    const bool is_behind = behind != known_port.endpoints.end();
    if (!is_behind && !selects(service, workload)) continue;
    selected = true;
    if (!is_behind && !resolve_target_port(*port, workload.pods)) {
      without_port.push_back(workload.meta.name);
      continue;
    }
    if (!is_behind) continue;
    if (!is_heard(*behind->pod, behind->port, service)) deaf.insert(&workload);
    add_workload(workload, mark);
  }
  // Where no policy says otherwise: the ready ones, and while there is none those that still serve as they terminate.
  // The name of a headless Service stands for the ready ones alone.
  for (const std::uint32_t index : categorize(facts_of(state_, known_port), -1, -1).cluster)
    if (const EndpointState& endpoint = known_port.endpoints[index]; endpoint.pod && (entry != Entry::direct || !service.is_headless() || endpoint.conditions.ready)) {
      made.pods.push_back(model_pod_[*endpoint.pod]);
      if (deaf.count(&variant_.objects.workloads[state_.pods[*endpoint.pod].workload]) > 0) deaf_pods.insert(made.pods.back());
    }
  if (made.local && entry == Entry::node_port) made.healthy_by_others = healthy_by_other_ports(service, known_port);
  warn_of_what_nodes_decide(service, known_port);
  if (made.pods.empty()) {
    const Problem why = why_without_endpoints(service, *port, known_port, selected ? &without_port : nullptr);
    if (refuser == nullptr || !service.selector || service.selector->empty()) {
      problems_.push_back(why);
      return std::nullopt;
    }
    built_.warnings.push_back(why.message + " (" + refuser + ")");
  }
  std::sort(made.pods.begin(), made.pods.end(), [&](std::uint32_t a, std::uint32_t b) {
    return comes_before_by_name(built_.cluster.pods[a].name, built_.cluster.pods[b].name);
  });
  for (const std::uint32_t pod : made.pods)
    if (!deaf_pods.empty()) made.deaf.push_back(deaf_pods.count(pod) > 0);
  std::optional<std::pair<std::uint32_t, std::int64_t>> first;
  for (const EndpointState& endpoint : known_port.endpoints)
    if (!first && endpoint.pod) first = {*endpoint.pod, endpoint.port};
  return keep(key, std::move(made), first);
}

/// One healthCheckNodePort answers for all ports of a Service. @param port  whose own pods need not be looked at
/// @source kubernetes pkg/proxy/endpointslicecache.go, pkg/proxy/endpoints.go (LocalReadyEndpoints, by Service)
std::vector<std::uint32_t> Builder::healthy_by_other_ports(const Service& service, const ServicePortState& port) const {
  std::vector<std::uint32_t> nodes;
  for (const ServicePortState& other : state_.find_service(service.meta.name_space, service.meta.name)->ports) {
    const std::vector<EndpointFacts> facts = facts_of(state_, other);
    for (std::uint32_t node = 0; &other != &port && node < state_.nodes.size(); ++node)
      if (passes_load_balancer_check(facts, static_cast<std::int32_t>(node)) && std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  }
  return nodes;
}

/// @param first  a pod that it leads to, index into the state's, and the port there
std::uint32_t Builder::keep(const std::string& key, model::ServicePort made, std::optional<std::pair<std::uint32_t, std::int64_t>> first) {
  const auto index = static_cast<std::uint32_t>(built_.cluster.services.size());
  built_.cluster.services.push_back(std::move(made));
  service_index_.emplace(key, index);
  first_endpoint_.push_back(first);
  return index;
}

/// @param without_port  workloads that it selects and that lack the target port; null: it selects none
Problem Builder::why_without_endpoints(const Service& service, const ServicePort& port, const ServicePortState& known_port,
                                       const std::vector<std::string>* without_port) {
  if (without_port == nullptr) return why_without_pods(service);
  const std::string title = "Service/" + service.meta.name;
  if (!without_port->empty())
    return {port.mark, title + " has the targetPort `" + port.target_port.text + "`, but no container of " + listed(*without_port) +
                           " has a port of that name: name the containerPort so, or write its number"};
  return {service.meta.mark, title + " has no endpoint, so every connection would be refused: " + why_none_is_ready(service, !known_port.endpoints.empty())};
}

/// Of a Service that selects a workload. @param is_any_there  a pod that runs
std::string Builder::why_none_is_ready(const Service& service, bool is_any_there) {
  if (is_any_there) return "none of its pods is ready";
  std::string why = "the workload has 0 replicas; give it at least 1";
  for (const Workload* workload : workloads_by_name())
    if (selects(service, *workload) && !placed_[workload].empty()) {
      const std::string& reason = placed_[workload].front().pending_reason;
      const bool is_size = reason.find("Insufficient") != std::string::npos;
      why = "all pods of " + workload->meta.name + " stay Pending: " + reason +
            (is_size ? "; larger nodes (spec.cluster.nodePools) or smaller requests would do"
                     : "; nodes that they may run on (spec.cluster.nodePools) would do");
    }
  return why;
}

Problem Builder::why_without_pods(const Service& service) const {
  const std::string title = "Service/" + service.meta.name;
  const auto text = [](const std::map<std::string, std::string>& labels) {
    std::string made;
    for (const auto& [key, value] : labels) made += (made.empty() ? "" : ",") + key + "=" + value;
    return made;
  };
  if (!service.selector || service.selector->empty())
    return {service.meta.mark, title + " has no selector, and endpoints of its own are not modelled: give it the labels of its pods as spec.selector"};
  std::string there;
  for (const Workload& workload : variant_.objects.workloads)
    if (workload.meta.name_space == service.meta.name_space)
      there += "; there is " + std::string{name_of(workload.kind)} + "/" + workload.meta.name + " with " + text(workload.pods.labels);
  return {service.selector_mark.line > 0 ? service.selector_mark : service.meta.mark,
          title + " selects nothing, so every connection would be refused: no pod template of namespace " + service.meta.name_space +
              " has the labels " + text(*service.selector) + (there.empty() ? "; add the workload to the resources" : there)};
}

/// Else DNAT leads to a port on which nothing listens: a reset, although the endpoints look ready.
/// @param pod  one of those behind the Service: index into the state's
bool Builder::is_heard(std::uint32_t pod, std::int64_t target_port, const Service& service) {
  const Workload& workload = variant_.objects.workloads[state_.pods[pod].workload];
  const PodModel* given = pod_model_of(workload);
  const PodListeners listeners = listeners_of(state_, pod, given);
  if (listeners.hear(target_port)) return true;
  const std::string wanted = std::to_string(target_port), about = "Service/" + short_name(service.meta) + " sends to port " + wanted + " of " + workload.meta.name;
  if (given == nullptr || given->listen.empty()) {
    built_.warnings.push_back(about + ", whose containers declare " + listed(listeners.ports) + " only, where the app is taken to listen: every connection is refused; targetPort " +
                              std::to_string(listeners.ports.front()) + ", or `listen: [" + wanted + "]` in spec.pods if it listens there all the same, would do");
    return false;
  }
  const bool is_local = parse_listener(given->listen[0]).is_loopback;
  built_.warnings.push_back(about + ", which listens on " + listed(given->listen) + " only (spec.pods): every connection is refused; " +
                            (is_local ? "an app that listens on all addresses, `listen: [" + wanted + "]`," : "targetPort " + std::to_string(parse_listener(given->listen[0]).port)) + " would do");
  return false;
}

model::Balance Builder::balance_of(const EdgePlan& plan) {
  BalanceSpec spec;
  spec.mark = plan.mark;
  if (plan.spec != nullptr && plan.spec->balance)
    spec = *plan.spec->balance;
  else
    spec.name = plan.kind == EdgeKind::haproxy                ? haproxy_default(plan.spec->version)
                : is_l7(plan.kind) || plan.kind == EdgeKind::dns ? "round_robin"
                : plan.spec == nullptr && is_ideal()          ? "random"
                                                              : "flow_hash";
  const std::string of = "edge " + plan.name;
  return checked_balance(spec, of + " of kind " + std::string{kind_name(plan.kind)}, product_of_edge(kind_name(plan.kind)));
}

/// @param product  whose algorithms fit
model::Balance Builder::checked_balance(const BalanceSpec& spec, const std::string& of, std::string_view product) {
  model::Balance balance{spec.name, spec.parameters};
  const BalancerInfo* info = find_balancer(product, spec.name);
  if (info == nullptr) {
    const std::vector<std::string> fitting = balancer_names(product);
    complain(spec.mark, of + " cannot balance by `" + balance.name +
                       "`: " + listed(fitting) + " would do" + did_you_mean(balance.name, fitting));
    return {"random", {}};
  }
  balance.name = info->name;
  if (product != "envoy")
    for (const auto& [name, value] : spec.parameters)
      if (is_of_envoy(*info, name))
        complain(spec.mark, of.substr(0, of.find(" of kind ")) + ", balance: parameter `" + name + "` of `" + spec.name +
                                "` is Envoy's, and " + (product == "l4" ? std::string{"no load balancer of connections"} : "no " + std::string{product}) + " has it; without it, or an edge of kind envoy, would do");
  BalancerArguments arguments{balance.parameters};
  info->make(arguments, PickDraws{Draws{1, 0}, PurposeId{0}});
  for (const std::string& complaint : arguments.complaints(spec.name)) complain(spec.mark, of.substr(0, of.find(" of kind ")) + ", balance: " + complaint);
  return balance;
}

Distribution Builder::adder_of(const EdgePlan& plan) {
  if (is_ideal()) return Distribution::constant(0.0);
  const auto used = [this](const CostDefault& cost) { return assume(cost); };
  switch (plan.kind) {
    case EdgeKind::nginx:
      assume("the CPU time of nginx edges builds no queue in this version");
      return used(preset_.proxy(ProxyKind::nginx).latency);
    case EdgeKind::haproxy:
      assume("the CPU time of haproxy edges builds no queue in this version");
      assume("haproxy edges answer 503 after one attempt, and connect within 5 s: HAProxy tries a server that it cannot "
             "reach three times more, a second apart, and has no connect timeout of its own");
      return used(preset_.proxy(ProxyKind::haproxy).latency);
    case EdgeKind::envoy:
      assume("the CPU time of envoy edges builds no queue in this version");
      return used(preset_.proxy(ProxyKind::envoy).latency);
    case EdgeKind::alb:
      assume("an alb does not take out targets that refuse: its health checks are modelled for nodes under policy Local only");
      assume("an alb is one node that knows all of its requests, whose capacity is never short: it has one or more in each zone, and grows");
      return used(preset_.load_balancer(LoadBalancerKind::alb));
    case EdgeKind::dns:
      assume("the addresses of edge " + plan.name + " are those of nodes, whose node port its clients dial; to ask for the name takes no time, and who gets no answer, or a refusal, at an address tries no other before its time to live is over");
      return Distribution::constant(0.0);
    case EdgeKind::gclb_passthrough:
      return used(preset_.load_balancer(LoadBalancerKind::gclb_passthrough));
    case EdgeKind::azure_slb:
      return used(preset_.load_balancer(LoadBalancerKind::azure_slb));
    case EdgeKind::metallb_l2:
    case EdgeKind::metallb_bgp:
      return used(preset_.load_balancer(LoadBalancerKind::metallb));
    default:
      break;
  }
  return used(preset_.load_balancer(LoadBalancerKind::nlb));
}

void Builder::check_unused_edges() {
  for (const EdgeSpec& edge : scenario_.edges)
    if (edges_used_.count(&edge) == 0) {
      const Service* service = nullptr;
      if (edge.service)
        find_service(*edge.service, edge.service->mark.line > 0 ? edge.service->mark : edge.mark, "edge " + edge.name);
      else
        node_port_target(edge, service);
      built_.warnings.push_back("no traffic reaches edge " + edge.name);
    }
}

}  // namespace towtank::scenario
