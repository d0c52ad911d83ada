#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/over_host_sets.hpp"
#include "models/balancers/slow_start.hpp"

namespace towtank::balancer {

namespace {

/// Equal weights: the next one. Else, or while an endpoint starts slowly, earliest deadline first.
class RoundRobin final : public Balancer {
 public:
  RoundRobin(const SlowStart& slow, PickDraws draws) : slow_{slow}, draws_{std::move(draws)} { stateful = true; }

  void update(const EndpointView& view) override {
    slow_.update(view);
    ready_.assign(view.ready.begin(), view.ready.end());
    weights_.assign(view.count, 1.0);
    schedule_.reset(view.count);
    bool unequal = false;
    for (const std::uint32_t endpoint : ready_) {
      weights_[endpoint] = view.weight(endpoint);
      unequal = unequal || view.weight(endpoint) != view.weight(ready_.front());
    }
    if (unequal || (slow_.is_on(view.now) && !ready_.empty()))
      schedule_.begin(view, start(), [&](std::uint32_t endpoint) { return weight_of(endpoint, view.now); });
    next_ = Draws::below(static_cast<std::uint32_t>(ready_.size()), start());
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    if (!schedule_.empty())
      return schedule_.pick([&](std::uint32_t endpoint) { return weight_of(endpoint, pick.now); });
    if (next_ >= ready_.size()) next_ = 0;
    return ready_[next_++];
  }

 private:
  // Instances that all began at endpoint 0 would send it a burst.
  std::uint32_t start() const { return draws_.own_block().lane[0]; }

  double weight_of(std::uint32_t endpoint, Time now) const {
    return slow_.is_on(now) ? weights_[endpoint] * slow_.factor(endpoint, now) : weights_[endpoint];
  }

  SlowStart slow_;
  std::vector<std::uint32_t> ready_;
  std::vector<double> weights_;  ///< by endpoint
  EdfSchedule schedule_;         ///< empty while the next one is taken
  std::size_t next_ = 0;
  PickDraws draws_;
};

}  // namespace

BalancerInfo round_robin() {
  return {.name = "round_robin",
          .products = {"envoy", "l4"},
          .meaning =
              "each ready endpoint in turn, from a random start; by weight, or while one starts slowly, the earliest "
              "deadline first",
          .scope = "per instance: each worker counts by itself",
          .source = "Envoy round_robin, edf_scheduler.h, load_balancer_impl.cc (models/SOURCES.md 3.0, 3.4)",
          .host_sets = HostSetUse::zones,
          .parameters = with_host_sets(with_slow_start({}), HostSetUse::zones),
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const SlowStart slow = SlowStart::read(arguments);
            return std::make_unique<OverHostSets<RoundRobin>>(HostSetRules::read(arguments, HostSetUse::zones), std::move(draws), [slow](PickDraws own) {
              return std::make_unique<RoundRobin>(slow, std::move(own));
            });
          }};
}

}  // namespace towtank::balancer
