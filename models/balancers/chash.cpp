#include "models/balancers/balancer.hpp"
#include "models/balancers/ketama.hpp"

namespace towtank::balancer {

namespace {

/// A retry goes to the same endpoint: the key has not changed.
class Chash final : public Balancer {
 public:
  explicit Chash(const PickDraws& draws) : seed_{draws.common_word()} {
    by_source = repeats = true;
    shared_by_workers = true;  // all know the same
  }

  void update(const EndpointView& view) override {
    ring_.clear();
    for (const std::uint32_t endpoint : view.ready) ring_.add(drawn_name(endpoint, seed_, ':'), endpoint, 1);
    ring_.close();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ring_.empty()) return kNone;
    return ring_.owner_at(ring_.place_of(crc32(AddressText{pick.source_address}.view())));
  }

 private:
  std::uint64_t seed_;
  KetamaRing ring_;
};

}  // namespace

BalancerInfo chash() {
  return {
      .name = "chash",
      .products = {"ingress-nginx"},
      .meaning =
          "`upstream-hash-by: $remote_addr`: by the caller's address, the next of the endpoints' 160 points each on a "
          "circle; a retry asks the same endpoint again",
      .scope = "none: any worker gives an address the same endpoint",
      .source = "ingress-nginx rootfs/etc/nginx/lua/balancer/chash.lua; lua-resty-balancer (models/SOURCES.md 3.3)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<Chash>(draws);
      }};
}

}  // namespace towtank::balancer
