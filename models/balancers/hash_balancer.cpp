#include "models/balancers/hash_balancer.hpp"

#include <algorithm>
#include <numeric>

#include "sim/random/mix.hpp"

namespace towtank {

HashBalancer::HashBalancer(std::uint32_t bound, HashKey key, const PickDraws& draws) : bound_{bound}, key_{key}, seed_{draws.common_word()} {
  want_key(*this, key);
  counts = stateful = bound > 0;
  shared_by_workers = true;  // what it knows is the same in every worker, and Envoy counts requests by the process
}

void HashBalancer::update(const EndpointView& view) {
  active_.resize(view.count, 0);
  hosts_.clear();
  weights_ = 0;
  for (const std::uint32_t endpoint : view.ready) {
    hosts_.push_back({endpoint, view.weight(endpoint)});
    weights_ += hosts_.back().weight;
  }
  if (!hosts_.empty()) rebuild();
}

std::uint32_t HashBalancer::pick(const Pick& pick) {
  if (hosts_.empty()) return kNone;
  const std::uint64_t hash = hash_of(pick);
  const std::uint32_t owner = owner_of(hash);
  return hosts_[bound_ == 0 ? owner : with_room(hash, owner)].endpoint;
}

std::uint64_t HashBalancer::hash_of(const Pick& pick) const { return mixed(hash_key_of(key_, pick)); }

std::uint64_t HashBalancer::hash_of(std::uint32_t endpoint, std::uint64_t salt) const {
  return mixed(mixed(seed_ + salt) ^ endpoint);
}

/// Requests in flight over the slots that the host has, 1 = full. @source Envoy thread_aware_lb_impl.cc
double HashBalancer::fullness(const Host& host) const {
  const std::uint64_t slots_of_all = ((total_active_ + 1) * bound_ + 99) / 100;
  const std::uint64_t slots = std::max<std::uint64_t>(1, (slots_of_all * host.weight + weights_ - 1) / weights_);
  return static_cast<double>(active_[host.endpoint]) / static_cast<double>(slots);
}

/// The owner unless it is full; else the first with room in an order that the hash shuffles; else the least full.
std::uint32_t HashBalancer::with_room(std::uint64_t hash, std::uint32_t owner) {
  if (fullness(hosts_[owner]) <= 1.0) return owner;
  std::vector<std::uint32_t>& order = order_;
  order.resize(hosts_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::uint32_t least = owner;
  for (std::size_t i = 0; i < order.size(); ++i) {
    hash = mixed(hash);
    std::swap(order[i], order[i + hash % (order.size() - i)]);
    const double full = fullness(hosts_[order[i]]);
    if (full <= 1.0) return order[i];
    if (full < fullness(hosts_[least])) least = order[i];
  }
  return least;
}

BalancerParameter bound_parameter() {
  return {"bound", "integer", "0", "most requests in flight of an endpoint, in percent of its fair part; 0 = no bound"};
}

std::uint32_t bound_of(BalancerArguments& arguments) {
  const std::int64_t bound = arguments.integer("bound", 0, 0, 1'000'000);
  if (bound > 0 && bound < 100)
    arguments.complain("bound",
                       std::to_string(bound) + " is less than all of them together; 0 or at least 100 would do");
  return static_cast<std::uint32_t>(bound);
}

}  // namespace towtank
