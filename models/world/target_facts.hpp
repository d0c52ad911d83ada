#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/world/model.hpp"

namespace towtank {

/// What a proxy's balancers are told of the endpoints behind them, for those who simulate them and for those who compute their
/// shares. The numbers are the endpoints' places among the proxy's targets.
class TargetFacts {
 public:
  /// Of a backend of an ingress controller; none where the address of the Service is dialled.
  static TargetFacts of_backend(const model::Cluster& cluster, const model::Proxy::Backend& backend);
  /// Of an edge that decides per request. @pre `edge.l7`
  static TargetFacts of_edge(const model::Cluster& cluster, const model::Edge& edge);

  /// Without who decides. Shows into this object, and into the model.
  EndpointView view() const;

 private:
  void add_pods(const model::Cluster& cluster, const std::vector<std::uint32_t>& pods, const model::Balance& balance);

  std::vector<std::uint32_t> ready_, unhealthy_, weights_, priorities_, zones_;
  std::vector<std::vector<std::string>> labels_;
  std::vector<std::string> zone_names_;
  std::uint32_t count_ = 0;
};

}  // namespace towtank
