#pragma once

#include <vector>

#include "sim/stats/histogram.hpp"

namespace towtank::test {

/// The histograms as the statistics take them, in their order.
inline std::vector<const Histogram*> pointers(const std::vector<Histogram>& histograms) {
  std::vector<const Histogram*> result;
  for (const Histogram& histogram : histograms) result.push_back(&histogram);
  return result;
}

}  // namespace towtank::test
