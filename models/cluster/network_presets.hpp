#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/cluster/leg_kind.hpp"
#include "sim/core/time.hpp"
#include "sim/random/distribution.hpp"

/// What packets, connections and requests cost on their way where the scenario does not say. Every number names its
/// source, and says whether a part of it is only assumed, so that results can list the assumptions they rest on.
namespace towtank {

/// A default law of a cost, seconds, and where it comes from.
struct CostDefault {
  std::string what;  ///< "round trip sameZone", "nlb, each direction", ...
  Distribution law;
  std::string text;    ///< the law as a scenario would give it: "lognormal(median=200us p99=600us)"
  bool assumed;        ///< no source for the law, or for a part of it
  std::string source;  ///< what was measured and by whom, and which part is assumed

  /// "round trip sameZone = lognormal(median=200us p99=600us): measured by ...; p99 assumed"
  std::string sentence() const;
};

enum class NetworkName : std::uint8_t { aws, gcp, azure, bare_metal, ideal };

/// As in the scenario's `network: {preset: ...}`: "aws", "gcp", "azure", "bare-metal", "ideal".
std::string_view name_of(NetworkName name);
std::optional<NetworkName> network_named(std::string_view name);

/// The load balancers in front of a cluster that add time of their own.
enum class LoadBalancerKind : std::uint8_t { nlb, alb, gclb, gclb_passthrough, azure_slb, metallb };

enum class ProxyKind : std::uint8_t { nginx, ingress_nginx, haproxy, envoy, traefik };

/// What a proxy costs a request. The latency is that of an idle proxy, CPU included; the CPU work takes a worker and
/// so builds the queue: whoever adds both to an idle proxy's request counts the work twice.
struct ProxyCost {
  CostDefault latency;
  CostDefault cpu;
};

/// What the first packet of a connection costs on the node whose kube-proxy picks its endpoint; later packets hit the
/// conntrack entry and cost nothing here.
struct FirstPacketCost {
  CostDefault base;        ///< any mode
  CostDefault conntrack;   ///< one new entry
  CostDefault source_nat;  ///< masquerading, where the caller's address is replaced
  CostDefault socket;      ///< Cilium in place of all these: the choice as a caller in the cluster connects
  double service_rule_s;   ///< iptables: one Service's rule on the way to the right one
  double endpoint_rule_s;  ///< iptables: one endpoint's rule in the chain of the Service
  bool rules_assumed;      ///< of the two above
  std::string rules_source;

  /// Walk through the rules of mode iptables: u^1.5 of all Services, u of the Service's endpoints. The exponent is
  /// fitted to measured percentiles (within 12 % at p99, 64 % at p50 of 5,000 to 30,000 Services); a uniform place
  /// gives 1.
  /// @param service_u, endpoint_u  uniform in (0, 1)    @param services, endpoints >= 0
  /// @source Kubernetes KEP-3866, latency of the first packet by percentile
  Duration rule_walk(double service_u, double endpoint_u, std::int64_t services, std::int64_t endpoints) const;
  /// Mean of `rule_walk`, seconds: 2/5 of the Services and half of the endpoints.
  double mean_rule_walk_s(std::int64_t services, std::int64_t endpoints) const;
};

/// The defaults of one kind of network. `ideal` costs nothing anywhere: for comparison with theory.
class NetworkPreset {
 public:
  explicit NetworkPreset(NetworkName name) : name_{name} {}

  NetworkName name() const { return name_; }

  /// Of one exchange over a leg. Where the source is a one-way time, median and p99 are twice those of the source: half
  /// a draw, which is what one direction takes, then has the source's own law.
  CostDefault round_trip(LegKind leg) const;
  /// What a load balancer adds in each direction: the way there and the way back are drawn apart.
  CostDefault load_balancer(LoadBalancerKind kind) const;
  FirstPacketCost first_packet() const;
  ProxyCost proxy(ProxyKind kind) const;

 private:
  NetworkName name_;
};

}  // namespace towtank
