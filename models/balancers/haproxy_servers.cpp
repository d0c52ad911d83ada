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
  limits.minconn = static_cast<std::uint32_t>(arguments.integer("minconn", 0, 0, 1'000'000'000));
  limits.fullconn = static_cast<std::uint32_t>(arguments.integer("fullconn", 0, 0, 1'000'000'000));
  limits.slowstart = arguments.duration("slowstart", 0s, 0s, 24h);
  const bool has_limit = limits.maxconn > 0 || limits.minconn > 0;
  if (!has_limit && limits.timeout_queue != kDefault)
    arguments.complain("timeout_queue", "plays no part without `maxconn`: no request waits for a server; add `maxconn`, or leave it out");
  if (limits.minconn > 0 && limits.minconn < limits.maxconn && limits.fullconn == 0)
    arguments.complain("minconn", "needs `fullconn`, from which on servers may have `maxconn`: HAProxy's own default is a tenth of its frontends' maxconn");
  if (limits.fullconn > 0 && (limits.minconn == 0 || limits.minconn >= limits.maxconn)) arguments.complain("fullconn", "plays no part without a `minconn` below `maxconn`; add it, or leave this out");
  limits.maxconn = std::max(limits.maxconn, limits.minconn);  // as HAProxy reads a lower one
  if (limits.minconn == limits.maxconn) limits.minconn = 0;
  return limits;
}

std::vector<BalancerParameter> haproxy_parameters(std::vector<BalancerParameter> own) {
  own.push_back({"maxconn", "integer", "0", "requests in flight that a server may have of each process; further ones wait in the proxy; 0 = any number"});
  own.push_back({"minconn", "integer", "0", "as `maxconn`, while the backend has few requests: with more of them, waiting ones included, the limit grows up to maxconn in proportion to `fullconn`; 0 = maxconn at once"});
  own.push_back({"fullconn", "integer", "0", "of minconn: requests of the backend at which each server may have maxconn"});
  own.push_back({"slowstart", "duration", "0s", "how long weight and maxconn of a server that comes grow from nothing, in steps of a second; 0 = not. Those that are there when a run begins are not new; static-rr and map-based hashes do not weigh anew"});
  own.push_back({"timeout_queue", "duration", "5s", "how long they wait there before the proxy answers 503 (`timeout connect`, where HAProxy has none)"});
  return own;
}

void HaproxyBalancer::know(const EndpointView& view) {
  active_.resize(view.count, 0);
  servers_.resize(view.count);
  ready_.assign(view.ready.begin(), view.ready.end());
  std::vector<bool> is_ready(view.count, false);
  for (const std::uint32_t endpoint : view.ready) {
    TOWTANK_CHECK(view.weight(endpoint) <= kHaproxyHeaviest, "HAProxy takes weights up to 256");
    is_ready[endpoint] = true;
    Server& server = servers_[endpoint];
    server.weight = static_cast<std::uint16_t>(view.weight(endpoint));
    if (server.is_ready) continue;
    server.since = view.now;
    server.is_warming = has_begun_ && limits_.slowstart > Duration::zero();
    server.sixteenths = server.is_warming ? 1 : kHaproxyScale;
    if (server.is_warming) next_step_ = std::min(next_step_, view.now + step());
  }
  for (std::uint32_t endpoint = 0; endpoint < view.count; ++endpoint) servers_[endpoint].is_ready = is_ready[endpoint];
  has_begun_ = true;
  now_ = view.now;
}

/// Whole seconds count, at each step.
void HaproxyBalancer::warm_up() {
  next_step_ = Time::max();
  std::vector<std::uint32_t> warming;
  for (const std::uint32_t endpoint : ready_) {
    Server& server = servers_[endpoint];
    if (!server.is_warming) continue;
    const Duration age = (now_ - server.since) / step() * step();
    const auto part = static_cast<std::uint64_t>(age / 1s), whole = static_cast<std::uint64_t>(limits_.slowstart / 1s);
    server.is_warming = age < limits_.slowstart;
    server.sixteenths = static_cast<std::uint8_t>(server.is_warming ? (kHaproxyScale * part + whole) / whole : kHaproxyScale);
    if (server.is_warming) next_step_ = std::min(next_step_, server.since + age + step());
    warming.push_back(endpoint);
  }
  reweigh(warming);
}

std::uint64_t HaproxyBalancer::limit_of(std::uint32_t endpoint) const {
  std::uint64_t limit = limits_.maxconn;
  const std::uint64_t in_backend = active_in_all_ + waiting_ + 1;
  if (limits_.minconn > 0 && in_backend < limits_.fullconn)
    limit = std::max<std::uint64_t>(limits_.minconn, in_backend * limits_.maxconn / limits_.fullconn);
  const Duration age = now_ - servers_[endpoint].since;
  if (!servers_[endpoint].is_warming || age >= limits_.slowstart) return limit;
  const auto percent = static_cast<std::uint64_t>(100 * (age / 1s) / (limits_.slowstart / 1s));
  return std::max<std::uint64_t>(1, limit * percent / 100);
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

/// O(n) where limits move and the first is full: HAProxy, too, walks along its tree then.
std::uint32_t HaproxyTree::pick(const Pick& pick) {
  catch_up(pick.now);
  if (tree_.empty()) return kNone;
  if (!limits_move() || !is_full(tree_.first())) return tree_.first();
  return tree_.first_of([this](std::uint32_t endpoint) { return !is_full(endpoint); }).value_or(kNone);
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
  if (!limits_move() && is_full(endpoint)) return tree_.erase(endpoint);
  const std::uint64_t key = key_of(endpoint);
  if (!tree_.contains(endpoint) || key != tree_.key_of(endpoint)) tree_.set(endpoint, key);
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

std::size_t HaproxyRing::nearest(std::uint32_t hash) const {
  const auto found = std::lower_bound(points_.begin(), points_.end(), std::pair{hash, std::uint32_t{0}});
  const std::size_t next = found == points_.end() ? 0 : static_cast<std::size_t>(found - points_.begin());
  const std::size_t before = next == 0 ? points_.size() - 1 : next - 1;
  return hash - points_[before].first <= points_[next].first - hash ? before : next;  // around the circle
}

}  // namespace towtank::balancer
