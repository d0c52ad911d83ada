#include "sim/experiment/stopping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/core/check.hpp"

namespace towtank {

std::size_t next_replication_count(std::size_t done, std::size_t most) {
  TOWTANK_CHECK(done >= 1, "counts of replications grow from at least 1");
  return std::min((13 * done + 9) / 10, most);  // whole numbers: 1.3 itself is not exact
}

double relative_half_width(const Interval& interval) {
  if (!interval.resolved) return std::numeric_limits<double>::infinity();
  const double half = std::max(interval.high - interval.estimate, interval.estimate - interval.low);
  if (half == 0.0) return 0.0;
  if (interval.estimate == 0.0) return std::numeric_limits<double>::infinity();
  return half / std::abs(interval.estimate);
}

double worst_relative_half_width(std::span<const Interval> intervals) {
  double worst = 0.0;
  for (const Interval& interval : intervals) worst = std::max(worst, relative_half_width(interval));
  return worst;
}

PrecisionStopping::PrecisionStopping(std::size_t fewest, std::size_t most, double relative_precision)
    : replications_{fewest},
      most_{most},
      limit_{relative_precision / (1.0 + relative_precision)},
      passes_needed_{fewest == most ? 1 : 2} {
  TOWTANK_CHECK(fewest >= 1 && fewest <= most, "the fewest replications are at least 1 and at most the most");
  TOWTANK_CHECK(relative_precision > 0.0, "a precision is positive");
}

StopDecision PrecisionStopping::judge(double worst) {
  passes_ = worst <= limit_ ? passes_ + 1 : 0;
  if (passes_ >= passes_needed_) return StopDecision::converged;
  if (replications_ >= most_) return StopDecision::cap_reached;
  replications_ = next_replication_count(replications_, most_);
  return StopDecision::go_on;
}

}  // namespace towtank
