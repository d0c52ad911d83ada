#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// The first server that is not full, whatever it weighs: later ones stay idle, and can be switched off.
class HaproxyFirst final : public HaproxyBalancer {
 public:
  explicit HaproxyFirst(const HaproxyLimits& limits) : HaproxyBalancer{limits, WaitingRoom::when_all_full} {}

  void update(const EndpointView& view) override {
    know(view);
    is_ready_.assign(view.count, false);
    with_room_.reset(view.count);
    for (const std::uint32_t endpoint : view.ready) {
      is_ready_[endpoint] = true;
      move(endpoint);
    }
  }

  std::uint32_t pick(const Pick&) override { return with_room_.empty() ? kNone : with_room_.first(); }

  void started(std::uint32_t endpoint) override {
    HaproxyBalancer::started(endpoint);
    move(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    HaproxyBalancer::finished(endpoint, feedback);
    move(endpoint);
  }

 private:
  void move(std::uint32_t endpoint) {
    if (is_full(endpoint))
      with_room_.erase(endpoint);
    else if (is_ready_[endpoint] && !with_room_.contains(endpoint))
      with_room_.set(endpoint, endpoint);
  }

  std::vector<bool> is_ready_;             ///< by endpoint
  EndpointHeap<std::uint32_t> with_room_;  ///< by their numbers
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
