#include "models/balancers/balancer.hpp"
#include "models/balancers/hash_key.hpp"
#include "models/balancers/ketama.hpp"

namespace towtank::balancer {

namespace {

/// A retry goes to the same endpoint: the key has not changed.
class Chash final : public Balancer {
 public:
  Chash(HashKey key, const PickDraws& draws) : key_{key}, seed_{draws.common_word()} {
    want_key(*this, key);
    repeats = true;
    shared_by_workers = true;  // all know the same
  }

  void update(const EndpointView& view) override {
    ring_.clear();
    for (const std::uint32_t endpoint : view.ready) ring_.add(drawn_name(endpoint, seed_, ':'), endpoint, 1);
    ring_.close();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ring_.empty()) return kNone;
    return ring_.owner_at(ring_.place_of(crc32(HashKeyText{key_, pick}.view())));
  }

 private:
  HashKey key_;
  std::uint64_t seed_;
  KetamaRing ring_;
};

}  // namespace

BalancerInfo chash() {
  return {
      .name = "chash",
      .products = {"ingress-nginx"},
      .meaning =
          "`upstream-hash-by: $remote_addr`, or with `key: request` `$request_uri` and the like: by the key, the next of the endpoints' 160 points "
          "each on a circle; a retry asks the same endpoint again",
      .scope = "none: any worker gives a key the same endpoint",
      .source = "ingress-nginx rootfs/etc/nginx/lua/balancer/chash.lua; lua-resty-balancer (models/SOURCES.md 3.3)",
      .weighs = false,
      .parameters = {hash_key_parameter()},
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<Chash>(hash_key_from(arguments), draws);
      }};
}

}  // namespace towtank::balancer
