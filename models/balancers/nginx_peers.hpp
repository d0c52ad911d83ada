#pragma once

#include <cstdint>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

/// What an upstream's `server` and `zone` lines say, of all its servers alike.
struct NginxUpstream {
  std::uint32_t max_fails = 1;  ///< failures that take a server out; 0 = never
  Duration fail_timeout = 10s;  ///< for so long; whole seconds
  std::uint32_t max_conns = 0;  ///< connections that a server may have at once; 0 = any number
  bool zone = false;            ///< its state is shared by the workers

  static NginxUpstream read(BalancerArguments& arguments);
};

/// The parameters that `NginxUpstream::read` asks for, after an algorithm's own.
std::vector<BalancerParameter> nginx_parameters(std::vector<BalancerParameter> own = {});

/// The servers of one upstream as a worker of nginx knows them, and what all its algorithms share: who is eligible, the
/// step of smooth weighted round robin, which is the way out of all others, and how servers fail and come back.
/// @source nginx ngx_http_upstream_round_robin.c
class NginxPeers {
 public:
  struct Peer {
    std::int64_t weight = 1;
    std::int64_t effective = 1;  ///< weight that failures have left
    std::int64_t current = 0;
    std::uint32_t fails = 0;
    std::int64_t checked_s = 0, accessed_s = 0;  ///< last time it was probed, or failed; last time it failed
    std::int64_t conns = 0;
  };

  explicit NginxPeers(const NginxUpstream& upstream) : upstream_{upstream} {}

  /// A change of the servers is a reload: all but the connections that are open is forgotten.
  void update(const EndpointView& view);

  const std::vector<std::uint32_t>& ready() const { return ready_; }
  Peer& operator[](std::uint32_t endpoint) { return peers_[endpoint]; }
  std::uint32_t total_weight() const { return total_weight_; }

  /// Neither tried nor failed lately nor full. The only server of an upstream is never ruled out by failures.
  bool is_eligible(std::uint32_t endpoint, const Pick& pick) const;

  /// The server into whose share of the weights, laid end to end, `point` falls. @param point  < total_weight()
  std::uint32_t at_weight(std::uint32_t point) const;

  /// The part of a step of smooth weighted round robin that falls to each peer that takes part: its current weight
  /// grows by its effective weight, which is added to `total` and heals by 1.
  void grow(std::uint32_t endpoint, std::int64_t& total) {
    Peer& peer = peers_[endpoint];
    peer.current += peer.effective;
    total += peer.effective;
    if (peer.effective < peer.weight) ++peer.effective;
  }

  /// One step of smooth weighted round robin. @return kNone when nobody is eligible ("no live upstreams")
  std::uint32_t round_robin(const Pick& pick);

  /// `a` has fewer connections for its weight than `b`: < 0; as many: 0.
  std::int64_t compare_load(std::uint32_t a, std::uint32_t b) const {
    return peers_[a].conns * peers_[b].weight - peers_[b].conns * peers_[a].weight;
  }

  /// Whoever is chosen goes through here: a server that was out is on probation from now on. @return `endpoint`
  std::uint32_t chosen(std::uint32_t endpoint, const Pick& pick);

  void started(std::uint32_t endpoint) { ++peers_[endpoint].conns; }
  void finished(std::uint32_t endpoint, const Feedback& feedback);

 private:
  bool is_single() const { return ready_.size() == 1; }

  NginxUpstream upstream_;
  std::vector<Peer> peers_;  ///< by endpoint
  std::vector<std::uint32_t> ready_;
  std::vector<std::uint32_t> ends_;  ///< of the ready ones' shares of the weights
  std::uint32_t total_weight_ = 0;
};

/// A balancer of the family.
class NginxBalancer : public Balancer {
 public:
  explicit NginxBalancer(const NginxUpstream& upstream) : peers_{upstream} {
    stateful = counts = avoids_tried = true;
    shared_by_workers = upstream.zone;
  }

  void update(const EndpointView& view) override { peers_.update(view); }
  void started(std::uint32_t endpoint) override { peers_.started(endpoint); }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override { peers_.finished(endpoint, feedback); }

 protected:
  /// Draws that may be rejected before the choice falls to round robin.
  static constexpr std::size_t kRejects = 20;

  NginxPeers peers_;
};

}  // namespace towtank::balancer
