#include "models/balancers/balancer.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

/// By the destination address, which of a Service is one and not known here: any of the 256 buckets, dealt in turn.
class IpvsDh final : public Balancer {
 public:
  explicit IpvsDh(const PickDraws& draws) : bucket_{static_cast<std::uint32_t>(mixed(draws.common_word()) >> 56)} {}

  void update(const EndpointView& view) override {
    always_ = kNone;
    std::uint64_t weights = 0;
    for (const std::uint32_t endpoint : view.ready) weights += view.weight(endpoint);
    if (weights == 0) return;
    std::uint64_t left = bucket_ % weights;
    for (const std::uint32_t endpoint : view.ready) {
      always_ = endpoint;
      if (left < view.weight(endpoint)) return;
      left -= view.weight(endpoint);
    }
  }

  std::uint32_t pick(const Pick&) override { return always_; }

 private:
  std::uint32_t bucket_;
  std::uint32_t always_ = kNone;
};

}  // namespace

BalancerInfo ipvs_dh() {
  return {.name = "ipvs_dh",
          .spelling = "dh",
          .products = {"ipvs"},
          .meaning = "by the destination address: always the same destination of a Service, and so of no use for it",
          .scope = "none: every node chooses the same",
          .source = "Linux net/netfilter/ipvs/ip_vs_dh.c (models/SOURCES.md 3.1)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
            return std::make_unique<IpvsDh>(draws);
          }};
}

}  // namespace towtank::balancer
