#include "models/balancers/subset_balancer.hpp"

#include <algorithm>

#include "sim/random/mix.hpp"

namespace towtank {

void SubsetBalancer::update(const EndpointView& view) {
  members_.assign(view.ready.begin(), view.ready.end());
  if (members_.size() > size_) choose(members_, view);
  std::sort(members_.begin(), members_.end());
  next_ = Draws::below(static_cast<std::uint32_t>(members_.size()), draws_.own_block().lane[0]);
}

std::uint32_t SubsetBalancer::pick(const Pick& pick) {
  for (std::size_t passed = 0; passed < members_.size(); ++passed) {
    if (next_ >= members_.size()) next_ = 0;
    const std::uint32_t member = members_[next_++];
    if (std::find(pick.tried.begin(), pick.tried.end(), member) == pick.tried.end()) return member;
  }
  return kNone;
}

void SubsetBalancer::shuffle(std::vector<std::uint32_t>& endpoints, std::uint64_t seed) {
  const auto rank = [seed](std::uint32_t endpoint) { return mixed(seed ^ mixed(endpoint)); };  // a bijection: no ties
  std::sort(endpoints.begin(), endpoints.end(), [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
}

}  // namespace towtank
