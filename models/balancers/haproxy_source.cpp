#include "models/balancers/haproxy_hash.hpp"

namespace towtank::balancer {

BalancerInfo haproxy_source() {
  return {
      .name = "haproxy_source",
      .spelling = "source",
      .products = {"haproxy"},
      .meaning =
          "by the caller's address modulo the weights, or with `consistent` the nearest of the servers' points on a "
          "circle",
      .scope = "none without a bound: every instance gives an address the same server; the bound counts by replica",
      .source = "HAProxy src/backend.c, lb_map.c, lb_chash.c (models/SOURCES.md 3.5)",
      .parameters = haproxy_hash_parameters(
          {{"avalanche", "boolean", "false",
            "map-based: spread addresses before the modulo, as `consistent` always does"}}),
      .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
        const bool avalanche = arguments.boolean("avalanche", false);
        return made_haproxy_hash(arguments, HashKey::address, avalanche);
      }};
}

}  // namespace towtank::balancer
