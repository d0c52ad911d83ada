#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "sim/random/mix.hpp"

namespace towtank::balancer {

namespace {

/// A client's cookie names its endpoint: one at random at its first request, which it keeps until that is gone. Drawn by
/// client and replication, so that all workers know it. A retry of a client asks the same endpoint again, as with
/// `sticky_balanced`, and for the same reasons.
class StickyPersistent final : public Balancer {
 public:
  explicit StickyPersistent(const PickDraws& draws) : seed_{draws.common_word()} {
    stateful = by_source = repeats = shared_by_workers = true;
  }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    for (std::uint32_t& endpoint : of_client_)
      if (!std::binary_search(ready_.begin(), ready_.end(), endpoint)) endpoint = kNone;
    ++round_;
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    if (of_client_.size() <= pick.client) of_client_.resize(pick.client + std::size_t{1}, kNone);
    std::uint32_t& endpoint = of_client_[pick.client];
    if (endpoint == kNone) {
      const auto word = static_cast<std::uint32_t>(mixed(mixed(seed_ + round_) ^ pick.client) >> 32);
      endpoint = ready_[Draws::below(static_cast<std::uint32_t>(ready_.size()), word)];
    }
    return endpoint;
  }

 private:
  std::uint64_t seed_, round_ = 0;
  std::vector<std::uint32_t> ready_;
  std::vector<std::uint32_t> of_client_;  ///< kNone: it has not come yet, or its endpoint is gone
};

}  // namespace

BalancerInfo sticky_persistent() {
  return {
      .name = "sticky_persistent",
      .products = {"ingress-nginx"},
      .meaning =
          "`affinity: cookie`, mode `persistent`: each client stays at the endpoint of its first request, one at random, "
          "until that is gone; those that come later get new clients only. A retry asks the same endpoint again",
      .scope = "none: the client carries the endpoint's name, and any worker heeds it",
      .source = "ingress-nginx rootfs/etc/nginx/lua/balancer/sticky_persistent.lua, sticky.lua (models/SOURCES.md 3.3)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<StickyPersistent>(draws);
      }};
}

}  // namespace towtank::balancer
