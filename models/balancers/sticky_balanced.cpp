#include "models/balancers/balancer.hpp"
#include "models/balancers/ketama.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

/// A client's cookie holds a key, drawn at its first request: here for each client and replication, so that all workers
/// know it. A retry of a client that has a cookie goes to the same endpoint unless `session-cookie-change-on-failure`
/// is set, which is not modelled. Nor are first requests: ingress-nginx draws another key for their retries, past
/// endpoints that failed; here every client has its cookie from the start.
class StickyBalanced final : public Balancer {
 public:
  explicit StickyBalanced(const PickDraws& draws) : seed_{draws.common_word()} {
    by_source = repeats = true;  // clients are told apart
    shared_by_workers = true;    // all know the same
  }

  void update(const EndpointView& view) override {
    ring_.clear();
    for (const std::uint32_t endpoint : view.ready) ring_.add(drawn_name(endpoint, seed_, ':'), endpoint, 1);
    ring_.close();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ring_.empty()) return kNone;
    return ring_.owner_at(ring_.place_of(static_cast<std::uint32_t>(mixed(mixed(seed_) ^ pick.client))));
  }

 private:
  std::uint64_t seed_;
  KetamaRing ring_;
};

}  // namespace

BalancerInfo sticky_balanced() {
  return {
      .name = "sticky_balanced",
      .products = {"ingress-nginx"},
      .meaning =
          "`affinity: cookie`, mode `balanced`: each client by the random key in its cookie, over the endpoints' 160 "
          "points each on a circle; a retry asks the same endpoint again. Clients have their cookies from the "
          "first request on",
      .scope = "none: the client carries the key, and any worker gives it the same endpoint",
      .source =
          "ingress-nginx rootfs/etc/nginx/lua/balancer/sticky_balanced.lua, sticky.lua; lua-resty-balancer "
          "(models/SOURCES.md 3.3)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<StickyBalanced>(draws);
      }};
}

}  // namespace towtank::balancer
