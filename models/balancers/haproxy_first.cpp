#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// The first server that is not full, whatever it weighs: later ones stay idle, and can be switched off.
class HaproxyFirst final : public HaproxyTree {
 public:
  explicit HaproxyFirst(const HaproxyLimits& limits) : HaproxyTree{limits, WaitingRoom::when_all_full} {}

 private:
  std::uint64_t key_of(std::uint32_t endpoint) const override { return endpoint; }
};

}  // namespace

BalancerInfo haproxy_first() {
  return {.name = "haproxy_first",
          .spelling = "first",
          .products = {"haproxy"},
          .meaning = "the first server that is not full, whatever it weighs: of use with `maxconn` only",
          .scope = "shared by a replica's threads: it counts its own requests only",
          .source = "HAProxy src/lb_fas.c (models/SOURCES.md 3.5)",
          .weighs = false,
          .parameters = haproxy_parameters(),
          .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<HaproxyFirst>(HaproxyLimits::read(arguments));
          }};
}

}  // namespace towtank::balancer
