#include "models/analytic/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace towtank::analytic {

double relaxation_time_s(double arrivals_per_s, double service_mean_s, double servers, double service_scv) {
  if (arrivals_per_s * service_mean_s >= servers) return std::numeric_limits<double>::infinity();
  const double gap = std::sqrt(servers / service_mean_s) - std::sqrt(arrivals_per_s);
  return std::max(1.0, 0.5 * (1.0 + service_scv)) / (gap * gap);
}

}  // namespace towtank::analytic
