#include "models/balancers/host_sets.hpp"

#include <algorithm>
#include <numeric>

namespace towtank {

namespace {

constexpr std::uint32_t kWhole = 100;

}  // namespace

HostSets::HostSets(HostSetRules rules) : rules_{std::move(rules)}, routing_{rules_.min_cluster.value_or(0)} {}

void HostSets::update(const EndpointView& view, std::uint32_t word) {
  Members subset{members(view, view.ready), members(view, view.unhealthy)};
  if (subset.healthy.empty() && subset.unhealthy.empty() && rules_.any_without_subset) {
    subset.healthy.assign(view.ready.begin(), view.ready.end());
    subset.unhealthy.assign(view.unhealthy.begin(), view.unhealthy.end());
  }
  deal(view, subset);
  for (std::uint32_t priority = 0; priority < sets_.size(); ++priority) weigh_zones(view, subset, priority, word);
  is_routed_ = false;
  if (rules_.min_cluster && !sets_[0].load.in_panic) {
    EndpointView first = view;
    first.ready = sets_[0].hosts;
    routing_.update(first);
    is_routed_ = routing_.is_on();
  }
  is_plain_ = sets_[0].load.percent == kWhole && sets_[0].weights.empty() && !is_routed_;
}

/// Those that have all labels of the subset.
std::vector<std::uint32_t> HostSets::members(const EndpointView& view, std::span<const std::uint32_t> hosts) const {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t endpoint : hosts) {
    const auto has = [&](const std::string& label) {
      if (view.labels.empty()) return false;
      const std::vector<std::string>& own = view.labels[endpoint];
      return std::find(own.begin(), own.end(), label) != own.end();
    };
    if (std::all_of(rules_.subset.begin(), rules_.subset.end(), has)) found.push_back(endpoint);
  }
  return found;
}

/// The hosts over their priorities.
void HostSets::deal(const EndpointView& view, const Members& members) {
  const bool has_priorities = rules_.has_failover || !view.priorities.empty();
  priority_of_.assign(has_priorities ? view.count : 0, 0);
  zone_of_.assign(rules_.chooses_zones() ? view.count : 0, 0);
  if (rules_.chooses_zones()) zones_ = std::max(zones_, view.zone + 1);
  std::uint32_t count = rules_.has_failover ? 2 : 1;
  for (std::uint32_t endpoint = 0; endpoint < priority_of_.size(); ++endpoint) {
    priority_of_[endpoint] = rules_.has_failover ? (view.zone_of(endpoint) == view.zone ? 0 : 1) : view.priority_of(endpoint);
    count = std::max(count, priority_of_[endpoint] + 1);
  }
  for (std::uint32_t endpoint = 0; endpoint < zone_of_.size(); ++endpoint) {
    zone_of_[endpoint] = view.zone_of(endpoint);
    zones_ = std::max(zones_, zone_of_[endpoint] + 1);
  }
  std::vector<PriorityHealth> healths(count);
  for (const std::uint32_t endpoint : members.healthy) {
    PriorityHealth& health = healths[priority_of(endpoint)];
    ++health.hosts;
    ++health.healthy;
  }
  for (const std::uint32_t endpoint : members.unhealthy) ++healths[priority_of(endpoint)].hosts;
  const std::vector<PriorityLoad> loads = priority_loads(healths, rules_.panic);
  sets_.assign(count, {});
  for (std::uint32_t priority = 0; priority < count; ++priority) sets_[priority].load = loads[priority];
  for (std::uint32_t priority = 0; priority < count; ++priority) sets_[priority].hosts.reserve(healths[priority].hosts);
  for (const std::uint32_t endpoint : members.healthy) sets_[priority_of(endpoint)].hosts.push_back(endpoint);
  for (const std::uint32_t endpoint : members.unhealthy)
    if (Set& set = sets_[priority_of(endpoint)]; set.load.in_panic) set.hosts.push_back(endpoint);
  for (Set& set : sets_) {
    std::sort(set.hosts.begin(), set.hosts.end());
    set.has_members = !set.hosts.empty();
    if (set.load.in_panic && rules_.fails_in_panic) set.hosts.clear();
  }
}

/// A zone weighs as it is told while 1/1.4 of its hosts are healthy, and less by as much as it is short of that.
void HostSets::weigh_zones(const EndpointView& view, const Members& members, std::uint32_t priority, std::uint32_t word) {
  Set& set = sets_[priority];
  if (rules_.zone_weights.empty() || set.load.in_panic || set.hosts.empty()) return;
  std::vector<std::uint32_t> healthy(zones_, 0), told(zones_, 0), open;
  for (const std::uint32_t endpoint : set.hosts) ++healthy[zone_of_[endpoint]];
  std::vector<std::uint32_t> hosts = healthy;
  for (const std::uint32_t endpoint : members.unhealthy)
    if (priority_of(endpoint) == priority) ++hosts[zone_of_[endpoint]];
  for (std::uint32_t zone = 0; zone < zones_ && zone < view.zone_names.size(); ++zone)
    for (const auto& [name, weight] : rules_.zone_weights)
      if (name == view.zone_names[zone]) told[zone] = weight;
  set.weights.assign(zones_, 0.0);
  for (std::uint32_t zone = 0; zone < zones_; ++zone) {
    if (healthy[zone] == 0 || told[zone] == 0) continue;
    set.weights[zone] = told[zone] * std::min(1.0, kOverprovisioningPercent / 100.0 * healthy[zone] / hosts[zone]);
    open.push_back(zone);
  }
  if (open.empty()) return set.weights.clear();
  set.turns.reset(zones_);
  set.turns.begin({.count = zones_, .ready = open, .weights = told}, word, [&](std::uint32_t zone) { return set.weights[zone]; });
}

std::vector<std::uint32_t> HostSets::hosts(std::uint32_t priority, std::uint32_t zone) const {
  std::vector<std::uint32_t> found = sets_[priority].hosts;
  if (zone != kAnyZone)
    found.erase(std::remove_if(found.begin(), found.end(), [&](std::uint32_t each) { return zone_of(each) != zone; }), found.end());
  return found;
}

std::uint32_t HostSets::priority(std::uint32_t percent) const {
  std::uint32_t priority = 0;
  for (std::uint32_t up_to = sets_[0].load.percent; percent >= up_to; up_to += sets_[priority].load.percent) ++priority;
  return priority;
}

std::uint32_t HostSets::zone(std::uint32_t priority, const PhiloxBlock& words) {
  Set& set = sets_[priority];
  if (!set.weights.empty()) return set.turns.pick([&](std::uint32_t zone) { return set.weights[zone]; });
  if (priority > 0 || !is_routed_) return kAnyZone;
  return routing_.stays() ? routing_.own_zone() : routing_.zone(words);
}

bool HostSets::is_panic_heard() const {
  return std::any_of(sets_.begin(), sets_.end(), [](const Set& set) { return set.load.in_panic && set.load.percent > 0 && set.has_members; });
}

std::vector<HostSets::Source> HostSets::sources() const {
  std::vector<Source> found;
  for (std::uint32_t priority = 0; priority < sets_.size(); ++priority) {
    const Set& set = sets_[priority];
    const double chance = static_cast<double>(set.load.percent) / kWhole;
    std::vector<double> by_zone = set.weights;
    const double all = std::accumulate(by_zone.begin(), by_zone.end(), 0.0);
    for (double& each : by_zone) each /= all;
    if (priority == 0 && is_routed_) by_zone = routing_.chances();
    if (by_zone.empty()) found.push_back({set.hosts, chance, set.load.in_panic});
    for (std::uint32_t zone = 0; zone < by_zone.size(); ++zone) found.push_back({hosts(priority, zone), chance * by_zone[zone], false});
  }
  found.erase(std::remove_if(found.begin(), found.end(), [](const Source& source) { return source.chance <= 0.0; }), found.end());
  return found;
}

HostChoice host_choice(const BalancerInfo& info, const std::vector<std::pair<std::string, std::string>>& given, const EndpointView& view) {
  HostChoice made;
  if (info.host_sets == HostSetUse::none) {
    made.sources.push_back({{view.ready.begin(), view.ready.end()}, 1.0, false});
  } else {
    HostSets sets{HostSetRules::of(info, given)};
    sets.update(view, 0);
    made.sources = sets.sources();
    made.in_panic = sets.is_panic_heard();
  }
  const auto is_empty = [](const HostSets::Source& source) { return source.hosts.empty(); };
  for (const HostSets::Source& source : made.sources) made.nobody += is_empty(source) ? source.chance : 0.0;
  made.sources.erase(std::remove_if(made.sources.begin(), made.sources.end(), is_empty), made.sources.end());
  return made;
}

}  // namespace towtank
