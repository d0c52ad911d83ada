#include "models/balancers/ipvs_destinations.hpp"

namespace towtank::balancer {

namespace {

class IpvsWlc final : public IpvsBalancer {
  std::uint64_t load_of(const Destination& destination) const override {
    return destination.active * 256 + destination.inactive;
  }
};

}  // namespace

BalancerInfo ipvs_wlc() {
  return {
      .name = "ipvs_wlc",
      .spelling = "wlc",
      .products = {"ipvs"},
      .meaning =
          "the fewest connections for its weight, of which 256 ended ones count as one open; the first in the list "
          "when equal",
      .scope = "per node, which counts its own connections only",
      .source = "Linux net/netfilter/ipvs/ip_vs_wlc.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsWlc>(); }};
}

}  // namespace towtank::balancer
