#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace towtank::analytic {

/// Requests that ask for work at one station of a set, whichever.
struct Demand {
  double amount_per_s = 0.0;            ///< in the unit of the capacities of the stations that it reaches, >= 0
  std::vector<std::uint32_t> stations;  ///< that it may be sent to, each once; not empty
};

/// What a set of stations could carry if nothing but the reach of each demand limited how it is split.
struct IdealCapacity {
  std::optional<double> factor;    ///< by which all demands can grow together; empty: nothing limits them
  std::vector<std::uint32_t> cut;  ///< stations that are full then, whatever the split: the minimum cut, ascending
};

/// The greatest factor at which a flow source -> demands -> stations -> sink saturates every demand: Newton's method
/// over minimum cuts. Stations that the same demands reach count as one, so that the size of the graph goes by the
/// number of different sets, not by that of stations.
/// @param capacity_per_s  by station, >= 0; infinity: takes no time
/// @source Gallo, Grigoriadis, Tarjan, A fast parametric maximum flow algorithm, SIAM J. Comput. 18(1), 1989.
IdealCapacity ideal_capacity(const std::vector<Demand>& demands, const std::vector<double>& capacity_per_s);

}  // namespace towtank::analytic
