#include "models/balancers/host_sets.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace towtank {

namespace {

constexpr std::uint32_t kOverprovisioning = 140, kWhole = 100;

/// What stands between blanks or commas.
std::vector<std::string> items_of(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t at = 0; (at = text.find_first_not_of(" ,", at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" ,", at), text.size());
    items.push_back(text.substr(at, end - at));
    at = end;
  }
  return items;
}

/// `a=80 b=20`, or with commas.
std::vector<std::pair<std::string, std::uint32_t>> weights_from(BalancerArguments& arguments) {
  constexpr std::uint32_t kHeaviest = 1'000'000;
  constexpr const char* kName = "zone_weights";
  std::vector<std::pair<std::string, std::uint32_t>> made;
  std::uint64_t all = 0;
  for (const std::string& item : items_of(arguments.text(kName))) {
    const std::size_t sign = std::min(item.find('='), item.size());
    const std::string zone = item.substr(0, sign);
    std::uint32_t weight = 0;
    const char* const last = item.data() + item.size();
    const auto [stop, error] = std::from_chars(item.data() + std::min(sign + 1, item.size()), last, weight);
    const bool is_new = std::none_of(made.begin(), made.end(), [&](const auto& each) { return each.first == zone; });
    if (zone.empty() || !is_new || error != std::errc{} || stop != last || weight > kHeaviest) {
      arguments.complain(kName, "found `" + item + "`: each zone once with its weight, a whole number up to 1000000, such as \"a=80 b=20\", would do");
      return {};
    }
    made.emplace_back(zone, weight);
    all += weight;
  }
  if (!made.empty() && all == 0) arguments.complain(kName, "weighs nothing: such as \"a=80 b=20\" would do");
  return made;
}

/// `version=v2 track=stable`, or with commas.
std::vector<std::string> labels_from(BalancerArguments& arguments) {
  constexpr const char* kName = "subset";
  const std::vector<std::string> labels = items_of(arguments.text(kName));
  for (const std::string& label : labels)
    if (const std::size_t sign = label.find('='); sign == 0 || sign == std::string::npos)
      arguments.complain(kName, "found `" + label + "`: labels of pods, such as \"version=v2\", would do");
  return labels;
}

}  // namespace

std::vector<PriorityLoad> priority_loads(std::span<const PriorityHealth> priorities, std::uint32_t panic) {
  std::vector<PriorityLoad> loads(priorities.size());
  std::vector<std::uint32_t> healths;
  std::uint32_t health_of_all = 0;
  for (const PriorityHealth& each : priorities) {
    const std::uint64_t health = each.hosts == 0 ? 0 : std::uint64_t{kOverprovisioning} * each.healthy / each.hosts;
    healths.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(kWhole, health)));
    health_of_all = std::min(kWhole, health_of_all + healths.back());
  }
  if (health_of_all == 0 && panic == 0) {
    loads.front().percent = kWhole;
    return loads;
  }
  bool all_panic = true;
  std::uint64_t hosts_of_all = 0;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const PriorityHealth& each = priorities[i];
    loads[i].in_panic = health_of_all < kWhole && (each.hosts == 0 ? panic > 0 : std::uint64_t{kWhole} * each.healthy < std::uint64_t{panic} * each.hosts);
    all_panic = all_panic && loads[i].in_panic;
    hosts_of_all += each.hosts;
  }
  std::uint32_t left = kWhole;
  PriorityLoad* first = nullptr;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const std::uint64_t part = !all_panic                  ? std::uint64_t{kWhole} * healths[i] / health_of_all
                               : hosts_of_all == 0 ? 0 : std::uint64_t{kWhole} * priorities[i].hosts / hosts_of_all;
    if (first == nullptr && (all_panic ? priorities[i].hosts > 0 : healths[i] > 0)) first = &loads[i];
    loads[i].percent = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, part));
    left -= loads[i].percent;
  }
  (first == nullptr ? loads.front() : *first).percent += left;
  return loads;
}

HostSetRules HostSetRules::read(BalancerArguments& arguments, bool by_zones) {
  HostSetRules rules;
  rules.panic = static_cast<std::uint32_t>(arguments.integer("panic", rules.panic, 0, kWhole));
  rules.has_failover = arguments.boolean("failover", false);
  rules.subset = labels_from(arguments);
  const std::string fallback = arguments.text("subset_fallback");
  rules.any_without_subset = fallback == "any";
  if (fallback != "" && fallback != "any" && fallback != "none")
    arguments.complain("subset_fallback", "found `" + fallback + "`: none or any would do");
  if (!by_zones) return rules;
  rules.fails_in_panic = arguments.boolean("fail_on_panic", false);
  rules.zone_weights = weights_from(arguments);
  const bool is_aware = arguments.boolean("zone_aware", false);
  const auto min_cluster = static_cast<std::uint32_t>(arguments.integer("min_cluster", 6, 0, 1'000'000));
  if (is_aware) rules.min_cluster = min_cluster;
  if (is_aware && rules.has_failover)
    arguments.complain("failover", "leaves `zone_aware` nothing to choose, the first priority being of one zone; one of the two would do");
  if (is_aware && !rules.zone_weights.empty())
    arguments.complain("zone_weights", "Envoy routes by `zone_aware` or weighs zones; one of the two would do");
  if (rules.fails_in_panic && !rules.zone_weights.empty())
    arguments.complain("fail_on_panic", "Envoy does not know it where zones are weighed; one of the two would do");
  return rules;
}

std::vector<BalancerParameter> with_host_sets(std::vector<BalancerParameter> own, bool by_zones) {
  own.push_back({"panic", "integer", "50",
                 "`healthy_panic_threshold`: while fewer percent of a priority's endpoints pass the health checks, and "
                 "all priorities together cannot bear the load, it is spread over all of them, passing or not; 0 = never"});
  own.push_back({"failover", "boolean", "false",
                 "of an ingress controller: endpoints in its pod's zone come first, and the others take what 1.4 times "
                 "their healthy part is short of the whole (Istio's locality failover)"});
  own.push_back({"subset", "text", "",
                 "labels of the pods to choose from, as \"version=v2\" (`lb_subset_config`, one for all requests)"});
  own.push_back({"subset_fallback", "text", "none", "of subset: where no pod has the labels, `none` = 503, `any` = all pods"});
  if (!by_zones) return own;
  own.push_back({"fail_on_panic", "boolean", "false", "answer 503 in place of a panic (`fail_traffic_on_panic`)"});
  own.push_back({"zone_weights", "text", "",
                 "which part each zone gets, as \"a=80 b=20\", while 1/1.4 of its endpoints are healthy; zones that are "
                 "not named get nothing (locality weights)"});
  own.push_back({"zone_aware", "boolean", "false",
                 "of an ingress controller: requests stay in its pod's zone while that has no smaller share of the "
                 "endpoints than of "
                 "the controller's pods; else as many as leave all endpoints the same, and the rest goes where "
                 "endpoints are to spare"});
  own.push_back(
      {"min_cluster", "integer", "6", "of zone_aware (`min_cluster_size`): it is off with fewer ready endpoints"});
  return own;
}

bool is_of_envoy(std::string_view parameter) {
  if (parameter == "slow_start" || parameter == "aggression") return true;
  const std::vector<BalancerParameter> own = with_host_sets({});
  return std::any_of(own.begin(), own.end(), [&](const BalancerParameter& each) { return each.name == parameter; });
}

HostSets::HostSets(HostSetRules rules) : rules_{std::move(rules)}, routing_{rules_.min_cluster.value_or(0)} {}

void HostSets::update(const EndpointView& view, std::uint32_t word) {
  healthy_ = members(view, view.ready);
  unhealthy_ = members(view, view.unhealthy);
  if (healthy_.empty() && unhealthy_.empty() && rules_.any_without_subset) {
    healthy_.assign(view.ready.begin(), view.ready.end());
    unhealthy_.assign(view.unhealthy.begin(), view.unhealthy.end());
  }
  deal(view);
  for (std::uint32_t priority = 0; priority < sets_.size(); ++priority) weigh_zones(view, priority, word);
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
void HostSets::deal(const EndpointView& view) {
  priority_of_.assign(view.count, 0);
  zone_of_.assign(view.count, 0);
  if (rules_.chooses_zones()) zones_ = std::max(zones_, view.zone + 1);
  std::uint32_t count = rules_.has_failover ? 2 : 1;
  for (std::uint32_t endpoint = 0; endpoint < view.count; ++endpoint) {
    zone_of_[endpoint] = view.zone_of(endpoint);
    priority_of_[endpoint] = rules_.has_failover ? (zone_of_[endpoint] == view.zone ? 0 : 1) : view.priority_of(endpoint);
    count = std::max(count, priority_of_[endpoint] + 1);
    if (rules_.chooses_zones()) zones_ = std::max(zones_, zone_of_[endpoint] + 1);
  }
  std::vector<PriorityHealth> healths(count);
  for (const std::uint32_t endpoint : healthy_) {
    ++healths[priority_of_[endpoint]].hosts;
    ++healths[priority_of_[endpoint]].healthy;
  }
  for (const std::uint32_t endpoint : unhealthy_) ++healths[priority_of_[endpoint]].hosts;
  const std::vector<PriorityLoad> loads = priority_loads(healths, rules_.panic);
  sets_.assign(count, {});
  for (std::uint32_t priority = 0; priority < count; ++priority) sets_[priority].load = loads[priority];
  for (const std::uint32_t endpoint : healthy_) sets_[priority_of_[endpoint]].hosts.push_back(endpoint);
  for (const std::uint32_t endpoint : unhealthy_)
    if (Set& set = sets_[priority_of_[endpoint]]; set.load.in_panic) set.hosts.push_back(endpoint);
  for (Set& set : sets_) {
    std::sort(set.hosts.begin(), set.hosts.end());
    if (set.load.in_panic && rules_.fails_in_panic) set.hosts.clear();
  }
}

/// A zone weighs as it is told while 1/1.4 of its hosts are healthy, and less by as much as it is short of that.
void HostSets::weigh_zones(const EndpointView& view, std::uint32_t priority, std::uint32_t word) {
  Set& set = sets_[priority];
  if (rules_.zone_weights.empty() || set.load.in_panic || set.hosts.empty()) return;
  std::vector<std::uint32_t> healthy(zones_, 0), told(zones_, 0), open;
  for (const std::uint32_t endpoint : set.hosts) ++healthy[zone_of_[endpoint]];
  std::vector<std::uint32_t> hosts = healthy;
  for (const std::uint32_t endpoint : unhealthy_)
    if (priority_of_[endpoint] == priority) ++hosts[zone_of_[endpoint]];
  for (std::uint32_t zone = 0; zone < zones_ && zone < view.zone_names.size(); ++zone)
    for (const auto& [name, weight] : rules_.zone_weights)
      if (name == view.zone_names[zone]) told[zone] = weight;
  set.weights.assign(zones_, 0.0);
  for (std::uint32_t zone = 0; zone < zones_; ++zone) {
    if (healthy[zone] == 0 || told[zone] == 0) continue;
    set.weights[zone] = told[zone] * std::min(1.0, kOverprovisioning / 100.0 * healthy[zone] / hosts[zone]);
    open.push_back(zone);
  }
  if (open.empty()) return set.weights.clear();
  set.turns.reset(zones_);
  set.turns.begin({.count = zones_, .ready = open, .weights = told}, word, [&](std::uint32_t zone) { return set.weights[zone]; });
}

std::vector<std::uint32_t> HostSets::hosts(std::uint32_t priority, std::uint32_t zone) const {
  std::vector<std::uint32_t> found = sets_[priority].hosts;
  if (zone != kAnyZone)
    found.erase(std::remove_if(found.begin(), found.end(), [&](std::uint32_t each) { return zone_of_[each] != zone; }), found.end());
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

bool HostSets::in_panic() const {
  return std::any_of(sets_.begin(), sets_.end(), [](const Set& set) { return set.load.in_panic && set.load.percent > 0; });
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
    if (by_zone.empty()) found.push_back({set.hosts, chance});
    for (std::uint32_t zone = 0; zone < by_zone.size(); ++zone) found.push_back({hosts(priority, zone), chance * by_zone[zone]});
  }
  const auto is_empty = [](const Source& source) { return source.hosts.empty() || source.chance <= 0.0; };
  found.erase(std::remove_if(found.begin(), found.end(), is_empty), found.end());
  return found;
}

HostChoice host_choice(std::string_view name, const std::vector<std::pair<std::string, std::string>>& given, const EndpointView& view) {
  const BalancerInfo* info = find_balancer(name);
  const auto has = [&](std::string_view parameter) {
    return info != nullptr && std::any_of(info->parameters.begin(), info->parameters.end(), [&](const BalancerParameter& each) { return each.name == parameter; });
  };
  HostChoice made;
  if (!has("panic")) {
    if (!view.ready.empty()) made.sources.push_back({{view.ready.begin(), view.ready.end()}, 1.0});
    return made;
  }
  BalancerArguments arguments{given};
  HostSetRules rules = HostSetRules::read(arguments, has("zone_weights"));
  made.by_callers = rules.looks_at_callers();
  HostSets sets{std::move(rules)};
  sets.update(view, 0);
  made.sources = sets.sources();
  made.in_panic = sets.in_panic();
  return made;
}

}  // namespace towtank
