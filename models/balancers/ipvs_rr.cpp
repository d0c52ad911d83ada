#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Every node begins with the first destination, and again after a change.
class IpvsRr final : public Balancer {
 public:
  IpvsRr() { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    next_ = 0;
  }

  std::uint32_t pick(const Pick&) override {
    if (ready_.empty()) return kNone;
    const std::uint32_t endpoint = ready_[next_];
    if (++next_ == ready_.size()) next_ = 0;
    return endpoint;
  }

 private:
  std::vector<std::uint32_t> ready_;
  std::size_t next_ = 0;
};

}  // namespace

BalancerInfo ipvs_rr() {
  return {
      .name = "ipvs_rr",
      .spelling = "rr",
      .products = {"ipvs"},
      .meaning = "each destination in turn, whatever its weight, from the first one on",
      .scope = "per node",
      .source = "Linux net/netfilter/ipvs/ip_vs_rr.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsRr>(); }};
}

}  // namespace towtank::balancer
