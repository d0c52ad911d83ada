#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"

namespace towtank::balancer {

namespace {

/// Every process begins with the first server. Among equal deadlines Traefik's heap decides; here they come in the
/// order in which they were set.
class TraefikWrr final : public Balancer {
 public:
  TraefikWrr() { stateful = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    weights_.assign(view.count, 1.0);
    schedule_.reset(view.count);
    for (const std::uint32_t endpoint : view.ready) {
      weights_[endpoint] = view.weight(endpoint);
      schedule_.add(endpoint, weights_[endpoint]);
    }
  }

  std::uint32_t pick(const Pick&) override {
    if (schedule_.empty()) return kNone;
    return schedule_.pick([&](std::uint32_t endpoint) { return weights_[endpoint]; });
  }

 private:
  std::vector<double> weights_;  ///< by endpoint
  EdfSchedule schedule_;
};

}  // namespace

BalancerInfo traefik_wrr() {
  return {.name = "traefik_wrr",
          .spelling = "wrr",
          .products = {"traefik"},
          .meaning = "the earliest deadline first, each 1/weight behind the last, from the first server on",
          .scope = "shared by the process",
          .source = "Traefik pkg/server/service/loadbalancer/wrr (models/SOURCES.md 3.6)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<TraefikWrr>();
          }};
}

}  // namespace towtank::balancer
