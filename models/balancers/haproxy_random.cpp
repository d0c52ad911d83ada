#include "models/balancers/haproxy_servers.hpp"

namespace towtank::balancer {

namespace {

/// Requests of the second that is running and of the one before, of which as much counts as the last second overlaps.
class RequestRate {
 public:
  void add(Time now) {
    if (now - start_ >= 2 * kPeriod) {
      before_ = current_ = 0;
      start_ = now;
    } else if (now - start_ >= kPeriod) {
      before_ = current_;
      current_ = 0;
      start_ += kPeriod;
    }
    ++current_;
  }

  std::uint64_t at(Time now) const {
    const Duration left = start_ + kPeriod - now;
    if (left >= Duration::zero()) return current_ + part(before_, left);
    return left + kPeriod >= Duration::zero() ? part(current_, left + kPeriod) : 0;
  }

 private:
  static constexpr Duration kPeriod = 1s;

  static std::uint64_t part(std::uint64_t requests, Duration left) {
    return requests * static_cast<std::uint64_t>(left / 1ms) / static_cast<std::uint64_t>(kPeriod / 1ms);
  }

  Time start_{};
  std::uint64_t current_ = 0, before_ = 0;
};

/// Keys drawn for the consistent ring, with replacement. Where the best drawn is full, the request waits for any server.
class HaproxyRandom final : public HaproxyBalancer {
 public:
  HaproxyRandom(std::uint32_t draws, const HaproxyLimits& limits, PickDraws words)
      : HaproxyBalancer{limits, WaitingRoom::any}, draws_{draws}, words_{std::move(words)} {
    stateful = counts = true;
  }

  void update(const EndpointView& view) override {
    know(view);
    rates_.resize(view.count);
    reweigh(ready());
  }

  std::uint32_t pick(const Pick& pick) override {
    catch_up(pick.now);
    if (ring_.empty()) return kNone;
    PhiloxBlock words{};
    std::uint32_t best = kNone;
    for (std::uint32_t draw = 0; draw < draws_; ++draw) {
      if (draw % 4 == 0) words = words_.block(pick, draw / 4);
      const std::uint32_t drawn = ring_.endpoint_at(ring_.nearest(words.lane[draw % 4]));
      if (best == kNone || !is_better(best, drawn, pick.now)) best = drawn;
    }
    rates_[best].add(pick.now);
    return best;
  }

 private:
  void reweigh(std::span<const std::uint32_t>) override {
    ring_.rebuild(ready(), [this](std::uint32_t endpoint) { return weight(endpoint); });
  }

  /// `a` has less in flight for its weight than the later draw, or as much and was asked less often in the last second.
  bool is_better(std::uint32_t one, std::uint32_t drawn_later, Time now) const {
    const std::uint64_t load = active(one) * weight(drawn_later), load_of_later = active(drawn_later) * weight(one);
    if (load != load_of_later) return load < load_of_later;
    return rates_[one].at(now) * weight(drawn_later) < rates_[drawn_later].at(now) * weight(one);
  }

  std::uint32_t draws_;
  std::vector<RequestRate> rates_;  ///< by endpoint
  HaproxyRing ring_;
  PickDraws words_;
};

}  // namespace

BalancerInfo haproxy_random() {
  return {
      .name = "haproxy_random",
      .spelling = "random",
      .products = {"haproxy"},
      .meaning =
          "of `draws` random points of the consistent ring that whose server has the fewest requests in flight for its "
          "weight; when equal, that which was asked less often in the last second, then the later one",
      .scope = "shared by a replica's threads: it counts its own requests only",
      .source = "HAProxy src/backend.c, lb_chash.c (models/SOURCES.md 3.5)",
      .parameters = haproxy_parameters({{"draws", "integer", "2", "how many points are drawn; 1 does not look at load"}}),
      .make = [](BalancerArguments& arguments, PickDraws words) -> std::unique_ptr<Balancer> {
        const auto draws = static_cast<std::uint32_t>(arguments.integer("draws", 2, 1, 65'536));
        return std::make_unique<HaproxyRandom>(draws, HaproxyLimits::read(arguments), std::move(words));
      }};
}

}  // namespace towtank::balancer
