#include "models/balancers/pick_loop.hpp"

#include <numeric>

#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

PickLoop::PickLoop(const BalancerInfo& info, std::uint32_t endpoints, std::uint32_t seed)
    : info_{info},
      draws_{Draws{seed, 0}, purpose_of("balance/loop")},
      all_(endpoints),
      in_flight_(endpoints, Balancer::kNone) {
  TOWTANK_CHECK(endpoints >= 2, "one of the endpoints may leave");
  std::iota(all_.begin(), all_.end(), 0u);
  without_one_ = all_;
  without_one_.erase(without_one_.begin() + endpoints / 2);
}

void PickLoop::begin() {
  BalancerArguments defaults;
  balancer_ = info_.make(defaults, draws_);
  TOWTANK_CHECK(balancer_ != nullptr, "the `make` of a balancer returns one");
  join();
}

std::uint32_t PickLoop::next() {
  std::uint32_t& oldest = in_flight_[key_ % in_flight_.size()];
  if (balancer_->counts && oldest != Balancer::kNone) balancer_->finished(oldest, {.latency = 5ms, .now = now()});
  oldest = balancer_->pick({.key = key_,
                            .client = static_cast<std::uint32_t>(key_),
                            .plain = true,
                            .source_address = static_cast<std::uint32_t>(mixed(key_)),
                            .content = static_cast<std::uint32_t>(mixed(key_)),
                            .now = now()});
  TOWTANK_CHECK(oldest < all_.size(), "a balancer picks one of its endpoints, and kNone only when none is ready");
  if (balancer_->counts && oldest != Balancer::kNone) balancer_->started(oldest);
  ++key_;
  return oldest;
}

}  // namespace towtank
