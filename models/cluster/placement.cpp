#include "models/cluster/placement.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "models/cluster/candidates.hpp"
#include "sim/core/check.hpp"

namespace towtank {
namespace {

// Weights of the scheduler's plugins PodTopologySpread, NodeResourcesFit and TaintToleration; the noise stands for all
// it weighs besides.
constexpr double kSpreadWeight = 2.0;
constexpr double kFreeWeight = 1.0;
constexpr double kTaintWeight = 3.0;
constexpr double kNoiseRange = 0.1 * 100.0 * (kSpreadWeight + kFreeWeight);

class Placer {
 public:
  Placer(std::span<const PlacementNode> nodes, const PlacementRequest& request, const PlacementDraw& uniform,
         std::span<const PodsThere> others)
      : request_{request}, uniform_{uniform}, candidates_{nodes, request, others} {
    for (const KnownPod& pod : request.known) taken_names_.insert(pod.name);
  }

  Result<std::vector<PlacedPod>> run() {
    if (Problems problems = place_facts(); !problems.empty()) return problems;
    if (request_.is_daemon) {
      place_daemons();
    } else {
      place_by_policy();
      const std::string reason = remaining() > 0 ? candidates_.pending_reason() : "";
      while (remaining() > 0) pods_.push_back({next_name(), std::nullopt, reason});
    }
    return std::move(pods_);
  }

 private:
  void place_by_policy() {
    switch (request_.policy) {
      case PlacementPolicy::even:
        return candidates_.have_rules() ? place_evenly_by_rules() : place_evenly();
      case PlacementPolicy::scheduler_default:
        return place_by_score();
      case PlacementPolicy::random:
        return place_at_random();
      case PlacementPolicy::packed:
        return place_packed();
    }
  }

  std::int64_t remaining() const { return request_.replicas - static_cast<std::int64_t>(pods_.size()); }
  std::uint32_t next_ordinal() const { return static_cast<std::uint32_t>(pods_.size()); }

  /// Of a pod that was created and waits; when there is none, the workload's with the next number that is free.
  std::string next_name() {
    while (next_known_ < request_.known.size())
      if (const KnownPod& pod = request_.known[next_known_++]; pod.node.empty()) return pod.name;
    std::string name;
    do name = request_.workload + '-' + std::to_string(next_number_++);
    while (taken_names_.count(name) > 0);
    return name;
  }

  void put(Candidate& candidate) { put(candidate, next_name()); }
  void put(Candidate& candidate, std::string name) {
    pods_.push_back({std::move(name), candidate.index, {}});
    candidates_.take(candidate);
  }

  /// One of `count` things by the next pod's draw.
  std::size_t draw_one_of(std::size_t count) const {
    TOWTANK_CHECK(count > 0, "a draw needs something to draw from");
    const double u = uniform_(next_ordinal());
    return std::min(static_cast<std::size_t>(u * static_cast<double>(count)), count - 1);
  }

  /// What is so whether the scheduler likes it or not: pods that are somewhere, pods that name their node, pins.
  Problems place_facts() {
    Problems problems;
    for (const KnownPod& pod : request_.known) {
      if (pod.node.empty()) continue;
      if (Candidate* const there = candidates_.find(pod.node)) {
        put(*there, pod.name);
      } else {
        problems.push_back({pod.mark, "Pod/" + pod.name + " runs on a node that is not in the cluster: " +
                                          candidates_.unknown_node(pod.node) +
                                          "; add the Node objects to the resources"});
      }
    }
    if (!problems.empty()) return problems;
    if (request_.is_daemon) return complain_of_daemon_pins();
    const std::string& node = request_.scheduling.node_name;
    if (node.empty() || remaining() <= 0) return place_pins();
    Candidate* const there = candidates_.find(node);
    if (there == nullptr)
      return {{request_.mark, "the nodeName of " + request_.workload + ": " + candidates_.unknown_node(node)}};
    while (remaining() > 0) put(*there);
    return problems;
  }

  Problems complain_of_daemon_pins() const {
    Problems problems;
    for (const PlacementPin& pin : request_.pins)
      problems.push_back({pin.mark, "pods of the DaemonSet " + request_.workload +
                                        " cannot be pinned: each node that it may run on has one"});
    return problems;
  }

  /// The controller makes a pod for each node that it may run on; it waits there until it fits.
  void place_daemons() {
    for (Candidate& candidate : candidates_.all()) {
      if (candidate.pods > 0 || !candidates_.takes_daemon(candidate)) continue;
      std::string name = request_.workload + '-' + candidates_.node_of(candidate).name;
      if (candidates_.is_open(candidate)) {
        put(candidate, std::move(name));
      } else {
        pods_.push_back({std::move(name), std::nullopt, candidates_.pending_reason(&candidate)});
      }
    }
  }

  Problems place_pins() {
    Problems problems;
    std::map<std::string_view, const PlacementPin*> pins;
    std::int64_t pinned = request_.replicas - remaining();
    for (const PlacementPin& pin : request_.pins) {
      if (pin.pods < 0)
        problems.push_back({pin.mark, "a number of pods is 0 or more, found " + std::to_string(pin.pods)});
      if (!pins.emplace(pin.node, &pin).second)
        problems.push_back({pin.mark, "the node \"" + pin.node + "\" is pinned twice"});
      if (candidates_.find(pin.node) == nullptr) problems.push_back({pin.mark, candidates_.unknown_node(pin.node)});
      const std::int64_t room = request_.replicas - pinned;
      if (pin.pods > room && room >= 0)
        problems.push_back({pin.mark, "the pins of " + request_.workload + " are more than its " +
                                          std::to_string(request_.replicas) + " replicas"});
      pinned = pin.pods > room ? request_.replicas + 1 : pinned + std::max<std::int64_t>(0, pin.pods);
    }
    if (!problems.empty()) return problems;
    for (Candidate& candidate : candidates_.all()) {
      const auto pin = pins.find(candidates_.node_of(candidate).name);
      for (std::int64_t i = 0; pin != pins.end() && i < pin->second->pods; ++i) put(candidate);
    }
    return problems;
  }

  /// Nodes of one number of pods, by zone: the lowest level is served first, so that a pod costs no walk over all
  /// nodes.
  void place_evenly() {
    using Level = std::vector<std::vector<Candidate*>>;
    std::map<std::int64_t, Level> levels;
    const auto add = [&](Candidate& candidate) {
      if (candidate.room <= 0) return;
      Level& level = levels[candidate.pods];
      level.resize(candidates_.pods_in_zone().size());
      level[candidate.zone].push_back(&candidate);
    };
    for (Candidate& candidate : candidates_.all()) add(candidate);
    while (remaining() > 0 && !levels.empty()) {
      Level& level = levels.begin()->second;
      std::vector<std::vector<Candidate*>*> zones = emptiest_zones(level);
      if (zones.empty()) {
        levels.erase(levels.begin());
        continue;
      }
      std::size_t count = 0;
      for (const auto* zone : zones) count += zone->size();
      std::size_t chosen = draw_one_of(count);
      auto zone = zones.begin();
      for (; chosen >= (*zone)->size(); ++zone) chosen -= (*zone)->size();
      Candidate& candidate = *(**zone)[chosen];
      (*zone)->erase((*zone)->begin() + static_cast<std::ptrdiff_t>(chosen));
      put(candidate);
      add(candidate);
    }
  }

  /// Of the zones that have nodes of this level, those with fewest pods of the workload.
  std::vector<std::vector<Candidate*>*> emptiest_zones(std::vector<std::vector<Candidate*>>& level) const {
    std::vector<std::vector<Candidate*>*> zones;
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t zone = 0; zone < level.size(); ++zone) {
      if (level[zone].empty() || candidates_.pods_in_zone()[zone] > fewest) continue;
      if (candidates_.pods_in_zone()[zone] < fewest) zones.clear();
      fewest = candidates_.pods_in_zone()[zone];
      zones.push_back(&level[zone]);
    }
    return zones;
  }

  /// The same choice where rules open and close nodes all the time.
  void place_evenly_by_rules() {
    const auto load = [this](const Candidate& c) { return std::pair{c.pods, candidates_.pods_in_zone()[c.zone]}; };
    while (remaining() > 0) {
      std::vector<Candidate*> best;
      for (Candidate& candidate : candidates_.all()) {
        if (!candidates_.is_open(candidate) || (!best.empty() && load(candidate) > load(*best.front()))) continue;
        if (!best.empty() && load(candidate) < load(*best.front())) best.clear();
        best.push_back(&candidate);
      }
      if (best.empty()) return;
      put(*best[draw_one_of(best.size())]);
    }
  }

  void place_at_random() {
    std::vector<Candidate*> feasible = open_candidates();
    while (remaining() > 0 && !feasible.empty()) {
      const std::size_t chosen = draw_one_of(feasible.size());
      put(*feasible[chosen]);
      if (candidates_.have_rules()) {
        feasible = open_candidates();
      } else if (feasible[chosen]->room == 0) {
        feasible.erase(feasible.begin() + static_cast<std::ptrdiff_t>(chosen));
      }
    }
  }

  std::vector<Candidate*> open_candidates() {
    std::vector<Candidate*> open;
    for (Candidate& candidate : candidates_.all())
      if (candidates_.is_open(candidate)) open.push_back(&candidate);
    return open;
  }

  /// A node that was the fullest only gets fuller: it is kept until nothing more fits, but where rules open others.
  void place_packed() {
    Candidate* fullest = nullptr;
    while (remaining() > 0) {
      if (fullest == nullptr || candidates_.have_rules() || !candidates_.is_open(*fullest)) fullest = choose_fullest();
      if (fullest == nullptr) return;
      put(*fullest);
    }
  }

  Candidate* choose_fullest() {
    std::vector<Candidate*> best;
    const auto fullness = [](const Candidate& c) { return std::pair{c.used_share, c.pods}; };
    for (Candidate& candidate : candidates_.all()) {
      if (!candidates_.is_open(candidate)) continue;
      if (!best.empty() && fullness(candidate) < fullness(*best.front())) continue;
      if (!best.empty() && fullness(candidate) > fullness(*best.front())) best.clear();
      best.push_back(&candidate);
    }
    return best.empty() ? nullptr : best[draw_one_of(best.size())];
  }

  void place_by_score() {
    while (remaining() > 0) {
      Candidate* best = nullptr;
      double best_score = 0.0;
      const Spread hosts = spread_of_hosts();
      const Spread zones = spread_of_zones();
      const std::int64_t repulsions = most_repulsions();
      for (std::size_t i = 0; i < candidates_.all().size(); ++i) {
        Candidate& candidate = candidates_.all()[i];
        if (!candidates_.is_open(candidate)) continue;
        const double spread =
            0.5 * (hosts.score(candidate.pods) + zones.score(candidates_.pods_in_zone()[candidate.zone]));
        const double free = 100.0 * std::max(0.0, 1.0 - candidate.used_share - candidate.share_of_pod);
        const auto draw =
            next_ordinal() * static_cast<std::uint32_t>(candidates_.all().size()) + static_cast<std::uint32_t>(i);
        double score = kSpreadWeight * spread + kFreeWeight * free + kNoiseRange * uniform_(draw);
        if (repulsions > 0)
          score -= kTaintWeight * 100.0 * static_cast<double>(candidate.repulsions) / static_cast<double>(repulsions);
        if (best != nullptr && score <= best_score) continue;
        best = &candidate;
        best_score = score;
      }
      if (best == nullptr) return;
      put(*best);
    }
  }

  /// Of the nodes that a pod fits on now.
  std::int64_t most_repulsions() const {
    std::int64_t most = 0;
    for (const Candidate& candidate : candidates_.all())
      if (candidates_.is_open(candidate)) most = std::max(most, candidate.repulsions);
    return most;
  }

  /// Fewer pods, more points, 0 to 100 between the extremes. @source models/SOURCES.md 8.1, "default spread scoring"
  struct Spread {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = 0;

    void include(std::int64_t pods) {
      least = std::min(least, pods);
      most = std::max(most, pods);
    }
    double score(std::int64_t pods) const {
      return most == 0 ? 100.0 : 100.0 * static_cast<double>(most + least - pods) / static_cast<double>(most);
    }
  };

  Spread spread_of_hosts() const {
    Spread spread;
    for (const Candidate& candidate : candidates_.all())
      if (candidate.room > 0) spread.include(candidate.pods);
    return spread;
  }

  Spread spread_of_zones() const {
    Spread spread;
    for (const Candidate& candidate : candidates_.all())
      if (candidate.room > 0) spread.include(candidates_.pods_in_zone()[candidate.zone]);
    return spread;
  }

  const PlacementRequest& request_;
  const PlacementDraw& uniform_;
  Candidates candidates_;
  std::vector<PlacedPod> pods_;
  std::set<std::string> taken_names_;
  std::size_t next_known_ = 0;
  std::uint64_t next_number_ = 0;
};

}  // namespace

Result<std::vector<PlacedPod>> place(std::span<const PlacementNode> nodes, const PlacementRequest& request,
                                     const PlacementDraw& uniform, std::span<const PodsThere> others) {
  TOWTANK_CHECK(request.replicas >= 0, "the reader refuses negative replicas");
  TOWTANK_CHECK(request.is_daemon || request.known.size() <= static_cast<std::size_t>(request.replicas),
                "known pods are some of the replicas");
  return Placer{nodes, request, uniform, others}.run();
}

}  // namespace towtank
