#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/cluster/domain_rule.hpp"
#include "models/cluster/placement.hpp"

namespace towtank {

/// What keeps every pod of a workload off a node, wherever the others of it are.
enum class Refusal : std::uint8_t { none, unschedulable, tainted, unwanted, port_taken, others_apart };

/// One node while pods of a workload are being placed.
struct Candidate {
  std::uint32_t index = 0;      ///< into the nodes as given
  std::uint32_t zone = 0;       ///< in the order of the first node of each
  std::int64_t pods = 0;        ///< of this workload
  std::int64_t room = 0;        ///< for so many more
  double used_share = 0.0;      ///< mean of cpu and memory in use, 0..1
  double share_of_pod = 0.0;    ///< what one pod adds to it
  std::int64_t repulsions = 0;  ///< taints PreferNoSchedule
  Refusal refusal = Refusal::none;
  const Taint* taint = nullptr;  ///< of `tainted`
};

/// The nodes in the order of their names, and the scheduler's filters over them.
class Candidates {
 public:
  Candidates(std::span<const PlacementNode> nodes, const PlacementRequest& request, std::span<const PodsThere> others);

  std::vector<Candidate>& all() { return all_; }
  const std::vector<Candidate>& all() const { return all_; }
  const PlacementNode& node_of(const Candidate& candidate) const { return nodes_[candidate.index]; }
  const std::vector<std::int64_t>& pods_in_zone() const { return pods_in_zone_; }
  /// Whether nodes open and close by where other pods of the workload go.
  bool have_rules() const { return !rules_.empty(); }

  /// Whether one more pod may go there.
  bool is_open(const Candidate& candidate) const;
  /// Whether the DaemonSet controller makes a pod for it.
  bool takes_daemon(const Candidate& candidate) const;
  /// One more pod is there now, be it open or not.
  void take(Candidate& candidate);

  /// Null when no node has this name.
  Candidate* find(const std::string& node);
  std::string unknown_node(const std::string& name) const;

  /// How many nodes refuse one more pod for which reason, as the scheduler sums it up.
  /// @param only  a daemon pod's own node: its affinity keeps it off all others
  /// @source kubernetes pkg/scheduler/framework/types.go, FitError
  std::string pending_reason(const Candidate* only = nullptr) const;

 private:
  Candidate candidate(std::uint32_t index, std::uint32_t zone) const;
  void heed_others();
  void heed_anti_affinity_of(const PodsThere& other);
  void refuse_domains_of(const PodsThere& other, std::string_view key);
  std::vector<std::uint32_t> domains_by(std::string_view key, const std::vector<bool>& counts) const;
  std::vector<bool> nodes_that_count() const;
  void make_rules();
  void add_rule(DomainRule rule, const LabelSelector& selector);
  std::vector<std::string> refusals(const Candidate& candidate) const;
  std::vector<std::string> lacks(const Candidate& candidate) const;

  std::span<const PlacementNode> nodes_;
  const PlacementRequest& request_;
  std::span<const PodsThere> others_;
  std::vector<Candidate> all_;
  std::vector<std::int64_t> pods_in_zone_;
  std::vector<DomainRule> rules_;  ///< these know the nodes by their index as given
};

}  // namespace towtank
