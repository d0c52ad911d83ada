#include "models/balancers/balancer.hpp"
#include "models/balancers/over_host_sets.hpp"

namespace towtank::balancer {

namespace {

class Random final : public Balancer {
 public:
  explicit Random(PickDraws draws) : draws_{std::move(draws)} {}

  void update(const EndpointView& view) override { ready_.assign(view.ready.begin(), view.ready.end()); }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    return ready_[Draws::below(static_cast<std::uint32_t>(ready_.size()), draws_.block(pick).lane[0])];
  }

 private:
  std::vector<std::uint32_t> ready_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo random() {
  return {.name = "random",
          .products = {"envoy", "l4", "alb", "dns", "cilium"},
          .meaning = "any ready endpoint, all alike",
          .scope = "none: picks do not depend on each other, but for the turns of zones that are weighed",
          .source = "kube-proxy iptables and nftables, Cilium, Envoy random (models/SOURCES.md 3.1, 3.4)",
          .weighs = false,
          .host_sets = HostSetUse::zones,
          .parameters = with_host_sets({}, HostSetUse::zones),
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<OverHostSets<Random>>(HostSetRules::read(arguments, HostSetUse::zones), std::move(draws),
                                                          [](PickDraws own) { return std::make_unique<Random>(std::move(own)); });
          }};
}

}  // namespace towtank::balancer
