#include "models/balancers/endpoint_heap.hpp"
#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// A tree by requests in flight, one more than there are, over the weight; an idle server's key is 0 whatever it
/// weighs. A server whose key changes goes behind all that have the new one.
class HaproxyLeastConn final : public Balancer {
 public:
  HaproxyLeastConn() { stateful = counts = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    in_flight_.resize(view.count, 0);
    weights_.assign(view.count, 1);
    tree_.reset(view.count);
    for (const std::uint32_t endpoint : view.ready) {
      weights_[endpoint] = haproxy_weight(view, endpoint) * kHaproxyScale;
      tree_.set(endpoint, key_of(endpoint));
    }
  }

  std::uint32_t pick(const Pick&) override { return tree_.empty() ? kNone : tree_.first(); }

  void started(std::uint32_t endpoint) override {
    ++in_flight_[endpoint];
    move(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback&) override {
    --in_flight_[endpoint];
    move(endpoint);
  }

 private:
  std::uint64_t key_of(std::uint32_t endpoint) const {
    constexpr std::uint64_t kHeaviest = kHaproxyScale * kHaproxyHeaviest;
    return in_flight_[endpoint] == 0 ? 0 : (in_flight_[endpoint] + 1) * kHeaviest / weights_[endpoint];
  }

  void move(std::uint32_t endpoint) {
    if (!tree_.contains(endpoint)) return;
    const std::uint64_t key = key_of(endpoint);
    if (key != tree_.key_of(endpoint)) tree_.set(endpoint, key);
  }

  std::vector<std::uint64_t> in_flight_, weights_;  ///< by endpoint
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
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> {
        return std::make_unique<HaproxyLeastConn>();
      }};
}

}  // namespace towtank::balancer
