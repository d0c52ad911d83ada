#include <algorithm>
#include <limits>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// The ranking of C3: the least R - 1/mu + q^3/mu, all three of moving averages of what answers brought.
class C3 final : public Balancer {
 public:
  C3(double newest, PickDraws draws) : newest_{newest}, draws_{std::move(draws)} { stateful = counts = times = true; }

  /// Of those that have gone nothing is kept.
  void update(const EndpointView& view) override {
    std::vector<bool> were_ready(view.count);
    were_ready.swap(is_ready_);
    were_ready.resize(view.count);
    records_.resize(view.count);
    ready_.assign(view.ready.begin(), view.ready.end());
    best_.reserve(ready_.size());
    callers_ = view.instances;
    for (const std::uint32_t endpoint : ready_) {
      is_ready_[endpoint] = true;
      if (!were_ready[endpoint]) records_[endpoint] = {.in_flight = records_[endpoint].in_flight};
    }
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    best_.clear();
    double least = std::numeric_limits<double>::infinity();
    for (const std::uint32_t endpoint : ready_) {
      const double score = score_of(records_[endpoint]);
      if (score > least) continue;
      if (score < least) best_.clear();
      least = score;
      best_.push_back(endpoint);
    }
    return best_[Draws::below(static_cast<std::uint32_t>(best_.size()), draws_.block(pick).lane[0])];
  }

  void started(std::uint32_t endpoint) override { ++records_[endpoint].in_flight; }

  /// The answer brings along what its endpoint says of itself.
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    Record& record = records_[endpoint];
    --record.in_flight;
    if (!feedback.answered || feedback.failed) return;
    const ProbeAnswer answer = probes == nullptr ? ProbeAnswer{} : probes->ask(endpoint);
    const double newest = record.is_known ? newest_ : 1.0;
    const auto average = [newest](double& mean, double value) { mean += newest * (value - mean); };
    average(record.response_s, to_seconds(feedback.latency));
    average(record.service_s, to_seconds(answer.service));
    average(record.queue, answer.in_flight);
    record.is_known = true;
  }

 private:
  struct Record {
    double response_s = 0.0, service_s = 0.0, queue = 0.0;
    std::uint32_t in_flight = 0;
    bool is_known = false;
  };

  double score_of(const Record& record) const {
    constexpr double kPenalty_s = 1e12;
    if (!record.is_known) return kPenalty_s * record.in_flight;
    const double queue = 1.0 + static_cast<double>(record.in_flight) * callers_ + record.queue;
    return record.response_s - record.service_s + queue * queue * queue * record.service_s;
  }

  double newest_;
  std::vector<std::uint32_t> ready_, best_;
  std::vector<bool> is_ready_;
  std::vector<Record> records_;  ///< by endpoint
  std::uint32_t callers_ = 1;
  PickDraws draws_;
};

}  // namespace

BalancerInfo c3() {
  return {
      .name = "c3",
      .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
      .meaning =
          "the ranking of C3: the least R - 1/mu + q^3/mu; R, 1/mu and the queue are moving averages of response time, "
          "service time and requests at the pod as answers tell them, q = 1 + requests in flight times instances + "
          "queue; ties by draw. One of which nothing is known is asked once, and not again until it has answered. "
          "Without C3's rate control, and all endpoints are replicas. Of research, here for comparison",
      .scope =
          "per instance; what pods answer counts the requests of all callers. It is what they have when the answer "
          "arrives. Only where pods are dialled: no answer comes through a node's kube-proxy",
      .source =
          "Suresh et al., C3: Cutting Tail Latency in Cloud Data Stores via Adaptive Replica Selection, NSDI 2015, "
          "section 3.1 (models/SOURCES.md 3.7)",
      .weighs = false,
      .asks = true,
      .parameters = {{"newest", "number", "0.9", "weight of the newest answer in the moving averages"}},
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        return std::make_unique<C3>(arguments.number("newest", 0.9, 0.0, 1.0), std::move(draws));
      }};
}

}  // namespace towtank::balancer
