#include "models/balancers/ipvs_destinations.hpp"

namespace towtank::balancer {

namespace {

/// What the wait would be with this connection.
class IpvsSed final : public IpvsBalancer {
  std::uint64_t load_of(const Destination& destination) const override { return destination.active + 1; }
  bool counts_ended() const override { return false; }
};

}  // namespace

BalancerInfo ipvs_sed() {
  return {
      .name = "ipvs_sed",
      .spelling = "sed",
      .products = {"ipvs"},
      .meaning =
          "the least (open connections + 1) / weight, the shortest expected delay; the first in the list when equal",
      .scope = "per node, which counts its own connections only",
      .source = "Linux net/netfilter/ipvs/ip_vs_sed.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsSed>(); }};
}

}  // namespace towtank::balancer
