#pragma once

#include <algorithm>
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

/// An integer, spread over 32 bits.
/// @source Jenkins, "full avalanche" hash of integers, times 3221225473 as in HAProxy src/tools.c (full_hash)
std::uint32_t haproxy_avalanche(std::uint32_t value);

/// The order of turns, and what a hash is looked up in, of servers whose weights do not change: as many places as the
/// weights sum up to, divided by their common divisor. In each turn the scores grow by the weights; the server whose
/// score lies in the highest whole sum wins, the first of several, and loses a sum. @return indices into `weights`
/// @source HAProxy src/lb_map.c
std::vector<std::uint32_t> haproxy_map(std::span<const std::uint32_t> weights);

/// What the `server` lines, `fullconn` and `timeout queue` say, of all servers alike.
struct HaproxyLimits {
  std::uint32_t maxconn = 0;   ///< requests that a server may have at once; 0 = any number
  std::uint32_t minconn = 0;   ///< ... while the backend has few; <= maxconn; 0 = maxconn whatever the backend has
  std::uint32_t fullconn = 0;  ///< how many the backend has when its servers may have maxconn; of a minconn > 0
  Duration timeout_queue{};    ///< how long a request may wait until one can take it
  Duration slowstart{};        ///< how long a server that comes warms up; 0 = not

  static HaproxyLimits read(BalancerArguments& arguments);
};

/// The parameters that `HaproxyLimits::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> haproxy_parameters(std::vector<BalancerParameter> own = {});

/// A balancer of the family: it knows what each server has of its own process' requests, and whether that is all it may.
/// A server that comes when others are there already warms up for `slowstart`: it may have a part of maxconn only, and weighs less
/// where the algorithm weighs anew. @source HAProxy src/queue.c (srv_dynamic_maxconn), src/server.c (server_warmup, server_recalc_eweight)
class HaproxyBalancer : public Balancer {
 public:
  bool is_full(std::uint32_t endpoint) const final { return limits_.maxconn > 0 && active_[endpoint] >= limit_of(endpoint); }
  void line_changed(std::int32_t by) final { waiting_ = static_cast<std::uint32_t>(static_cast<std::int64_t>(waiting_) + by); }
  void started(std::uint32_t endpoint) override {
    ++active_[endpoint];
    ++active_in_all_;
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    --active_[endpoint];
    --active_in_all_;
    now_ = std::max(now_, feedback.now);
  }

 protected:
  /// @param room  where a request waits for a server, if these are limited
  HaproxyBalancer(const HaproxyLimits& limits, WaitingRoom room) : limits_{limits} {
    shared_by_workers = true;
    if (limits.slowstart > Duration::zero()) stateful = true;
    if (limits.maxconn == 0) return;
    stateful = counts = true;
    waiting_room = room;
    longest_wait = limits.timeout_queue;
  }

  std::uint64_t active(std::uint32_t endpoint) const { return active_[endpoint]; }
  std::uint64_t active_in_all() const { return active_in_all_; }
  /// Whether what a server may have changes with anything but its own requests.
  bool limits_move() const { return limits_.maxconn > 0 && (limits_.minconn > 0 || limits_.slowstart > Duration::zero()); }
  /// In sixteenths; less while it warms up.
  std::uint64_t weight(std::uint32_t endpoint) const { return std::uint64_t{servers_[endpoint].weight} * servers_[endpoint].sixteenths; }
  std::span<const std::uint32_t> ready() const { return ready_; }
  /// What is open stays open.
  void know(const EndpointView& view);
  /// First of all in a pick: weights of those that warm up.
  void catch_up(Time now) {
    now_ = now;
    if (now >= next_step_) warm_up();
  }

 private:
  struct Server {
    Time since{};
    std::uint16_t weight = 1;  ///< up to kHaproxyHeaviest
    std::uint8_t sixteenths = kHaproxyScale;
    bool is_ready = false, is_warming = false;
  };

  /// Weights have changed. @param warming  whose may have
  virtual void reweigh(std::span<const std::uint32_t>) {}
  void warm_up();
  std::uint64_t limit_of(std::uint32_t endpoint) const;
  Duration step() const { return std::max<Duration>(1s, limits_.slowstart / 20'000); }

  HaproxyLimits limits_;
  std::vector<std::uint32_t> active_;  ///< by endpoint
  std::uint64_t active_in_all_ = 0;
  std::uint32_t waiting_ = 0;
  std::vector<Server> servers_;  ///< by endpoint
  std::vector<std::uint32_t> ready_;
  bool has_begun_ = false;
  Time now_{}, next_step_ = Time::max();
};

/// A balancer that takes the first of its servers by a key, those of equal keys in the order in which they got them. One that is
/// full is out of the tree: by the time that it may be picked again its key has changed, or never does. But where limits move all
/// stay, and the first with room is looked for.
class HaproxyTree : public HaproxyBalancer {
 public:
  HaproxyTree(const HaproxyLimits& limits, WaitingRoom room) : HaproxyBalancer{limits, room} {}

  void update(const EndpointView& view) override;
  std::uint32_t pick(const Pick& pick) final;
  void started(std::uint32_t endpoint) final;
  void finished(std::uint32_t endpoint, const Feedback& feedback) final;

 protected:
  virtual std::uint64_t key_of(std::uint32_t endpoint) const = 0;

 private:
  void reweigh(std::span<const std::uint32_t> warming) final {
    for (const std::uint32_t endpoint : warming) move(endpoint);
  }
  void move(std::uint32_t endpoint);

  std::vector<bool> is_ready_;  ///< by endpoint
  EndpointHeap<std::uint64_t> tree_;
};

/// The circle of `hash-type consistent`: 16 points for each unit of weight, by the server's number. A hash belongs to
/// the nearest point, on whichever side.
/// @source HAProxy src/lb_chash.c
class HaproxyRing {
 public:
  /// @param weight_of  of a server, in sixteenths
  template <typename WeightOf>
  void rebuild(std::span<const std::uint32_t> servers, const WeightOf& weight_of) {
    constexpr std::uint32_t kKeysOfServer = kHaproxyScale * kHaproxyHeaviest;
    points_.clear();
    for (const std::uint32_t server : servers)
      for (std::uint32_t i = 0; i < weight_of(server); ++i)
        points_.emplace_back(haproxy_avalanche((server + 1) * kKeysOfServer + i), server);
    std::sort(points_.begin(), points_.end());
  }

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
