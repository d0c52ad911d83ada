#pragma once

#include <optional>

#include "models/request/request.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// The way between two points of the network, there and back. Each direction takes half of a draw of the round trip's
/// law, drawn for itself (dataplane reference 7).
class Leg {
 public:
  Leg(const Distribution& round_trip, const Draws& draws, PurposeId purpose)
      : one_way_{round_trip.scaled(0.5)}, draws_{draws}, purpose_{purpose} {
    if (one_way_.is_constant()) {
      const std::int64_t half = one_way_.sample(0.5).count();
      constant_ = {half, half};
    } else {
      ring_.emplace(draws, purpose, one_way_);
    }
  }

  Legs draw(const Request& request) {
    if (!ring_) return constant_;
    if (request.plain()) return ring_->at(request.key);
    return legs_scalar(one_way_, draws_, purpose_, request.key, request.draw_attempt());
  }

 private:
  Distribution one_way_;
  Draws draws_;
  PurposeId purpose_;
  Legs constant_{};
  std::optional<LegRing> ring_;  ///< none for a constant
};

/// A time that is spent once per draw, such as the cost of a step in the kernel.
class Cost {
 public:
  Cost(const Distribution& law, const Draws& draws, PurposeId purpose) : law_{law}, draws_{draws}, purpose_{purpose} {
    if (law.is_constant())
      constant_ = law.sample(0.5).count();
    else
      ring_.emplace(draws, purpose, law);
  }

  std::int64_t draw(const Request& request) {
    if (!ring_) return constant_;
    if (request.plain()) return ring_->at(request.key);
    return sample_scalar(law_, draws_, purpose_, request.key, request.draw_attempt());
  }

 private:
  Distribution law_;
  Draws draws_;
  PurposeId purpose_;
  std::int64_t constant_ = 0;
  std::optional<SampleRing> ring_;
};

}  // namespace towtank
