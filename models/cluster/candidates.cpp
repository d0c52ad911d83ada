#include "models/cluster/candidates.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/selection.hpp"

namespace towtank {
namespace {

constexpr const char* kUnwanted = "node(s) didn't match Pod's node affinity/selector";
constexpr const char* kPortTaken = "node(s) didn't have free ports for the requested pod ports";

std::int64_t times_that_fit(std::int64_t free, std::int64_t request) {
  if (request <= 0) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0, free) / request;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool any_matches(const std::vector<LabelSelector>& selectors, const Labels& labels) {
  return std::any_of(selectors.begin(), selectors.end(),
                     [&](const LabelSelector& selector) { return matches(selector, labels); });
}

/// Empty when it has no such label.
std::string_view label_of(const PlacementNode& node, std::string_view key) {
  const auto label = node.labels.find(std::string{key});
  return label == node.labels.end() ? std::string_view{} : std::string_view{label->second};
}

void refuse(Candidate& candidate, Refusal refusal) {
  if (candidate.refusal == Refusal::none) candidate.refusal = refusal;
  candidate.room = 0;
}

}  // namespace

Candidates::Candidates(std::span<const PlacementNode> nodes, const PlacementRequest& request,
                       std::span<const PodsThere> others)
    : nodes_{nodes}, request_{request}, others_{others} {
  std::vector<std::uint32_t> order(nodes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return comes_before_by_name(nodes[a].name, nodes[b].name); });
  std::map<std::string_view, std::uint32_t> zones;
  for (const std::uint32_t index : order) {
    const auto zone = zones.emplace(nodes[index].zone, static_cast<std::uint32_t>(zones.size())).first->second;
    all_.push_back(candidate(index, zone));
  }
  pods_in_zone_.assign(zones.size(), 0);
  heed_others();
  make_rules();
}

Candidate Candidates::candidate(std::uint32_t index, std::uint32_t zone) const {
  const PlacementNode& node = nodes_[index];
  const std::vector<Toleration>& tolerations = request_.scheduling.tolerations;
  Candidate made;
  made.index = index;
  made.zone = zone;
  made.room = std::min({times_that_fit(node.cpu_millicores - node.used_cpu_millicores, request_.cpu_millicores),
                        times_that_fit(node.memory_bytes - node.used_memory_bytes, request_.memory_bytes),
                        std::max<std::int64_t>(0, node.free_pod_slots)});
  if (!request_.host_ports.empty()) made.room = std::min<std::int64_t>(made.room, 1);
  made.used_share =
      0.5 * (share(node.used_cpu_millicores, node.cpu_millicores) + share(node.used_memory_bytes, node.memory_bytes));
  made.share_of_pod =
      0.5 * (share(request_.cpu_millicores, node.cpu_millicores) + share(request_.memory_bytes, node.memory_bytes));
  made.repulsions = repulsions(tolerations, node.taints);
  made.taint = untolerated(tolerations, node.taints);
  const Taint cordon{"node.kubernetes.io/unschedulable", "", Taint::Effect::no_schedule};
  if (!node.schedulable && !tolerates(tolerations, cordon)) {
    refuse(made, Refusal::unschedulable);
  } else if (made.taint != nullptr) {
    refuse(made, Refusal::tainted);
  } else if (!wants_node(request_.scheduling, node.labels)) {
    refuse(made, Refusal::unwanted);
  }
  return made;
}

/// Host ports that others took, and pods that want none of these near them.
void Candidates::heed_others() {
  std::vector<std::uint32_t> candidate_of(nodes_.size());
  for (std::uint32_t i = 0; i < all_.size(); ++i) candidate_of[all_[i].index] = i;
  for (const PodsThere& other : others_)
    if (collide(request_.host_ports, other.host_ports))
      for (const auto& [node, pods] : other.on_nodes)
        if (pods > 0) refuse(all_[candidate_of[node]], Refusal::port_taken);
  for (const PodsThere& other : others_)
    if (other.name_space == request_.name_space) heed_anti_affinity_of(other);
}

void Candidates::heed_anti_affinity_of(const PodsThere& other) {
  const bool by_node = any_matches(other.apart_by_node, request_.labels);
  const bool by_zone = any_matches(other.apart_by_zone, request_.labels);
  if (by_node) refuse_domains_of(other, kHostnameLabel);
  if (by_zone) refuse_domains_of(other, kZoneLabel);
}

/// A node without the label is in no domain.
void Candidates::refuse_domains_of(const PodsThere& other, std::string_view key) {
  std::set<std::string_view> domains;
  for (const auto& [node, pods] : other.on_nodes)
    if (pods > 0) domains.insert(label_of(nodes_[node], key));
  domains.erase("");
  if (domains.empty()) return;
  for (Candidate& candidate : all_)
    if (domains.count(label_of(node_of(candidate), key)) > 0) refuse(candidate, Refusal::others_apart);
}

/// For each node as given, which of the values of this label it has; none where it does not count.
std::vector<std::uint32_t> Candidates::domains_by(std::string_view key, const std::vector<bool>& counts) const {
  const std::string label_key{key};
  std::map<std::string_view, std::uint32_t> numbers;
  std::vector<std::uint32_t> domains(nodes_.size(), DomainRule::kNone);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const auto label = nodes_[node].labels.find(label_key);
    if (label == nodes_[node].labels.end() || !counts[node]) continue;
    domains[node] = numbers.emplace(label->second, static_cast<std::uint32_t>(numbers.size())).first->second;
  }
  return domains;
}

/// Where the pods count for topology spread: where this one may go for its node selector and affinity, and where the
/// labels of all its hard constraints are. @source kubernetes podtopologyspread/filtering.go, calPreFilterState
std::vector<bool> Candidates::nodes_that_count() const {
  const Scheduling& wishes = request_.scheduling;
  std::vector<bool> counts;
  for (const PlacementNode& node : nodes_)
    counts.push_back(wants_node(wishes, node.labels) &&
                     std::all_of(wishes.spread.begin(), wishes.spread.end(), [&](const SpreadConstraint& spread) {
                       return !spread.do_not_schedule || node.labels.count(spread.topology_key) > 0;
                     }));
  return counts;
}

void Candidates::make_rules() {
  const Scheduling& wishes = request_.scheduling;
  const std::vector<bool> counts = nodes_that_count(), all(nodes_.size(), true);
  for (const SpreadConstraint& spread : wishes.spread) {
    if (!spread.do_not_schedule) continue;
    add_rule(DomainRule::spread(domains_by(spread.topology_key, counts), spread.max_skew,
                                matches(spread.selector, request_.labels)),
             spread.selector);
  }
  for (const LabelSelector& selector : wishes.apart_by_node)
    add_rule(DomainRule::apart(domains_by(kHostnameLabel, all), matches(selector, request_.labels)), selector);
  for (const LabelSelector& selector : wishes.apart_by_zone)
    add_rule(DomainRule::apart(domains_by(kZoneLabel, all), matches(selector, request_.labels)), selector);
}

void Candidates::add_rule(DomainRule rule, const LabelSelector& selector) {
  for (const PodsThere& other : others_)
    if (other.name_space == request_.name_space && matches(selector, other.labels))
      for (const auto& [node, pods] : other.on_nodes) rule.count(node, pods);
  rules_.push_back(std::move(rule));
}

bool Candidates::is_open(const Candidate& candidate) const {
  return candidate.room > 0 && std::all_of(rules_.begin(), rules_.end(),
                                           [&](const DomainRule& rule) { return rule.allows(candidate.index); });
}

bool Candidates::takes_daemon(const Candidate& candidate) const {
  const std::string& wanted = request_.scheduling.node_name;
  return candidate.refusal != Refusal::unschedulable && candidate.refusal != Refusal::tainted &&
         candidate.refusal != Refusal::unwanted && (wanted.empty() || wanted == node_of(candidate).name);
}

void Candidates::take(Candidate& candidate) {
  ++candidate.pods;
  if (candidate.room > 0) --candidate.room;
  candidate.used_share += candidate.share_of_pod;
  ++pods_in_zone_[candidate.zone];
  for (DomainRule& rule : rules_) rule.place(candidate.index);
}

Candidate* Candidates::find(const std::string& node) {
  const auto at = std::lower_bound(all_.begin(), all_.end(), node, [this](const Candidate& c, const std::string& name) {
    return comes_before_by_name(node_of(c).name, name);
  });
  return at != all_.end() && node_of(*at).name == node ? &*at : nullptr;
}

std::string Candidates::unknown_node(const std::string& name) const {
  std::vector<std::string_view> names;
  for (const Candidate& candidate : all_) names.push_back(node_of(candidate).name);
  return "no node is named \"" + name + '"' + did_you_mean(name, names);
}

std::string Candidates::pending_reason(const Candidate* only) const {
  if (nodes_.empty()) return "no nodes available to schedule pods";
  std::map<std::string, std::size_t> counts;
  for (const Candidate& candidate : all_) {
    if (only != nullptr && only != &candidate) {
      ++counts[kUnwanted];
    } else {
      for (const std::string& reason : refusals(candidate)) ++counts[reason];
    }
  }
  std::vector<std::string> parts;
  for (const auto& [reason, count] : counts) parts.push_back(std::to_string(count) + ' ' + reason);
  std::sort(parts.begin(), parts.end());
  std::string text = "0/" + std::to_string(nodes_.size()) + " nodes are available";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? ": " : ", ") + parts[i];
  return text;
}

/// In the order of the scheduler's filters; the first that refuses is told, what the node lacks all at once.
std::vector<std::string> Candidates::refusals(const Candidate& candidate) const {
  switch (candidate.refusal) {
    case Refusal::unschedulable:
      return {"node(s) were unschedulable"};
    case Refusal::tainted:
      return {"node(s) had untolerated taint " + text_of(*candidate.taint)};
    case Refusal::unwanted:
      return {kUnwanted};
    case Refusal::port_taken:
      return {kPortTaken};
    case Refusal::others_apart:
    case Refusal::none:
      break;
  }
  if (!request_.host_ports.empty() && candidate.pods > 0) return {kPortTaken};
  if (std::vector<std::string> found = lacks(candidate); !found.empty()) return found;
  for (const DomainRule& rule : rules_)
    if (!rule.allows(candidate.index)) return {rule.refusal(candidate.index)};
  if (candidate.refusal == Refusal::others_apart) return {"node(s) didn't satisfy existing pods anti-affinity rules"};
  return {};
}

std::vector<std::string> Candidates::lacks(const Candidate& candidate) const {
  const PlacementNode& node = node_of(candidate);
  // In double: pins may have put more on a node than 64 bits can tell.
  const double pods = static_cast<double>(candidate.pods);
  const auto is_short = [pods](std::int64_t whole, std::int64_t used, std::int64_t request) {
    const double free = static_cast<double>(whole - used) - pods * static_cast<double>(request);
    return static_cast<double>(request) > std::max(0.0, free);
  };
  std::vector<std::string> found;
  if (node.free_pod_slots <= candidate.pods) found.emplace_back("Too many pods");
  if (is_short(node.cpu_millicores, node.used_cpu_millicores, request_.cpu_millicores))
    found.emplace_back("Insufficient cpu");
  if (is_short(node.memory_bytes, node.used_memory_bytes, request_.memory_bytes))
    found.emplace_back("Insufficient memory");
  return found;
}

}  // namespace towtank
