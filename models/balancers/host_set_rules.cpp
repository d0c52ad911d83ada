#include "models/balancers/host_set_rules.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace towtank {

namespace {

/// What is given where nothing is meant: also the default, as `balancers` prints it.
constexpr std::string_view kNone = "none";

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
  const std::string text = arguments.text(kName, kNone);
  std::vector<std::pair<std::string, std::uint32_t>> made;
  if (text == kNone) return made;
  std::uint64_t all = 0;
  for (const std::string& item : items_of(text)) {
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
  if (all == 0) arguments.complain(kName, "weighs nothing: such as \"a=80 b=20\", or none, would do");
  return made;
}

/// `version=v2 track=stable`, or with commas.
std::vector<std::string> labels_from(BalancerArguments& arguments) {
  constexpr const char* kName = "subset_labels";
  const std::string text = arguments.text(kName, kNone);
  if (text == kNone) return {};
  const std::vector<std::string> labels = items_of(text);
  for (const std::string& label : labels)
    if (const std::size_t sign = label.find('='); sign == 0 || sign == std::string::npos)
      arguments.complain(kName, "found `" + label + "`: labels of pods, such as \"version=v2\", would do");
  if (labels.empty()) arguments.complain(kName, "found nothing: labels of pods, such as \"version=v2\", or none, would do");
  return labels;
}

}  // namespace

HostSetRules HostSetRules::read(BalancerArguments& arguments, HostSetUse use) {
  HostSetRules rules;
  rules.panic = static_cast<std::uint32_t>(arguments.integer("panic", rules.panic, 0, 100));
  rules.has_failover = arguments.boolean("failover", false);
  rules.subset = labels_from(arguments);
  const std::string fallback = arguments.text("subset_fallback", kNone);
  rules.any_without_subset = fallback == "any";
  if (fallback != "any" && fallback != kNone)
    arguments.complain("subset_fallback", "found `" + fallback + "`: none or any would do");
  if (use != HostSetUse::zones) return rules;
  rules.fails_in_panic = arguments.boolean("fail_on_panic", false);
  rules.zone_weights = weights_from(arguments);
  const bool is_aware = arguments.boolean("zone_aware", false);
  const auto min_cluster = static_cast<std::uint32_t>(arguments.integer("min_cluster", 6, 0, 1'000'000));
  if (is_aware) rules.min_cluster = min_cluster;
  if (is_aware && rules.has_failover)
    arguments.complain("failover", "leaves `zone_aware` nothing to choose, the first priority being of one zone; one of the two would do");
  if (is_aware && !rules.zone_weights.empty())
    arguments.complain("zone_weights", "Envoy routes by `zone_aware` or weighs zones; one of the two would do");
  if (!rules.subset.empty() && !rules.zone_weights.empty())
    arguments.complain("zone_weights", "Envoy does not weigh zones within a subset (`locality_weight_aware`); one of the two would do");
  if (rules.fails_in_panic && !rules.zone_weights.empty())
    arguments.complain("fail_on_panic", "Envoy does not know it where zones are weighed; one of the two would do");
  return rules;
}

std::vector<BalancerParameter> with_host_sets(std::vector<BalancerParameter> own, HostSetUse use) {
  own.push_back({"panic", "integer", "50",
                 "Envoy's `healthy_panic_threshold`: while fewer percent of a priority's endpoints pass the health checks, and "
                 "all priorities together cannot bear the load, it is spread over all of them, passing or not; 0 = never"});
  own.push_back({"failover", "boolean", "false",
                 "of an ingress controller of kind envoy: endpoints in its pod's zone come first. They bear 1.4 times their healthy part "
                 "of the requests, and those of other zones the rest (Istio's locality failover)"});
  own.push_back({"subset_labels", "text", "none",
                 "Envoy's `lb_subset_config`, one for all requests: labels of the pods to choose from, as \"version=v2\""});
  own.push_back({"subset_fallback", "text", "none", "of subset_labels: where no pod has them, `none` = 503, `any` = all pods"});
  if (use != HostSetUse::zones) return own;
  own.push_back({"fail_on_panic", "boolean", "false", "Envoy's `fail_traffic_on_panic`: answer 503 in place of a panic"});
  own.push_back({"zone_weights", "text", "none",
                 "Envoy's locality weights: which part each zone gets, as \"a=80 b=20\", while 1/1.4 of its endpoints are healthy, "
                 "in turns; zones that are not named get nothing"});
  own.push_back({"zone_aware", "boolean", "false",
                 "of an ingress controller of kind envoy: requests stay in its pod's zone while that has no smaller share of the "
                 "endpoints than of "
                 "the controller's pods; else as many as leave all endpoints the same, and the rest goes where "
                 "endpoints are to spare"});
  own.push_back(
      {"min_cluster", "integer", "6", "of zone_aware (`min_cluster_size`): it is off with fewer ready endpoints"});
  return own;
}

HostSetRules HostSetRules::of(const BalancerInfo& info, const std::vector<std::pair<std::string, std::string>>& given) {
  if (info.host_sets == HostSetUse::none) return {};
  BalancerArguments arguments{given};
  return read(arguments, info.host_sets);
}

bool is_of_envoy(const BalancerInfo& info, std::string_view parameter) {
  if (info.host_sets == HostSetUse::none) return false;
  if (parameter == "slow_start" || parameter == "aggression") return true;
  const std::vector<BalancerParameter> sets = with_host_sets({}, info.host_sets);
  return std::any_of(sets.begin(), sets.end(), [&](const BalancerParameter& each) { return each.name == parameter; });
}

}  // namespace towtank
