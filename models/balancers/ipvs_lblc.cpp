#include "models/balancers/ipvs_destinations.hpp"

namespace towtank::balancer {

namespace {

/// One destination for each destination address, which of a Service is one: it takes all connections until it has more
/// than its weight while another has less than half of its own. The kernel looks through the list for that one, and so
/// does this.
class IpvsLblc final : public IpvsBalancer {
 public:
  void update(const EndpointView& view) override {
    IpvsBalancer::update(view);
    is_ready_.assign(view.count, false);
    for (const std::uint32_t endpoint : ready()) is_ready_[endpoint] = true;
    if (kept_ != kNone && !is_ready_[kept_]) kept_ = kNone;
  }

  std::uint32_t pick(const Pick& pick) override {
    const std::uint32_t least = IpvsBalancer::pick(pick);
    if (kept_ == kNone || is_overloaded(destinations()[kept_])) kept_ = least;
    return kept_;
  }

 private:
  std::uint64_t load_of(const Destination& destination) const override {
    return destination.active * 256 + destination.inactive;
  }

  bool is_overloaded(const Destination& kept) const {
    if (kept.active <= kept.weight) return false;
    for (const std::uint32_t endpoint : ready())
      if (2 * destinations()[endpoint].active < destinations()[endpoint].weight) return true;
    return false;
  }

  std::uint32_t kept_ = kNone;
  std::vector<bool> is_ready_;
};

}  // namespace

BalancerInfo ipvs_lblc() {
  return {
      .name = "ipvs_lblc",
      .spelling = "lblc",
      .products = {"ipvs"},
      .meaning =
          "all to one destination until it has more open connections than it weighs and another less than half its "
          "weight, then to the least by wlc: of no use for Services; the cost grows with the destinations, as the "
          "kernel's does",
      .scope = "per node, which counts its own connections only",
      .source = "Linux net/netfilter/ipvs/ip_vs_lblc.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsLblc>(); }};
}

}  // namespace towtank::balancer
