#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

class AlbRoundRobin final : public Balancer {
 public:
  explicit AlbRoundRobin(PickDraws draws) : draws_{std::move(draws)} { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    if (!ready_.empty()) next_ = Draws::below(static_cast<std::uint32_t>(ready_.size()), draws_.own_block().lane[0]);
  }

  std::uint32_t pick(const Pick&) override {
    if (ready_.empty()) return kNone;
    const std::uint32_t endpoint = ready_[next_];
    next_ = next_ + 1 < ready_.size() ? next_ + 1 : 0;
    return endpoint;
  }

 private:
  PickDraws draws_;
  std::vector<std::uint32_t> ready_;
  std::size_t next_ = 0;
};

}  // namespace

BalancerInfo alb_round_robin() {
  return {.name = "alb_round_robin",
          .spelling = "round_robin",
          .products = {"alb"},
          .meaning = "each target in turn, from a random start",
          .scope = "its node's",
          .source = "AWS, Elastic Load Balancing (models/SOURCES.md 3.9)",
          .weighs = false,
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> { return std::make_unique<AlbRoundRobin>(std::move(draws)); }};
}

}  // namespace towtank::balancer
