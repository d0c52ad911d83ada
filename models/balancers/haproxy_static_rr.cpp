#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// Turns that are laid down in advance; whoever is full loses its turn. A change of the servers lays them anew and goes on at
/// the same place.
class HaproxyStaticRr final : public HaproxyBalancer {
 public:
  explicit HaproxyStaticRr(const HaproxyLimits& limits) : HaproxyBalancer{limits, WaitingRoom::when_all_full} { stateful = true; }

  void update(const EndpointView& view) override {
    know(view);
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t endpoint : view.ready) weights.push_back(view.weight(endpoint));
    turns_ = haproxy_map(weights);
    for (std::uint32_t& turn : turns_) turn = view.ready[turn];
    if (next_ >= turns_.size()) next_ = 0;
  }

  std::uint32_t pick(const Pick& pick) override {
    catch_up(pick.now);
    std::size_t place = next_;
    for (std::size_t turn = 0; turn < turns_.size(); ++turn) {
      const std::uint32_t endpoint = turns_[place];
      if (++place == turns_.size()) place = 0;
      if (is_full(endpoint)) continue;
      next_ = place;
      return endpoint;
    }
    return kNone;
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
          .parameters = haproxy_parameters(),
          .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<HaproxyStaticRr>(HaproxyLimits::read(arguments));
          }};
}

}  // namespace towtank::balancer
