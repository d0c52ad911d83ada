#include <algorithm>

#include "models/balancers/host_sets.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/wording.hpp"
#include "models/world/target_facts.hpp"

// What a proxy in front of the cluster knows of each of its targets: weight, priority, health.

namespace towtank::scenario {

/// As `server ... weight=` does it.
void Builder::weigh_nodes(const EdgePlan& plan, model::Edge& edge) {
  if (plan.spec == nullptr || plan.spec->upstream_weights.of_nodes.empty()) return;
  const Mark& mark = plan.spec->upstream_weights.mark;
  const BalancerInfo& algorithm = *find_balancer(edge.balance.name);
  if (edge.is_name)
    complain(mark, "edge " + plan.name + ", weights: names do not weigh their addresses; without them, or an edge of kind nginx, haproxy or envoy, would do");
  else if (!edge.l7)
    complain(mark, "edge " + plan.name + ", weights: load balancers of kind " + std::string{kind_name(plan.kind)} +
                       " do not weigh their nodes; without them, or an edge of kind nginx, haproxy or envoy, would do");
  else if (edge.to_pods)
    complain(mark, "edge " + plan.name + ", weights: it dials pods, of which none weighs more than others; without them, or `targets: instance`, would do");
  else if (plan.kind == EdgeKind::alb)
    complain(mark, "edge " + plan.name + ", weights: an alb does not weigh its nodes; without them, or an edge of kind nginx, haproxy or envoy, would do");
  else if (!algorithm.weighs)
    complain(mark, "edge " + plan.name + ", weights: `" + std::string{algorithm.written()} + "` does not look at them; without them, or another balance, such as " +
                       std::string{plan.kind == EdgeKind::haproxy ? "roundrobin" : "round_robin"} + ", would do");
  if (!edge.to_pods) number_nodes(plan, edge, plan.spec->upstream_weights, "a weight", edge.weights);
}

/// `priority` of the localities of an Envoy's cluster.
void Builder::rank_nodes(const EdgePlan& plan, model::Edge& edge) {
  if (plan.spec == nullptr || plan.spec->upstream_priorities.of_nodes.empty()) return;
  const Mark& mark = plan.spec->upstream_priorities.mark;
  if (plan.kind != EdgeKind::envoy)
    return complain(mark, "edge " + plan.name + ", priorities: only Envoy has them; without them, or an edge of kind envoy, would do");
  if (edge.to_pods)
    return complain(mark, "edge " + plan.name + ", priorities: it dials pods, which have none; without them, or `upstream: {nodePort: ...}`, would do");
  if (find_balancer(edge.balance.name)->weighs || edge.balance.name == "random") {
    number_nodes(plan, edge, plan.spec->upstream_priorities, "a priority", edge.priorities);
    return;
  }
  complain(mark, "edge " + plan.name + ", priorities: `" + edge.balance.name + "` is none of Envoy's own algorithms, and does not look at them; round_robin would do");
}

/// @param what  is given to nodes, with its article
void Builder::number_nodes(const EdgePlan& plan, const model::Edge& edge, const EdgeSpec::ByNode& given, const std::string& what,
                           std::vector<std::uint32_t>& numbers) {
  numbers.assign(edge.nodes.size(), what == "a weight" ? 1 : 0);
  std::vector<std::string> dialled;
  for (const std::uint32_t node : edge.nodes) dialled.push_back(built_.cluster.nodes[node].name);
  for (const auto& [name, number] : given.of_nodes) {
    const auto found = std::find(dialled.begin(), dialled.end(), name);
    if (found == dialled.end())
      complain(given.mark, "edge " + plan.name + " gives " + what + " to node " + name + ", which it does not dial: it dials " + listed(dialled) + did_you_mean(name, dialled));
    else
      numbers[static_cast<std::size_t>(found - dialled.begin())] = static_cast<std::uint32_t>(number);
  }
}

/// A node fails where no request that comes to it finds a pod that hears; a pod, where nothing listens on its port. What the
/// checks find out they have found out when the run begins.
void Builder::check_health(const EdgePlan& plan, model::Edge& edge) {
  if (plan.spec == nullptr || !plan.spec->health_check) return;
  if (plan.kind != EdgeKind::envoy && plan.kind != EdgeKind::haproxy) return;
  const model::ServicePort& service = built_.cluster.services[edge.service];
  std::vector<bool> serves(built_.cluster.nodes.size(), !service.local && !service.is_closed() && !service.pods.empty());
  for (std::size_t i = 0; i < service.pods.size(); ++i)
    if (service.local && !service.is_deaf(i)) serves[built_.cluster.pods[service.pods[i]].node] = true;
  for (std::size_t i = 0; edge.to_pods && i < service.pods.size(); ++i) edge.fails_check.push_back(service.is_deaf(i));
  for (std::size_t i = 0; !edge.to_pods && i < edge.nodes.size(); ++i) edge.fails_check.push_back(!serves[edge.nodes[i]]);
  assume("the health checks of edge " + plan.name + " have found out before the run begins, and cost nothing");
  if (!edge.to_pods && !service.local && !service.deaf.empty() && !service.is_closed())
    assume("all nodes pass the health check of edge " + plan.name + ", though some pods behind each of them refuse");
  const auto failing = static_cast<std::size_t>(std::count(edge.fails_check.begin(), edge.fails_check.end(), true));
  if (failing == 0) return;
  const std::string many = std::to_string(failing) + " of the " + std::to_string(edge.fails_check.size()) + (edge.to_pods ? " pods" : " nodes");
  const std::string found = "edge " + plan.name + ": " + many + " fail" + (failing == 1 ? "s" : "") + " its health check" +
                            (service.local && !edge.to_pods ? " (externalTrafficPolicy: Local, and no pod there that serves)" : "");
  const TargetFacts facts = TargetFacts::of_edge(built_.cluster, edge);
  const HostChoice choice = host_choice(edge.balance.name, edge.balance.parameters, facts.view());
  if (choice.in_panic && !choice.sources.empty())
    built_.warnings.push_back(found + ", so that Envoy panics and sends to all, those that fail among them (`healthy_panic_threshold`): `balance: {name: " +
                              std::string{find_balancer(edge.balance.name)->written()} + ", panic: 0}`" +
                              (service.local && !edge.to_pods ? ", or externalTrafficPolicy: Cluster," : "") + " would do");
  else if (choice.sources.empty())
    built_.warnings.push_back(found + ", so that it answers 503 to everything");
  else
    find_once(found + ", and get" + (failing == 1 ? "s" : "") + " nothing");
}

/// Parameters of Envoy's algorithms that an edge gives no meaning to.
void Builder::check_host_sets(const EdgePlan& plan, const model::Edge& edge) {
  if (plan.kind != EdgeKind::envoy || plan.spec == nullptr || !plan.spec->balance) return;
  const Mark& mark = plan.spec->balance->mark;
  const std::string of = "edge " + plan.name + ", balance: ";
  for (const auto& [name, value] : edge.balance.parameters) {
    if ((name == "zone_aware" || name == "failover") && value == "true")
      complain(mark, of + "an edge stands outside of the cluster, in no zone in which `" + name + "` could keep its requests; without it, or an ingress controller of kind envoy, would do");
    if (name == "subset" && !edge.to_pods)
      complain(mark, of + "`subset` goes by labels of pods, and it dials nodes; `service: NAME` with `targets: ip` would do");
  }
  check_zones_and_labels(edge.balance, TargetFacts::of_edge(built_.cluster, edge), of, mark);
}

/// Zones and labels that are nowhere.
/// @param of  how a sentence about it begins
void Builder::check_zones_and_labels(const model::Balance& balance, const TargetFacts& facts, const std::string& of, const Mark& mark) {
  if (!find_balancer(balance.name)->fits("envoy")) return;
  BalancerArguments arguments{balance.parameters};
  const HostSetRules rules = HostSetRules::read(arguments);
  std::vector<std::string> zones;
  for (const model::Zone& zone : built_.cluster.zones) zones.push_back(zone.name);
  for (const auto& [name, weight] : rules.zone_weights)
    if (std::find(zones.begin(), zones.end(), name) == zones.end())
      complain(mark, of + "`zone_weights` weighs zone " + name + ", in which no node is; there is " + listed(zones) + did_you_mean(name, zones));
  const EndpointView view = facts.view();
  const auto has_all = [&](const std::vector<std::string>& labels) {
    return std::all_of(rules.subset.begin(), rules.subset.end(), [&](const std::string& each) { return std::find(labels.begin(), labels.end(), each) != labels.end(); });
  };
  if (!rules.subset.empty() && view.count > 0 && std::none_of(view.labels.begin(), view.labels.end(), has_all))
    warn_once(of + "no pod has the labels of its `subset`, " + listed(rules.subset) + (rules.any_without_subset ? ", so that all pods are chosen from" : ", so that it answers 503 to everything"));
}

}  // namespace towtank::scenario
