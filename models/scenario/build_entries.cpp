#include <algorithm>

#include "models/cluster/address_book.hpp"
#include "models/kubernetes/ingress_routing.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/name_order.hpp"
#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/cluster_dns.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {

namespace {

using Entry = model::ServicePort::Entry;

/// Whether the manifests route requests by objects that the model does not have.
bool has_gateway_routes(const Objects& objects) {
  return std::any_of(objects.ignored.begin(), objects.ignored.end(), [](const Ignored& part) {
    return part.kind == "HTTPRoute" || part.kind == "GRPCRoute" || part.kind == "Gateway" || part.kind == "VirtualService";
  });
}

}  // namespace

std::vector<std::string> Builder::node_names() const {
  std::vector<std::string> all;
  for (const model::Node& node : built_.cluster.nodes) all.push_back(node.name);
  return all;
}

/// `internet`, `Deployment/NAME` (its replicas), `Pod/NAME` or `Node/NAME`.
std::optional<Builder::Callers> Builder::callers_of(const Traffic& traffic) {
  Callers callers;
  if (traffic.from == "internet") return callers;
  callers.inside = true;
  const Result<ObjectRef> ref = as_object_ref(traffic.from, traffic.from_mark);
  if (!ref) {
    complain(traffic.from_mark, "traffic " + traffic.name + " comes from `" + traffic.from +
                                    "`: expected internet, or callers inside the cluster as Deployment/web, Pod/web-0 or Node/worker-0");
    return std::nullopt;
  }
  if (ref->kind == "Node") {
    const std::vector<std::string> nodes = node_names();
    const auto found = std::find(nodes.begin(), nodes.end(), ref->name);
    if (found == nodes.end()) {
      complain(traffic.from_mark, "traffic " + traffic.name + " comes from node " + ref->name + ", which is not in the cluster; there is " +
                                      listed(nodes) + did_you_mean(ref->name, nodes));
      return std::nullopt;
    }
    callers.nodes = {static_cast<std::uint32_t>(found - nodes.begin())};
    return callers;
  }
  const std::vector<std::uint32_t> pods = ref->kind == "Pod" ? pods_named(state_, ref->name, ref->name_space) : std::vector<std::uint32_t>{};
  for (const std::uint32_t i : pods) {
    if (!ref->name_space.empty() && ref->name_space != state_.pods[i].name_space) continue;
    if (pods.size() > 1) {
      complain(traffic.from_mark, "traffic " + traffic.name + " comes from " + traffic.from + ", which is a pod of namespace " + state_.pods[pods[0]].name_space + " and one of " +
                                      state_.pods[pods[1]].name_space + ": write Pod/NAMESPACE/" + ref->name);
      return std::nullopt;
    }
    callers.nodes = {*state_.pods[i].node};
    callers.pods = {i};
    return callers;
  }
  std::vector<std::string> known;
  for (const Workload* workload : workloads_by_name()) {
    known.push_back(std::string{name_of(workload->kind)} + "/" + short_name(workload->meta));
    if (!names(*ref, *workload)) continue;
    for (const PlacedPod& pod : placed_[workload]) {
      if (!pod.node) continue;
      callers.nodes.push_back(*pod.node);
      callers.pods.push_back(*state_.find_pod(workload->meta.name_space, pod.name));
    }
    if (!callers.nodes.empty()) return callers;
    complain(traffic.from_mark, "traffic " + traffic.name + " comes from " + traffic.from + ", none of whose pods runs: give it replicas, and nodes where they fit");
    return std::nullopt;
  }
  complain(traffic.from_mark, "traffic " + traffic.name + " comes from " + traffic.from + ", which is not in the resources; there is " +
                                  (known.empty() ? "no workload" : listed(known)) + did_you_mean(traffic.from, known));
  return std::nullopt;
}

/// Finds where a traffic enters the model, and which way leads on from there. @return false after a complaint
bool Builder::enter(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  if (target.is_cluster_ip) return enter_cluster_ip(traffic, target, callers, made);
  if (is_loopback(target.host)) return enter_loopback(traffic, target, callers, made);
  // The cluster's DNS is asked first: an edge that is named like a Service does not hide it from callers inside.
  if (const std::optional<bool> entered = enter_by_dns(traffic, target, callers, made)) return *entered;
  for (const EdgeSpec& edge : scenario_.edges)
    if (is_called(edge, target.host))
      return enter_edge(traffic, target, callers, plan_given_edge(edge, target, traffic), made);
  const std::vector<std::string> nodes = node_names();
  const auto node = std::find(nodes.begin(), nodes.end(), target.host);
  if (target.host == "node" || node != nodes.end()) {
    made.nodes.clear();
    for (std::uint32_t i = 0; i < nodes.size(); ++i)
      if (node == nodes.end() || static_cast<std::uint32_t>(node - nodes.begin()) == i) made.nodes.push_back(i);
    return enter_node(traffic, target, callers, made);
  }
  if (const std::optional<bool> entered = enter_address(traffic, target, callers, made)) return *entered;
  const bool is_service = !services_named(state_, target.host, "").empty();
  if (ingress_of_host(variant_.objects.ingresses, target.host) != nullptr || (!is_service && is_routed(target)))
    return enter_ingress_host(traffic, target, callers, made);
  if (const std::optional<bool> entered = is_service ? std::nullopt : enter_pod_name(traffic, target, callers, made)) return *entered;
  const Service* service = called_service(traffic, target);
  if (service == nullptr) return false;
  if (!callers.pods.empty()) {
    complain(traffic.to_mark, "the cluster's DNS knows no `" + target.host + "` in namespace " + state_.pods[callers.pods.front()].name_space + ", where the callers of traffic " + traffic.name +
                                  " are: Service/" + short_name(service->meta) + " is of namespace " + service->meta.name_space + "; write " + service->meta.name + "." + service->meta.name_space +
                                  (target.is_absolute ? ", without the dot at its end" : ""));
    return false;
  }
  if (callers.inside) return enter_cluster_ip(traffic, target, callers, made);
  return enter_edge(traffic, target, callers, plan_implied_edge(*service, target, traffic), made);
}

/// Of a node that calls a Service by name: the load balancer, whose address kube-proxy of the node knows and which the name
/// stands for outside of the cluster's DNS. Empty: it has none such.
std::optional<Builder::EdgePlan> Builder::load_balancer_beside(const Traffic& traffic, const Target& target) {
  const Service* service = called_service(traffic, target);
  if (service == nullptr || service->type != ServiceType::load_balancer) return std::nullopt;
  if (target.port ? !has_port(*service, *target.port) : service->ports.size() != 1) return std::nullopt;
  const EdgeKind kind = kind_before(scenario_.edges, scenario_.cluster.network.preset, *service);
  if (is_l7(kind) || !is_short_cut(kind, *service)) return std::nullopt;
  return plan_implied_edge(*service, target, traffic);
}

/// What the resolver of callers inside makes of the name, in the namespace where they are. Nodes have resolvers of their
/// own: what no other place has is taken for what was meant. @return empty: the cluster's DNS does not know it
std::optional<bool> Builder::enter_by_dns(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  if (!callers.inside) return std::nullopt;
  std::optional<DnsName> found;
  if (!callers.pods.empty()) {
    found = resolve(state_, variant_.objects, target, state_.pods[callers.pods.front()].name_space);
  } else {
    const auto is_called_so = [&](const Service& service) {
      const std::string name = service.meta.name, full = name + "." + service.meta.name_space;
      return target.host == name || target.host == full || target.host == full + ".svc" || target.host == full + ".svc.cluster.local";
    };
    const bool is_service = std::any_of(services_.begin(), services_.end(), is_called_so);
    if (is_service)
      if (const std::optional<EdgePlan> plan = load_balancer_beside(traffic, target))
        return enter_edge(traffic, target, callers, plan, made);
    if (!is_service) found = pod_name_anywhere(state_, variant_.objects, target);
    if (is_service || found)
      built_.warnings.push_back("traffic " + traffic.name + " calls `" + target.host + "` from a node, whose own resolver does not ask the cluster's DNS: taken as " +
                                (is_service ? "clusterip/" + target.host : "the address of that pod"));
    if (is_service) return enter_cluster_ip(traffic, target, callers, made);
  }
  if (!found) return std::nullopt;
  if (!callers.pods.empty() && state_.pods[callers.pods.front()].host_network)
    assume(dns_of_host_network(variant_.objects.workloads[state_.pods[callers.pods.front()].workload]));
  const ServiceState& there = state_.services[found->service];
  if (found->pod.empty()) return call_service(traffic, target, services_[there.object], callers, made);
  const std::optional<std::uint32_t> pod = state_.find_pod(there.service.meta.name_space, found->pod);
  Target at = target;
  if (!at.port && !there.service.ports.empty()) at.port = there.service.ports.front().port;
  return enter_pod(traffic, at, callers, *pod, made);
}

bool Builder::enter_edge(const Traffic& traffic, const Target& target, const Callers& callers, const std::optional<EdgePlan>& plan,
                         model::Traffic& made) {
  if (!plan) return false;
  if (callers.inside && !is_l7(plan->kind) && (plan->spec == nullptr || plan->spec->service) && is_short_cut(plan->kind, *plan->service))
    return short_cut(traffic, target, *plan, callers, made);
  if (callers.inside) {
    complain(traffic.mark, "traffic " + traffic.name + " comes from inside the cluster to edge " + plan->name +
                               ", which this version does not model yet: `from: internet`, or the Service as its target, would do");
    return false;
  }
  if (has_source_ranges(plan->kind, plan->spec, *plan->service) && let_in(*plan->service, std::nullopt) == LetIn::no) {
    made.entry = model::Traffic::Entry::lost;
    built_.warnings.push_back("traffic " + traffic.name + ": loadBalancerSourceRanges of Service/" + short_name(plan->service->meta) + " let in " + listed(plan->service->source_ranges) +
                              " only, of which no client on the internet is: nothing answers; the clients' own range, or callers inside the cluster, would do");
    return true;
  }
  const Service& service = *plan->service;
  const auto port = std::find_if(service.ports.begin(), service.ports.end(), [&](const ServicePort& each) { return each.port == plan->port; });
  const TlsInFront front = is_l7(plan->kind) || plan->kind == EdgeKind::dns || port == service.ports.end() ? TlsInFront{} : tls_in_front(service, *port);
  if (cuts_off(front, target.scheme == "https" || traffic.connections.tls)) {
    made.entry = model::Traffic::Entry::refused;
    made.is_reset = true;
    built_.warnings.push_back("traffic " + traffic.name + ": the load balancer of Service/" + short_name(service.meta) + " ends TLS on port " + std::to_string(plan->port) +
                              ", where plain HTTP comes: it closes every connection without an answer (reset); `to: https://" + target.host + (target.port && *target.port != 443 ? ":" + std::to_string(*target.port) : "") + target.path +
                              "`, or a port that is not among aws-load-balancer-ssl-ports, would do");
    return true;
  }
  if (plan->spec == nullptr && needs_node_ports(plan->kind, nullptr, *plan->service) && !plan->service->has_node_ports()) {
    made.entry = model::Traffic::Entry::lost;
    built_.warnings.push_back("traffic " + traffic.name + ": " + plan->name + " sends to node ports, of which Service/" + short_name(plan->service->meta) +
                              " has none (allocateLoadBalancerNodePorts: false): nothing answers; node ports, or pods as targets (annotation aws-load-balancer-nlb-target-type: ip), would do");
    return true;
  }
  const std::optional<std::uint32_t> edge = add_edge(*plan);
  if (!edge) return false;
  made.edge = *edge;
  if (front.is_ended && !front.is_begun_anew) made.tls = false;  // the load balancer's business
  return pass_ingress(traffic, target, built_.cluster.edges[*edge].service, made, front);
}

/// How many of the callers in the cluster loadBalancerSourceRanges keep out.
std::size_t Builder::shut_out(const Service& service, const Callers& callers) const {
  const auto is_out = [&](const std::string& address) { return let_in(service, ipv4_of(address)) == LetIn::no; };
  if (callers.pods.empty())
    return static_cast<std::size_t>(std::count_if(callers.nodes.begin(), callers.nodes.end(), [&](std::uint32_t node) { return is_out(state_.nodes[node].internal_address); }));
  return static_cast<std::size_t>(std::count_if(callers.pods.begin(), callers.pods.end(), [&](std::uint32_t pod) { return is_out(state_.pods[pod].ip); }));
}

/// kube-proxy of the callers' own nodes knows the load balancer's address: as at a node port, and no policy decides.
bool Builder::short_cut(const Traffic& traffic, const Target& target, const EdgePlan& plan, const Callers& callers, model::Traffic& made) {
  const bool is_at_socket = chooses_at_socket(scenario_.cluster);  // where no ranges are looked at
  if (const std::size_t out = is_at_socket ? 0 : shut_out(*plan.service, callers)) {
    const std::size_t all = std::max(callers.pods.size(), callers.nodes.size());
    const std::string who = "loadBalancerSourceRanges of Service/" + short_name(plan.service->meta) + " let in " + listed(plan.service->source_ranges) + " only, of which ";
    if (out < all) {
      complain(traffic.mark, "traffic " + traffic.name + ": " + who + std::to_string(out) + " of its " + std::to_string(all) +
                                 " callers are none, a mixture that this version does not model yet: `from: Pod/NAME`, or ranges with all of them, would do");
      return false;
    }
    built_.warnings.push_back("traffic " + traffic.name + ": " + who + (all == 1 ? "its caller is none" : "none of its callers is one") +
                              ": kube-proxy drops what they send there, and nothing answers");
    made.nodes = callers.nodes;
    made.entry = model::Traffic::Entry::lost;
    return true;
  }
  const std::optional<std::uint32_t> index = add_service(*plan.service, plan.port, Entry::node_port, true, traffic.to_mark);
  if (!index) return false;
  find_once("traffic " + traffic.name + (is_at_socket ? ": Cilium at the callers' sockets" : ": kube-proxy of the callers' own nodes") + " knows the address of edge " + plan.name +
            ", which is not asked");
  made.nodes = callers.nodes;
  made.entry = model::Traffic::Entry::service;
  made.service = *index;
  return pass_ingress(traffic, target, *index, made);
}

/// The Service that a traffic's `to` names: `shop`, `shop.NAMESPACE`, `shop.NAMESPACE.svc.cluster.local`.
/// @param home  of several namespaces' the one whose names need no ending; empty = none
const Service* Builder::called_service(const Traffic& traffic, const Target& target, const std::string& home) {
  ObjectRef ref;
  ref.name = target.host.substr(0, target.host.find('.'));
  if (ref.name != target.host) {
    const std::string rest = target.host.substr(ref.name.size() + 1);
    ref.name_space = rest.substr(0, rest.find('.'));
  }
  std::vector<std::string> known;
  std::vector<const Service*> fits;
  for (const EdgeSpec& edge : scenario_.edges) known.push_back(edge.name);
  for (const Ingress& ingress : variant_.objects.ingresses)
    for (const IngressRule& rule : ingress.rules)
      if (!rule.host.empty()) known.push_back(rule.host);
  for (const Service& service : services_) {
    known.push_back(short_name(service.meta));
    if (service.meta.name == ref.name && (ref.name_space.empty() || ref.name_space == service.meta.name_space)) fits.push_back(&service);
  }
  if (fits.size() == 1) return fits[0];
  for (const Service* each : fits)
    if (each->meta.name_space == home) return each;
  if (fits.size() > 1)
    complain(traffic.to_mark, "`to: " + traffic.to + "` fits Service/" + fits[0]->meta.full_name() + " and Service/" +
                                  fits[1]->meta.full_name() + ": write NAME.NAMESPACE, as in http://" + fits[0]->meta.name + "." +
                                  fits[0]->meta.name_space + "/");
  else
    complain(traffic.to_mark, (has_gateway_routes(variant_.objects) ? "no request goes by Gateways and their routes, which are not modelled yet, and " : "") +
                                  std::string{"`to: "} + traffic.to + "` names neither an edge nor a Service" +
                                  (known.empty() ? std::string{": the resources have no Service; add one of type LoadBalancer"} : "; there is " + listed(known)) +
                                  did_you_mean(target.host, known));
  return nullptr;
}

/// A node's own port: node ports are answered there, and ports that pods have of their node.
bool Builder::enter_node(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  const bool is_local = std::all_of(callers.nodes.begin(), callers.nodes.end(), [&](std::uint32_t node) {
    return made.nodes.size() == 1 && made.nodes[0] == node;
  });
  const std::int64_t dialled = target.port.value_or(80);
  const auto is_open = [&](const Service& service) {
    return service.has_node_ports() && std::any_of(service.ports.begin(), service.ports.end(), [&](const ServicePort& port) { return port.node_port == dialled && port.protocol == Protocol::tcp; });
  };
  if (std::none_of(services_.begin(), services_.end(), is_open)) {
    if (is_health_check(traffic, dialled)) return false;
    if (const std::optional<bool> entered = enter_pods_on_nodes(traffic, target, callers, made)) return *entered;
  }
  const bool is_at_socket = callers.inside && chooses_at_socket(scenario_.cluster) && std::any_of(services_.begin(), services_.end(), is_open);
  if (is_at_socket) made.nodes = callers.nodes;
  if (callers.inside && !is_local && !is_at_socket) {
    complain(traffic.to_mark, "traffic " + traffic.name + " calls a node from another one, a way that this version does not model yet: "
                              "`from: internet`, callers on the node that they call, or the Service as target would do");
    return false;
  }
  for (const Service& service : services_) {
    if (!service.has_node_ports()) continue;
    for (const ServicePort& port : service.ports) {
      if (port.node_port != dialled || port.protocol != Protocol::tcp) continue;
      // From inside no policy decides: the cluster's endpoints serve (models/SOURCES.md 1.3, rows 15 and 16).
      const std::optional<std::uint32_t> index = add_service(service, port.port, Entry::node_port, callers.inside, traffic.to_mark);
      if (!index) return false;
      made.entry = model::Traffic::Entry::service;
      made.service = *index;
      return pass_ingress(traffic, target, *index, made);
    }
  }
  made.entry = model::Traffic::Entry::refused;
  std::string hint;
  for (const MeantPort& meant : meant_ports(state_.services, dialled)) {
    const Service& service = state_.services[meant.service].service;
    const ServicePort& port = service.ports[meant.port];
    if (service.has_node_ports() && port.node_port && port.protocol == Protocol::tcp && hint.empty())
      hint = "; the node port of Service/" + short_name(service.meta) + " is " + std::to_string(*port.node_port);
  }
  built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of a node, where nothing listens: refused" + hint);
  return true;
}

/// Nobody in the model answers as kube-proxy does there. @return true after a complaint
bool Builder::is_health_check(const Traffic& traffic, std::int64_t dialled) {
  const std::optional<std::uint32_t> found = health_checked_at(state_.services, dialled);
  if (!found) return false;
  const Service& service = state_.services[*found].service;
  std::string ports;
  for (const ServicePort& port : service.ports)
    if (service.has_node_ports() && port.node_port && port.protocol == Protocol::tcp && ports.empty()) ports = "its node port " + std::to_string(*port.node_port) + ", or ";
  complain(traffic.to_mark, "traffic " + traffic.name + " calls healthCheckNodePort " + std::to_string(dialled) + " of Service/" + short_name(service.meta) +
                                ", where kube-proxy answers load balancers by itself, which this version does not model yet (`towtank curl` does): " + ports +
                                "the Service as target would do");
  return true;
}

/// The caller itself: of a pod its own processes, of a node and of pods with its network what the node has.
bool Builder::enter_loopback(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  const std::int64_t dialled = target.port.value_or(80);
  const std::string port = std::to_string(dialled);
  const auto refuse = [&](const std::string& why) {
    made.nodes = callers.nodes;
    made.entry = model::Traffic::Entry::refused;
    built_.warnings.push_back("traffic " + traffic.name + " calls " + target.host + ":" + port + ", which is the caller itself: " + why);
    return true;
  };
  if (!callers.inside) return refuse("a client on the internet, not the cluster; refused");
  made.nodes = callers.nodes;
  if (callers.pods.empty() || state_.pods[callers.pods.front()].host_network) {
    for (const Service& service : services_)
      for (const ServicePort& each : service.ports) {
        if (!service.has_node_ports() || each.node_port != dialled || each.protocol != Protocol::tcp) continue;
        if (!serves_loopback(scenario_.cluster.kube_proxy)) return refuse("only in modes iptables and cilium are node ports served on loopback addresses; refused");
        const std::optional<std::uint32_t> index = add_service(service, each.port, Entry::node_port, true, traffic.to_mark);
        if (!index) return false;
        made.entry = model::Traffic::Entry::service;
        made.service = *index;
        return pass_ingress(traffic, target, *index, made);
      }
    if (is_health_check(traffic, dialled)) return false;
    std::sort(made.nodes.begin(), made.nodes.end());
    made.nodes.erase(std::unique(made.nodes.begin(), made.nodes.end()), made.nodes.end());
    const std::optional<bool> entered = enter_pods_on_nodes(traffic, target, callers, made);
    return entered ? *entered : refuse("nothing listens there; refused");
  }
  for (const std::uint32_t pod : callers.pods) {
    const PodModel* given = pod_model_of(variant_.objects.workloads[state_.pods[pod].workload]);
    if (!hears_itself(listeners_of(state_, pod, given), given, dialled)) return refuse("no process of " + state_.pods[pod].name + " listens there; refused");
  }
  made.entry = model::Traffic::Entry::service;
  made.service = add_direct("self " + traffic.from + ":" + port, traffic.from + ":" + port, callers.pods, traffic.to_mark);
  built_.cluster.services[made.service].local = true;  // each calls the one where it is
  return true;
}

/// Pods that have the port of the nodes dialled: by hostPort, or with the host's network. A node's own or, from another
/// one, an address like any pod's. @return empty: none has it
std::optional<bool> Builder::enter_pods_on_nodes(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  const std::int64_t dialled = target.port.value_or(80);
  std::vector<std::uint32_t> pods;
  std::optional<std::uint32_t> without;  ///< the first node that refuses
  std::optional<std::pair<std::uint32_t, std::int64_t>> first, deaf;
  for (const std::uint32_t node : made.nodes) {
    const std::optional<PodOnNode> found = pod_on_node(state_, variant_.objects, scenario_.pods, node, dialled);
    const bool hears = found && listeners_of(state_, found->pod, pod_model_of(variant_.objects.workloads[state_.pods[found->pod].workload])).hear(found->port);
    if (hears) {
      if (!first) first = {found->pod, found->port};
      pods.push_back(found->pod);
      continue;
    }
    if (!without) without = node;
    if (found && !deaf) deaf = {found->pod, found->port};
  }
  if (!first && !deaf) return std::nullopt;
  const std::string port = "port " + std::to_string(dialled);
  if (!first) {
    if (callers.inside) made.nodes = callers.nodes;
    made.entry = model::Traffic::Entry::refused;
    built_.warnings.push_back("traffic " + traffic.name + " calls " + port + " of a node, the host port of " + state_.pods[deaf->first].name + ", which does not listen on " + std::to_string(deaf->second) + ": refused");
    return true;
  }
  const bool of_own_node = !callers.inside || is_loopback(target.host);
  if (without) {
    const std::string part = "traffic " + traffic.name + " calls " + port + " of " + std::to_string(made.nodes.size()) + " nodes, of which " + std::to_string(pods.size()) +
                             (pods.size() == 1 ? " has" : " have") + " a pod that answers there";
    if (!of_own_node) {
      complain(traffic.to_mark, part + " and " + state_.nodes[*without].name + " has none, a mixture that this version does not model yet for callers inside: "
                                "`from: internet`, one node by its name, or pods on every node (a DaemonSet) would do");
      return false;
    }
    built_.warnings.push_back(part + ": the others, as " + state_.nodes[*without].name + ", refuse every connection; pods on every node (a DaemonSet), or one node by its name, would do");
  }
  const bool are_all = made.nodes.size() == state_.nodes.size();
  const std::string where = made.nodes.size() == 1 ? state_.nodes[made.nodes[0]].name : are_all ? "node" : traffic.from;
  std::string key = of_own_node ? "on nodes " : "from inside ";
  for (const std::uint32_t node : made.nodes) key += state_.nodes[node].name + ' ';
  made.entry = model::Traffic::Entry::service;
  made.service = add_direct(key + std::to_string(dialled), where + ":" + std::to_string(dialled), pods, traffic.to_mark);
  built_.cluster.services[made.service].local = of_own_node;  // the pod of the node that was dialled
  if (callers.inside) made.nodes = callers.nodes;
  first_endpoint_[made.service] = first;
  return pass_ingress(traffic, target, made.service, made);
}

/// From inside: by the Service's address, or for a headless one by the addresses that its name stands for.
bool Builder::enter_cluster_ip(const Traffic& traffic, const Target& target, const Callers& callers, model::Traffic& made) {
  const Service* service = called_service(traffic, target, callers.pods.empty() ? "" : state_.pods[callers.pods.front()].name_space);
  return service != nullptr && call_service(traffic, target, *service, callers, made);
}

bool Builder::call_service(const Traffic& traffic, const Target& target, const Service& called, const Callers& callers, model::Traffic& made) {
  const Service* service = &called;
  const std::string title = "Service/" + short_name(service->meta);
  if (service->type == ServiceType::external_name) {
    complain(traffic.to_mark, "traffic " + traffic.name + " calls " + title + " of type ExternalName, an alias that `run` does not follow (`towtank curl` follows those of the cluster): the Service that it stands for would do");
    return false;
  }
  if (!callers.inside && service->is_headless()) {
    complain(traffic.to_mark, "traffic " + traffic.name + " calls the headless " + title + " from the internet, where its name means nothing: `from: Deployment/NAME`, or a Service of type LoadBalancer, would do");
    return false;
  }
  if (!callers.inside) {
    made.entry = model::Traffic::Entry::lost;
    built_.warnings.push_back("traffic " + traffic.name + " calls the ClusterIP of " + title + " from the internet, where no route leads to it: nothing answers");
    return true;
  }
  made.nodes = callers.nodes;
  const std::int64_t dialled = target.port.value_or(service->ports.empty() ? 80 : service->ports[0].port);
  const auto port = std::find_if(service->ports.begin(), service->ports.end(), [&](const ServicePort& p) { return p.port == dialled && p.protocol == Protocol::tcp; });
  if (service->is_headless()) return enter_headless(traffic, *service, dialled, made);
  if (port == service->ports.end()) {
    // iptables has no rule for other ports of the address and routes the packet away; nftables rejects it.
    const bool rejects = rejects_other_ports(scenario_.cluster.kube_proxy);
    if (chooses_at_socket(scenario_.cluster)) assume(kOtherPortsUnderCilium);
    made.entry = rejects ? model::Traffic::Entry::refused : model::Traffic::Entry::lost;
    built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of " + title + ", which has the ports " +
                              ports_of(*service) + ": " + (rejects ? "refused" : "nothing answers"));
    return true;
  }
  const std::optional<std::uint32_t> index = add_service(*service, dialled, Entry::cluster_ip, false, traffic.to_mark);
  if (!index) return false;
  made.entry = model::Traffic::Entry::service;
  made.service = *index;
  return pass_ingress(traffic, target, *index, made);
}

/// The name stands for the pods' own addresses: the port dialled is the one that must listen, the Service's ports are not
/// looked at.
bool Builder::enter_headless(const Traffic& traffic, const Service& service, std::int64_t dialled, model::Traffic& made) {
  const std::string title = "Service/" + short_name(service.meta);
  const auto place = static_cast<std::uint32_t>(state_.find_service(service.meta.name_space, service.meta.name) - state_.services.data());
  std::vector<std::uint32_t> pods;
  std::size_t hearing = 0;
  for (const EndpointState& endpoint : addresses_of(state_, variant_.objects, place, "")) {
    if (!endpoint.pod || !state_.pods[*endpoint.pod].node) continue;
    pods.push_back(*endpoint.pod);
    hearing += listeners_of(state_, pods.back(), pod_model_of(variant_.objects.workloads[state_.pods[pods.back()].workload])).hear(dialled) ? 1 : 0;
  }
  if (pods.empty()) {
    const auto is_behind = [&](const Workload& workload) { return selects(service, workload); };
    const bool selects_any = std::any_of(variant_.objects.workloads.begin(), variant_.objects.workloads.end(), is_behind);
    const bool is_any_there = std::any_of(state_.pods.begin(), state_.pods.end(), [&](const PodState& pod) { return pod.node && is_behind(variant_.objects.workloads[pod.workload]); });
    if (selects_any)
      complain(service.meta.mark, "the headless " + title + " has no address, so its name would not be resolved: " + why_none_is_ready(service, is_any_there));
    else
      problems_.push_back(why_without_pods(service));
    return false;
  }
  const std::size_t deaf = pods.size() - hearing;
  if (hearing > 0 && deaf > 0)
    built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of the headless " + title +
                              ", on which " + std::to_string(deaf) + " of its " + std::to_string(pods.size()) +
                              " pods do not listen: `run` takes them to answer, `towtank curl` does not");
  if (hearing == 0) {
    made.entry = model::Traffic::Entry::refused;
    built_.warnings.push_back("traffic " + traffic.name + " calls port " + std::to_string(dialled) + " of the headless " + title +
                              ", on which its pods do not listen: refused; the Service's ports are not translated");
    return true;
  }
  made.entry = model::Traffic::Entry::service;
  const std::string name = service.meta.full_name() + ":" + std::to_string(service.ports.empty() ? dialled : service.ports[0].port);
  made.service = add_direct("headless " + service.meta.full_name(), name, pods, traffic.to_mark);
  return true;
}

/// Pods by their own addresses, without kube-proxy. @param pods  of the state
std::uint32_t Builder::add_direct(const std::string& key, const std::string& name, const std::vector<std::uint32_t>& pods, const Mark& mark) {
  if (const auto known = service_index_.find(key); known != service_index_.end()) return known->second;
  for (const std::uint32_t pod : pods) add_workload(variant_.objects.workloads[state_.pods[pod].workload], mark);
  model::ServicePort made;
  made.name = name;
  made.entry = Entry::direct;
  for (const std::uint32_t pod : pods) made.pods.push_back(model_pod_[pod]);
  std::sort(made.pods.begin(), made.pods.end(), [&](std::uint32_t a, std::uint32_t b) { return comes_before_by_name(built_.cluster.pods[a].name, built_.cluster.pods[b].name); });
  return keep(key, std::move(made), std::nullopt);
}

}  // namespace towtank::scenario
