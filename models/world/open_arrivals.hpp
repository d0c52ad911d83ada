#pragma once

#include <cstdint>

#include "models/world/model.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// When the requests of an open traffic arrive, one after the other.
///
/// Bursty arrivals (an MMPP of two states) are a Poisson process of rate 1 whose clock runs at the rate of the state:
/// so the draws of an arrival are its own, as those of a steady traffic are, and a changed load keeps them.
/// @source Fischer, Meier-Hellstern, The Markov-modulated Poisson process (MMPP) cookbook, Performance Evaluation 18,
/// 1993
class OpenArrivals {
 public:
  /// @param traffic  not closed   @param key  of its request 0; the others follow
  OpenArrivals(const model::Traffic& traffic, const Draws& draws, PurposeRegistry& purposes, std::uint64_t key);

  /// When request 0 arrives. To be asked once, before the others.
  Time first();
  /// When request `ordinal` arrives. @param before  when the one before it did
  Time next(Time before, std::uint32_t ordinal) {
    if (kind_ == model::Traffic::Arrivals::mmpp) return after(before, gaps_.at(key_ + ordinal));
    if (batch_size_ == 1) return before + Duration{gaps_.at(key_ + ordinal)};
    return ordinal % batch_size_ == 0 ? before + Duration{gaps_.at(key_ + ordinal)} : before;
  }

 private:
  Time after(Time before, std::int64_t clock_ns);
  void change_state(Time at);

  model::Traffic::Arrivals kind_;
  std::uint32_t batch_size_;
  std::array<model::ArrivalState, 2> states_;
  Draws draws_;
  PurposeId purpose_, state_purpose_;
  std::uint64_t key_;
  SampleRing gaps_;
  Duration phase_{};  ///< until the first of deterministic arrivals
  std::size_t state_ = 0;
  Time state_ends_{};
  std::uint64_t changes_ = 0;
};

}  // namespace towtank
