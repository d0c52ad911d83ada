#include "models/lint/traffic_policies.hpp"

#include <algorithm>

#include "models/scenario/edge_rules.hpp"

namespace towtank::lint {
namespace {

struct Emptiness {
  std::vector<std::string> without;  ///< names of nodes
  std::size_t nodes = 0;             ///< at which clients or load balancers may arrive

  bool is_everywhere() const { return without.size() == nodes; }
  std::size_t serving() const { return nodes - without.size(); }
};

/// Empty where no endpoint is usable at all: then nodes refuse, and say so at once.
Emptiness emptiness(const ClusterState& state, const ServicePortState& port, bool is_load_balanced) {
  std::vector<std::vector<EndpointFacts>> by_node(state.nodes.size());
  const std::vector<EndpointFacts> endpoints = facts_of(state, port);
  if (!categorize(endpoints, -1, -1).any_usable) return {};
  for (const EndpointFacts& endpoint : endpoints)
    if (endpoint.node >= 0) by_node[static_cast<std::size_t>(endpoint.node)].push_back(endpoint);
  Emptiness found;
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    const NodeState& node = state.nodes[i];
    if (!node.ready || (is_load_balanced && !node.in_load_balancers)) continue;
    ++found.nodes;
    if (categorize(by_node[i], static_cast<std::int32_t>(i), -1).local.empty()) found.without.push_back(node.name);
  }
  return found;
}

std::string consequence(const Service& service, const ServicePort& port, const Emptiness& found, bool refuses) {
  const std::string number = port.node_port ? " to node port " + std::to_string(*port.node_port) : "";
  if (service.type == ServiceType::node_port && refuses) return "what comes there" + number + " is refused";
  if (service.type == ServiceType::node_port)
    return "what comes there" + number + " is dropped, and its clients wait for their timeout";
  if (found.is_everywhere()) return "no node passes the load balancer's health check, and what it sends is dropped";
  if (found.serving() > 1)
    return "a load balancer's health check leaves them out, but what comes" + number + " otherwise is dropped there";
  return "the load balancer leaves them out once its health check has failed, so all of the load is one node's";
}

/// @param index  of the port that fewest nodes serve
Finding local_finding(const ServiceState& each, std::size_t index, const Emptiness& found, const Subject& subject) {
  const Service& service = each.service;
  const std::string port = service.ports.size() > 1 ? " port " + std::to_string(service.ports[index].port) : "";
  const std::string where = subject.is_placed_anew() ? " as pods are placed first" : "";
  return {service.external_traffic_policy_mark, "nodes without endpoints " + service.meta.full_name(),
          title("Service", service.meta) + port + " has externalTrafficPolicy: Local, but " +
              std::to_string(found.without.size()) + " of " + std::to_string(found.nodes) + " nodes " +
              (found.without.size() == 1 ? "has" : "have") + " no endpoint of it" + where + " (" +
              some_of(found.without) + "): " + consequence(service, service.ports[index], found, subject.built.cluster.kube_proxy.at_socket) + "; " +
              (service.type == ServiceType::load_balancer ? "pods on several nodes" : "a pod on every node") +
              ", or externalTrafficPolicy: Cluster, would do"};
}

/// The port of a Service that a traffic meets first, where kube-proxy takes it in from outside.
const model::ServicePort* entered_at_node(const model::Cluster& cluster, const model::Traffic& traffic) {
  const model::ServicePort* port = nullptr;
  if (traffic.entry == model::Traffic::Entry::edge && !cluster.edges[traffic.edge].to_pods)
    port = &cluster.services[cluster.edges[traffic.edge].service];
  if (traffic.entry == model::Traffic::Entry::service) port = &cluster.services[traffic.service];
  return port != nullptr && port->entry == model::ServicePort::Entry::node_port ? port : nullptr;
}

bool is_port_of(const model::ServicePort& port, const Service& service) {
  const std::string name = service.meta.full_name() + ':';
  return port.name.compare(0, name.size(), name) == 0;
}

/// Whether all that comes to its nodes comes from a load balancer that spreads over those which pass its health check.
/// A web server in front, names and callers of nodes check nothing, and MetalLB announces one node.
bool is_checked_by_balancers(const model::Cluster& cluster, const Service& service) {
  return std::all_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
    const model::ServicePort* port = entered_at_node(cluster, traffic);
    if (port == nullptr || !is_port_of(*port, service)) return true;
    if (traffic.entry != model::Traffic::Entry::edge) return false;
    const model::Edge& edge = cluster.edges[traffic.edge];
    return !edge.l7 && !edge.one_node && !edge.is_name;
  });
}

/// Whether what stands before it sends to the pods themselves: of what comes through it no node decides.
bool is_before_pods(const scenario::Scenario& scenario, const Service& service) {
  const scenario::EdgeSpec* edge = scenario::edge_before(scenario.edges, service);
  if (edge != nullptr && !edge->service) edge = nullptr;  // it dials nodes, beside the load balancer
  return scenario::dials_pods(scenario::kind_before(scenario.edges, scenario.cluster.network.preset, service), edge,
                              service);
}

/// Whether its node ports are dialled beside the load balancer before it, by whom the policy concerns.
bool is_dialled_at_nodes(const Subject& subject, const Service& service) {
  const model::Cluster& cluster = subject.built.cluster;
  const std::vector<scenario::EdgeSpec>& edges = subject.input.scenario.edges;
  return std::any_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
    const model::ServicePort* port = entered_at_node(cluster, traffic);
    if (port == nullptr || !port->local || !is_port_of(*port, service)) return false;
    return traffic.entry == model::Traffic::Entry::service ||
           std::any_of(edges.begin(), edges.end(), [&](const scenario::EdgeSpec& edge) {
             return edge.name == cluster.edges[traffic.edge].name && !edge.service;
           });
  });
}

void check_local(const ServiceState& each, const Subject& subject, Findings& findings) {
  const bool is_load_balanced = each.service.type == ServiceType::load_balancer;
  const bool is_passed_by = is_load_balanced && is_before_pods(subject.input.scenario, each.service);
  if (is_passed_by && !is_dialled_at_nodes(subject, each.service)) return;
  const bool is_checked = is_load_balanced && is_checked_by_balancers(subject.built.cluster, each.service);
  std::size_t worst = 0;
  Emptiness most;
  for (std::size_t i = 0; i < each.ports.size(); ++i) {
    Emptiness found = emptiness(subject.state, each.ports[i], is_load_balanced);
    // Two replicas on many nodes are what is advised: the load balancer's health check leaves the other nodes out.
    if (is_checked && found.serving() > 1) continue;
    if (found.without.size() <= most.without.size()) continue;
    most = std::move(found);
    worst = i;
  }
  if (!most.without.empty()) findings.push_back(local_finding(each, worst, most, subject));
}

/// @param cluster  of the variant in which the policy is Local: callers that no policy concerns have no `local` there
bool is_crossed(const model::Cluster& cluster, const Service& service) {
  return std::any_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
    const model::ServicePort* port = entered_at_node(cluster, traffic);
    return port != nullptr && port->local && is_port_of(*port, service);
  });
}

/// Whether kube-proxy's rules for the Service are on the way of any traffic. @param inside  only for callers inside
bool is_ruled(const model::Cluster& cluster, const Service& service, bool inside) {
  return std::any_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
    const std::vector<model::CrossedRules> rules = model::rules_on_way(cluster, traffic);
    return std::any_of(rules.begin(), rules.end(), [&](const model::CrossedRules& each) {
      return is_port_of(*each.service, service) && (!inside || each.service->entry == model::ServicePort::Entry::cluster_ip);
    });
  });
}

std::string text_of(TrafficDistribution distribution) {
  return distribution == TrafficDistribution::none ? "(none)" : distribution == TrafficDistribution::same_zone ? "PreferClose" : "PreferSameNode";
}

/// A field of a Service that kube-proxy alone reads, changed where kube-proxy is not on the way.
void check_idle_rule(const Service& service, const std::string& field, const std::string& before, const std::string& after, bool inside, const Subject& subject,
                     Findings& findings) {
  if (before == after || is_ruled(subject.built.cluster, service, inside) || is_ruled(subject.baseline_built.cluster, service, inside)) return;
  findings.push_back({service.meta.mark, "idle " + field + ' ' + service.meta.full_name(),
                      field + " of " + title("Service", service.meta) + " changes from " + before + " to " + after + ", but no traffic " +
                          (inside ? "from inside calls its ClusterIP" : "goes by kube-proxy's rules for it") +
                          ", where alone it decides (an ingress controller or load balancer that dials pods passes them by): nothing changes"});
}

}  // namespace

Findings nodes_without_endpoints(const Subject& subject) {
  Findings findings;
  for (const ServiceState& each : subject.state.services) {
    const Service& service = each.service;
    const bool is_external = service.type == ServiceType::load_balancer || service.type == ServiceType::node_port;
    if (is_external && service.external_traffic_policy == TrafficPolicy::local) check_local(each, subject, findings);
  }
  return findings;
}

Findings idle_policy_changes(const Subject& subject) {
  Findings findings;
  for (const Service& service : subject.input.objects.services) {
    const std::vector<Service>& before = subject.baseline_input.objects.services;
    const auto was = std::find_if(before.begin(), before.end(), [&](const Service& each) {
      return each.meta.full_name() == service.meta.full_name();
    });
    if (was == before.end()) continue;
    check_idle_rule(service, "internalTrafficPolicy", std::string{name_of(was->internal_traffic_policy)}, std::string{name_of(service.internal_traffic_policy)}, true, subject, findings);
    const auto affinity = [](const Service& of) { return std::string{of.client_ip_affinity ? "ClientIP" : "None"}; };
    check_idle_rule(service, "sessionAffinity", affinity(*was), affinity(service), false, subject, findings);
    check_idle_rule(service, "trafficDistribution", text_of(was->traffic_distribution), text_of(service.traffic_distribution), false, subject, findings);
    if (was->external_traffic_policy == service.external_traffic_policy) continue;
    const bool is_local = service.external_traffic_policy == TrafficPolicy::local;
    if (is_crossed(is_local ? subject.built.cluster : subject.baseline_built.cluster, service)) continue;
    findings.push_back(
        {service.external_traffic_policy_mark, "idle policy " + service.meta.full_name(),
         "externalTrafficPolicy of " + title("Service", service.meta) + " changes from " +
             std::string{name_of(was->external_traffic_policy)} + " to " +
             std::string{name_of(service.external_traffic_policy)} +
             ", but no traffic comes to it from outside by a node port or a load balancer's nodes, where alone it "
             "decides: nothing changes; a traffic that does would show it"});
  }
  return findings;
}

}  // namespace towtank::lint
