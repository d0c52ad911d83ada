#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// A tree by requests in flight, one more than there are, over the weight; an idle server's key is 0 whatever it
/// weighs. A server whose key changes goes behind all that have the new one. One that is full is out of the tree: by the
/// time that it may be picked again its key has changed.
class HaproxyLeastConn final : public HaproxyBalancer {
 public:
  explicit HaproxyLeastConn(const HaproxyLimits& limits) : HaproxyBalancer{limits, WaitingRoom::when_all_full} { stateful = counts = true; }

  void update(const EndpointView& view) override {
    know(view);
    weights_.assign(view.count, 1);
    is_ready_.assign(view.count, false);
    tree_.reset(view.count);
    for (const std::uint32_t endpoint : view.ready) {
      weights_[endpoint] = haproxy_weight(view, endpoint) * kHaproxyScale;
      is_ready_[endpoint] = true;
      move(endpoint);
    }
  }

  std::uint32_t pick(const Pick&) override { return tree_.empty() ? kNone : tree_.first(); }

  void started(std::uint32_t endpoint) override {
    HaproxyBalancer::started(endpoint);
    move(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    HaproxyBalancer::finished(endpoint, feedback);
    move(endpoint);
  }

 private:
  std::uint64_t key_of(std::uint32_t endpoint) const {
    constexpr std::uint64_t kHeaviest = kHaproxyScale * kHaproxyHeaviest;
    return active(endpoint) == 0 ? 0 : (active(endpoint) + 1) * kHeaviest / weights_[endpoint];
  }

  void move(std::uint32_t endpoint) {
    if (!is_ready_[endpoint]) return;
    if (is_full(endpoint)) return tree_.erase(endpoint);
    const std::uint64_t key = key_of(endpoint);
    if (!tree_.contains(endpoint) || key != tree_.key_of(endpoint)) tree_.set(endpoint, key);
  }

  std::vector<std::uint64_t> weights_;  ///< by endpoint
  std::vector<bool> is_ready_;
  EndpointHeap<std::uint64_t> tree_;
};

}  // namespace

BalancerInfo haproxy_leastconn() {
  return {
      .name = "haproxy_leastconn",
      .spelling = "leastconn",
      .products = {"haproxy"},
      .meaning =
          "the fewest requests in flight for its weight; of those that tie the one that has been among them longest "
          "(version 3 draws among parts of them)",
      .scope = "shared by a replica's threads: it counts its own requests only",
      .source = "HAProxy src/lb_fwlc.c (models/SOURCES.md 3.5)",
      .parameters = haproxy_parameters(),
      .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
        return std::make_unique<HaproxyLeastConn>(HaproxyLimits::read(arguments));
      }};
}

}  // namespace towtank::balancer
