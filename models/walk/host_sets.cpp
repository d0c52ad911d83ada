#include <algorithm>
#include <cmath>

#include "models/balancers/host_sets.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/walk/walker.hpp"

// From which of its targets a proxy chooses: what health checks leave, and Envoy's priorities, zones and subsets.

namespace towtank::walk {

namespace {

/// Numbers of zones in the order of their names.
std::vector<std::string> zone_names(const std::vector<NodeState>& nodes) {
  std::vector<std::string> names;
  for (const NodeState& each : nodes) names.push_back(each.zone);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::uint32_t place_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::uint32_t>(std::lower_bound(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

/// Whether a request at this node comes to a pod that hears it; where several are behind, whether it may.
bool Walker::node_serves(const Caller& caller, ServicePortRef ref, std::uint32_t at) {
  const Deciding by = deciding(caller, ref, at);
  const EndpointSet set = endpoints_on(ref, by.node);
  const EndpointDecision decision = decide(set, by.entry, by.policy);
  return std::any_of(decision.candidates.begin(), decision.candidates.end(),
                     [&](std::uint32_t each) { return endpoint_serves(service(ref.service).ports[ref.port].endpoints[each]); });
}

bool Walker::endpoint_serves(const EndpointState& endpoint) { return !endpoint.pod || listens(*endpoint.pod, endpoint.port); }

Walker::Chosen Walker::chosen_nodes(const Path& path, const scenario::EdgeSpec& edge, ServicePortRef ref, const std::vector<std::uint32_t>& nodes) {
  const std::vector<std::string> names = zone_names(ground_.state.nodes);
  // Where there is no endpoint at all, that is what is told.
  const bool checks = scenario::checks_health(edge) && !service(ref.service).ports[ref.port].endpoints.empty();
  std::vector<std::uint32_t> ready, unhealthy, zones, priorities;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    (checks && !node_serves(path.caller, ref, nodes[i]) ? unhealthy : ready).push_back(i);
    zones.push_back(place_of(names, node(nodes[i]).zone));
    priorities.push_back(scenario::priority_of(edge, node(nodes[i]).name));
  }
  EndpointView view;
  view.count = static_cast<std::uint32_t>(nodes.size());
  view.ready = ready;
  view.unhealthy = unhealthy;
  view.zones = zones;
  view.priorities = priorities;
  view.zone_names = names;
  return chosen(edge.balance ? &*edge.balance : nullptr, edge.kind == scenario::EdgeKind::envoy, view, nodes);
}

Walker::Chosen Walker::chosen_pods(const Path& path, ServicePortRef ref, const Chooser& by, const std::vector<std::uint32_t>& endpoints) {
  const std::vector<EndpointState>& all = service(ref.service).ports[ref.port].endpoints;
  const std::vector<std::string> names = zone_names(ground_.state.nodes);
  std::vector<std::uint32_t> ready, unhealthy, zones;
  std::vector<std::vector<std::string>> labels(endpoints.size());
  std::vector<std::uint32_t> callers(by.controller == nullptr ? 0 : names.size(), 0);
  for (const PodState& each : ground_.state.pods)
    if (by.controller != nullptr && each.workload == by.controller->workload && each.node) ++callers[place_of(names, node(*each.node).zone)];
  for (std::uint32_t i = 0; i < endpoints.size(); ++i) {
    const EndpointState& endpoint = all[endpoints[i]];
    (by.checks_health && !endpoint_serves(endpoint) ? unhealthy : ready).push_back(i);
    zones.push_back(endpoint.node ? place_of(names, node(*endpoint.node).zone) : 0);
    if (endpoint.pod)
      for (const auto& [key, value] : workload_of(*endpoint.pod).pods.labels) labels[i].push_back(key + "=" + value);
  }
  EndpointView view;
  view.count = static_cast<std::uint32_t>(endpoints.size());
  view.ready = ready;
  view.unhealthy = unhealthy;
  view.zones = zones;
  view.zone = path.caller.node ? place_of(names, node(*path.caller.node).zone) : 0;
  view.callers_of_zone = callers;
  view.labels = labels;
  view.zone_names = names;
  return chosen(by.balance, path.proxy.kind == Proxy::Kind::envoy, view, endpoints);
}

/// @param targets  what the places of the view stand for
Walker::Chosen Walker::chosen(const scenario::BalanceSpec* balance, bool is_envoy, const EndpointView& view, const std::vector<std::uint32_t>& targets) {
  static const scenario::BalanceSpec kDefault{.name = "round_robin", .parameters = {}, .mark = {}};
  const scenario::BalanceSpec& by = balance == nullptr ? kDefault : *balance;
  const BalancerInfo* info = is_envoy ? find_balancer("envoy", by.name) : nullptr;
  Chosen made;
  if (info != nullptr)
    made.choice = host_choice(*info, by.parameters, view);
  else if (view.ready.empty())
    made.choice.nobody = 1.0;
  else
    made.choice.sources.push_back({{view.ready.begin(), view.ready.end()}, 1.0, false});
  bool all_panic = !made.choice.sources.empty(), any_panics = false;
  for (HostSets::Source& source : made.choice.sources) {
    all_panic = all_panic && source.in_panic;
    any_panics = any_panics || source.in_panic;
    for (std::uint32_t& host : source.hosts) host = targets[host];
  }
  if (!view.unhealthy.empty()) made.told = "; " + std::to_string(view.ready.size()) + " of " + std::to_string(view.count) + " pass its health check";
  if (made.choice.in_panic) made.told += all_panic    ? ": it panics, and sends to all"
                                         : any_panics ? ": it panics in one of its priorities, and sends to all of that"
                                                      : ": it panics, and sends to none then";
  made.why = made.choice.in_panic       ? "has too few targets that pass its health check, and chooses none then (fail_on_panic)"
             : !view.unhealthy.empty() ? "knows none that passes its health check"
                                       : "has a subset to choose from, and no pod has its labels";
  return made;
}

/// One of several sets of targets, with the chance that each is chosen from.
void Walker::from_one_of(Path path, const Chosen& chosen, const std::string& what, const Ending& nobody,
                         const std::function<void(Path, const std::vector<std::uint32_t>&)>& go) {
  constexpr double kParts = 1e6;
  const auto parts = [](double chance) { return std::max<std::int64_t>(1, std::llround(chance * kParts)); };
  const HostChoice& choice = chosen.choice;
  if (choice.sources.size() == 1 && choice.nobody <= 0.0) return go(std::move(path), choice.sources[0].hosts);
  std::vector<Option> options;
  for (const HostSets::Source& source : choice.sources)
    options.push_back({source.hosts.size(), [&go, &source](Path one) { go(std::move(one), source.hosts); }, parts(source.chance)});
  if (choice.nobody > 0.0) options.push_back({1, [this, &nobody](Path one) { end(std::move(one), nobody); }, parts(choice.nobody)});
  try_one_of(std::move(path), options, what);
}

bool Walker::looks_at_callers(const Controller& controller) {
  if (controller.product != scenario::IngressController::envoy || !controller.balance) return false;
  const BalancerInfo* info = find_balancer("envoy", controller.balance->name);
  return info != nullptr && HostSetRules::of(*info, controller.balance->parameters).looks_at_callers();
}

std::int64_t Walker::kind_of(std::uint32_t index) const {
  const auto workload = static_cast<std::int64_t>(pod(index).workload);
  const auto is_it = [&](const Controller& each) { return each.workload == pod(index).workload && looks_at_callers(each); };
  if (!pod(index).node || std::none_of(ground_.controllers.begin(), ground_.controllers.end(), is_it)) return workload;
  const std::int64_t zone = place_of(zone_names(ground_.state.nodes), node(*pod(index).node).zone);
  return workload + ((zone + 1) << 32);
}

}  // namespace towtank::walk
