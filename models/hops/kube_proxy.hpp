#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/connection/connection_pool.hpp"
#include "models/hops/caller_addresses.hpp"
#include "models/hops/client_affinity.hpp"
#include "models/hops/node_legs.hpp"
#include "models/request/hop.hpp"

namespace towtank {

/// The rules of one Service port on every node, as connections to its node port or to its cluster IP meet them.
struct KubeProxyConfig {
  std::string name;
  bool local = false;                       ///< policy Local: only pods of the node where the connection arrives
  bool refuses_without = false;             ///< where that leaves none: no rule is there at all, instead of one that drops
  bool masquerades = true;                  ///< puts the node's address in place of the caller's
  bool answers_directly = false;            ///< DSR: what a pod of another node answers does not pass this one
  std::vector<std::uint32_t> pods;          ///< ready endpoints, in the order of their names
  /// Mode ipvs, Cilium: the algorithm by which each node chooses, knowing what it has chosen itself. Null: at random.
  const BalancerInfo* scheduler = nullptr;
  std::vector<std::pair<std::string, std::string>> scheduler_parameters{};
  Duration affinity{};  ///< sessionAffinity: for so long after a connection a node sends its address to the same pod; 0 = not
  std::uint32_t affinity_list = UINT32_MAX;  ///< addresses that a node remembers of each pod
  const CallerAddresses* callers = nullptr;  ///< of those who go by them; these two outlive the hop
  CountedConnections* counted = nullptr;     ///< of those who dial, for one that counts connections
  std::vector<bool> deaf;                   ///< by pod: nothing listens there where the rules lead; empty = none
  HopId closed_port{};                      ///< this hop answers for those
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
  void on_end_of_route(std::span<const EndpointId> route, Time at, WalkControl&) override;

 private:
  std::uint32_t choose(Request& request, std::uint32_t node, const std::vector<std::uint32_t>& set, Time now);
  std::unique_ptr<Balancer> made_scheduler() const;
  std::uint32_t pick(const Request& request, std::uint32_t node, std::size_t endpoints, Time now);
  Balancer& scheduler_of(std::uint32_t node, std::size_t endpoints);
  Duration first_packet_cost(const Request& request, bool leaves_node);

  KubeProxyConfig config_;
  std::vector<std::vector<std::uint32_t>> local_pods_;  ///< by node; empty lists for policy Cluster
  std::vector<std::unique_ptr<Balancer>> schedulers_;  ///< by node, once it has chosen; of one without state the first serves all
  std::vector<std::unique_ptr<ClientAffinity>> affinities_;  ///< by node, once it has chosen
  std::vector<std::uint32_t> place_of_pod_;            ///< among those that its nodes choose from; of schedulers only
  bool is_by_node_ = false, counts_ = false;
  PickDraws draws_;
  PickDraws scheduler_draws_;
  PickDraws walk_draws_;
  NodeLegs legs_;
  Cost lookup_, conntrack_, snat_;
};

}  // namespace towtank
