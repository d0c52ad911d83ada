#include "models/balancers/slow_start.hpp"

#include <algorithm>

#include "sim/random/elementary.hpp"

namespace towtank {

SlowStart SlowStart::read(BalancerArguments& arguments) {
  SlowStart slow;
  slow.window_ = arguments.duration("slow_start", 0s, 0s, 24h);
  const double aggression = arguments.number("aggression", 1.0, 0.0, 1'000'000.0);
  if (aggression <= 0.0)
    arguments.complain("aggression", "0 divides by zero; a number above 0, such as 1, would do");
  else
    slow.exponent_ = 1.0 / aggression;
  return slow;
}

std::vector<BalancerParameter> with_slow_start(std::vector<BalancerParameter> own) {
  own.push_back(
      {"slow_start", "duration", "0s",
       "how long a new endpoint's weight grows, at the share (age / this)^(1 / aggression), at least 10 %; 0 = not. "
       "Those that are there when a run begins are not new"});
  own.push_back({"aggression", "number", "1", "of slow_start: above 1 it grows faster at first"});
  return own;
}

void SlowStart::update(const EndpointView& view) {
  std::vector<Age> before(view.count);
  before.swap(ages_);
  before.resize(view.count);
  const Time since = has_begun_ ? view.now : view.now - window_;
  has_begun_ = true;
  for (const std::uint32_t endpoint : view.ready) {
    ages_[endpoint] = before[endpoint].is_ready ? before[endpoint] : Age{since, true};
    newest_ = std::max(newest_.value_or(ages_[endpoint].since), ages_[endpoint].since);
  }
}

double SlowStart::factor(std::uint32_t endpoint, Time now) const {
  constexpr double kLeast = 0.1;
  const Duration age = now - ages_[endpoint].since;
  if (age >= window_) return 1.0;
  const double part = to_seconds(std::max<Duration>(age, 1ms)) / to_seconds(window_);
  return std::max(kLeast, exponent_ == 1.0 ? part : elementary::power(part, exponent_));
}

}  // namespace towtank
