#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// One instance of an algorithm with its defaults that is asked without end, for whoever measures it: as many requests
/// as endpoints are in flight, and end in the order in which they began. Each comes from another address.
class PickLoop {
 public:
  /// Takes all the memory that the loop itself needs: what is taken later is the instance's.
  /// @param endpoints  >= 2
  PickLoop(const BalancerInfo& info, std::uint32_t endpoints, std::uint32_t seed);

  /// Makes the instance and tells it of all endpoints.
  void begin();

  /// Ends the oldest request, picks for the next, with the feedback that the algorithm asks for. @return the endpoint
  std::uint32_t next();

  const Balancer& balancer() const { return *balancer_; }

  /// The endpoint in the middle leaves, or comes back.
  void leave() { balancer_->update({endpoints(), without_one_, {}, now()}); }
  void join() { balancer_->update({endpoints(), all_, {}, now()}); }

 private:
  std::uint32_t endpoints() const { return static_cast<std::uint32_t>(all_.size()); }
  Time now() const { return Time{} + static_cast<std::int64_t>(key_) * 10us; }

  const BalancerInfo& info_;
  PickDraws draws_;
  std::unique_ptr<Balancer> balancer_;
  std::vector<std::uint32_t> all_, without_one_, in_flight_;
  std::uint64_t key_ = 0;
};

}  // namespace towtank
