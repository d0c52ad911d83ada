#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(PickDraws draws) : draws_{std::move(draws)} {
    stateful = true;
    start_anywhere();
  }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    start_anywhere();
  }

  std::uint32_t pick(const Pick&) override {
    if (ready_.empty()) return kNone;
    if (next_ >= ready_.size()) next_ = 0;
    return ready_[next_++];
  }

 private:
  // Instances that all began at endpoint 0 would send it a burst.
  void start_anywhere() { next_ = Draws::below(static_cast<std::uint32_t>(ready_.size()), draws_.own_block().lane[0]); }

  std::vector<std::uint32_t> ready_;
  std::size_t next_ = 0;
  PickDraws draws_;
};

}  // namespace

BalancerInfo round_robin() {
  return {.name = "round_robin",
          .products = {"envoy", "l4"},
          .meaning = "each ready endpoint in turn, from a random start",
          .scope = "per instance: each worker counts by itself",
          .source = "Envoy round_robin with equal weights (models/SOURCES.md 3.0, 3.4)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<RoundRobin>(std::move(draws));
          }};
}

}  // namespace towtank::balancer
