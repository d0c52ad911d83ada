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
  if (!edge.to_pods) edge.weights = numbers_of_nodes(plan, edge, plan.spec->upstream_weights, "a weight", 1);
}

/// `priority` of the localities of an Envoy's cluster.
void Builder::rank_nodes(const EdgePlan& plan, model::Edge& edge) {
  if (plan.spec == nullptr || plan.spec->upstream_priorities.of_nodes.empty()) return;
  const Mark& mark = plan.spec->upstream_priorities.mark;
  if (plan.kind != EdgeKind::envoy)
    return complain(mark, "edge " + plan.name + ", priorities: only Envoy has them; without them, or an edge of kind envoy, would do");
  if (edge.to_pods)
    return complain(mark, "edge " + plan.name + ", priorities: it dials pods, which have none; without them, or `upstream: {nodePort: ...}`, would do");
  if (find_balancer(edge.balance.name)->host_sets != HostSetUse::none) {
    edge.priorities = numbers_of_nodes(plan, edge, plan.spec->upstream_priorities, "a priority", 0);
    return;
  }
  complain(mark, "edge " + plan.name + ", priorities: `" + edge.balance.name + "` is none of Envoy's own algorithms, and does not look at them; round_robin would do");
}

/// @param what  is given to nodes, with its article   @param other  of those that are not named
std::vector<std::uint32_t> Builder::numbers_of_nodes(const EdgePlan& plan, const model::Edge& edge, const EdgeSpec::ByNode& given, const std::string& what,
                                                     std::uint32_t other) {
  std::vector<std::uint32_t> numbers(edge.nodes.size(), other);
  std::vector<std::string> dialled;
  for (const std::uint32_t node : edge.nodes) dialled.push_back(built_.cluster.nodes[node].name);
  for (const auto& [name, number] : given.of_nodes) {
    const auto found = std::find(dialled.begin(), dialled.end(), name);
    if (found == dialled.end())
      complain(given.mark, "edge " + plan.name + " gives " + what + " to node " + name + ", which it does not dial: it dials " + listed(dialled) + did_you_mean(name, dialled));
    else
      numbers[static_cast<std::size_t>(found - dialled.begin())] = static_cast<std::uint32_t>(number);
  }
  return numbers;
}

/// A node fails where no request that comes to it finds a pod that hears; a pod, where nothing listens on its port. What the
/// checks find out they have found out when the run begins.
void Builder::check_health(const EdgePlan& plan, model::Edge& edge) {
  if (plan.spec == nullptr || !checks_health(*plan.spec)) return;
  const model::ServicePort& service = built_.cluster.services[edge.service];
  std::vector<bool> serves(built_.cluster.nodes.size(), !service.local && !service.is_closed() && !service.pods.empty());
  for (std::size_t i = 0; i < service.pods.size(); ++i)
    if (service.local && !service.is_deaf(i)) serves[built_.cluster.pods[service.pods[i]].node] = true;
  for (std::size_t i = 0; edge.to_pods && i < service.pods.size(); ++i) edge.fails_check.push_back(service.is_deaf(i));
  for (std::size_t i = 0; !edge.to_pods && i < edge.nodes.size(); ++i) edge.fails_check.push_back(!serves[edge.nodes[i]]);
  assume("the health checks of edge " + plan.name + " have found out before the run begins, and cost nothing");
  if (!edge.to_pods && !service.local && !service.deaf.empty() && !service.is_closed())
    assume("all nodes pass the health check of edge " + plan.name + ", though some pods behind each of them refuse");
  tell_of_failing(plan, edge);
}

void Builder::tell_of_failing(const EdgePlan& plan, const model::Edge& edge) {
  const auto failing = std::count(edge.fails_check.begin(), edge.fails_check.end(), true);
  if (failing == 0) return;
  const model::ServicePort& service = built_.cluster.services[edge.service];
  const TargetFacts facts = TargetFacts::of_edge(built_.cluster, edge);
  const BalancerInfo& info = *find_balancer(edge.balance.name);
  const auto choice_with = [&](const std::vector<std::pair<std::string, std::string>>& parameters) { return host_choice(info, parameters, facts.view()); };
  const HostChoice choice = choice_with(edge.balance.parameters);
  double in_panic = 0.0;  // part of the requests that goes to hosts whatever their health
  for (const HostSets::Source& source : choice.sources) in_panic += source.in_panic ? source.chance : 0.0;
  const std::string kind = edge.to_pods ? "pods" : "nodes";
  const std::string found = "edge " + plan.name + ": " + std::to_string(failing) + " of the " + std::to_string(edge.fails_check.size()) + ' ' + kind + " fail" +
                            (failing == 1 ? "s" : "") + " its health check" +
                            (service.is_closed()                     ? " (no pod listens on its port)"
                             : service.local && !edge.to_pods ? " (externalTrafficPolicy: Local, and no pod there that serves)"
                                                              : "");
  const auto percent = [](double part) { return std::to_string(static_cast<int>(part * 100.0 + 0.5)) + " % of the requests"; };
  if (!choice.in_panic && choice.nobody <= 0.0) return find_once(found + ", and get" + (failing == 1 ? "s" : "") + " nothing");
  std::string effect = choice.in_panic ? ", so that Envoy panics (`healthy_panic_threshold`)" : ", so that";
  if (in_panic > 0.0) effect += " and sends " + percent(in_panic) + " to " + kind + " whether they pass or not";
  if (choice.nobody > 0.0) effect += std::string{choice.in_panic ? " and" : " it"} + " answers 503 to " + percent(choice.nobody);
  std::vector<std::string> cures;
  if (choice_with({{"panic", "0"}}).nobody <= 0.0 && choice.in_panic) cures.push_back("`balance: {name: " + std::string{info.written()} + ", panic: 0}`");
  if (service.local && !edge.to_pods && !service.is_closed()) cures.push_back("externalTrafficPolicy: Cluster");
  if (service.is_closed()) cures.push_back("pods that listen on the targetPort");
  if (cures.empty()) cures.push_back("more " + kind + " that pass");
  built_.warnings.push_back(found + effect + ": " + cures.front() + (cures.size() > 1 ? ", or " + cures.back() + ',' : "") + " would do");
}

/// Parameters of Envoy's algorithms that an edge gives no meaning to.
void Builder::check_host_sets(const EdgePlan& plan, const model::Edge& edge) {
  if (plan.spec == nullptr || plan.kind != EdgeKind::envoy) return;
  const BalancerInfo& info = *find_balancer(edge.balance.name);
  const HostSetRules rules = HostSetRules::of(info, edge.balance.parameters);
  const Mark& mark = plan.spec->balance ? plan.spec->balance->mark : plan.mark;
  const std::string of = "edge " + plan.name + ", balance: ";
  if (rules.looks_at_callers())
    complain(mark, of + "an edge stands outside of the cluster, in no zone in which `" + (rules.has_failover ? "failover" : "zone_aware") +
                       "` could keep its requests; without it, or an ingress controller of kind envoy, would do");
  if (!rules.subset.empty() && !edge.to_pods)
    complain(mark, of + "`subset_labels` goes by labels of pods, and it dials nodes; `service: NAME` with `targets: ip` would do");
  check_zone_names(rules, of, mark);
  const TargetFacts facts = TargetFacts::of_edge(built_.cluster, edge);
  tell_of_sets(rules, facts.view(), of);
  const std::vector<std::uint32_t>& ranks = edge.priorities;
  const bool can_fail = std::any_of(edge.fails_check.begin(), edge.fails_check.end(), [](bool fails) { return fails; });
  if (!ranks.empty() && !can_fail && *std::max_element(ranks.begin(), ranks.end()) > *std::min_element(ranks.begin(), ranks.end()))
    warn_once("edge " + plan.name + ": all its nodes are taken to be healthy, so that those of the first priority get everything" +
              (plan.spec->health_check ? "" : "; `healthCheck: true` would find those that are not"));
}

void Builder::check_zone_names(const HostSetRules& rules, const std::string& of, const Mark& mark) {
  std::vector<std::string> zones;
  for (const model::Zone& zone : built_.cluster.zones) zones.push_back(zone.name);
  for (const auto& [name, weight] : rules.zone_weights)
    if (std::find(zones.begin(), zones.end(), name) == zones.end())
      complain(mark, of + "`zone_weights` weighs zone " + name + ", in which no node is; there is " + listed(zones) + did_you_mean(name, zones));
}

/// Labels that no target has, and weighed zones that have no target.
void Builder::tell_of_sets(const HostSetRules& rules, const EndpointView& view, const std::string& of) {
  if (view.count == 0) return;
  const auto has_all = [&](const std::vector<std::string>& labels) {
    return std::all_of(rules.subset.begin(), rules.subset.end(), [&](const std::string& each) { return std::find(labels.begin(), labels.end(), each) != labels.end(); });
  };
  if (!rules.subset.empty() && std::none_of(view.labels.begin(), view.labels.end(), has_all))
    warn_once(of + "no pod has its `subset_labels`, " + listed(rules.subset) + (rules.any_without_subset ? ", so that all pods are chosen from" : ", so that it answers 503 to everything"));
  const auto is_there = [&](const auto& weighed) {
    return weighed.second > 0 && std::any_of(view.zones.begin(), view.zones.end(), [&](std::uint32_t zone) { return view.zone_names[zone] == weighed.first; });
  };
  if (!rules.zone_weights.empty() && std::none_of(rules.zone_weights.begin(), rules.zone_weights.end(), is_there))
    warn_once(of + "no zone with a weight (`zone_weights`) has a target, so that all are chosen from");
}

}  // namespace towtank::scenario
