#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "sim/random/elementary.hpp"

namespace towtank::balancer {

namespace {

/// The cost of an endpoint jumps to a latency above it and fades towards those below. An endpoint of which nothing is
/// known is asked once, and not again until it has answered.
class PeakEwma final : public Balancer {
 public:
  PeakEwma(Duration decay, PickDraws draws) : decay_s_{to_seconds(decay)}, draws_{std::move(draws)} {
    stateful = counts = times = true;
  }

  /// Of those that have gone nothing is kept.
  void update(const EndpointView& view) override {
    std::vector<bool> were_ready(view.count);
    were_ready.swap(is_ready_);
    were_ready.resize(view.count);
    records_.resize(view.count);
    ready_.assign(view.ready.begin(), view.ready.end());
    for (const std::uint32_t endpoint : ready_) {
      is_ready_[endpoint] = true;
      if (!were_ready[endpoint]) records_[endpoint] = {0.0, view.now, records_[endpoint].active};
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    const auto size = static_cast<std::uint32_t>(ready_.size());
    if (size < 2) return size == 0 ? kNone : ready_[0];
    const PhiloxBlock words = draws_.block(pick);
    const std::uint32_t first = Draws::below(size, words.lane[0]);
    std::uint32_t second = Draws::below(size - 1, words.lane[1]);
    second += second >= first;  // skips the first
    const std::uint32_t a = ready_[first], b = ready_[second];
    return load_of(b, pick.now) < load_of(a, pick.now) ? b : a;
  }

  void started(std::uint32_t endpoint) override { ++records_[endpoint].active; }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    --records_[endpoint].active;
    observe(records_[endpoint], to_seconds(feedback.latency), feedback.now);
  }

 private:
  struct Record {
    double cost_s = 0.0;
    Time last{};
    std::uint32_t active = 0;
  };

  void observe(Record& record, double latency_s, Time now) const {
    const double keeps = elementary::exp(-std::max(0.0, to_seconds(now - record.last)) / decay_s_);
    record.cost_s = latency_s > record.cost_s ? latency_s : record.cost_s * keeps + latency_s * (1.0 - keeps);
    record.last = now;
  }

  /// Looking at a cost makes it fade for good: what comes next is compared with what is left.
  double load_of(std::uint32_t endpoint, Time now) {
    constexpr double kPenalty_s = 1e12;
    Record& record = records_[endpoint];
    observe(record, 0.0, now);
    if (record.cost_s == 0.0 && record.active > 0) return kPenalty_s + record.active;
    return record.cost_s * (record.active + 1.0);
  }

  double decay_s_;
  std::vector<std::uint32_t> ready_;
  std::vector<bool> is_ready_;
  std::vector<Record> records_;  ///< by endpoint
  PickDraws draws_;
};

}  // namespace

BalancerInfo peak_ewma() {
  return {
      .name = "peak_ewma",
      .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
      .meaning =
          "of two different endpoints that with the lower peak of latencies, which fades, times (requests in flight + "
          "1); the first drawn when equal. Of Finagle and Linkerd, here for comparison",
      .scope = "per instance: it knows its own requests only",
      .source = "Finagle finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala",
      .weighs = false,
      .parameters = {{"decay", "duration", "10s", "time in which what was seen fades to 1/e"}},
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<PeakEwma>(arguments.duration("decay", 10s, 1s, 24h), std::move(draws));
      }};
}

}  // namespace towtank::balancer
