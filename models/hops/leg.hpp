#pragma once

#include <array>
#include <optional>
#include <string>

#include "models/request/request.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// The way between two points of the network, there and back. Each direction takes half of a draw of the round trip's
/// law, drawn for itself. Requests and the first round trip of a set-up draw in batches, what is rarer one by one.
class Leg {
 public:
  /// @param name  of the purpose of its draws
  Leg(const Distribution& round_trip, const Draws& draws, PurposeRegistry& purposes, const std::string& name)
      : one_way_{round_trip.scaled(0.5)}, draws_{draws}, purposes_{purposes.add(name), purposes.add(name + "/setup")} {
    if (!one_way_.is_constant()) return;
    const std::int64_t half = one_way_.sample(0.5).count();
    constant_ = Legs{half, half};
  }

  Legs draw(const Request& request) {
    if (constant_) return *constant_;
    if (request.attempt != 0 || request.exchange > 1 || !request.root) [[unlikely]]
      return draw_single(request);
    const bool sets_up = request.exchange != 0;
    if (!rings_[sets_up]) [[unlikely]]
      make_ring(sets_up);
    return rings_[sets_up]->at(request.key);
  }

 private:
  // What is rare stands apart, so that `draw` is short where it is used.
  [[gnu::noinline]] Legs draw_single(const Request& request) const {
    return legs_scalar(one_way_, draws_, purposes_[request.exchange != 0], request.key, request.attempt | std::uint32_t{request.exchange} << 8);
  }
  [[gnu::noinline]] void make_ring(bool sets_up) { rings_[sets_up].emplace(draws_, purposes_[sets_up], one_way_); }

  Distribution one_way_;
  Draws draws_;
  std::array<PurposeId, 2> purposes_;           ///< of requests, of set-ups
  std::array<std::optional<LegRing>, 2> rings_;  ///< made at the first draw
  std::optional<Legs> constant_;
};

/// A time, ns, where everything takes `slowdown` times as long.
inline std::int64_t slowed(std::int64_t ns, double slowdown) {
  return slowdown == 1.0 ? ns : round_to_int64(static_cast<double>(ns) * slowdown);
}

/// A time that a request spends at most once in an attempt, such as the cost of a step in the kernel.
class Cost {
 public:
  Cost(const Distribution& law, const Draws& draws, PurposeRegistry& purposes, const std::string& name)
      : law_{law}, draws_{draws}, purpose_{purposes.add(name)} {
    if (law.is_constant())
      constant_ = law.sample(0.5).count();
    else
      ring_.emplace(draws, purpose_, law);
  }

  std::int64_t draw(const Request& request) {
    if (!ring_) return constant_;
    if (request.attempt == 0 && request.root) return ring_->at(request.key);
    return sample_scalar(law_, draws_, purpose_, request.key, request.attempt);
  }

 private:
  Distribution law_;
  Draws draws_;
  PurposeId purpose_;
  std::int64_t constant_ = 0;
  std::optional<SampleRing> ring_;  ///< none for a constant
};

}  // namespace towtank
