#include "models/analytic/ideal_capacity.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/cluster/graph.hpp"

namespace towtank::analytic {
namespace {

constexpr double kUnits = 1099511627776.0;  // 2^40: the greatest capacity in units of the integers that flow
constexpr std::int64_t kUnlimited = std::int64_t{1} << 52;
constexpr double kResolution = 1e-9;  // of factors: a thousand units, for rounding every pipe down

/// Stations that the same demands reach.
struct Pool {
  std::vector<std::uint32_t> demands, stations;
  double capacity_per_s = 0.0;
};

std::vector<Pool> pools_of(const std::vector<Demand>& demands, const std::vector<double>& capacity_per_s) {
  std::vector<std::vector<std::uint32_t>> reached_by(capacity_per_s.size());
  for (std::uint32_t demand = 0; demand < demands.size(); ++demand)
    for (const std::uint32_t station : demands[demand].stations) reached_by[station].push_back(demand);
  std::map<std::vector<std::uint32_t>, Pool> pools;
  for (std::uint32_t station = 0; station < reached_by.size(); ++station) {
    if (reached_by[station].empty()) continue;
    Pool& pool = pools[reached_by[station]];
    pool.stations.push_back(station);
    pool.capacity_per_s += capacity_per_s[station];
  }
  std::vector<Pool> made;
  for (auto& [reaching, pool] : pools) {
    pool.demands = reaching;
    made.push_back(std::move(pool));
  }
  return made;
}

/// Those that ask for something and cannot get all of it from a station that takes no time.
std::vector<Demand> limited(const std::vector<Demand>& demands, const std::vector<double>& capacity_per_s) {
  std::vector<Demand> kept;
  for (const Demand& demand : demands) {
    const auto is_endless = [&](std::uint32_t station) { return std::isinf(capacity_per_s[station]); };
    if (demand.amount_per_s > 0.0 && std::none_of(demand.stations.begin(), demand.stations.end(), is_endless))
      kept.push_back(demand);
  }
  return kept;
}

/// Vertices: the source, the demands, the pools, the sink.
class Network {
 public:
  Network(const std::vector<Demand>& demands, const std::vector<Pool>& pools) : demands_{demands}, pools_{pools} {
    for (const Pool& pool : pools) capacity_ += pool.capacity_per_s;
    for (const Demand& demand : demands) amount_ += demand.amount_per_s;
  }

  /// When everything that is reached is full: no factor is greater.
  double upper_bound() const { return capacity_ / amount_; }

  graph::Flow flow(double factor) const {
    std::vector<graph::Pipe> pipes;
    for (std::size_t i = 0; i < demands_.size(); ++i)
      pipes.push_back({0, 1 + i, in_units(factor * demands_[i].amount_per_s)});
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      for (const std::uint32_t demand : pools_[i].demands) pipes.push_back({1 + demand, vertex_of(i), kUnlimited});
      pipes.push_back({vertex_of(i), sink(), in_units(pools_[i].capacity_per_s)});
    }
    return graph::max_flow(sink() + 1, pipes, 0, sink());
  }

  /// At which the demands on the source's side of a cut fill the pools there; empty where there are no demands.
  std::optional<double> factor_of(const graph::Flow& flow) const {
    double capacity = 0.0, amount = 0.0;
    for (std::size_t i = 0; i < pools_.size(); ++i)
      if (flow.source_side[vertex_of(i)]) capacity += pools_[i].capacity_per_s;
    for (std::size_t i = 0; i < demands_.size(); ++i)
      if (flow.source_side[1 + i]) amount += demands_[i].amount_per_s;
    return amount > 0.0 ? std::optional{capacity / amount} : std::nullopt;
  }

  std::vector<std::uint32_t> stations_of(const graph::Flow& flow) const {
    std::vector<std::uint32_t> stations;
    for (std::size_t i = 0; i < pools_.size(); ++i)
      if (flow.source_side[vertex_of(i)])
        stations.insert(stations.end(), pools_[i].stations.begin(), pools_[i].stations.end());
    std::sort(stations.begin(), stations.end());
    return stations;
  }

 private:
  std::size_t vertex_of(std::size_t pool) const { return 1 + demands_.size() + pool; }
  std::size_t sink() const { return 1 + demands_.size() + pools_.size(); }
  std::int64_t in_units(double per_s) const {
    return static_cast<std::int64_t>(std::floor(per_s / capacity_ * kUnits));
  }

  const std::vector<Demand>& demands_;
  const std::vector<Pool>& pools_;
  double capacity_ = 0.0, amount_ = 0.0;
};

}  // namespace

IdealCapacity ideal_capacity(const std::vector<Demand>& demands, const std::vector<double>& capacity_per_s) {
  const std::vector<Demand> asking = limited(demands, capacity_per_s);
  const std::vector<Pool> pools = pools_of(asking, capacity_per_s);
  if (asking.empty()) return {};
  IdealCapacity best;
  for (const Pool& pool : pools) best.cut.insert(best.cut.end(), pool.stations.begin(), pool.stations.end());
  std::sort(best.cut.begin(), best.cut.end());
  const Network network{asking, pools};
  best.factor = network.upper_bound();
  // Each cut that is too narrow bounds the factor; the demands in it become fewer from one to the next, so this ends.
  while (*best.factor > 0.0) {
    const graph::Flow flow = network.flow(*best.factor);
    const std::optional<double> bound = network.factor_of(flow);
    if (!bound || *bound >= *best.factor * (1.0 - kResolution)) break;
    best.factor = bound;
    best.cut = network.stations_of(flow);
  }
  return best;
}

}  // namespace towtank::analytic
