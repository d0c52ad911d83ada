#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// By requests in flight, one more than there are, over the weight; an idle server's key is 0 whatever it weighs.
class HaproxyLeastConn final : public HaproxyTree {
 public:
  explicit HaproxyLeastConn(const HaproxyLimits& limits) : HaproxyTree{limits, WaitingRoom::when_none_has_room} { stateful = counts = true; }

 private:
  std::uint64_t key_of(std::uint32_t endpoint) const override {
    constexpr std::uint64_t kHeaviest = kHaproxyScale * kHaproxyHeaviest;
    return active(endpoint) == 0 ? 0 : (active(endpoint) + 1) * kHeaviest / weight(endpoint);
  }
};

}  // namespace

BalancerInfo haproxy_leastconn() {
  return {
      .name = "haproxy_leastconn",
      .spelling = "leastconn",
      .products = {"haproxy"},
      .meaning =
          "the fewest requests in flight for its weight; of those that tie the one that has been among them longest "
          "(version 3 draws among parts of them)",
      .scope = "shared by a replica's threads: it counts its own requests only",
      .source = "HAProxy src/lb_fwlc.c (models/SOURCES.md 3.5)",
      .parameters = haproxy_parameters(),
      .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
        return std::make_unique<HaproxyLeastConn>(HaproxyLimits::read(arguments));
      }};
}

}  // namespace towtank::balancer
