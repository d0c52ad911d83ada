#include <algorithm>
#include <charconv>
#include <cmath>

#include "models/balancers/balancer.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"

namespace towtank::scenario {

namespace {

/// What a client has when the scenario says nothing. @source models/SOURCES.md 4.2: a browser's six per host
constexpr std::int64_t kDefaultClients = 1000, kDefaultConnections = 6;
constexpr std::int64_t kDefaultRequestBytes = 1024, kDefaultResponseBytes = 8192;
constexpr Duration kDefaultIdleTimeout = 60s;
/// nginx keeps upstream connections by itself from 1.29.7 on. @source models/SOURCES.md 4.2
constexpr int kNginxKeepaliveSince[] = {1, 29, 7};
constexpr Duration kNginxIdleTimeout = 60s, kEnvoyIdleTimeout = 1h;
constexpr std::uint32_t kNginxMaxRequests = 1000;

bool is_l7(EdgeKind kind) { return kind == EdgeKind::nginx || kind == EdgeKind::envoy; }

std::string_view kind_name(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::nlb:
      return "nlb";
    case EdgeKind::gclb_passthrough:
      return "gclb-passthrough";
    case EdgeKind::azure_slb:
      return "azure-slb";
    case EdgeKind::metallb_l2:
      return "metallb-l2";
    case EdgeKind::nginx:
      return "nginx";
    case EdgeKind::envoy:
      return "envoy";
    default:
      return "";
  }
}

/// The load balancer that a provider puts in front of a Service of type LoadBalancer.
EdgeKind implied_kind(NetworkPreset preset) {
  switch (preset) {
    case NetworkPreset::gcp:
      return EdgeKind::gclb_passthrough;
    case NetworkPreset::azure:
      return EdgeKind::azure_slb;
    case NetworkPreset::bare_metal:
      return EdgeKind::metallb_l2;
    case NetworkPreset::aws:
    case NetworkPreset::ideal:
      break;
  }
  return EdgeKind::nlb;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Names to choose from. One of the namespace default goes without it.
std::string short_name(const Service& service) {
  return (service.meta.name_space == "default" ? "" : service.meta.name_space + "/") + service.meta.name;
}

std::string ports_of(const Service& service) {
  std::vector<std::string> ports;
  for (const ServicePort& port : service.ports) ports.push_back(std::to_string(port.port));
  return list(ports);
}

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

}  // namespace

void Builder::add_traffic() {
  std::vector<const Traffic*> sorted;
  for (const Traffic& traffic : scenario_.traffic) sorted.push_back(&traffic);
  std::sort(sorted.begin(), sorted.end(), [](const Traffic* a, const Traffic* b) { return a->name < b->name; });
  if (sorted.empty()) complain({}, "the scenario has no traffic: spec.traffic needs at least one entry with `to` and `arrivals`");
  for (const Traffic* traffic : sorted) {
    const std::optional<EdgePlan> plan = resolve(*traffic);
    if (!plan) continue;
    const std::optional<std::uint32_t> edge = add_edge(*plan);
    if (!edge) continue;
    const std::optional<Target> target = parse_target(*traffic);
    model::Traffic made = traffic_model(*traffic, target->scheme);
    made.edge = *edge;
    if (made.arrivals == model::Traffic::Arrivals::closed && stands_still(made))
      complain(traffic->mark, "traffic " + traffic->name + " is a closed loop in which no time passes: think, service and network all take 0; give one of them a time");
    built_.cluster.traffic.push_back(std::move(made));
  }
  check_unused_edges();
}

bool Builder::stands_still(const model::Traffic& traffic) const {
  const model::Cluster& cluster = built_.cluster;
  const auto takes_time = [&](std::uint32_t pod) { return cluster.workloads[cluster.pods[pod].workload].service.mean_s() > 0.0; };
  const std::vector<std::uint32_t>& pods = cluster.services[cluster.edges[traffic.edge].service].pods;
  return traffic.think.mean_s() <= 0.0 && cluster.network.client.mean_s() <= 0.0 && !std::all_of(pods.begin(), pods.end(), takes_time);
}

std::optional<Builder::Target> Builder::parse_target(const Traffic& traffic) {
  std::string_view rest = traffic.to;
  Target target;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    target.scheme = std::string{rest.substr(0, scheme_end)};
    rest.remove_prefix(scheme_end + 3);
    if (target.scheme != "http" && target.scheme != "https") {
      complain(traffic.to_mark, "`to: " + traffic.to + "` has the scheme " + target.scheme + ": http or https would do");
      return std::nullopt;
    }
  }
  rest = rest.substr(0, rest.find('/'));
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    std::int64_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65'535) {
      complain(traffic.to_mark, "`to: " + traffic.to + "` has the port `" + std::string{digits} + "`: a number from 1 to 65535 would do");
      return std::nullopt;
    }
    target.port = port;
    rest = rest.substr(0, colon);
  } else if (!target.scheme.empty()) {
    target.port = target.scheme == "https" ? 443 : 80;
  }
  target.host = std::string{rest};
  if (target.host.empty()) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` names no host: write what you would curl, such as http://shop/");
    return std::nullopt;
  }
  return target;
}

/// What a traffic's `to` names: an edge by its name or one of its hosts, else a Service of type LoadBalancer.
std::optional<Builder::EdgePlan> Builder::resolve(const Traffic& traffic) {
  const std::optional<Target> target = parse_target(traffic);
  if (!target) return std::nullopt;
  if (traffic.from != "internet") {
    complain(traffic.mark, "traffic " + traffic.name + " comes from " + traffic.from + ": this version models `from: internet` only");
    return std::nullopt;
  }
  for (const EdgeSpec& edge : scenario_.edges)
    if (edge.name == target->host || std::find(edge.hosts.begin(), edge.hosts.end(), target->host) != edge.hosts.end())
      return plan_given_edge(edge, *target, traffic);

  ObjectRef ref;
  ref.name = target->host.substr(0, target->host.find('.'));
  if (ref.name != target->host) {
    const std::string rest = target->host.substr(ref.name.size() + 1);
    ref.name_space = rest.substr(0, rest.find('.'));
  }
  std::vector<std::string> known;
  std::vector<const Service*> fits;
  for (const EdgeSpec& edge : scenario_.edges) known.push_back(edge.name);
  for (const Service& service : services_) {
    known.push_back(short_name(service));
    if (service.meta.name == ref.name && (ref.name_space.empty() || ref.name_space == service.meta.name_space)) fits.push_back(&service);
  }
  if (fits.size() > 1) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` fits Service/" + fits[0]->meta.full_name() + " and Service/" +
                                  fits[1]->meta.full_name() + ": write NAME.NAMESPACE, as in http://" +
                                  fits[0]->meta.name + "." + fits[0]->meta.name_space + "/");
    return std::nullopt;
  }
  if (fits.empty() && is_inside(target->host)) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` leads past every edge and Service into the cluster, which this version does not model yet: " +
                                  "the name of an edge or of a Service of type LoadBalancer would do" +
                                  (known.empty() ? std::string{} : "; there is " + list(known)));
    return std::nullopt;
  }
  if (fits.empty()) {
    complain(traffic.to_mark, "`to: " + traffic.to + "` names neither an edge nor a Service" +
                                  (known.empty() ? std::string{": the resources have no Service; add one of type LoadBalancer"} : "; there is " + list(known)) +
                                  did_you_mean(target->host, known));
    return std::nullopt;
  }
  return plan_implied_edge(*fits[0], *target, traffic);
}

const Service* Builder::find_service(const ObjectRef& ref, const Mark& mark, std::string_view what) {
  std::vector<const Service*> fits;
  std::vector<std::string> known;
  for (const Service& service : services_) {
    known.push_back(short_name(service));
    if (service.meta.name == ref.name && (ref.name_space.empty() || ref.name_space == service.meta.name_space)) fits.push_back(&service);
  }
  if (fits.size() == 1) return fits[0];
  const std::string wanted = (ref.name_space.empty() ? "" : ref.name_space + "/") + ref.name;
  if (fits.empty())
    complain(mark, std::string{what} + " leads to Service/" + wanted + ", which is not in the resources" +
                       (known.empty() ? std::string{", nor is any other: add it"} : "; there is " + list(known)) + did_you_mean(wanted, known));
  else
    complain(mark, std::string{what} + " leads to Service/" + ref.name + ", which fits " + fits[0]->meta.full_name() + " and " +
                       fits[1]->meta.full_name() + ": write NAMESPACE/NAME");
  return nullptr;
}

std::vector<std::string> Builder::node_names() const {
  std::vector<std::string> all;
  for (const model::Node& node : built_.cluster.nodes) all.push_back(node.name);
  return all;
}

/// Whether a host is what can be called from within the cluster only: a node, a pod, `node`, `clusterip/SERVICE`.
bool Builder::is_inside(const std::string& host) const {
  const std::vector<std::string> nodes = node_names();
  if (host == "node" || host == "clusterip" || std::find(nodes.begin(), nodes.end(), host) != nodes.end()) return true;
  return std::any_of(placed_.begin(), placed_.end(), [&](const auto& placed) {
    return std::any_of(placed.second.begin(), placed.second.end(), [&](const PlacedPod& pod) { return pod.name == host; });
  });
}

std::optional<Builder::EdgePlan> Builder::plan_given_edge(const EdgeSpec& edge, const Target& target, const Traffic& traffic) {
  edges_used_.insert(&edge);
  EdgePlan plan;
  plan.name = edge.name;
  plan.kind = edge.kind;
  plan.spec = &edge;
  plan.mark = edge.mark;
  if (!edge.listen.empty() && target.port && std::find(edge.listen.begin(), edge.listen.end(), *target.port) == edge.listen.end()) {
    std::vector<std::string> ports;
    for (const std::int64_t port : edge.listen) ports.push_back(std::to_string(port));
    complain(traffic.to_mark, "edge " + edge.name + " does not listen on port " + std::to_string(*target.port) +
                                  ", which `to: " + traffic.to + "` asks for: it listens on " + list(ports));
    return std::nullopt;
  }
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
  plan.port = *port;
  return plan;
}

std::optional<Builder::EdgePlan> Builder::plan_implied_edge(const Service& service, const Target& target, const Traffic& traffic) {
  if (service.type != ServiceType::load_balancer) {
    complain(traffic.to_mark, "Service/" + service.meta.name + " is of type " + std::string{name_of(service.type)} +
                                  ", which clients on the internet cannot reach: make it a LoadBalancer, or put an edge in front (spec.edge)");
    return std::nullopt;
  }
  for (const EdgeSpec& edge : scenario_.edges)
    if (edge.service && edge.service->name == service.meta.name &&
        (edge.service->name_space.empty() || edge.service->name_space == service.meta.name_space))
      return plan_given_edge(edge, target, traffic);
  EdgePlan plan;
  plan.kind = implied_kind(scenario_.cluster.network.preset);
  const std::string prefix = service.meta.name_space == "default" ? "" : service.meta.name_space + "/";
  plan.name = std::string{kind_name(plan.kind)} + " " + prefix + service.meta.name;
  plan.service = &service;
  plan.mark = traffic.to_mark;
  const std::optional<std::int64_t> port = service_port(service, target, traffic.to_mark);
  if (!port) return std::nullopt;
  plan.port = *port;
  return plan;
}

std::optional<std::int64_t> Builder::service_port(const Service& service, const Target& target, const Mark& mark) {
  if (!target.port && service.ports.size() == 1) return service.ports[0].port;
  if (!target.port) {
    complain(mark, "Service/" + service.meta.name + " has the ports " + ports_of(service) + ": say which, as in http://" +
                       service.meta.name + ":" + std::to_string(service.ports.empty() ? 80 : service.ports[0].port) + "/");
    return std::nullopt;
  }
  for (const ServicePort& port : service.ports)
    if (port.port == *target.port) return port.port;
  complain(mark, "Service/" + service.meta.name + " has no port " + std::to_string(*target.port) + ": it has " + ports_of(service) +
                     ", as in http://" + service.meta.name + ":" + std::to_string(service.ports.empty() ? 80 : service.ports[0].port) + "/");
  return std::nullopt;
}

/// `upstream: {nodePort: "shop:http"}`: Service, and the name or number of its port.
std::optional<std::int64_t> Builder::node_port_target(const EdgeSpec& edge, const Service*& service) {
  const std::string& text = *edge.node_port;
  const std::size_t colon = text.rfind(':');
  const std::string name = text.substr(0, colon), port_text = colon == std::string::npos ? "" : text.substr(colon + 1);
  ObjectRef ref;
  const std::size_t slash = name.find('/');
  ref.name = slash == std::string::npos ? name : name.substr(slash + 1);
  if (slash != std::string::npos) ref.name_space = name.substr(0, slash);
  service = find_service(ref, edge.mark, "edge " + edge.name);
  if (service == nullptr) return std::nullopt;
  if (!service->has_node_ports()) {
    complain(edge.mark, "edge " + edge.name + " dials the node port of Service/" + service->meta.name + ", which is of type " +
                            std::string{name_of(service->type)} + " and has none: make it a NodePort or LoadBalancer");
    return std::nullopt;
  }
  for (const ServicePort& port : service->ports)
    if ((port_text.empty() && service->ports.size() == 1) || port.name == port_text || std::to_string(port.port) == port_text ||
        (port.node_port && std::to_string(*port.node_port) == port_text))
      return port.port;
  complain(edge.mark, "edge " + edge.name + " dials port `" + port_text + "` of Service/" + service->meta.name + ", which has the ports " +
                          ports_of(*service) + ": write SERVICE:PORT by name or number");
  return std::nullopt;
}

std::optional<std::uint32_t> Builder::add_edge(const EdgePlan& plan) {
  const std::string key = plan.name + ":" + std::to_string(plan.port);
  const auto known = edge_index_.find(key);
  if (known != edge_index_.end()) return known->second;
  const std::optional<std::uint32_t> service = add_service(*plan.service, plan.port, plan.mark);
  if (!service) return std::nullopt;
  model::Edge edge;
  edge.name = plan.name;
  edge.l7 = is_l7(plan.kind);
  edge.service = *service;
  edge.zonal = plan.kind == EdgeKind::nlb;
  edge.one_node = plan.kind == EdgeKind::metallb_l2;
  edge.cross_zone = plan.spec != nullptr && plan.spec->cross_zone ? *plan.spec->cross_zone : plan.kind != EdgeKind::nlb;
  const EdgeTargets targets = plan.spec != nullptr && plan.spec->targets ? *plan.spec->targets
                              : edge.l7 && plan.spec->service            ? EdgeTargets::ip
                                                                         : EdgeTargets::instance;
  edge.to_pods = targets == EdgeTargets::ip;
  if (edge.to_pods && !edge.l7) {
    complain(plan.mark, "edge " + plan.name + " is of kind " + std::string{kind_name(plan.kind)} +
                            " with `targets: ip`, which this version does not model yet: `targets: instance` would do");
    return std::nullopt;
  }
  if (!edge.to_pods && plan.spec != nullptr && plan.spec->service && !plan.service->has_node_ports()) {
    complain(plan.mark, "edge " + plan.name + " sends to node ports, but Service/" + plan.service->meta.name + " is of type " +
                            std::string{name_of(plan.service->type)} + " and has none: " + (edge.l7 ? "`targets: ip`, or " : "") +
                            "a Service of type NodePort or LoadBalancer would do");
    return std::nullopt;
  }
  for (std::uint32_t node = 0; node < built_.cluster.nodes.size(); ++node) {
    const std::string& name = built_.cluster.nodes[node].name;
    const std::vector<std::string> wanted = plan.spec != nullptr ? plan.spec->upstream_nodes : std::vector<std::string>{};
    const bool listed = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (wanted.empty() ? !excluded_from_edges_[node] : listed) edge.nodes.push_back(node);
  }
  if (plan.spec != nullptr)
    for (const std::string& name : plan.spec->upstream_nodes)
      if (std::none_of(built_.cluster.nodes.begin(), built_.cluster.nodes.end(), [&](const model::Node& node) { return node.name == name; }))
        complain(plan.mark, "edge " + plan.name + " dials node " + name + ", which is not in the cluster; there is " +
                                list(node_names()) + did_you_mean(name, node_names()));
  const bool nodes_are_named = plan.spec != nullptr && !plan.spec->upstream_nodes.empty();
  if (edge.nodes.empty() && !edge.to_pods && !nodes_are_named) {
    complain(plan.mark, "edge " + plan.name + " has no node to send to: every node is of the control plane or has the label " +
                            "node.kubernetes.io/exclude-from-external-load-balancers; add a node pool without");
    return std::nullopt;
  }
  edge.balance = balance_of(plan);
  edge.adder = adder_of(plan);
  if (edge.l7) plan_upstream(plan, edge);
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
  const bool keeps = plan.spec->upstream_keepalive ? *plan.spec->upstream_keepalive > 0 : by_itself;
  edge.upstream = keeps ? model::Edge::Upstream::pooled : model::Edge::Upstream::per_request;
  edge.upstream_idle_timeout = is_nginx ? kNginxIdleTimeout : kEnvoyIdleTimeout;
  edge.upstream_max_requests = is_nginx ? kNginxMaxRequests : 0;
  edge.upstream_setup_round_trips = is_ideal() ? 0 : 1;
}

std::optional<std::uint32_t> Builder::add_service(const Service& service, std::int64_t port_number, const Mark& mark) {
  const std::string name = service.meta.full_name() + ":" + std::to_string(port_number);
  const auto known = service_index_.find(name);
  if (known != service_index_.end()) return known->second;
  const auto port = std::find_if(service.ports.begin(), service.ports.end(), [&](const ServicePort& p) { return p.port == port_number; });
  if (service.client_ip_affinity) {
    complain(service.meta.mark, "Service/" + service.meta.name + " has sessionAffinity: ClientIP, which this version does not model yet: leave it out");
    return std::nullopt;
  }
  model::ServicePort made;
  made.name = name;
  made.local = service.external_traffic_policy == TrafficPolicy::local;
  std::vector<std::string> without_port;
  bool selected = false;
  for (const Workload* each : workloads_by_name()) {
    const Workload& workload = *each;
    if (!selects(service, workload)) continue;
    selected = true;
    const std::optional<std::int64_t> target = resolve_target_port(*port, workload.pods);
    if (!target) {
      without_port.push_back(workload.meta.name);
      continue;
    }
    check_listener(workload, *target, service, port->mark);
    const std::uint32_t index = add_workload(workload, mark);
    for (std::uint32_t pod = 0; pod < built_.cluster.pods.size(); ++pod)
      if (built_.cluster.pods[pod].workload == index) made.pods.push_back(pod);
  }
  const std::string title = "Service/" + service.meta.name;
  if (!selected) {
    complain_of_selector(service);
    return std::nullopt;
  }
  if (made.pods.empty() && !without_port.empty()) {
    complain(port->mark, title + " has the targetPort `" + port->target_port.text + "`, but no container of " + list(without_port) +
                             " has a port of that name: name the containerPort so, or write its number");
    return std::nullopt;
  }
  if (made.pods.empty()) {
    std::string why = "the workload has 0 replicas; give it at least 1";
    for (const Workload& workload : variant_.objects.workloads)
      if (selects(service, workload) && !placed_[&workload].empty())
        why = "all pods of " + workload.meta.name + " stay Pending: " + placed_[&workload].front().pending_reason +
              "; larger nodes (spec.cluster.nodePools) or smaller requests would do";
    complain(service.meta.mark, title + " has no endpoint, so every connection would be refused: " + why);
    return std::nullopt;
  }
  std::sort(made.pods.begin(), made.pods.end(), [&](std::uint32_t a, std::uint32_t b) {
    return comes_before_by_name(built_.cluster.pods[a].name, built_.cluster.pods[b].name);
  });
  const auto index = static_cast<std::uint32_t>(built_.cluster.services.size());
  built_.cluster.services.push_back(std::move(made));
  service_index_.emplace(name, index);
  return index;
}

void Builder::complain_of_selector(const Service& service) {
  const std::string title = "Service/" + service.meta.name;
  const auto text = [](const std::map<std::string, std::string>& labels) {
    std::string made;
    for (const auto& [key, value] : labels) made += (made.empty() ? "" : ",") + key + "=" + value;
    return made;
  };
  if (!service.selector || service.selector->empty()) {
    complain(service.meta.mark, title + " has no selector, and endpoints of its own are not modelled: give it the labels of its pods as spec.selector");
    return;
  }
  std::string there;
  for (const Workload& workload : variant_.objects.workloads)
    if (workload.meta.name_space == service.meta.name_space)
      there += "; there is " + std::string{name_of(workload.kind)} + "/" + workload.meta.name + " with " + text(workload.pods.labels);
  complain(service.selector_mark.line > 0 ? service.selector_mark : service.meta.mark,
           title + " selects nothing, so every connection would be refused: no pod template of namespace " + service.meta.name_space +
               " has the labels " + text(*service.selector) + (there.empty() ? "; add the workload to the resources" : there));
}

/// DNAT leads to a port on which nothing listens: a reset, although the endpoints look ready.
void Builder::check_listener(const Workload& workload, std::int64_t target_port, const Service& service, const Mark& mark) {
  const PodModel* given = pod_model_of(workload);
  if (given == nullptr || given->listen.empty()) return;
  const std::string wanted = std::to_string(target_port);
  for (const std::string& listener : given->listen)
    if (listener == wanted || listener == "0.0.0.0:" + wanted) return;
  const bool is_local = given->listen[0].find(':') != std::string::npos;
  complain(mark, "Service/" + service.meta.name + " sends to port " + wanted + " of " + workload.meta.name + ", which listens on " +
                     list(given->listen) + " only (spec.pods): every connection would be refused; " +
                     (is_local ? "an app that listens on all addresses, `listen: [" + wanted + "]`," : "targetPort " + given->listen[0]) + " would do");
}

model::Balance Builder::balance_of(const EdgePlan& plan) {
  model::Balance balance;
  Mark mark = plan.mark;
  if (plan.spec != nullptr && plan.spec->balance) {
    balance.name = plan.spec->balance->name;
    balance.parameters = plan.spec->balance->parameters;
    mark = plan.spec->balance->mark;
  } else {
    balance.name = is_l7(plan.kind) ? "round_robin" : plan.spec == nullptr && is_ideal() ? "random" : "flow_hash";
  }
  const BalancerInfo* info = find_balancer(balance.name);
  std::vector<std::string> fitting;
  for (const BalancerInfo& each : balancers())
    if (is_l7(plan.kind) ? each.name != "flow_hash" : each.name != "least_request") fitting.emplace_back(each.name);
  if (info == nullptr || std::find(fitting.begin(), fitting.end(), balance.name) == fitting.end()) {
    complain(mark, "edge " + plan.name + " of kind " + std::string{kind_name(plan.kind)} + " cannot balance by `" + balance.name +
                       "`: " + list(fitting) + " would do" + did_you_mean(balance.name, fitting));
    balance.name = "random";
    balance.parameters.clear();
    return balance;
  }
  BalancerArguments arguments{balance.parameters};
  info->make(arguments, PickDraws{Draws{1, 0}, PurposeId{0}});
  for (const std::string& complaint : arguments.complaints(balance.name)) complain(mark, "edge " + plan.name + ", balance: " + complaint);
  return balance;
}

Distribution Builder::adder_of(const EdgePlan& plan) {
  if (is_ideal()) return Distribution::constant(0.0);
  const auto used = [this](const CostDefault& cost) {
    assume(cost);
    return cost.law;
  };
  switch (plan.kind) {
    case EdgeKind::nginx:
      assume("the CPU time of nginx edges builds no queue in this version");
      return used(preset_.proxy(ProxyKind::nginx).latency);
    case EdgeKind::envoy:
      assume("the CPU time of envoy edges builds no queue in this version");
      return used(preset_.proxy(ProxyKind::envoy).latency);
    case EdgeKind::gclb_passthrough:
      return used(preset_.load_balancer(LoadBalancerKind::gclb_passthrough));
    case EdgeKind::azure_slb:
      return used(preset_.load_balancer(LoadBalancerKind::azure_slb));
    case EdgeKind::metallb_l2:
      return used(preset_.load_balancer(LoadBalancerKind::metallb));
    default:
      break;
  }
  return used(preset_.load_balancer(LoadBalancerKind::nlb));
}

model::Traffic Builder::traffic_model(const Traffic& traffic, std::string_view scheme) {
  model::Traffic made;
  made.name = traffic.name;
  const ArrivalSpec& arrivals = traffic.arrivals;
  made.arrivals = arrivals.kind == ArrivalSpec::Kind::closed          ? model::Traffic::Arrivals::closed
                  : arrivals.kind == ArrivalSpec::Kind::deterministic ? model::Traffic::Arrivals::deterministic
                                                                      : model::Traffic::Arrivals::poisson;
  made.rate_per_s = arrivals.rate_per_s * scenario_.load;
  made.users = static_cast<std::uint32_t>(arrivals.users);
  if (arrivals.think) made.think = *arrivals.think;

  const ConnectionSpec& connections = traffic.connections;
  made.keepalive = connections.reuse.value_or(ConnectionSpec::Reuse::keepalive) == ConnectionSpec::Reuse::keepalive;
  const bool is_closed = made.arrivals == model::Traffic::Arrivals::closed;
  made.clients = static_cast<std::uint32_t>(traffic.clients.value_or(is_closed ? arrivals.users : kDefaultClients));
  made.connections_per_client = static_cast<std::uint32_t>(connections.per_client.value_or(kDefaultConnections));
  if (made.keepalive && !traffic.clients && !is_closed)
    assume("traffic " + traffic.name + " comes from " + std::to_string(kDefaultClients) + " clients (clients)");
  if (made.keepalive && !connections.per_client)
    assume("each client of traffic " + traffic.name + " opens up to " + std::to_string(kDefaultConnections) + " connections (connections.perClient)");
  made.max_requests = static_cast<std::uint32_t>(connections.max_requests.value_or(0));
  made.idle_timeout = connections.idle_timeout.value_or(kDefaultIdleTimeout);
  made.max_age = connections.max_age.value_or(Duration{0});
  made.max_age_jitter = connections.max_age_jitter.value_or(0.0);
  const bool free = is_ideal() || connections.setup.value_or(ConnectionSpec::Setup::real) == ConnectionSpec::Setup::free;
  const bool tls = connections.tls.has_value() || scheme == "https";
  const std::uint32_t tls_round_trips = !tls ? 0 : connections.tls.value_or("1.3") == "1.2" ? 2 : 1;
  made.setup_round_trips = free ? 0 : 1 + tls_round_trips;
  made.bytes_per_request = static_cast<std::uint64_t>(traffic.request_bytes.value_or(kDefaultRequestBytes) +
                                                      traffic.response_bytes.value_or(kDefaultResponseBytes));
  made.timeout = traffic.timeout;
  if (traffic.retries) {
    const RetrySpec& retries = *traffic.retries;
    made.retries = {static_cast<std::uint32_t>(retries.max), retries.on_connect_failure, retries.on_timeout, retries.on_5xx,
                    retries.backoff_base,  retries.backoff_max,        retries.budget.value_or(0.0)};
  }
  return made;
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
