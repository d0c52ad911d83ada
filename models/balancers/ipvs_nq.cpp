#include "models/balancers/ipvs_destinations.hpp"
#include "models/balancers/ranked_set.hpp"

namespace towtank::balancer {

namespace {

/// Idle destinations by their places in the list, so that finding the first takes O(log n).
class IpvsNq final : public IpvsBalancer {
 public:
  void update(const EndpointView& view) override {
    IpvsBalancer::update(view);
    is_ready_.assign(view.count, false);
    idle_.reset(view.count);
    for (const std::uint32_t endpoint : ready()) {
      is_ready_[endpoint] = true;
      if (destinations()[endpoint].active == 0) idle_.insert(endpoint);
    }
  }
  void started(std::uint32_t endpoint) override {
    IpvsBalancer::started(endpoint);
    idle_.erase(endpoint);
  }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    IpvsBalancer::finished(endpoint, feedback);
    if (destinations()[endpoint].active == 0 && is_ready_[endpoint]) idle_.insert(endpoint);
  }

 private:
  std::uint64_t load_of(const Destination& destination) const override { return destination.active + 1; }
  bool counts_ended() const override { return false; }
  std::uint32_t exception() const override { return idle_.size() > 0 ? idle_.at(0) : kNone; }

  std::vector<bool> is_ready_;
  RankedSet idle_;
};

}  // namespace

BalancerInfo ipvs_nq() {
  return {
      .name = "ipvs_nq",
      .spelling = "nq",
      .products = {"ipvs"},
      .meaning = "the first in the list that has no open connection, whatever its weight (never queue); else as `sed`",
      .scope = "per node, which counts its own connections only",
      .source = "Linux net/netfilter/ipvs/ip_vs_nq.c (models/SOURCES.md 3.1)",
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsNq>(); }};
}

}  // namespace towtank::balancer
