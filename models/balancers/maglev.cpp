#include "models/balancers/hash_balancer.hpp"
#include "models/balancers/maglev_table.hpp"
#include "models/balancers/over_host_sets.hpp"

namespace towtank::balancer {

namespace {

constexpr std::int64_t kDefaultTable = 65'537, kLargestTable = 5'000'011;

bool is_prime(std::int64_t n) {
  for (std::int64_t d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return n > 1;
}

class Maglev final : public HashBalancer {
 public:
  Maglev(std::uint32_t table, std::uint32_t bound, HashKey key, const PickDraws& draws) : HashBalancer{bound, key, draws}, size_{table} {}

 private:
  void rebuild() override {
    std::vector<MaglevWish> wishes;
    for (const Host& host : hosts())
      wishes.push_back({static_cast<std::uint32_t>(hash_of(host.endpoint, 0) % size_),
                        static_cast<std::uint32_t>(hash_of(host.endpoint, 1) % (size_ - 1) + 1), host.weight});
    table_ = maglev_table(wishes, size_);
  }
  std::uint32_t owner_of(std::uint64_t hash) const override { return table_[hash % size_]; }

  std::uint32_t size_;
  std::vector<std::uint32_t> table_;
};

}  // namespace

BalancerInfo maglev() {
  return {
      .name = "maglev",
      .products = {"envoy"},
      .meaning = "by the caller's address, or with `key: request` another key, over a table in which each endpoint owns as many places as any other",
      .scope = "none without a bound: every instance gives a key the same endpoint; the bound counts by replica",
      .source = "Eisenbud et al., Maglev, NSDI 2016; Envoy maglev (models/SOURCES.md 3.4)",
      .host_sets = HostSetUse::priorities,
      .parameters = with_host_sets({{"table", "integer", "65537", "places, a prime above the number of endpoints"}, bound_parameter(), hash_key_parameter()}, HostSetUse::priorities),
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        const std::int64_t table = arguments.integer("table", kDefaultTable, 2, kLargestTable);
        if (!is_prime(table)) arguments.complain("table", std::to_string(table) + " is no prime; 65537 would do");
        const std::uint32_t bound = bound_of(arguments);
        const HashKey key = hash_key_from(arguments);
        return std::make_unique<OverHostSets<Maglev>>(HostSetRules::read(arguments, HostSetUse::priorities), std::move(draws), [table, bound, key](const PickDraws& own) {
          return std::make_unique<Maglev>(static_cast<std::uint32_t>(table), bound, key, own);
        });
      }};
}

}  // namespace towtank::balancer
