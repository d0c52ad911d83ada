#include "models/balancers/ipvs_destinations.hpp"

namespace towtank::balancer {

namespace {

class IpvsLc final : public IpvsBalancer {
  std::uint64_t load_of(const Destination& destination) const override {
    return destination.active * 256 + destination.inactive;
  }
  bool weighs() const override { return false; }
};

}  // namespace

BalancerInfo ipvs_lc() {
  return {
      .name = "ipvs_lc",
      .spelling = "lc",
      .products = {"ipvs"},
      .meaning = "the fewest connections, of which 256 ended ones count as one open; the first in the list when equal",
      .scope = "per node, which counts its own connections only",
      .source = "Linux net/netfilter/ipvs/ip_vs_lc.c (models/SOURCES.md 3.1)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsLc>(); }};
}

}  // namespace towtank::balancer
