#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/cluster/leg_kind.hpp"
#include "models/hops/leg.hpp"
#include "models/balancers/balancer.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// The rules of one Service port on every node, as connections to its node port meet them.
struct KubeProxyConfig {
  std::string name;
  bool local = false;                       ///< externalTrafficPolicy Local: only pods of the receiving node, no SNAT
  std::vector<std::uint32_t> pods;          ///< ready endpoints, in the order of their names
  std::span<const HopId> hop_of_pod;        ///< of all pods of the model; these three outlive the hop
  std::span<const std::uint32_t> node_of_pod;
  std::span<const std::uint32_t> zone_of_node;
  std::span<const LegKind> between_zones;   ///< zones x zones, row = caller
  std::size_t zones = 1;
  Distribution same_node = Distribution::constant(0.0);   ///< round trips from the receiving node to the pod
  Distribution same_zone = Distribution::constant(0.0);
  Distribution cross_zone = Distribution::constant(0.0);
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
  Leg& leg_between(std::uint32_t node, std::uint32_t there);
  Duration first_packet_cost(const Request& request, bool leaves_node);

  KubeProxyConfig config_;
  std::vector<std::vector<std::uint32_t>> local_pods_;  ///< by node; empty lists for policy Cluster
  PickDraws draws_;
  PickDraws walk_draws_;
  Leg same_node_, same_zone_, cross_zone_;
  Cost lookup_, conntrack_, snat_;
};

}  // namespace towtank
