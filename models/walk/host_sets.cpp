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
  std::vector<std::uint32_t> ready, unhealthy, zones, priorities;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    (edge.health_check && !node_serves(path.caller, ref, nodes[i]) ? unhealthy : ready).push_back(i);
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
  view.labels = labels;
  view.zone_names = names;
  return chosen(by.balance, path.proxy.kind == Proxy::Kind::envoy, view, endpoints);
}

/// @param targets  what the places of the view stand for
Walker::Chosen Walker::chosen(const scenario::BalanceSpec* balance, bool is_envoy, const EndpointView& view, const std::vector<std::uint32_t>& targets) {
  static const scenario::BalanceSpec kDefault{.name = "round_robin", .parameters = {}, .mark = {}};
  const scenario::BalanceSpec& by = balance == nullptr ? kDefault : *balance;
  const BalancerInfo* info = is_envoy ? find_balancer("envoy", by.name) : nullptr;
  HostChoice choice = info == nullptr ? host_choice("", {}, view) : host_choice(info->name, by.parameters, view);
  for (HostSets::Source& source : choice.sources)
    for (std::uint32_t& host : source.hosts) host = targets[host];
  const std::string count = std::to_string(view.ready.size()) + " of " + std::to_string(view.count);
  std::string told;
  if (!view.unhealthy.empty()) told = "; " + count + " pass its health check";
  if (choice.in_panic) told += std::string{choice.sources.empty() ? ": it panics, and sends to none" : ": it panics, and sends to all"};
  return {std::move(choice.sources), choice.in_panic, told};
}

/// One of several sets of targets, with the chance that each is chosen from.
void Walker::from_one_of(Path path, const Chosen& chosen, const std::string& what, const std::function<void(Path, const std::vector<std::uint32_t>&)>& go) {
  constexpr double kParts = 1e6;
  if (chosen.sources.size() == 1) return go(std::move(path), chosen.sources[0].hosts);
  std::vector<Option> options;
  for (const HostSets::Source& source : chosen.sources)
    options.push_back({source.hosts.size(), [&go, &source](Path one) { go(std::move(one), source.hosts); },
                       std::max<std::int64_t>(1, std::llround(source.chance * kParts))});
  try_one_of(std::move(path), options, what);
}

}  // namespace towtank::walk
