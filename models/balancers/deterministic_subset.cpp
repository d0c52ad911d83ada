#include "models/balancers/subset_balancer.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

/// As many instances as there are subsets make a round, which shares all endpoints out, in an order of its own.
class DeterministicSubset final : public SubsetBalancer {
 public:
  using SubsetBalancer::SubsetBalancer;

 private:
  void choose(std::vector<std::uint32_t>& ready, const EndpointView& view) override {
    const auto subsets = static_cast<std::uint32_t>(ready.size()) / size();
    shuffle(ready, mixed(draws_.common_word() + view.instance / subsets));
    const std::uint32_t first = view.instance % subsets * size();
    ready.erase(ready.begin(), ready.begin() + first);
    ready.resize(size());
  }
};

}  // namespace

BalancerInfo deterministic_subset() {
  return {.name = "deterministic_subset",
          .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
          .meaning =
              "the instances deal the endpoints out: as many as there are subsets of `subset` make a round, in which "
              "none gets another's; each takes its own in turn, from a random start. What is left of a division goes "
              "without in that round. Of Google's SRE book, here for comparison",
          .scope =
              "per instance, which knows its number among the workers of all replicas. `estimate` knows the shares in "
              "the mean over all orders only",
          .source = "Beyer et al., Site Reliability Engineering (2016), chapter 20 (models/SOURCES.md 3.7)",
          .weighs = false,
          .parameters = {{"subset", "integer", "20", "endpoints that an instance keeps to"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const auto size = static_cast<std::uint32_t>(arguments.integer("subset", 20, 1, 65'536));
            return std::make_unique<DeterministicSubset>(size, std::move(draws));
          }};
}

}  // namespace towtank::balancer
