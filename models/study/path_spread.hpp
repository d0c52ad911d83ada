#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/study/balance_facts.hpp"
#include "models/world/model.hpp"

namespace towtank {

/// Where one request of a traffic goes, in expectation. Closed form: first attempts only, nothing waits or times out.
/// A connection that a node drops carries one request, one that is kept carries many: of these few are dropped.
struct PathSpread {
  std::vector<double> entered;      ///< by node: it comes in by a node port there. All 0 where the way has no node port
  std::vector<double> second_hops;  ///< by node: it comes in there and goes on to another node
  std::vector<double> at_first;  ///< by pod: visits of the first pods on the way, an ingress controller's or the last
  std::vector<double> behind;    ///< by pod: visits of those behind an ingress controller
  double zone_crossings = 0.0;   ///< expected number, on the way there
  double dropped = 0.0;          ///< it comes where policy Local leaves no endpoint, and gets no answer
  double refused = 0.0;          ///< nothing listens, or there is no endpoint at all

  double visits(std::size_t pod) const { return at_first[pod] + behind[pod]; }
  /// By the pods that answer in the end.
  const std::vector<double>& served(const model::Traffic& traffic) const {
    return traffic.proxy && traffic.backend ? behind : at_first;
  }
};

/// A load balancer spreads over zones and nodes evenly, kube-proxy over its pods; a proxy that decides by load is taken
/// to even utilization out as far as its random choices allow, which is the best it can do (`spread_assumptions` says where).
PathSpread path_spread(const model::Cluster& cluster, const model::Traffic& traffic);

/// What `path_spread` takes for granted of this traffic, one sentence each.
std::vector<std::string> spread_assumptions(const model::Cluster& cluster, const model::Traffic& traffic);

/// What occupies a server of a pod for one request: of a proxy its CPU, of an event loop the part that holds the loop.
const Distribution& work_of(const model::Cluster& cluster, const model::Pod& pod);
std::uint32_t servers_of(const model::Cluster& cluster, const model::Pod& pod);

/// Mean time that a request holds a server of this pod, seconds; TLS set-ups apart.
double service_mean_s(const model::Cluster& cluster, const model::Pod& pod);

}  // namespace towtank
