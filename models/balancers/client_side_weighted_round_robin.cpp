#include <algorithm>
#include <cmath>
#include <optional>

#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/over_host_sets.hpp"

namespace towtank::balancer {

namespace {

struct ReportRules {
  Duration blackout{}, expiry{}, update{};
  double penalty = 1.0;
};

/// Earliest deadline first, by weights that answers bring along: requests a second over utilization. They are looked at
/// anew each `update`; who has reported for less than `blackout`, or not for `expiry`, weighs as the median of the others.
class ClientSideWeightedRoundRobin final : public Balancer {
 public:
  ClientSideWeightedRoundRobin(const ReportRules& rules, PickDraws draws) : rules_{rules}, draws_{std::move(draws)} {
    stateful = counts = true;
    shared_by_workers = true;  // Envoy keeps what hosts report by the process
  }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    reports_.resize(view.count);
    weights_.resize(view.count, 1);
    if (!next_update_) next_update_ = view.now + rules_.update;
    next_ = Draws::below(static_cast<std::uint32_t>(ready_.size()), start());
    weigh(view.now);
    schedule();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    if (pick.now >= *next_update_) {
      const Duration late = pick.now - *next_update_;
      *next_update_ += (late / rules_.update + 1) * rules_.update;
      if (weigh(pick.now)) schedule();
    }
    if (!schedule_.empty()) return schedule_.pick([this](std::uint32_t endpoint) { return weight_of(endpoint); });
    if (next_ >= ready_.size()) next_ = 0;
    return ready_[next_++];
  }

  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    if (!feedback.answered || feedback.failed || probes == nullptr) return;
    const ProbeAnswer answer = probes->ask(endpoint);
    if (answer.rps <= 0.0) return;
    const double utilization = answer.utilization + rules_.penalty * answer.eps / answer.rps;
    if (utilization <= 0.0) return;
    constexpr double kHeaviest = UINT32_MAX;
    Report& report = reports_[endpoint];
    report.weight = static_cast<std::uint32_t>(std::min(kHeaviest, std::max(1.0, answer.rps / utilization)));
    report.last = feedback.now;
    if (!report.since) report.since = feedback.now;
  }

 private:
  struct Report {
    std::uint32_t weight = 1;
    Time last{};
    std::optional<Time> since;  ///< empty: it has not reported, or not for long
  };

  std::uint32_t start() const { return draws_.own_block().lane[0]; }
  double weight_of(std::uint32_t endpoint) const { return weights_[endpoint]; }

  /// @return whether any weight has changed
  bool weigh(Time now) {
    std::vector<std::uint32_t>& valid = valid_;
    valid.clear();
    const auto is_valid = [&](const Report& report) { return report.since && now - *report.since >= rules_.blackout; };
    for (const std::uint32_t endpoint : ready_) {
      Report& report = reports_[endpoint];
      if (report.since && now - report.last > rules_.expiry) report.since.reset();
      if (is_valid(report)) valid.push_back(report.weight);
    }
    const std::uint32_t others = median(valid);
    bool has_changed = false;
    for (const std::uint32_t endpoint : ready_) {
      const std::uint32_t weight = is_valid(reports_[endpoint]) ? reports_[endpoint].weight : others;
      has_changed = has_changed || weight != weights_[endpoint];
      weights_[endpoint] = weight;
    }
    return has_changed;
  }

  /// Of an even number the mean of the two in the middle; of none 1.
  static std::uint32_t median(std::vector<std::uint32_t>& values) {
    if (values.empty()) return 1;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return static_cast<std::uint32_t>((std::uint64_t{*middle} + *std::max_element(values.begin(), middle)) / 2);
  }

  /// Equal weights need none.
  void schedule() {
    schedule_.reset(static_cast<std::uint32_t>(weights_.size()));
    const auto is_other = [&](std::uint32_t endpoint) { return weights_[endpoint] != weights_[ready_.front()]; };
    if (std::any_of(ready_.begin(), ready_.end(), is_other))
      schedule_.begin({.count = static_cast<std::uint32_t>(weights_.size()), .ready = ready_}, start(),
                      [this](std::uint32_t endpoint) { return weight_of(endpoint); });
  }

  ReportRules rules_;
  std::vector<std::uint32_t> ready_, valid_;
  std::vector<Report> reports_;         ///< by endpoint
  std::vector<std::uint32_t> weights_;  ///< the same
  std::optional<Time> next_update_;
  EdfSchedule schedule_;  ///< empty while the next one is taken
  std::size_t next_ = 0;
  PickDraws draws_;
};

}  // namespace

BalancerInfo client_side_weighted_round_robin() {
  return {
      .name = "client_side_weighted_round_robin",
      .products = {"envoy"},
      .meaning =
          "earliest deadline first, by what pods report with their answers (ORCA): requests a second over utilization, "
          "which is what a pod bears. One that has reported for less than `blackout` weighs as the median of the others",
      .scope =
          "shared by a replica's workers, which share one schedule, too, where Envoy's have one each. Pods report what they "
          "did over the last second or more for all their callers. Only where pods are dialled: behind a node's kube-proxy it would be that of whichever pod answered",
      .source = "Envoy client_side_weighted_round_robin, orca_weight_manager.cc (models/SOURCES.md 3.4)",
      .weighs = false,
      .asks = true,
      .host_sets = HostSetUse::priorities,
      .parameters = with_host_sets(
          {{"blackout", "duration", "10s", "how long a pod must have reported before it is believed (`blackout_period`)"},
           {"expiry", "duration", "3m", "when a report is too old (`weight_expiration_period`)"},
           {"update", "duration", "1s", "how often weights are taken from the reports (`weight_update_period`)"},
           {"penalty", "number", "1", "what errors add to the utilization, times their part of the requests (`error_utilization_penalty`)"}},
          HostSetUse::priorities),
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        ReportRules rules;
        rules.blackout = arguments.duration("blackout", 10s, 0s, 24h);
        rules.expiry = arguments.duration("expiry", 3min, 0s, 24h);
        rules.update = arguments.duration("update", 1s, 100ms, 24h);
        rules.penalty = arguments.number("penalty", 1.0, 0.0, 1'000'000.0);
        return std::make_unique<OverHostSets<ClientSideWeightedRoundRobin>>(
            HostSetRules::read(arguments, HostSetUse::priorities), std::move(draws),
            [rules](PickDraws own) { return std::make_unique<ClientSideWeightedRoundRobin>(rules, std::move(own)); });
      }};
}

}  // namespace towtank::balancer
