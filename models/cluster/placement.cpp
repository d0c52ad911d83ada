#include "models/cluster/placement.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "models/kubernetes/nearest_key.hpp"
#include "sim/core/check.hpp"

namespace towtank {
namespace {

// Weights of the scheduler's plugins PodTopologySpread and NodeResourcesFit; the noise stands for all it weighs
// besides.
constexpr double kSpreadWeight = 2.0;
constexpr double kFreeWeight = 1.0;
constexpr double kNoiseRange = 0.1 * 100.0 * (kSpreadWeight + kFreeWeight);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits at `at`, without its leading zeros; `at` moves behind it.
std::string_view take_number(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  std::string_view number = text.substr(start, at - start);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

/// One node while pods are being placed.
struct Candidate {
  std::uint32_t index = 0;    ///< into the nodes as given
  std::uint32_t zone = 0;     ///< in the order of the first node of each
  std::int64_t pods = 0;      ///< of this workload
  std::int64_t room = 0;      ///< for so many more
  double used_share = 0.0;    ///< mean of cpu and memory in use, 0..1
  double share_of_pod = 0.0;  ///< what one pod adds to it
};

std::int64_t times_that_fit(std::int64_t free, std::int64_t request) {
  if (request <= 0) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0, free) / request;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

class Placer {
 public:
  Placer(std::span<const PlacementNode> nodes, const PlacementRequest& request, const PlacementDraw& uniform)
      : nodes_{nodes}, request_{request}, uniform_{uniform} {
    std::vector<std::uint32_t> order(nodes.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return comes_before_by_name(nodes[a].name, nodes[b].name); });
    std::map<std::string_view, std::uint32_t> zones;
    for (const std::uint32_t index : order) {
      const auto zone = zones.emplace(nodes[index].zone, static_cast<std::uint32_t>(zones.size())).first->second;
      candidates_.push_back(candidate(index, zone));
    }
    pods_in_zone_.assign(zones.size(), 0);
  }

  Result<std::vector<PlacedPod>> run() {
    if (Problems problems = place_pins(); !problems.empty()) return problems;
    switch (request_.policy) {
      case PlacementPolicy::even:
        place_evenly();
        break;
      case PlacementPolicy::scheduler_default:
        place_by_score();
        break;
      case PlacementPolicy::random:
        place_at_random();
        break;
      case PlacementPolicy::packed:
        place_packed();
        break;
    }
    while (remaining() > 0) pods_.push_back({next_name(), std::nullopt, pending_reason()});
    return std::move(pods_);
  }

 private:
  Candidate candidate(std::uint32_t index, std::uint32_t zone) const {
    const PlacementNode& node = nodes_[index];
    Candidate made;
    made.index = index;
    made.zone = zone;
    made.room = node.schedulable
                    ? std::min({times_that_fit(node.cpu_millicores - node.used_cpu_millicores, request_.cpu_millicores),
                                times_that_fit(node.memory_bytes - node.used_memory_bytes, request_.memory_bytes),
                                std::max<std::int64_t>(0, node.free_pod_slots)})
                    : 0;
    made.used_share =
        0.5 * (share(node.used_cpu_millicores, node.cpu_millicores) + share(node.used_memory_bytes, node.memory_bytes));
    made.share_of_pod =
        0.5 * (share(request_.cpu_millicores, node.cpu_millicores) + share(request_.memory_bytes, node.memory_bytes));
    return made;
  }

  std::int64_t remaining() const { return request_.replicas - static_cast<std::int64_t>(pods_.size()); }
  std::string next_name() const { return request_.workload + '-' + std::to_string(pods_.size()); }
  std::uint32_t next_ordinal() const { return static_cast<std::uint32_t>(pods_.size()); }

  void put(Candidate& candidate) {
    pods_.push_back({next_name(), candidate.index, {}});
    ++candidate.pods;
    if (candidate.room > 0) --candidate.room;
    candidate.used_share += candidate.share_of_pod;
    ++pods_in_zone_[candidate.zone];
  }

  /// One of `count` things by the next pod's draw.
  std::size_t draw_one_of(std::size_t count) const {
    TOWTANK_CHECK(count > 0, "a draw needs something to draw from");
    const double u = uniform_(next_ordinal());
    return std::min(static_cast<std::size_t>(u * static_cast<double>(count)), count - 1);
  }

  Problems place_pins() {
    Problems problems;
    std::map<std::string_view, const PlacementPin*> pins;
    std::int64_t pinned = 0;
    for (const PlacementPin& pin : request_.pins) {
      if (pin.pods < 0)
        problems.push_back({pin.mark, "a number of pods is 0 or more, found " + std::to_string(pin.pods)});
      if (!pins.emplace(pin.node, &pin).second)
        problems.push_back({pin.mark, "the node \"" + pin.node + "\" is pinned twice"});
      if (!has_node(pin.node)) problems.push_back({pin.mark, unknown_node(pin.node)});
      const std::int64_t room = request_.replicas - pinned;
      if (pin.pods > room && room >= 0)
        problems.push_back({pin.mark, "the pins of " + request_.workload + " are more than its " +
                                          std::to_string(request_.replicas) + " replicas"});
      pinned = pin.pods > room ? request_.replicas + 1 : pinned + std::max<std::int64_t>(0, pin.pods);
    }
    if (!problems.empty()) return problems;
    for (Candidate& candidate : candidates_) {
      const auto pin = pins.find(nodes_[candidate.index].name);
      for (std::int64_t i = 0; pin != pins.end() && i < pin->second->pods; ++i) put(candidate);
    }
    return problems;
  }

  bool has_node(const std::string& name) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const PlacementNode& node) { return node.name == name; });
  }

  std::string unknown_node(const std::string& name) const {
    std::vector<std::string_view> names;
    for (const Candidate& candidate : candidates_) names.push_back(nodes_[candidate.index].name);
    return "no node is named \"" + name + '"' + did_you_mean(name, names);
  }

  /// Nodes of one number of pods, by zone: the lowest level is served first, so that a pod costs no walk over all
  /// nodes.
  void place_evenly() {
    using Level = std::vector<std::vector<Candidate*>>;
    std::map<std::int64_t, Level> levels;
    const auto add = [&](Candidate& candidate) {
      if (candidate.room <= 0) return;
      Level& level = levels[candidate.pods];
      level.resize(pods_in_zone_.size());
      level[candidate.zone].push_back(&candidate);
    };
    for (Candidate& candidate : candidates_) add(candidate);
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
      if (level[zone].empty() || pods_in_zone_[zone] > fewest) continue;
      if (pods_in_zone_[zone] < fewest) zones.clear();
      fewest = pods_in_zone_[zone];
      zones.push_back(&level[zone]);
    }
    return zones;
  }

  void place_at_random() {
    std::vector<Candidate*> feasible;
    for (Candidate& candidate : candidates_)
      if (candidate.room > 0) feasible.push_back(&candidate);
    while (remaining() > 0 && !feasible.empty()) {
      const std::size_t chosen = draw_one_of(feasible.size());
      put(*feasible[chosen]);
      if (feasible[chosen]->room == 0) feasible.erase(feasible.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
  }

  /// A node that was the fullest only gets fuller: it is kept until nothing more fits.
  void place_packed() {
    Candidate* fullest = nullptr;
    while (remaining() > 0) {
      if (fullest == nullptr || fullest->room == 0) fullest = choose_fullest();
      if (fullest == nullptr) return;
      put(*fullest);
    }
  }

  Candidate* choose_fullest() {
    std::vector<Candidate*> best;
    const auto fullness = [](const Candidate& c) { return std::pair{c.used_share, c.pods}; };
    for (Candidate& candidate : candidates_) {
      if (candidate.room <= 0) continue;
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
      for (std::size_t i = 0; i < candidates_.size(); ++i) {
        Candidate& candidate = candidates_[i];
        if (candidate.room <= 0) continue;
        const double spread = 0.5 * (hosts.score(candidate.pods) + zones.score(pods_in_zone_[candidate.zone]));
        const double free = 100.0 * std::max(0.0, 1.0 - candidate.used_share - candidate.share_of_pod);
        const auto draw =
            next_ordinal() * static_cast<std::uint32_t>(candidates_.size()) + static_cast<std::uint32_t>(i);
        const double score = kSpreadWeight * spread + kFreeWeight * free + kNoiseRange * uniform_(draw);
        if (best != nullptr && score <= best_score) continue;
        best = &candidate;
        best_score = score;
      }
      if (best == nullptr) return;
      put(*best);
    }
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
    for (const Candidate& candidate : candidates_)
      if (candidate.room > 0) spread.include(candidate.pods);
    return spread;
  }

  Spread spread_of_zones() const {
    Spread spread;
    for (const Candidate& candidate : candidates_)
      if (candidate.room > 0) spread.include(pods_in_zone_[candidate.zone]);
    return spread;
  }

  std::string pending_reason() const {
    std::size_t cordoned = 0, without_cpu = 0, without_memory = 0, full = 0;
    for (const Candidate& candidate : candidates_) {
      const PlacementNode& node = nodes_[candidate.index];
      // In double: pins may have put more on a node than 64 bits can tell.
      const double pods = static_cast<double>(candidate.pods);
      const double cpu = static_cast<double>(node.cpu_millicores - node.used_cpu_millicores) -
                         pods * static_cast<double>(request_.cpu_millicores);
      const double memory = static_cast<double>(node.memory_bytes - node.used_memory_bytes) -
                            pods * static_cast<double>(request_.memory_bytes);
      if (!node.schedulable) {
        ++cordoned;
      } else if (static_cast<double>(request_.cpu_millicores) > std::max(0.0, cpu)) {
        ++without_cpu;
      } else if (static_cast<double>(request_.memory_bytes) > std::max(0.0, memory)) {
        ++without_memory;
      } else {
        ++full;
      }
    }
    std::string reason = "0 of " + std::to_string(nodes_.size()) + " nodes are available";
    const auto add = [&reason](std::size_t count, const char* what) {
      if (count > 0) reason += "; " + std::to_string(count) + what;
    };
    add(cordoned, " not schedulable");
    add(without_cpu, " with too little free cpu");
    add(without_memory, " with too little free memory");
    add(full, " with too many pods");
    return reason;
  }

  std::span<const PlacementNode> nodes_;
  const PlacementRequest& request_;
  const PlacementDraw& uniform_;
  std::vector<Candidate> candidates_;  ///< in the order of names
  std::vector<std::int64_t> pods_in_zone_;
  std::vector<PlacedPod> pods_;
};

}  // namespace

Result<std::vector<PlacedPod>> place(std::span<const PlacementNode> nodes, const PlacementRequest& request,
                                     const PlacementDraw& uniform) {
  TOWTANK_CHECK(request.replicas >= 0, "the reader refuses negative replicas");
  return Placer{nodes, request, uniform}.run();
}

bool comes_before_by_name(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view left = take_number(a, i);
      const std::string_view right = take_number(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    } else {
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;
}

}  // namespace towtank
