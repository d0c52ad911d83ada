#include "models/balancers/haproxy_hash.hpp"

#include <algorithm>
#include <string>

#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// A key in the map of the servers' turns, or on their circle. With a bound a server that has its part
/// of the requests in flight is passed over for that of the next point. Where the server is full, the request waits for it.
class HaproxyHash final : public HaproxyBalancer {
 public:
  HaproxyHash(HashKey key, bool consistent, bool avalanche, std::uint32_t bound, const HaproxyLimits& limits)
      : HaproxyBalancer{limits, WaitingRoom::own}, key_{key}, consistent_{consistent}, avalanche_{avalanche}, bound_{consistent ? bound : 0} {
    want_key(*this, key);
    if (bound_ > 0) stateful = counts = true;
  }

  void update(const EndpointView& view) override {
    know(view);
    slots_.resize(view.count);
    if (consistent_) return reweigh(ready());
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t endpoint : view.ready) weights.push_back(view.weight(endpoint));
    map_ = haproxy_map(weights);
    for (std::uint32_t& place : map_) place = view.ready[place];
  }

  std::uint32_t pick(const Pick& pick) override {
    catch_up(pick.now);
    const std::uint32_t key = hash_key_of(key_, pick), hash = avalanche_ ? haproxy_avalanche(key) : key;
    if (!consistent_) return map_.empty() ? kNone : map_[hash % map_.size()];
    if (ring_.empty()) return kNone;
    std::size_t place = ring_.nearest(hash);
    for (std::size_t passed = 0; bound_ > 0 && passed < ring_.size(); ++passed) {
      if (has_room(ring_.endpoint_at(place))) break;
      place = ring_.after(place);
    }
    return ring_.endpoint_at(place);
  }

 private:
  struct Slots {
    std::uint64_t weight = 0, before = 0;  ///< its own, and of those that come before it
  };

  /// A map does not weigh anew.
  void reweigh(std::span<const std::uint32_t>) override {
    if (!consistent_) return;
    weights_ = 0;
    for (const std::uint32_t endpoint : ready()) {
      slots_[endpoint] = {weight(endpoint), weights_};
      weights_ += weight(endpoint);
    }
    ring_.rebuild(ready(), [this](std::uint32_t endpoint) { return weight(endpoint); });
  }

  /// All have `bound_` percent of the requests in flight, this one included, as slots: whole ones for each unit of
  /// weight, and the rest spread in the order of the servers. At least one each.
  bool has_room(std::uint32_t endpoint) const {
    const Slots& server = slots_[endpoint];
    const std::uint64_t slots_of_all = ((active_in_all() + 1) * bound_ + 99) / 100;
    const std::uint64_t rest = slots_of_all % weights_;
    const std::uint64_t slots = server.weight * (slots_of_all / weights_) +
                                (server.before + server.weight) * rest / weights_ - server.before * rest / weights_;
    return active(endpoint) < std::max<std::uint64_t>(1, slots);
  }

  HashKey key_;
  bool consistent_, avalanche_;
  std::uint32_t bound_;
  std::vector<Slots> slots_;  ///< by endpoint
  std::uint64_t weights_ = 0;
  std::vector<std::uint32_t> map_;
  HaproxyRing ring_;
};

}  // namespace

std::vector<BalancerParameter> haproxy_hash_parameters(std::vector<BalancerParameter> own) {
  own.push_back({"consistent", "boolean", "false", "`hash-type consistent`, with 16 points a weight; else map-based"});
  own.push_back({"bound", "integer", "0",
                 "`hash-balance-factor` of consistent ones: most requests in flight of a server, in percent of its fair part; 0 = no bound"});
  return haproxy_parameters(std::move(own));
}

std::unique_ptr<Balancer> made_haproxy_hash(BalancerArguments& arguments, HashKey key, bool avalanche) {
  const bool consistent = arguments.boolean("consistent", false);
  const std::int64_t bound = arguments.integer("bound", 0, 0, 65'535);
  if (bound > 0 && !consistent)
    arguments.complain("bound", "a map has none, only `hash-type consistent`; with `consistent` true it would do");
  else if (bound > 0 && bound <= 100)
    arguments.complain("bound", std::to_string(bound) + " leaves no room beyond the fair part; 0 or more than 100 would do");
  return std::make_unique<HaproxyHash>(key, consistent, avalanche || consistent, static_cast<std::uint32_t>(bound), HaproxyLimits::read(arguments));
}

}  // namespace towtank::balancer
