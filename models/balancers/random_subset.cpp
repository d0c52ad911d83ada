#include "models/balancers/subset_balancer.hpp"

namespace towtank::balancer {

namespace {

class RandomSubset final : public SubsetBalancer {
 public:
  using SubsetBalancer::SubsetBalancer;

 private:
  void choose(std::vector<std::uint32_t>& ready, const EndpointView&) override {
    const PhiloxBlock own = draws_.own_block();
    shuffle(ready, std::uint64_t{own.lane[2]} << 32 | own.lane[3]);
    ready.resize(size());
  }
};

}  // namespace

BalancerInfo random_subset() {
  return {.name = "random_subset",
          .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
          .meaning =
              "each instance draws `subset` endpoints once and takes these in turn, from a random start. Of Google's "
              "SRE book, which shows how uneven it is; here for comparison",
          .scope =
              "per instance: each draws by itself, again in each replication. `estimate` knows the shares in the mean "
              "over all draws only",
          .source = "Beyer et al., Site Reliability Engineering (2016), chapter 20 (models/SOURCES.md 3.7)",
          .weighs = false,
          .parameters = {{"subset", "integer", "20", "endpoints that an instance keeps to"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const auto size = static_cast<std::uint32_t>(arguments.integer("subset", 20, 1, 65'536));
            return std::make_unique<RandomSubset>(size, std::move(draws));
          }};
}

}  // namespace towtank::balancer
