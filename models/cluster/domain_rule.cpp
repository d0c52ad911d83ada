#include "models/cluster/domain_rule.hpp"

#include <algorithm>
#include <utility>

namespace towtank {

DomainRule::DomainRule(std::vector<std::uint32_t> domain_of, bool counts_own_pods)
    : domain_of_{std::move(domain_of)}, counts_own_pods_{counts_own_pods} {
  std::size_t domains = 0;
  for (const std::uint32_t domain : domain_of_)
    if (domain != kNone) domains = std::max<std::size_t>(domains, domain + 1);
  pods_.assign(domains, 0);
}

DomainRule DomainRule::apart(std::vector<std::uint32_t> domain_of, bool counts_own_pods) {
  return {std::move(domain_of), counts_own_pods};
}

DomainRule DomainRule::spread(std::vector<std::uint32_t> domain_of, std::int64_t max_skew, bool counts_own_pods) {
  DomainRule rule{std::move(domain_of), counts_own_pods};
  rule.max_skew_ = max_skew;
  rule.find_least();
  return rule;
}

void DomainRule::count(std::uint32_t node, std::int64_t pods) {
  const std::uint32_t domain = domain_of_[node];
  if (domain == kNone || pods <= 0) return;
  const bool was_least = pods_[domain] == least_;
  pods_[domain] += pods;
  // Pods only come: the minimum moves when the last of the emptiest domains gets one.
  if (is_spread() && was_least && --domains_at_least_ == 0) find_least();
}

void DomainRule::find_least() {
  least_ = std::numeric_limits<std::int64_t>::max();
  for (std::size_t domain = 0; domain < pods_.size(); ++domain) {
    if (pods_[domain] > least_) continue;
    if (pods_[domain] < least_) domains_at_least_ = 0;
    least_ = pods_[domain];
    ++domains_at_least_;
  }
}

bool DomainRule::allows(std::uint32_t node) const {
  const std::uint32_t domain = domain_of_[node];
  if (!is_spread()) return domain == kNone || pods_[domain] == 0;
  if (domain == kNone || domains_at_least_ == 0) return false;
  return pods_[domain] + (counts_own_pods_ ? 1 : 0) - least_ <= *max_skew_;
}

const char* DomainRule::refusal(std::uint32_t node) const {
  if (!is_spread()) return "node(s) didn't match pod anti-affinity rules";
  if (domain_of_[node] == kNone) return "node(s) didn't match pod topology spread constraints (missing required label)";
  return "node(s) didn't match pod topology spread constraints";
}

}  // namespace towtank
