#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_key.hpp"
#include "models/balancers/ketama.hpp"

namespace towtank::balancer {

namespace {

/// Groups of `size` endpoints in their order, the last one filled up from the first endpoints. The circle is one of
/// groups, named set1, set2, ...: it is the same in every cluster.
class ChashSubset final : public Balancer {
 public:
  ChashSubset(std::uint32_t size, HashKey key, PickDraws draws) : size_{size}, key_{key}, draws_{std::move(draws)} {
    want_key(*this, key);
    shared_by_workers = true;
    repeats = true;  // any one of the group again, whatever was tried
  }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    const auto sets = static_cast<std::uint32_t>((ready_.size() + size_ - 1) / size_);
    ring_.clear();
    for (std::uint32_t set = 0; set < sets; ++set) ring_.add("set" + std::to_string(set + 1), set, 1);
    ring_.close();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ring_.empty()) return kNone;
    const std::uint32_t set = ring_.owner_at(ring_.place_of(crc32(HashKeyText{key_, pick}.view())));
    const std::size_t member = std::size_t{set} * size_ + Draws::below(size_, draws_.block(pick).lane[0]);
    return ready_[member % ready_.size()];
  }

 private:
  std::uint32_t size_;
  HashKey key_;
  std::vector<std::uint32_t> ready_;
  KetamaRing ring_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo chashsubset() {
  return {.name = "chashsubset",
          .products = {"ingress-nginx"},
          .meaning =
              "`upstream-hash-by-subset`: a group of endpoints by the key, and any one of the group at "
              "each try",
          .scope = "none: picks do not depend on each other",
          .source =
              "ingress-nginx rootfs/etc/nginx/lua/balancer/chashsubset.lua; lua-resty-balancer (models/SOURCES.md 3.3)",
          .weighs = false,
          .parameters = {{"size", "integer", "3", "endpoints of a group (`upstream-hash-by-subset-size`)"}, hash_key_parameter()},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const auto size = static_cast<std::uint32_t>(arguments.integer("size", 3, 1, 65'536));
            return std::make_unique<ChashSubset>(size, hash_key_from(arguments), std::move(draws));
          }};
}

}  // namespace towtank::balancer
