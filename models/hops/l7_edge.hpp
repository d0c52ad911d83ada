#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/connection/connection_pool.hpp"
#include "models/hops/leg.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// A web server or proxy in front of the cluster that ends the clients' connections and decides per request: where each
/// goes among pods, or among nodes whose node port it dials.
struct L7EdgeConfig {
  std::string name;
  struct Target {
    HopId hop{};                                ///< a pod's hop, or kube-proxy
    EndpointId endpoint{};                      ///< the pod, or the node
  };
  std::vector<Target> targets;                  ///< in the order of their names
  std::unique_ptr<Balancer> balancer;           ///< over `targets`, by place
  enum class Upstream : std::uint8_t {
    warm,         ///< connections to pods are there
    pooled,       ///< kept open and used again, last used first; any number to each target
    per_request,  ///< each request sets one up
  };
  Upstream connections = Upstream::warm;
  PoolLimits pool;                              ///< of `pooled`
  std::uint32_t setup_round_trips = 0;
  Distribution upstream = Distribution::constant(0.0);  ///< round trip to a target
  Distribution adder = Distribution::constant(0.0);     ///< of the proxy itself, per request
};

class L7Edge final : public Hop {
 public:
  L7Edge(L7EdgeConfig config, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;
  Step on_reply(Request& request, Frame& frame, Outcome status, Time now) override;
  void on_unwind(Request& request, Frame& frame, Cause cause, Time now) override;

 private:
  void connect(Request& request, Frame& frame, Time now);
  Step send(Request& request, Frame& frame, std::int64_t processing_ns);

  L7EdgeConfig config_;
  Leg upstream_;
  Cost adder_;
  std::optional<ConnectionPool> pool_;  ///< an owner is a target
};

}  // namespace towtank
