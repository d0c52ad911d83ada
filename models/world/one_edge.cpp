#include "models/world/one_edge.hpp"

#include <string>

namespace towtank::model {

Cluster behind_one_edge(std::uint32_t pods, std::string_view balancer, const Distribution& service,
                        double utilization) {
  Cluster cluster;
  cluster.zones = {{"zone"}};
  cluster.network.between_zones = {LegKind::same_zone};
  cluster.nodes = {{"node", 0}};
  Workload workload;
  workload.name = "default/app";
  workload.service = service;
  cluster.workloads = {workload};
  ServicePort port;
  port.name = "default/app:80";
  for (std::uint32_t i = 0; i < pods; ++i) {
    cluster.pods.push_back({std::to_string(i), 0, 0, 1.0});
    port.pods.push_back(i);
  }
  cluster.services = {port};
  Edge edge;
  edge.name = "edge";
  edge.l7 = edge.to_pods = true;
  edge.nodes = {0};
  edge.balance.name = balancer;
  cluster.edges = {edge};
  Traffic traffic;
  traffic.name = "api";
  traffic.rate_per_s = utilization * pods / service.mean_s();
  cluster.traffic = {traffic};
  return cluster;
}

}  // namespace towtank::model
