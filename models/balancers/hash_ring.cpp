#include "models/balancers/hash_ring.hpp"

#include <algorithm>

namespace towtank {

namespace {

/// Rounds up. @param points  below 2^53
std::uint64_t whole_points(double points) {
  const auto below = static_cast<std::uint64_t>(points);
  return static_cast<double>(below) < points ? below + 1 : below;
}

}  // namespace

std::vector<std::uint64_t> ring_points(std::span<const std::uint32_t> weights, double least, double most) {
  double all = 0.0, lightest = UINT32_MAX;
  for (const std::uint32_t weight : weights) {
    all += weight;
    lightest = std::min(lightest, static_cast<double>(weight));
  }
  const double share = lightest / all;
  const double points = std::min(static_cast<double>(whole_points(share * least)) / share, most);
  std::vector<std::uint64_t> of_host;
  double wanted = 0.0;
  std::uint64_t placed = 0;
  for (const std::uint32_t weight : weights) {
    wanted += points * weight / all;
    std::uint64_t own = 0;
    for (; static_cast<double>(placed) < wanted; ++placed) ++own;
    of_host.push_back(own);
  }
  return of_host;
}

}  // namespace towtank
