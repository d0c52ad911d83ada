#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Two draws with replacement; when both are the same the second becomes its neighbour, so that neighbours are paired
/// three times as often as others.
class TraefikP2c final : public Balancer {
 public:
  explicit TraefikP2c(PickDraws draws) : draws_{std::move(draws)} { stateful = counts = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    active_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
  }

  std::uint32_t pick(const Pick& pick) override {
    const auto size = static_cast<std::uint32_t>(ready_.size());
    if (size < 2) return size == 0 ? kNone : ready_[0];
    const PhiloxBlock words = draws_.block(pick);
    const std::uint32_t first = Draws::below(size, words.lane[0]);
    std::uint32_t second = Draws::below(size, words.lane[1]);
    if (first == second) second = (second + 1) % size;
    const std::uint32_t a = ready_[first], b = ready_[second];
    return active_[b] < active_[a] ? b : a;
  }

  void started(std::uint32_t endpoint) override { ++active_[endpoint]; }
  void finished(std::uint32_t endpoint, const Feedback&) override { --active_[endpoint]; }

 private:
  std::vector<std::uint32_t> ready_, active_;
  PickDraws draws_;
};

}  // namespace

BalancerInfo traefik_p2c() {
  return {
      .name = "traefik_p2c",
      .spelling = "p2c",
      .products = {"traefik"},
      .meaning =
          "of two servers drawn at random that with fewer requests in flight, the first when equal; who is drawn twice "
          "is compared with the next in the list",
      .scope = "shared by the process: it counts its own requests only",
      .source = "Traefik pkg/server/service/loadbalancer/p2c (models/SOURCES.md 3.6)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<TraefikP2c>(std::move(draws));
      }};
}

}  // namespace towtank::balancer
