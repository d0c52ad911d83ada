#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/zone_routing.hpp"

namespace towtank {

/// Hosts of one priority.
struct PriorityHealth {
  std::uint32_t hosts = 0, healthy = 0;
};

struct PriorityLoad {
  std::uint32_t percent = 0;  ///< of the requests; of all priorities 100
  bool in_panic = false;      ///< its hosts are chosen from whatever their health
};

/// Which part of the requests each priority gets. A priority counts as 1.4 times as healthy as its hosts are, up to
/// 100 %; the first one gets as much, the next ones what is left, in whole percents whose rest goes to the first that has
/// a healthy host. While all together are less than 100 % healthy, a priority of which less than `panic` percent of the
/// hosts are healthy panics; when all do, each gets as much as it has hosts.
/// @param priorities  at least one   @param panic  0 .. 100; 0 = none ever panics
/// @source Envoy source/extensions/load_balancing_policies/common/load_balancer_impl.cc (recalculatePerPriorityState,
/// recalculatePerPriorityPanic, recalculateLoadInTotalPanic)
std::vector<PriorityLoad> priority_loads(std::span<const PriorityHealth> priorities, std::uint32_t panic);

/// What a user says of the sets of hosts that Envoy keeps.
struct HostSetRules {
  std::uint32_t panic = 50;                  ///< percent
  bool fails_in_panic = false;               ///< nobody is chosen then
  bool has_failover = false;                 ///< the caller's own zone is the first priority, the others the second
  std::optional<std::uint32_t> min_cluster;  ///< of zone-aware routing; empty: there is none
  std::vector<std::pair<std::string, std::uint32_t>> zone_weights;  ///< by name; empty: zones are not weighed
  std::vector<std::string> subset;           ///< labels as KEY=VALUE, all of which a host must have; empty: any host will do
  bool any_without_subset = false;           ///< where no host has them all are chosen from, else none

  /// @param by_zones  of an algorithm that may choose a zone first
  static HostSetRules read(BalancerArguments& arguments, bool by_zones = true);
  /// By where its caller stands.
  bool looks_at_callers() const { return has_failover || min_cluster.has_value(); }
  bool chooses_zones() const { return min_cluster.has_value() || !zone_weights.empty(); }
};

/// The parameters that `HostSetRules::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> with_host_sets(std::vector<BalancerParameter> own, bool by_zones = true);

/// Whether only an algorithm of Envoy's takes a parameter of this name: one of those above, or of a slow start.
bool is_of_envoy(std::string_view parameter);

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
  std::uint32_t priority_of(std::uint32_t endpoint) const { return priority_of_[endpoint]; }
  std::uint32_t zone_of(std::uint32_t endpoint) const { return zone_of_[endpoint]; }

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

  bool in_panic() const;

  /// Hosts and the chance that one is chosen from them; those without hosts are left out.
  struct Source {
    std::vector<std::uint32_t> hosts;
    double chance = 0.0;
  };
  std::vector<Source> sources() const;

 private:
  struct Set {
    std::vector<std::uint32_t> hosts;  ///< to choose from, ascending
    PriorityLoad load;
    std::vector<double> weights;  ///< of zones, by how many of their hosts are healthy; empty: they are not weighed
    EdfSchedule turns;            ///< of weighed zones
  };

  void deal(const EndpointView& view);
  void weigh_zones(const EndpointView& view, std::uint32_t priority, std::uint32_t word);
  std::vector<std::uint32_t> members(const EndpointView& view, std::span<const std::uint32_t> hosts) const;

  HostSetRules rules_;
  std::vector<std::uint32_t> healthy_, unhealthy_;  ///< of the subset, ascending
  std::vector<Set> sets_;  ///< by priority
  ZoneRouting routing_;
  bool is_routed_ = false, is_plain_ = true;
  std::uint32_t zones_ = 0;
  std::vector<std::uint32_t> priority_of_, zone_of_;  ///< by endpoint
};

/// From which endpoints an algorithm chooses: those of Envoy by their rules, others from all that are ready.
/// @param name  of the registry   @param given  its parameters
struct HostChoice {
  std::vector<HostSets::Source> sources;
  bool in_panic = false;
  bool by_callers = false;  ///< where a caller stands counts: the view says where
};
HostChoice host_choice(std::string_view name, const std::vector<std::pair<std::string, std::string>>& given, const EndpointView& view);

}  // namespace towtank
