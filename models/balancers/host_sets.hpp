#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/host_set_rules.hpp"
#include "models/balancers/priority_loads.hpp"
#include "models/balancers/zone_routing.hpp"

namespace towtank {

/// From which hosts one of Envoy's algorithms chooses: of those of its subset a priority first, all its hosts while it panics, else its healthy
/// ones; of these, where zones are weighed or routed by, those of one zone.
/// @source Envoy source/extensions/load_balancing_policies/common/load_balancer_impl.cc (hostSourceToUse), locality_wrr.cc; subset/subset_lb.cc
class HostSets {
 public:
  static constexpr std::uint32_t kAnyZone = UINT32_MAX;

  explicit HostSets(HostSetRules rules);

  /// @param word  at random: where turns of zones begin
  void update(const EndpointView& view, std::uint32_t word);

  /// Priorities that there are, each with hosts or without.
  std::uint32_t priorities() const { return static_cast<std::uint32_t>(sets_.size()); }
  /// One more than the highest zone that ever was; 0 where zones are never chosen.
  std::uint32_t zones() const { return zones_; }
  std::uint32_t priority_of(std::uint32_t endpoint) const { return priority_of_.empty() ? 0 : priority_of_[endpoint]; }
  std::uint32_t zone_of(std::uint32_t endpoint) const { return zone_of_.empty() ? 0 : zone_of_[endpoint]; }

  /// From which one chooses in a priority, ascending. @param zone  or `kAnyZone`
  std::vector<std::uint32_t> hosts(std::uint32_t priority, std::uint32_t zone = kAnyZone) const;

  /// Whether which set is chosen depends on earlier choices.
  bool takes_turns() const { return !rules_.zone_weights.empty(); }
  /// All choices are from the hosts of priority 0, of any zone.
  bool is_plain() const { return is_plain_; }
  /// @param percent  at random, below 100
  std::uint32_t priority(std::uint32_t percent) const;
  /// A zone with a host to choose from, or `kAnyZone`. @param words  at random, the first two count
  std::uint32_t zone(std::uint32_t priority, const PhiloxBlock& words);

  /// Whether a priority that has hosts and gets requests panics.
  bool is_panic_heard() const;

  /// Hosts and the chance that one is chosen from them.
  struct Source {
    std::vector<std::uint32_t> hosts;  ///< empty: nobody is chosen
    double chance = 0.0;
    bool in_panic = false;
  };
  /// Those of no chance are left out.
  std::vector<Source> sources() const;

 private:
  struct Set {
    std::vector<std::uint32_t> hosts;  ///< to choose from, ascending
    bool has_members = false;          ///< it had some before a panic took them away
    PriorityLoad load;
    std::vector<double> weights;  ///< of zones, by how many of their hosts are healthy; empty: they are not weighed
    EdfSchedule turns;            ///< of weighed zones
  };

  /// Of the subset, ascending.
  struct Members {
    std::vector<std::uint32_t> healthy, unhealthy;
  };

  void deal(const EndpointView& view, const Members& members);
  void weigh_zones(const EndpointView& view, const Members& members, std::uint32_t priority, std::uint32_t word);
  std::vector<std::uint32_t> members(const EndpointView& view, std::span<const std::uint32_t> hosts) const;

  HostSetRules rules_;
  std::vector<Set> sets_;  ///< by priority
  ZoneRouting routing_;
  bool is_routed_ = false, is_plain_ = true;
  std::uint32_t zones_ = 0;
  std::vector<std::uint32_t> priority_of_, zone_of_;  ///< by endpoint; empty where all are 0, or none is looked at
};

/// From which endpoints an algorithm chooses.
struct HostChoice {
  std::vector<HostSets::Source> sources;  ///< with hosts
  double nobody = 0.0;                    ///< chance that none is chosen
  bool in_panic = false;                  ///< a priority that has hosts and gets requests panics

  bool is_of_all(std::uint32_t count) const { return sources.size() == 1 && sources[0].hosts.size() == count; }
};

/// By Envoy's rules, where it keeps to them; else all that are ready.
HostChoice host_choice(const BalancerInfo& info, const std::vector<std::pair<std::string, std::string>>& given, const EndpointView& view);

}  // namespace towtank
