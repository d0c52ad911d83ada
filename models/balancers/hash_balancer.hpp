#pragma once

#include <cstdint>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_key.hpp"

namespace towtank {

/// What Envoy's balancers by hash have in common: the key (`hash_policy`), and that with `bound` no endpoint takes
/// more than its part of the requests in flight. Where endpoints stand on the circle follows from their numbers and the
/// replication: addresses of pods are not known before they run.
class HashBalancer : public Balancer {
 public:
  /// @param bound  most requests in flight of an endpoint, in percent of its fair part; 0 = no bound
  HashBalancer(std::uint32_t bound, HashKey key, const PickDraws& draws);

  std::uint64_t hash_of(const Pick& pick) const;

  void update(const EndpointView& view) override;
  std::uint32_t pick(const Pick& pick) override;
  void started(std::uint32_t endpoint) override {
    ++active_[endpoint];
    ++total_active_;
  }
  void finished(std::uint32_t endpoint, const Feedback&) override {
    --active_[endpoint];
    --total_active_;
  }

 protected:
  struct Host {
    std::uint32_t endpoint = 0, weight = 1;
  };

  /// Of the endpoint's number; another one for each salt.
  std::uint64_t hash_of(std::uint32_t endpoint, std::uint64_t salt) const;
  const std::vector<Host>& hosts() const { return hosts_; }  ///< those that are ready, ascending

 private:
  virtual void rebuild() = 0;
  /// The index among `hosts` that owns a hash.
  virtual std::uint32_t owner_of(std::uint64_t hash) const = 0;
  double fullness(const Host& host) const;
  std::uint32_t with_room(std::uint64_t hash, std::uint32_t owner);

  std::uint32_t bound_;
  HashKey key_;
  std::uint64_t seed_;
  std::vector<Host> hosts_;
  std::uint64_t weights_ = 0;
  std::vector<std::uint32_t> active_;
  std::uint64_t total_active_ = 0;
  std::vector<std::uint32_t> order_;  ///< of hosts, for one pick
};

/// The parameter `bound`.
BalancerParameter bound_parameter();
std::uint32_t bound_of(BalancerArguments& arguments);

}  // namespace towtank
