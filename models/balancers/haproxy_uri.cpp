#include "models/balancers/haproxy_hash.hpp"

namespace towtank::balancer {

BalancerInfo haproxy_uri() {
  return {
      .name = "haproxy_uri",
      .spelling = "uri",
      .products = {"haproxy"},
      .meaning =
          "by a hash of what the request carries (spec.traffic.request.key), as `uri` and likewise `url_param`, `hdr(NAME)` and `hash` name it, modulo "
          "the weights, or with `consistent` the nearest of the servers' points on a circle",
      .scope = "none without a bound: every instance gives a key the same server; the bound counts by replica",
      .source = "HAProxy src/backend.c, lb_map.c, lb_chash.c (models/SOURCES.md 3.5)",
      .parameters = haproxy_hash_parameters(),
      .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
        return made_haproxy_hash(arguments, HashKey::request);
      }};
}

}  // namespace towtank::balancer
