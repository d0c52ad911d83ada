#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/hops/node_legs.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// The rules of one Service port on every node, as connections to its node port or to its cluster IP meet them.
struct KubeProxyConfig {
  std::string name;
  bool local = false;                       ///< policy Local: only pods of the node where the connection arrives
  bool masquerades = true;                  ///< puts the node's address in place of the caller's
  std::vector<std::uint32_t> pods;          ///< ready endpoints, in the order of their names
  std::optional<HopId> closed_port;         ///< nothing listens where the rules lead: this hop answers for every pod
  std::span<const HopId> hop_of_pod;        ///< of all pods of the model; these two outlive the hop
  std::span<const std::uint32_t> node_of_pod;
  NodeLegsConfig network;                   ///< from the node to the pod
  Distribution lookup = Distribution::constant(0.0);        ///< of the rule, once per connection
  Distribution conntrack = Distribution::constant(0.0);     ///< the new entry, once per connection
  double chain_walk_s = 0.0;                ///< iptables: U^1.5 of this for the chain of all Services, once per connection
  double endpoint_walk_s = 0.0;             ///< iptables: U of this for the endpoints of the Service
  Distribution snat = Distribution::constant(0.0);          ///< once per connection that leaves the node
};

class KubeProxy final : public Hop {
 public:
  KubeProxy(KubeProxyConfig config, const Draws& draws, PurposeRegistry& purposes);

  Step on_request(Request& request, Frame& frame, Time now) override;

 private:
  Duration first_packet_cost(const Request& request, bool leaves_node);

  KubeProxyConfig config_;
  std::vector<std::vector<std::uint32_t>> local_pods_;  ///< by node; empty lists for policy Cluster
  PickDraws draws_;
  PickDraws walk_draws_;
  NodeLegs legs_;
  Cost lookup_, conntrack_, snat_;
};

}  // namespace towtank
