#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/endpoint_heap.hpp"

namespace towtank::balancer {

/// A server of weight w counts as 16 w, in points of a ring and in turns. @source HAProxy include/haproxy/backend-t.h
constexpr std::uint32_t kHaproxyScale = 16;

/// Weights that HAProxy takes.
constexpr std::uint32_t kHaproxyHeaviest = 256;

/// A server's weight, which must be one that HAProxy takes.
std::uint32_t haproxy_weight(const EndpointView& view, std::uint32_t endpoint);

/// An integer, spread over 32 bits.
/// @source Jenkins, "full avalanche" hash of integers, times 3221225473 as in HAProxy src/tools.c (full_hash)
std::uint32_t haproxy_avalanche(std::uint32_t value);

/// The order of turns, and what a hash is looked up in, of servers whose weights do not change: as many places as the
/// weights sum up to, divided by their common divisor. In each turn the scores grow by the weights; the server whose
/// score lies in the highest whole sum wins, the first of several, and loses a sum. @return indices into `weights`
/// @source HAProxy src/lb_map.c
std::vector<std::uint32_t> haproxy_map(std::span<const std::uint32_t> weights);

/// What the `server` lines and `timeout queue` say, of all servers alike.
struct HaproxyLimits {
  std::uint32_t maxconn = 0;  ///< requests that a server may have at once; 0 = any number
  Duration timeout_queue{};   ///< how long a request may wait until one can take it

  static HaproxyLimits read(BalancerArguments& arguments);
};

/// The parameters that `HaproxyLimits::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> haproxy_parameters(std::vector<BalancerParameter> own = {});

/// A balancer of the family: it knows what each server has of its own process' requests, and whether that is all it may.
class HaproxyBalancer : public Balancer {
 public:
  bool is_full(std::uint32_t endpoint) const final { return limits_.maxconn > 0 && active_[endpoint] >= limits_.maxconn; }
  void started(std::uint32_t endpoint) override { ++active_[endpoint]; }
  void finished(std::uint32_t endpoint, const Feedback&) override { --active_[endpoint]; }

 protected:
  /// @param room  where a request waits for a server, if these are limited
  HaproxyBalancer(const HaproxyLimits& limits, WaitingRoom room) : limits_{limits} {
    shared_by_workers = true;
    if (limits.maxconn == 0) return;
    stateful = counts = true;
    waiting_room = room;
    longest_wait = limits.timeout_queue;
  }

  std::uint64_t active(std::uint32_t endpoint) const { return active_[endpoint]; }
  /// What is open stays open.
  void know(const EndpointView& view) { active_.resize(view.count, 0); }

 private:
  HaproxyLimits limits_;
  std::vector<std::uint32_t> active_;  ///< by endpoint
};

/// A balancer that takes the first of its servers by a key, those of equal keys in the order in which they got them. One that is
/// full is out of the tree: by the time that it may be picked again its key has changed, or never does.
class HaproxyTree : public HaproxyBalancer {
 public:
  explicit HaproxyTree(const HaproxyLimits& limits) : HaproxyBalancer{limits, WaitingRoom::when_all_full} {}

  void update(const EndpointView& view) override;
  std::uint32_t pick(const Pick&) final { return tree_.empty() ? kNone : tree_.first(); }
  void started(std::uint32_t endpoint) final;
  void finished(std::uint32_t endpoint, const Feedback& feedback) final;

 protected:
  virtual std::uint64_t key_of(std::uint32_t endpoint) const = 0;

 private:
  void move(std::uint32_t endpoint);

  std::vector<bool> is_ready_;  ///< by endpoint
  EndpointHeap<std::uint64_t> tree_;
};

/// The circle of `hash-type consistent`: 16 points for each unit of weight, by the server's number. A hash belongs to
/// the nearest point, on whichever side.
/// @source HAProxy src/lb_chash.c
class HaproxyRing {
 public:
  void rebuild(const EndpointView& view);

  bool empty() const { return points_.empty(); }
  std::size_t size() const { return points_.size(); }

  /// O(log n). @return a place on the circle, which must have one
  std::size_t nearest(std::uint32_t hash) const;
  std::size_t after(std::size_t place) const { return place + 1 < points_.size() ? place + 1 : 0; }
  std::uint32_t endpoint_at(std::size_t place) const { return points_[place].second; }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> points_;  ///< where one lies, and whose it is
};

}  // namespace towtank::balancer
