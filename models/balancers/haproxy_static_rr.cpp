#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// Turns that are laid down in advance. A change of the servers lays them anew and goes on at the same place.
class HaproxyStaticRr final : public Balancer {
 public:
  HaproxyStaticRr() { stateful = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t endpoint : view.ready) weights.push_back(haproxy_weight(view, endpoint));
    turns_ = haproxy_map(weights);
    for (std::uint32_t& turn : turns_) turn = view.ready[turn];
    if (next_ >= turns_.size()) next_ = 0;
  }

  std::uint32_t pick(const Pick&) override {
    if (turns_.empty()) return kNone;
    const std::uint32_t endpoint = turns_[next_];
    if (++next_ == turns_.size()) next_ = 0;
    return endpoint;
  }

 private:
  std::vector<std::uint32_t> turns_;
  std::size_t next_ = 0;
};

}  // namespace

BalancerInfo haproxy_static_rr() {
  return {.name = "haproxy_static_rr",
          .spelling = "static-rr",
          .products = {"haproxy"},
          .meaning = "each server in turn by weight, in an order that is laid down in advance",
          .scope = "shared by a replica's threads",
          .source = "HAProxy src/lb_map.c (models/SOURCES.md 3.5)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<HaproxyStaticRr>();
          }};
}

}  // namespace towtank::balancer
