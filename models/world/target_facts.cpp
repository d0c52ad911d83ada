#include "models/world/target_facts.hpp"

#include <algorithm>
#include <numeric>

namespace towtank {

TargetFacts TargetFacts::of_backend(const model::Cluster& cluster, const model::Proxy::Backend& backend) {
  TargetFacts made;
  if (backend.through_service) return made;
  made.add_pods(cluster, cluster.services[backend.service].pods, backend.balance);
  made.ready_.resize(made.count_);
  std::iota(made.ready_.begin(), made.ready_.end(), 0u);
  return made;
}

TargetFacts TargetFacts::of_edge(const model::Cluster& cluster, const model::Edge& edge) {
  TargetFacts made;
  if (edge.to_pods) {
    made.add_pods(cluster, cluster.services[edge.service].pods, edge.balance);
  } else {
    made.count_ = static_cast<std::uint32_t>(edge.nodes.size());
    for (const std::uint32_t node : edge.nodes) made.zones_.push_back(cluster.nodes[node].zone);
    for (const model::Zone& zone : cluster.zones) made.zone_names_.push_back(zone.name);
    made.weights_ = edge.weights;
    made.priorities_ = edge.priorities;
  }
  for (std::uint32_t place = 0; place < made.count_; ++place)
    (!edge.fails_check.empty() && edge.fails_check[place] ? made.unhealthy_ : made.ready_).push_back(place);
  return made;
}

void TargetFacts::add_pods(const model::Cluster& cluster, const std::vector<std::uint32_t>& pods, const model::Balance& balance) {
  count_ = static_cast<std::uint32_t>(pods.size());
  zones_ = model::zones_of(cluster, pods);
  for (const model::Zone& zone : cluster.zones) zone_names_.push_back(zone.name);
  // Copies for each pod, which few ask for.
  const bool are_asked = std::any_of(balance.parameters.begin(), balance.parameters.end(), [](const auto& each) { return each.first == "subset_labels"; });
  for (const std::uint32_t pod : pods)
    if (are_asked) labels_.push_back(cluster.workloads[cluster.pods[pod].workload].labels);
}

EndpointView TargetFacts::view() const {
  EndpointView view;
  view.count = count_;
  view.ready = ready_;
  view.weights = weights_;
  view.zones = zones_;
  view.unhealthy = unhealthy_;
  view.priorities = priorities_;
  view.labels = labels_;
  view.zone_names = zone_names_;
  return view;
}

}  // namespace towtank
