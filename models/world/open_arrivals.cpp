#include "models/world/open_arrivals.hpp"

#include "sim/core/check.hpp"

namespace towtank {

namespace {

using Arrivals = model::Traffic::Arrivals;

constexpr std::size_t kCalm = 0, kBurst = 1;
/// Tells the draws that happen once apart from those of the requests.
constexpr std::uint32_t kOnce = 1;

Distribution gap_law(const model::Traffic& traffic) {
  switch (traffic.arrivals) {
    case Arrivals::poisson:
      return Distribution::exponential(1.0 / traffic.rate_per_s);
    case Arrivals::deterministic:
      return Distribution::constant(1.0 / traffic.rate_per_s);
    case Arrivals::batch:
      return Distribution::exponential(traffic.batch_size / traffic.rate_per_s);
    case Arrivals::mmpp:
      return Distribution::exponential(1.0);
    case Arrivals::closed:
      break;
  }
  TOWTANK_CHECK(false, "closed arrivals follow from the answers");
}

}  // namespace

OpenArrivals::OpenArrivals(const model::Traffic& traffic, const Draws& draws, PurposeRegistry& purposes,
                           std::uint64_t key)
    : kind_{traffic.arrivals},
      batch_size_{kind_ == Arrivals::batch ? traffic.batch_size : 1},
      states_{traffic.states},
      draws_{draws},
      purpose_{purposes.add("arrival/" + traffic.name)},
      state_purpose_{purposes.add("arrival state/" + traffic.name)},
      key_{key},
      gaps_{draws, purpose_, gap_law(traffic)} {
  if (kind_ == Arrivals::deterministic) phase_ = from_seconds(draws.uniform(purpose_, key, kOnce) / traffic.rate_per_s);
}

Time OpenArrivals::first() {
  if (phase_ > Duration{0}) return Time{} + phase_;
  if (kind_ != Arrivals::mmpp) return Time{} + Duration{gaps_.at(key_)};
  const double burst_share = states_[kBurst].mean_s / (states_[kCalm].mean_s + states_[kBurst].mean_s);
  // What is left of an exponential time is as long as the whole.
  state_ = draws_.uniform(purpose_, key_, kOnce) < burst_share ? kCalm : kBurst;
  change_state(Time{});
  return after(Time{}, gaps_.at(key_));
}

/// When the clock of the arrivals has run on by so much.
Time OpenArrivals::after(Time before, std::int64_t clock_ns) {
  double left_s = to_seconds(Duration{clock_ns});
  for (;;) {
    const double rate = states_[state_].rate_per_s;
    const double until_change = rate * to_seconds(state_ends_ - before);
    if (left_s <= until_change) return before + from_seconds(left_s / rate);
    left_s -= until_change;
    before = state_ends_;
    change_state(before);
  }
}

void OpenArrivals::change_state(Time at) {
  state_ = 1 - state_;
  const Distribution law = Distribution::exponential(states_[state_].mean_s);
  state_ends_ = at + Duration{sample_scalar(law, draws_, state_purpose_, key_ + changes_++)};
}

}  // namespace towtank
