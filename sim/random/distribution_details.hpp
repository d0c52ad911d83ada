#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/random/distribution.hpp"
#include "sim/random/quantile_table.hpp"

namespace towtank {

/// What a law needs beside its three parameters; immutable, shared by the copies. For the .cpp files of Distribution
/// only.
struct Distribution::Details {
  std::vector<double> values;                          ///< of `empirical`, s, ascending
  std::vector<std::pair<double, Distribution>> parts;  ///< of `mixture`: shares (their sum is 1) and components
  std::unique_ptr<const QuantileTable> table;          ///< of gamma, erlang, hyperexponential, mixture
  double cut_share = 0.0;                              ///< of `pareto`: (min / max)^alpha, what the cut takes away
};

}  // namespace towtank
