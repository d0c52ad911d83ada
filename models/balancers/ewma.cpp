#include <algorithm>
#include <array>

#include "models/balancers/balancer.hpp"
#include "sim/random/elementary.hpp"

namespace towtank::balancer {

namespace {

constexpr double kDecay_s = 10.0;

/// Two choices by "peak ewma": the mean latency of late answers, which fades with time. What it does not know makes its
/// faults: an endpoint that refuses connections has no last try of any request, so that its score fades and it is asked
/// first; so has one that answers errors fast; and one that was idle gets a burst.
class Ewma final : public Balancer {
 public:
  explicit Ewma(PickDraws draws) : draws_{std::move(draws)} {
    stateful = counts = times = avoids_tried = shared_by_workers = true;
  }

  /// Endpoints that are new begin with the mean of those that are known; those that have gone are forgotten.
  void update(const EndpointView& view) override {
    std::vector<Record> before(view.count);
    before.swap(records_);
    before.resize(view.count);
    double sum_s = 0.0, known = 0.0;
    for (const std::uint32_t endpoint : view.ready) {
      records_[endpoint] = before[endpoint];
      if (!before[endpoint].known) continue;
      sum_s += before[endpoint].latency_s;
      known += 1.0;
    }
    for (const std::uint32_t endpoint : view.ready)
      if (known > 0.0 && !is_ready(endpoint)) records_[endpoint] = {sum_s / known, view.now, true};
    ready_.assign(view.ready.begin(), view.ready.end());
  }

  std::uint32_t pick(const Pick& pick) override {
    if (pick.tried.empty()) return pick_among(ready_, pick);
    untried_.clear();
    for (const std::uint32_t endpoint : ready_)
      if (std::find(pick.tried.begin(), pick.tried.end(), endpoint) == pick.tried.end()) untried_.push_back(endpoint);
    return pick_among(untried_.empty() ? ready_ : untried_, pick);
  }

  /// Only the last try of a request is recorded.
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    if (feedback.retried || !is_ready(endpoint)) return;
    Record& record = records_[endpoint];
    const double keeps = record.known ? weight_of_past(record, feedback.now) : 0.0;
    record = {record.latency_s * keeps + to_seconds(feedback.latency) * (1.0 - keeps), feedback.now, true};
  }

 private:
  struct Record {
    double latency_s = 0.0;
    Time last{};
    bool known = false;
  };

  static double weight_of_past(const Record& record, Time now) {
    return elementary::exp(-std::max(0.0, to_seconds(now - record.last)) / kDecay_s);
  }
  double score(std::uint32_t endpoint, Time now) const {
    return records_[endpoint].latency_s * weight_of_past(records_[endpoint], now);
  }
  bool is_ready(std::uint32_t endpoint) const { return std::binary_search(ready_.begin(), ready_.end(), endpoint); }

  std::uint32_t pick_among(const std::vector<std::uint32_t>& set, const Pick& pick) {
    const auto size = static_cast<std::uint32_t>(set.size());
    if (size < 2) return size == 0 ? kNone : set[0];
    const PhiloxBlock words = draws_.block(pick);
    const std::uint32_t first = Draws::below(size, words.lane[0]);
    std::uint32_t second = Draws::below(size - 1, words.lane[1]);
    second += second >= first;  // skips the first
    return score(set[second], pick.now) < score(set[first], pick.now) ? set[second] : set[first];
  }

  std::vector<std::uint32_t> ready_, untried_;
  std::vector<Record> records_;  ///< by endpoint
  PickDraws draws_;
};

}  // namespace

BalancerInfo ewma() {
  return {
      .name = "ewma",
      .products = {"ingress-nginx"},
      .meaning = "of two different endpoints that with the lower fading mean of latencies, the first drawn when equal",
      .scope = "shared by a replica's workers",
      .source = "ingress-nginx rootfs/etc/nginx/lua/balancer/ewma.lua (models/SOURCES.md 3.3)",
      .weighs = false,
      .parameters = {},
      .make = [](BalancerArguments&, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<Ewma>(std::move(draws));
      }};
}

}  // namespace towtank::balancer
