#include "models/kubernetes/endpoint_set.hpp"

#include <algorithm>

namespace towtank {
namespace {

enum class TopologyMode : std::uint8_t { none, same_node, same_zone };

/// A place that is not known is nobody's, though hints at places that are not there are -1, too.
bool lists(const std::vector<std::int32_t>& hints, std::int32_t wanted) {
  return wanted >= 0 && std::find(hints.begin(), hints.end(), wanted) != hints.end();
}

bool is_fallback(const EndpointFacts& endpoint) {
  return endpoint.conditions.serving && endpoint.conditions.terminating;
}

/// Only ready endpoints are looked at; one missing hint, or none for this place, and all endpoints are used.
TopologyMode topology_mode(std::span<const EndpointFacts> endpoints, std::int32_t node, std::int32_t zone) {
  bool any_ready = false;
  bool all_hint_nodes = true, any_for_node = false, all_hint_zones = true, any_for_zone = false;
  for (const EndpointFacts& endpoint : endpoints) {
    if (!endpoint.conditions.ready) continue;
    any_ready = true;
    all_hint_nodes = all_hint_nodes && !endpoint.node_hints.empty();
    all_hint_zones = all_hint_zones && !endpoint.zone_hints.empty();
    any_for_node = any_for_node || lists(endpoint.node_hints, node);
    any_for_zone = any_for_zone || lists(endpoint.zone_hints, zone);
  }
  if (any_ready && all_hint_nodes && any_for_node) return TopologyMode::same_node;
  if (any_ready && all_hint_zones && any_for_zone) return TopologyMode::same_zone;
  return TopologyMode::none;
}

bool available(const EndpointFacts& endpoint, TopologyMode mode, std::int32_t node, std::int32_t zone) {
  if (mode == TopologyMode::same_node) return lists(endpoint.node_hints, node);
  if (mode == TopologyMode::same_zone) return lists(endpoint.zone_hints, zone);
  return true;
}

template <class Condition>
std::vector<std::uint32_t> indices_where(std::span<const EndpointFacts> endpoints, Condition condition) {
  std::vector<std::uint32_t> indices;
  for (std::uint32_t i = 0; i < endpoints.size(); ++i)
    if (condition(endpoints[i])) indices.push_back(i);
  return indices;
}

}  // namespace

EndpointConditions endpoint_conditions(bool pod_ready, bool being_deleted, bool publish_not_ready) {
  return {publish_not_ready || (pod_ready && !being_deleted), pod_ready, being_deleted};
}

EndpointSet categorize(std::span<const EndpointFacts> endpoints, std::int32_t node, std::int32_t zone) {
  EndpointSet set;
  const TopologyMode mode = topology_mode(endpoints, node, zone);
  set.cluster = indices_where(endpoints, [&](const EndpointFacts& endpoint) {
    return endpoint.conditions.ready && available(endpoint, mode, node, zone);
  });
  if (set.cluster.empty()) set.cluster = indices_where(endpoints, is_fallback);
  set.local = indices_where(
      endpoints, [&](const EndpointFacts& endpoint) { return endpoint.node == node && endpoint.conditions.ready; });
  if (set.local.empty())
    set.local = indices_where(
        endpoints, [&](const EndpointFacts& endpoint) { return endpoint.node == node && is_fallback(endpoint); });
  set.any_usable = std::any_of(endpoints.begin(), endpoints.end(), [](const EndpointFacts& endpoint) {
    return endpoint.conditions.ready || is_fallback(endpoint);
  });
  return set;
}

EndpointDecision decide(const EndpointSet& set, ServiceEntry entry, TrafficPolicy policy) {
  const bool local = policy == TrafficPolicy::local && entry != ServiceEntry::external_from_local;
  const std::vector<std::uint32_t>& candidates = local ? set.local : set.cluster;
  EndpointDecision decision;
  decision.candidates = candidates;
  decision.masquerades = entry != ServiceEntry::cluster_ip && policy == TrafficPolicy::cluster;
  if (!candidates.empty()) {
    decision.verdict = EndpointVerdict::forward;
  } else {
    decision.verdict = set.any_usable ? EndpointVerdict::drop : EndpointVerdict::reject;
  }
  return decision;
}

bool passes_load_balancer_check(std::span<const EndpointFacts> endpoints, std::int32_t node) {
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [&](const EndpointFacts& endpoint) { return endpoint.node == node && endpoint.conditions.ready; });
}

}  // namespace towtank
