#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/balancers/ranked_set.hpp"

namespace towtank::balancer {

namespace {

/// Any endpoint that has nothing in flight, by this instance's own count; where all have, any at all.
class JoinIdleQueue final : public Balancer {
 public:
  explicit JoinIdleQueue(PickDraws draws) : draws_{std::move(draws)} { stateful = counts = true; }

  void update(const EndpointView& view) override {
    active_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
    is_ready_.assign(view.count, false);
    idle_.reset(view.count);
    for (const std::uint32_t endpoint : ready_) {
      is_ready_[endpoint] = true;
      if (active_[endpoint] == 0) idle_.insert(endpoint);
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    const std::uint32_t lane = draws_.block(pick).lane[0];
    if (idle_.size() > 0) return idle_.at(Draws::below(idle_.size(), lane));
    return ready_[Draws::below(static_cast<std::uint32_t>(ready_.size()), lane)];
  }

  void started(std::uint32_t endpoint) override {
    if (active_[endpoint]++ == 0) idle_.erase(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback&) override {
    if (--active_[endpoint] == 0 && is_ready_[endpoint]) idle_.insert(endpoint);
  }

 private:
  std::vector<std::uint32_t> ready_, active_;
  std::vector<bool> is_ready_;
  RankedSet idle_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo join_idle_queue() {
  return {
      .name = "join_idle_queue",
      .products = {"nginx", "envoy", "ingress-nginx"},
      .meaning =
          "any endpoint with nothing in flight, drawn at random; where all have, any. Of research: no product has it",
      .scope =
          "per instance: it counts its own requests only; with one instance this is the idle queue of one dispatcher",
      .source = "Lu et al., Join-Idle-Queue, Performance Evaluation 68(11), 2011",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<JoinIdleQueue>(std::move(draws));
      }};
}

}  // namespace towtank::balancer
