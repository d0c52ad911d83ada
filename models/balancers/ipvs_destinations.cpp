#include "models/balancers/ipvs_destinations.hpp"

#include <algorithm>

namespace towtank::balancer {

namespace {

constexpr Duration kTimeWait = 120s;

}  // namespace

void IpvsBalancer::update(const EndpointView& view) {
  destinations_.resize(view.count);
  ready_.assign(view.ready.begin(), view.ready.end());
  least_.reset(view.count);
  for (const std::uint32_t endpoint : ready_) {
    destinations_[endpoint].weight = view.weight(endpoint);
    least_.set(endpoint, {});
    move(endpoint);
  }
}

std::uint32_t IpvsBalancer::pick(const Pick& pick) {
  forget_ended(pick.now);
  if (least_.empty()) return kNone;
  const std::uint32_t other = exception();
  return other != kNone ? other : least_.first();
}

void IpvsBalancer::started(std::uint32_t endpoint) {
  ++destinations_[endpoint].active;
  move(endpoint);
}

void IpvsBalancer::finished(std::uint32_t endpoint, const Feedback& feedback) {
  --destinations_[endpoint].active;
  destinations_[endpoint].inactive += counts_ended();
  move(endpoint);
  if (!counts_ended()) return;
  if (ended_count_ == ended_.size()) {
    std::rotate(ended_.begin(), ended_.begin() + static_cast<std::ptrdiff_t>(oldest_), ended_.end());
    oldest_ = 0;
    ended_.resize(std::max<std::size_t>(64, 2 * ended_.size()));
  }
  ended_[(oldest_ + ended_count_++) % ended_.size()] = {feedback.now + kTimeWait, endpoint};
}

void IpvsBalancer::forget_ended(Time now) {
  for (; ended_count_ > 0 && ended_[oldest_].until <= now; --ended_count_) {
    const std::uint32_t endpoint = ended_[oldest_].endpoint;
    oldest_ = (oldest_ + 1) % ended_.size();
    --destinations_[endpoint].inactive;
    move(endpoint);
  }
}

void IpvsBalancer::move(std::uint32_t endpoint) {
  if (!least_.contains(endpoint)) return;
  const Destination& destination = destinations_[endpoint];
  least_.set(endpoint, {load_of(destination), weighs() ? destination.weight : 1, endpoint});
}

}  // namespace towtank::balancer
