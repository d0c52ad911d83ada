#include <iostream>
#include <memory>
#include <vector>

#include "models/balancers/registry.hpp"
#include "tools/towtank/cli.hpp"

using namespace towtank;

/// In turn, but nobody who has more requests in flight than the average and `slack` on top.
class BelowAverage final : public Balancer {
 public:
  explicit BelowAverage(std::int64_t slack) : slack_{slack} {
    stateful = true;  // a pick depends on what was picked before
    counts = true;    // wants `started` and `finished`
  }

  /// Called first of all, and whenever the endpoints change. They are numbered from 0; `ready` may be picked.
  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    in_flight_.resize(view.count, 0);
    next_ = 0;
  }

  std::uint32_t pick(const Pick&) override {
    const auto n = static_cast<std::int64_t>(ready_.size());
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint32_t endpoint = ready_[next_];
      next_ = next_ + 1 < ready_.size() ? next_ + 1 : 0;
      if (in_flight_[endpoint] * n <= total_ + slack_ * n) return endpoint;
    }
    return kNone;  // nobody is ready: somebody is always at or below the average
  }

  void started(std::uint32_t endpoint) override {
    ++in_flight_[endpoint];
    ++total_;
  }
  void finished(std::uint32_t endpoint, const Feedback&) override {
    --in_flight_[endpoint];
    --total_;
  }

 private:
  std::int64_t slack_, total_ = 0;
  std::vector<std::int64_t> in_flight_;  // by endpoint
  std::vector<std::uint32_t> ready_;
  std::size_t next_ = 0;
};

int main(int argc, char** argv) {
  add_balancer({.name = "below_average",
                .products = {"nginx", "ingress-nginx", "envoy"},  // the controllers and edges that may use it
                .meaning = "in turn, but nobody who has more in flight than the average",
                .scope = "each instance counts its own requests only",
                .source = "an example",
                .weighs = false,
                .parameters = {{"slack", "integer", "0", "requests above the average that are still fine"}},
                .make = [](BalancerArguments& arguments, PickDraws) -> std::unique_ptr<Balancer> {
                  return std::make_unique<BelowAverage>(arguments.integer("slack", 0, 0, 1000));
                }});
  return tool::run_cli(argc, argv, std::cout, std::cerr);
}
