#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// The hash of a flow's five-tuple is as good as a random number that belongs to the connection: the whole 64-bit word
/// stands for it, and the endpoint is the hash modulo their number.
class FlowHash final : public Balancer {
 public:
  explicit FlowHash(PickDraws draws) : draws_{std::move(draws)} {}

  void update(const EndpointView& view) override { ready_.assign(view.ready.begin(), view.ready.end()); }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    const PhiloxBlock words = draws_.block(pick);
    const std::uint64_t hash = (std::uint64_t{words.lane[1]} << 32) | words.lane[0];
    return ready_[hash % ready_.size()];
  }

 private:
  std::vector<std::uint32_t> ready_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo flow_hash() {
  return {.name = "flow_hash",
          .products = {"l4"},
          .meaning = "by the hash of the connection's addresses and ports: fixed for its life",
          .scope = "none: any instance gives a flow the same endpoint",
          .source = "AWS NLB, GCP and Azure load balancers (models/SOURCES.md 3.9)",
          .weighs = false,
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<FlowHash>(std::move(draws));
          }};
}

}  // namespace towtank::balancer
