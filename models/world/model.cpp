#include "models/world/model.hpp"

#include <algorithm>

namespace towtank::model {

std::vector<bool> healthy_nodes(const Cluster& cluster, const ServicePort& service) {
  std::vector<bool> healthy(cluster.nodes.size(), !service.local);
  if (service.local)
    for (const std::uint32_t pod : service.pods) healthy[cluster.pods[pod].node] = true;
  if (std::find(healthy.begin(), healthy.end(), true) == healthy.end()) healthy.assign(healthy.size(), true);
  return healthy;
}

}  // namespace towtank::model
