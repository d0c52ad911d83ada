#include "models/balancers/balancer.hpp"
#include "models/balancers/interleaved_turns.hpp"

namespace towtank::balancer {

namespace {

class IpvsWrr final : public Balancer {
 public:
  IpvsWrr() { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t endpoint : ready_) weights.push_back(view.weight(endpoint));
    turns_.reset(weights, SIZE_MAX);  // the first comes next
  }

  std::uint32_t pick(const Pick&) override { return turns_.empty() ? kNone : ready_[turns_.next()]; }

 private:
  std::vector<std::uint32_t> ready_;
  InterleavedTurns turns_;
};

}  // namespace

BalancerInfo ipvs_wrr() {
  return {
      .name = "ipvs_wrr",
      .spelling = "wrr",
      .products = {"ipvs"},
      .meaning = "each destination in turn by weight, interleaved: the kernel's cost grows with the list",
      .scope = "per node",
      .source = "Linux net/netfilter/ipvs/ip_vs_wrr.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsWrr>(); }};
}

}  // namespace towtank::balancer
