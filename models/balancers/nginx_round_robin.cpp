#include "models/balancers/nginx_peers.hpp"

namespace towtank::balancer {

namespace {

/// Smooth weighted round robin. A worker begins with the first server, as all workers do.
class NginxRoundRobin final : public NginxBalancer {
 public:
  using NginxBalancer::NginxBalancer;

  std::uint32_t pick(const Pick& pick) override { return peers_.round_robin(pick); }
};

}  // namespace

BalancerInfo nginx_round_robin() {
  return {.name = "nginx_round_robin",
          .spelling = "round_robin",
          .products = {"nginx"},
          .meaning =
              "each server in turn, smoothly by weight; those that failed are left out for a "
              "while; the cost grows with the servers, as nginx's does",
          .scope = "per worker, or shared by a replica's workers with `zone`",
          .source = "nginx ngx_http_upstream_round_robin.c (models/SOURCES.md 3.2)",
          .parameters = nginx_parameters(),
          .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<NginxRoundRobin>(NginxUpstream::read(arguments));
          }};
}

}  // namespace towtank::balancer
