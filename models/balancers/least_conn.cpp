#include "models/balancers/nginx_peers.hpp"

namespace towtank::balancer {

namespace {

/// The least connections for the weight; who ties takes part in a step of round robin, others keep their current
/// weight.
class LeastConn final : public NginxBalancer {
 public:
  using NginxBalancer::NginxBalancer;

  std::uint32_t pick(const Pick& pick) override {
    std::uint32_t best = kNone;
    tied_.clear();
    for (const std::uint32_t endpoint : peers_.ready()) {
      if (!peers_.is_eligible(endpoint, pick)) continue;
      const std::int64_t order = best == kNone ? -1 : peers_.compare_load(endpoint, best);
      if (order > 0) continue;
      if (order < 0) tied_.clear();
      if (order < 0) best = endpoint;
      tied_.push_back(endpoint);
    }
    if (best == kNone) return kNone;
    if (tied_.size() > 1) best = round_robin_of_tied();
    return peers_.chosen(best, pick);
  }

 private:
  std::uint32_t round_robin_of_tied() {
    std::uint32_t best = tied_.front();
    std::int64_t total = 0;
    for (const std::uint32_t endpoint : tied_) {
      peers_.grow(endpoint, total);
      if (peers_[endpoint].current > peers_[best].current) best = endpoint;
    }
    peers_[best].current -= total;
    return best;
  }

  std::vector<std::uint32_t> tied_;
};

}  // namespace

BalancerInfo least_conn() {
  return {.name = "least_conn",
          .products = {"nginx"},
          .meaning =
              "the fewest requests in flight for its weight; those that tie take turns; the cost grows with "
              "the servers, as nginx's does",
          .scope = "per worker, which counts its own requests only, or shared by a replica's workers with `zone`",
          .source = "nginx ngx_http_upstream_least_conn_module.c (models/SOURCES.md 3.2)",
          .parameters = nginx_parameters(),
          .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<LeastConn>(NginxUpstream::read(arguments));
          }};
}

}  // namespace towtank::balancer
