#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace towtank {

/// How many matching pods a domain (a node, a zone) may hold: required anti-affinity allows none, a topology spread
/// constraint so many more than the emptiest domain holds.
/// @source kubernetes pkg/scheduler/framework/plugins/podtopologyspread/filtering.go, interpodaffinity/filtering.go
class DomainRule {
 public:
  /// A domain that a node without the label is in.
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  /// @param domain_of  for each node the number of its domain, or kNone: anti-affinity does not bind there
  static DomainRule apart(std::vector<std::uint32_t> domain_of, bool counts_own_pods);

  /// @param domain_of  kNone: the node takes no pod, and those on it do not count
  static DomainRule spread(std::vector<std::uint32_t> domain_of, std::int64_t max_skew, bool counts_own_pods);

  /// Pods of others that match are on this node.
  void count(std::uint32_t node, std::int64_t pods);
  /// A pod of the workload goes to this node.
  void place(std::uint32_t node) {
    if (counts_own_pods_) count(node, 1);
  }

  bool allows(std::uint32_t node) const;
  /// Of the scheduler, for a node that is not allowed.
  const char* refusal(std::uint32_t node) const;

 private:
  DomainRule(std::vector<std::uint32_t> domain_of, bool counts_own_pods);

  bool is_spread() const { return max_skew_.has_value(); }
  void find_least();

  std::vector<std::uint32_t> domain_of_;
  std::vector<std::int64_t> pods_;        ///< by domain
  std::optional<std::int64_t> max_skew_;  ///< empty: apart
  bool counts_own_pods_ = false;
  std::int64_t least_ = 0;            ///< pods of the emptiest domain
  std::size_t domains_at_least_ = 0;  ///< that hold as few
};

}  // namespace towtank
