#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/world/world.hpp"

/// How many requests pods, zones and second hops must see by the closed forms.
namespace towtank::test {

enum class Law { second_hop, pod, zone };

/// So many of all requests should have been drawn with one probability.
struct Share {
  Law law = Law::pod;
  std::string what;
  std::uint64_t count = 0, of = 0;
  double probability = 0.0;
  double by_wrong_rule = 0.0;  ///< what a plausible mistake would make of it

  /// Exact binomial tails, two-sided. The study as a whole raises a false alarm once in a million times.
  bool is_likely(double p) const;
};

/// More than the study compares.
inline constexpr double kMostShares = 20'000.0;

/// What `path_spread` foretells of an `unhurried` cluster, where it takes no balancer to decide by load or by address:
/// arrivals and second hops by node, visits by pod, what is answered. The wrong rule is that of the other policy.
std::vector<Share> spread_shares(const model::Cluster& cluster, const ReplicationResult& result);

/// All that closed forms foretell of an `unhurried` cluster.
std::vector<Share> shares(const model::Cluster& cluster, const ReplicationResult& result);

}  // namespace towtank::test
