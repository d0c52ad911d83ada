#include <algorithm>
#include <numeric>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Rounds over the list, each with a lower bar that a weight must reach, by steps of the weights' common divisor.
class IngressNginxRoundRobin final : public Balancer {
 public:
  explicit IngressNginxRoundRobin(PickDraws draws) : draws_{std::move(draws)} { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    weights_.clear();
    highest_ = divisor_ = 0;
    for (const std::uint32_t endpoint : ready_) {
      weights_.push_back(view.weight(endpoint));
      highest_ = std::max(highest_, weights_.back());
      divisor_ = std::gcd(divisor_, weights_.back());
    }
    bar_ = highest_;
    // Each worker begins after an endpoint of its own: all would send their first request to the same one.
    last_ = Draws::below(static_cast<std::uint32_t>(ready_.size()), draws_.own_block().lane[0]);
  }

  std::uint32_t pick(const Pick&) override {
    if (ready_.empty()) return kNone;
    do {
      if (++last_ < ready_.size()) continue;
      last_ = 0;
      bar_ = bar_ > divisor_ ? bar_ - divisor_ : highest_;
    } while (weights_[last_] < bar_);
    return ready_[last_];
  }

 private:
  std::vector<std::uint32_t> ready_, weights_;
  std::uint32_t highest_ = 0, divisor_ = 0, bar_ = 0;
  std::size_t last_ = 0;
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
