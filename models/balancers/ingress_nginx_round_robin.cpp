#include "models/balancers/balancer.hpp"
#include "models/balancers/interleaved_turns.hpp"

namespace towtank::balancer {

namespace {

class IngressNginxRoundRobin final : public Balancer {
 public:
  explicit IngressNginxRoundRobin(PickDraws draws) : draws_{std::move(draws)} { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t endpoint : ready_) weights.push_back(view.weight(endpoint));
    // Each worker begins after an endpoint of its own: all would send their first request to the same one.
    turns_.reset(weights, Draws::below(static_cast<std::uint32_t>(ready_.size()), draws_.own_block().lane[0]));
  }

  std::uint32_t pick(const Pick&) override { return turns_.empty() ? kNone : ready_[turns_.next()]; }

 private:
  std::vector<std::uint32_t> ready_;
  InterleavedTurns turns_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo ingress_nginx_round_robin() {
  return {
      .name = "ingress_nginx_round_robin",
      .spelling = "round_robin",
      .products = {"ingress-nginx"},
      .meaning = "each endpoint in turn, from a random start, again at each change of the endpoints; weights in blocks",
      .scope = "per worker: each counts by itself",
      .source =
          "ingress-nginx rootfs/etc/nginx/lua/balancer/round_robin.lua; lua-resty-balancer (models/SOURCES.md 3.3)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<IngressNginxRoundRobin>(std::move(draws));
      }};
}

}  // namespace towtank::balancer
