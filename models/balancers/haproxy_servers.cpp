#include "models/balancers/haproxy_servers.hpp"

#include <algorithm>
#include <numeric>

#include "sim/core/check.hpp"

namespace towtank::balancer {

HaproxyLimits HaproxyLimits::read(BalancerArguments& arguments) {
  HaproxyLimits limits;
  limits.maxconn = static_cast<std::uint32_t>(arguments.integer("maxconn", 0, 0, 1'000'000'000));
  constexpr Duration kDefault = 5s;
  limits.timeout_queue = arguments.duration("timeout_queue", kDefault, 1ms, 24h);
  if (limits.maxconn == 0 && limits.timeout_queue != kDefault)
    arguments.complain("timeout_queue", "plays no part without `maxconn`: no request waits for a server; add `maxconn`, or leave it out");
  return limits;
}

std::vector<BalancerParameter> haproxy_parameters(std::vector<BalancerParameter> own) {
  own.push_back({"maxconn", "integer", "0", "requests in flight that a server may have of each process; further ones wait in the proxy; 0 = any number"});
  own.push_back({"timeout_queue", "duration", "5s", "how long they wait there before the proxy answers 503 (`timeout connect`, where HAProxy has none)"});
  return own;
}

void HaproxyTree::update(const EndpointView& view) {
  know(view);
  is_ready_.assign(view.count, false);
  tree_.reset(view.count);
  for (const std::uint32_t endpoint : view.ready) {
    is_ready_[endpoint] = true;
    move(endpoint);
  }
}

void HaproxyTree::started(std::uint32_t endpoint) {
  HaproxyBalancer::started(endpoint);
  move(endpoint);
}

void HaproxyTree::finished(std::uint32_t endpoint, const Feedback& feedback) {
  HaproxyBalancer::finished(endpoint, feedback);
  move(endpoint);
}

void HaproxyTree::move(std::uint32_t endpoint) {
  if (!is_ready_[endpoint]) return;
  if (is_full(endpoint)) return tree_.erase(endpoint);
  const std::uint64_t key = key_of(endpoint);
  if (!tree_.contains(endpoint) || key != tree_.key_of(endpoint)) tree_.set(endpoint, key);
}

std::uint32_t haproxy_weight(const EndpointView& view, std::uint32_t endpoint) {
  TOWTANK_CHECK(view.weight(endpoint) <= kHaproxyHeaviest, "HAProxy takes weights up to 256");
  return view.weight(endpoint);
}

std::uint32_t haproxy_avalanche(std::uint32_t value) {
  value = value * 4097 + 0x7ed55d16u;
  value = value ^ 0xc761c23cu ^ (value >> 19);
  value = value * 33 + 0x165667b1u;
  value = (value + 0xd3a2646cu) ^ (value << 9);
  value = value * 9 + 0xfd7046c5u;
  value = value ^ 0xb55a4f09u ^ (value >> 16);
  return value * 3221225473u;
}

std::vector<std::uint32_t> haproxy_map(std::span<const std::uint32_t> weights) {
  std::uint32_t divisor = 0;
  for (const std::uint32_t weight : weights) divisor = std::gcd(divisor, weight);
  std::vector<std::int64_t> scores(weights.size(), 0);
  std::int64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight / divisor;
  std::vector<std::uint32_t> map(static_cast<std::size_t>(sum));
  if (map.size() == weights.size()) {  // all weigh the same: one after the other
    std::iota(map.begin(), map.end(), 0u);
    return map;
  }
  for (std::uint32_t& turn : map) {
    std::int64_t highest = -1;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
      scores[i] += weights[i] / divisor;
      const std::int64_t level = (scores[i] + sum) / sum;
      if (level <= highest) continue;
      highest = level;
      turn = i;
    }
    scores[turn] -= sum;
  }
  return map;
}

void HaproxyRing::rebuild(const EndpointView& view) {
  constexpr std::uint32_t kKeysOfServer = kHaproxyScale * kHaproxyHeaviest;
  points_.clear();
  for (const std::uint32_t endpoint : view.ready)
    for (std::uint32_t i = 0; i < haproxy_weight(view, endpoint) * kHaproxyScale; ++i)
      points_.emplace_back(haproxy_avalanche((endpoint + 1) * kKeysOfServer + i), endpoint);
  std::sort(points_.begin(), points_.end());
}

std::size_t HaproxyRing::nearest(std::uint32_t hash) const {
  const auto found = std::lower_bound(points_.begin(), points_.end(), std::pair{hash, std::uint32_t{0}});
  const std::size_t next = found == points_.end() ? 0 : static_cast<std::size_t>(found - points_.begin());
  const std::size_t before = next == 0 ? points_.size() - 1 : next - 1;
  return hash - points_[before].first <= points_[next].first - hash ? before : next;  // around the circle
}

}  // namespace towtank::balancer
