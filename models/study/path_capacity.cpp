#include "models/study/path_capacity.hpp"

#include <limits>
#include <map>

#include "models/study/offered_load.hpp"

namespace towtank {
namespace {

/// The pods that a part of a path reaches ask for work at proxies in seconds, for a TLS set-up makes a request dearer,
/// and at others in requests, for their pods may differ in speed.
double capacity_of(const model::Cluster& cluster, const model::Pod& pod) {
  const bool is_proxy = cluster.workloads[pod.workload].proxy.has_value();
  const double cost = is_proxy ? pod.slowdown : service_mean_s(cluster, pod);
  return cost > 0.0 ? servers_of(cluster, pod) / cost : std::numeric_limits<double>::infinity();
}

/// Adds what arrives at pods that can stand in for each other.
/// @param apart  each node's callers reach the pods of their own node only
void add_demands(const model::Cluster& cluster, const std::vector<double>& visits, double per_visit, bool apart,
                 std::vector<analytic::Demand>& demands) {
  std::map<std::uint32_t, analytic::Demand> by_place;
  for (std::uint32_t pod = 0; pod < visits.size(); ++pod) {
    if (visits[pod] <= 0.0) continue;
    analytic::Demand& demand = by_place[apart ? cluster.pods[pod].node : 0];
    demand.amount_per_s += visits[pod] * per_visit;
    demand.stations.push_back(pod);
  }
  for (auto& [place, demand] : by_place) demands.push_back(std::move(demand));
}

bool keeps_callers_apart(const model::Cluster& cluster, const model::Traffic& traffic) {
  return traffic.inside && traffic.entry == model::Traffic::Entry::service && cluster.services[traffic.service].local;
}

}  // namespace

analytic::IdealCapacity ideal_path_capacity(const model::Cluster& cluster, const std::vector<PathSpread>& spreads) {
  std::vector<analytic::Demand> demands;
  for (std::size_t i = 0; i < cluster.traffic.size(); ++i) {
    const model::Traffic& traffic = cluster.traffic[i];
    if (traffic.arrivals == model::Traffic::Arrivals::closed) continue;
    const double work_s =
        traffic.proxy ? cluster.proxies[*traffic.proxy].cpu.mean_s() + handshake_mean_s(cluster, traffic) : 1.0;
    add_demands(cluster, spreads[i].at_first, traffic.rate_per_s * work_s, keeps_callers_apart(cluster, traffic),
                demands);
    add_demands(cluster, spreads[i].behind, traffic.rate_per_s, false, demands);
  }
  std::vector<double> capacity_per_s;
  for (const model::Pod& pod : cluster.pods) capacity_per_s.push_back(capacity_of(cluster, pod));
  return analytic::ideal_capacity(demands, capacity_per_s);
}

}  // namespace towtank
