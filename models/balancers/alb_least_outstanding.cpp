#include "models/balancers/balancer.hpp"
#include "models/balancers/endpoint_heap.hpp"

namespace towtank::balancer {

namespace {

/// Of those that tie the one that has been among them longest, which is a turn.
class AlbLeastOutstanding final : public Balancer {
 public:
  AlbLeastOutstanding() { stateful = counts = true; }

  void update(const EndpointView& view) override {
    in_flight_.resize(view.count, 0);
    by_load_.reset(view.count);
    for (const std::uint32_t endpoint : view.ready) by_load_.set(endpoint, in_flight_[endpoint]);
  }

  std::uint32_t pick(const Pick&) override { return by_load_.empty() ? kNone : by_load_.first(); }

  void started(std::uint32_t endpoint) override { move(endpoint, in_flight_[endpoint] + 1); }
  void finished(std::uint32_t endpoint, const Feedback&) override { move(endpoint, in_flight_[endpoint] - 1); }

 private:
  void move(std::uint32_t endpoint, std::uint32_t requests) {
    in_flight_[endpoint] = requests;
    if (by_load_.contains(endpoint)) by_load_.set(endpoint, requests);
  }

  std::vector<std::uint32_t> in_flight_;  ///< by endpoint
  EndpointHeap<std::uint32_t> by_load_;
};

}  // namespace

BalancerInfo alb_least_outstanding() {
  return {.name = "alb_least_outstanding",
          .spelling = "least_outstanding",
          .products = {"alb"},
          .meaning = "the fewest requests in flight (least_outstanding_requests); of those that tie, each in turn (assumed)",
          .scope = "its node's: it counts its own requests only",
          .source = "AWS, Elastic Load Balancing (models/SOURCES.md 3.9)",
          .weighs = false,
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<AlbLeastOutstanding>(); }};
}

}  // namespace towtank::balancer
