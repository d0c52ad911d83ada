#include <algorithm>
#include <array>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// A server that has not answered yet scores 0: it takes all requests until its first answer.
class TraefikLeastTime final : public Balancer {
 public:
  TraefikLeastTime() { stateful = counts = times = shared_by_workers = true; }

  void update(const EndpointView& view) override {
    std::vector<Server> before(view.count);
    before.swap(servers_);
    before.resize(view.count);
    for (std::uint32_t endpoint = 0; endpoint < view.count; ++endpoint)
      servers_[endpoint].active = before[endpoint].active;
    std::vector<bool> were_ready(view.count);
    were_ready.swap(is_ready_);
    were_ready.resize(view.count);
    answers_.resize(view.count);
    for (const std::uint32_t endpoint : view.ready) {
      const bool was_ready = were_ready[endpoint];
      is_ready_[endpoint] = true;
      if (was_ready) servers_[endpoint] = before[endpoint];
      servers_[endpoint].weight = view.weight(endpoint);
      if (was_ready) continue;
      servers_[endpoint].deadline = latest_ += 1.0 / servers_[endpoint].weight;  // one after the other
      answers_[endpoint].fill(0);
    }
    ready_.assign(view.ready.begin(), view.ready.end());
  }

  /// Least score; among several the earliest deadline, which moves on then only.
  std::uint32_t pick(const Pick&) override {
    std::uint32_t best = kNone;
    double least = 0.0;
    std::uint32_t ties = 0;
    for (const std::uint32_t endpoint : ready_) {
      const double score = servers_[endpoint].score();
      if (best != kNone && score > least) continue;
      if (best == kNone || score < least) ties = 0;
      if (ties++ > 0 && servers_[endpoint].deadline >= servers_[best].deadline) continue;
      least = score;
      best = endpoint;
    }
    if (ties < 2) return best;
    Server& server = servers_[best];
    server.deadline += 1.0 / server.weight;
    latest_ = std::max(latest_, server.deadline);
    return best;
  }

  void started(std::uint32_t endpoint) override { ++servers_[endpoint].active; }
  /// Traefik measures at the first byte: no byte, no measurement.
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    Server& server = servers_[endpoint];
    --server.active;
    if (is_ready_[endpoint] && feedback.answered && !feedback.failed)
      server.record(feedback.latency / 1ms, answers_[endpoint]);
  }

 private:
  using LastAnswers = std::array<std::int64_t, 100>;  ///< ms

  /// What each pick reads of every server: with the answers in it a server would fill 14 cache lines in place of one.
  struct Server {
    std::size_t answers = 0;
    std::int64_t sum_ms = 0;
    double weight = 1.0, deadline = 0.0;
    std::uint32_t active = 0;

    void record(std::int64_t ms, LastAnswers& last) {
      std::int64_t& oldest = last[answers++ % last.size()];
      sum_ms += ms - oldest;
      oldest = ms;
    }
    double score() const {
      if (answers == 0) return 0.0;
      const auto known = static_cast<double>(std::min(answers, LastAnswers{}.size()));
      return static_cast<double>(sum_ms) / known * (1.0 + active) / weight;
    }
  };

  std::vector<Server> servers_;       ///< by endpoint
  std::vector<LastAnswers> answers_;  ///< by endpoint
  std::vector<std::uint32_t> ready_;
  std::vector<bool> is_ready_;
  double latest_ = 0.0;  ///< of all deadlines that were ever given
};

}  // namespace

BalancerInfo traefik_leasttime() {
  return {.name = "traefik_leasttime",
          .spelling = "leasttime",
          .products = {"traefik"},
          .meaning =
              "the least mean latency of the last 100 answers in whole milliseconds, times (1 + requests in flight) / "
              "weight; ties by deadline; the cost grows with the servers, as Traefik's does",
          .scope = "shared by the process: it knows its own requests only",
          .source = "Traefik pkg/server/service/loadbalancer/leasttime (models/SOURCES.md 3.6)",
          .parameters = {},
          .make = [](BalancerArguments&, PickDraws) -> std::unique_ptr<Balancer> {
            return std::make_unique<TraefikLeastTime>();
          }};
}

}  // namespace towtank::balancer
