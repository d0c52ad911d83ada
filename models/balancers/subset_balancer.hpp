#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// Each endpoint in turn, from a random start, of those that the instance keeps to.
class SubsetBalancer : public Balancer {
 public:
  SubsetBalancer(std::uint32_t size, PickDraws draws) : draws_{std::move(draws)}, size_{size} { stateful = avoids_tried = true; }

  void update(const EndpointView& view) final;
  std::uint32_t pick(const Pick& pick) final;

 protected:
  /// Leaves the endpoints that the instance keeps to. @param ready  all that may be picked, more than `size`, ascending
  virtual void choose(std::vector<std::uint32_t>& ready, const EndpointView& view) = 0;

  /// Orders endpoints by ranks at random that belong to `seed`: when one leaves, the others keep their order.
  static void shuffle(std::vector<std::uint32_t>& endpoints, std::uint64_t seed);

  std::uint32_t size() const { return size_; }

  PickDraws draws_;

 private:
  std::uint32_t size_;
  std::vector<std::uint32_t> members_;
  std::size_t next_ = 0;
};

}  // namespace towtank
