#pragma once

#include <cstdint>
#include <vector>

namespace towtank {

/// How a balancer that looks at requests in flight, or at latencies, comes to the endpoints that it compares.
struct Comparison {
  std::uint32_t choices = 0;  ///< drawn at random; 0 = it compares all
  bool distinct = true;
};

/// Shares that even utilization out as far as the choices allow. The k slowest endpoints get at least the chance that
/// all choices fall on them, so the densities, share over capacity, are the slopes of the least concave function above
/// these points. @param capacity  by endpoint, > 0
std::vector<double> evened_out(const std::vector<double>& capacity, const Comparison& comparison);

/// Shares of which none is more than its endpoint can take, as far as all together can take them: the excess goes to the
/// others in proportion to their own shares, and what nobody can take to all in proportion to what they can.
/// @param most  by endpoint, > 0, as shares   @param in_order  instead, each takes all that it can of what is left
std::vector<double> kept_within(std::vector<double> shares, const std::vector<double>& most, bool in_order);

}  // namespace towtank
