#include <array>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// 256 buckets, dealt to the destinations in turn, each as often as it weighs. More than 256 get none.
class IpvsSh final : public Balancer {
 public:
  IpvsSh() { by_source = true; }

  void update(const EndpointView& view) override {
    buckets_.fill(kNone);
    if (view.ready.empty()) return;
    std::size_t at = 0;
    std::uint32_t dealt = 0;
    for (std::uint32_t& bucket : buckets_) {
      bucket = view.ready[at];
      if (++dealt < view.weight(bucket)) continue;
      dealt = 0;
      at = (at + 1) % view.ready.size();
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    constexpr std::uint32_t kGoldenRatio = 0x61C88647u;  // of Linux's hash_32
    return buckets_[pick.source_address * kGoldenRatio >> 24];
  }

 private:
  std::array<std::uint32_t, 256> buckets_ = filled();

  static std::array<std::uint32_t, 256> filled() {
    std::array<std::uint32_t, 256> buckets{};
    buckets.fill(kNone);
    return buckets;
  }
};

}  // namespace

BalancerInfo ipvs_sh() {
  return {
      .name = "ipvs_sh",
      .spelling = "sh",
      .products = {"ipvs"},
      .meaning = "by the caller's address, over 256 buckets that are dealt in turn by weight",
      .scope = "none: every node gives an address the same destination",
      .source = "Linux net/netfilter/ipvs/ip_vs_sh.c, include/linux/hash.h (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsSh>(); }};
}

}  // namespace towtank::balancer
