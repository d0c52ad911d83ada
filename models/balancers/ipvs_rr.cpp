#include <algorithm>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Every node begins with the first destination, and goes on behind the last one picked when destinations change.
class IpvsRr final : public Balancer {
 public:
  IpvsRr() { stateful = true; }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    const auto next = last_ == kNone ? ready_.begin() : std::upper_bound(ready_.begin(), ready_.end(), last_);
    last_ = next == ready_.begin() ? kNone : *(next - 1);  // steps back from one that has gone
    next_ = next == ready_.end() ? 0 : static_cast<std::size_t>(next - ready_.begin());
  }

  std::uint32_t pick(const Pick&) override {
    if (ready_.empty()) return kNone;
    last_ = ready_[next_];
    if (++next_ == ready_.size()) next_ = 0;
    return last_;
  }

 private:
  std::vector<std::uint32_t> ready_;
  std::size_t next_ = 0;
  std::uint32_t last_ = kNone;  ///< picked; kNone = the next is the first
};

}  // namespace

BalancerInfo ipvs_rr() {
  return {
      .name = "ipvs_rr",
      .spelling = "rr",
      .products = {"ipvs"},
      .meaning = "each destination in turn, whatever its weight, from the first one on",
      .scope = "per node",
      .source = "Linux net/netfilter/ipvs/ip_vs_rr.c (models/SOURCES.md 3.1)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> { return std::make_unique<IpvsRr>(); }};
}

}  // namespace towtank::balancer
