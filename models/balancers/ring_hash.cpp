#include "models/balancers/hash_balancer.hpp"
#include "models/balancers/hash_ring.hpp"
#include "models/balancers/over_host_sets.hpp"

namespace towtank::balancer {

namespace {

constexpr std::int64_t kLeastRing = 1024, kLargestRing = 8'388'608;

class RingHash final : public HashBalancer {
 public:
  RingHash(double least, double most, std::uint32_t bound, HashKey key, const PickDraws& draws)
      : HashBalancer{bound, key, draws}, least_{least}, most_{most} {}

 private:
  void rebuild() override {
    std::vector<std::uint32_t> weights;
    for (const Host& host : hosts()) weights.push_back(host.weight);
    const std::vector<std::uint64_t> points = ring_points(weights, least_, most_);
    ring_.clear();
    for (std::uint32_t i = 0; i < hosts().size(); ++i)
      for (std::uint64_t k = 0; k < points[i]; ++k) ring_.add(hash_of(hosts()[i].endpoint, k), i);
    ring_.close();
  }

  std::uint32_t owner_of(std::uint64_t hash) const override { return ring_.owner_of(hash); }

  double least_, most_;
  HashRing ring_;
};

}  // namespace

BalancerInfo ring_hash() {
  return {
      .name = "ring_hash",
      .products = {"envoy"},
      .meaning = "by the caller's address, or with `key: request` another key: the next of the endpoints' many points on a circle",
      .scope = "none without a bound: every instance gives a key the same endpoint; the bound counts by replica",
      .source = "Karger et al., STOC 1997; Envoy ring_hash (models/SOURCES.md 3.4)",
      .host_sets = HostSetUse::priorities,
      .parameters = with_host_sets({{"min_ring", "integer", "1024", "points of all endpoints together, at least"},
                                    {"max_ring", "integer", "8388608", "the same, at most"},
                                    bound_parameter(), hash_key_parameter()},
                                   HostSetUse::priorities),
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        const std::int64_t least = arguments.integer("min_ring", kLeastRing, 1, kLargestRing);
        const std::int64_t most = arguments.integer("max_ring", kLargestRing, 1, kLargestRing);
        if (most < least) arguments.complain("max_ring", std::to_string(most) + " is below min_ring");
        const std::uint32_t bound = bound_of(arguments);
        const HashKey key = hash_key_from(arguments);
        return std::make_unique<OverHostSets<RingHash>>(HostSetRules::read(arguments, HostSetUse::priorities), std::move(draws), [least, most, bound, key](const PickDraws& own) {
          return std::make_unique<RingHash>(static_cast<double>(least), static_cast<double>(most), bound, key, own);
        });
      }};
}

}  // namespace towtank::balancer
