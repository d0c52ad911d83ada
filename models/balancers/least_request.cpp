#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/balancers/edf_schedule.hpp"
#include "models/balancers/least_tree.hpp"
#include "models/balancers/over_host_sets.hpp"
#include "models/balancers/slow_start.hpp"
#include "sim/random/elementary.hpp"

namespace towtank::balancer {

namespace {

struct LeastRequestSettings {
  std::uint32_t choices = 2;
  bool distinct = false, full_scan = false;
  double bias = 1.0;
  SlowStart slow;
};

/// Power of d choices: the first of those drawn with the fewest requests in flight; or the least of all. Unequal
/// weights are another algorithm: earliest deadline first, by weight / (requests in flight + 1)^bias.
class LeastRequest final : public Balancer {
 public:
  LeastRequest(const LeastRequestSettings& settings, PickDraws draws)
      : choices_{settings.choices},
        distinct_{settings.distinct},
        full_scan_{settings.full_scan},
        bias_{settings.bias},
        slow_{settings.slow},
        draws_{std::move(draws)} {
    stateful = counts = true;
    shared_by_workers = true;  // Envoy counts requests in flight by the process
  }

  void update(const EndpointView& view) override {
    slow_.update(view);
    active_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
    order_.assign(view.ready.begin(), view.ready.end());
    weights_.assign(view.count, 1.0);
    schedule_.reset(view.count);
    least_.reset(full_scan_ ? view.count : 0);
    bool unequal = false;
    for (const std::uint32_t endpoint : ready_) {
      weights_[endpoint] = view.weight(endpoint);
      unequal = unequal || view.weight(endpoint) != view.weight(ready_.front());
      if (full_scan_) least_.set(endpoint, active_[endpoint]);
    }
    if (unequal || (slow_.is_on(view.now) && !ready_.empty()))
      schedule_.begin(view, draws_.own_block().lane[0],
                      [&](std::uint32_t endpoint) { return weight_of(endpoint, view.now); });
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    if (!schedule_.empty())
      return schedule_.pick([&](std::uint32_t endpoint) { return weight_of(endpoint, pick.now); });
    if (full_scan_) return least_.at(Draws::below(least_.ties(), draws_.block(pick).lane[0]));
    if (choices_ == 2) return pick_of_two(pick);
    return distinct_ ? pick_distinct(pick) : pick_with_replacement(pick);
  }

  void started(std::uint32_t endpoint) override {
    ++active_[endpoint];
    if (full_scan_ && least_.contains(endpoint)) least_.set(endpoint, active_[endpoint]);
  }
  void finished(std::uint32_t endpoint, const Feedback&) override {
    --active_[endpoint];
    if (full_scan_ && least_.contains(endpoint)) least_.set(endpoint, active_[endpoint]);
  }

 private:
  std::uint32_t size() const { return static_cast<std::uint32_t>(ready_.size()); }

  double weight_of(std::uint32_t endpoint, Time now) const {
    const double load = active_[endpoint] + 1.0;
    const double weight = weights_[endpoint] / (bias_ == 1.0 ? load : elementary::power(load, bias_));
    return slow_.is_on(now) ? weight * slow_.factor(endpoint, now) : weight;
  }

  std::uint32_t pick_of_two(const Pick& pick) {
    const PhiloxBlock words = draws_.block(pick);
    const std::uint32_t first = Draws::below(size(), words.lane[0]);
    std::uint32_t second;
    if (distinct_ && size() > 1) {
      second = Draws::below(size() - 1, words.lane[1]);
      second += second >= first;  // skips the first
    } else {
      second = Draws::below(size(), words.lane[1]);
    }
    const std::uint32_t a = ready_[first], b = ready_[second];
    return active_[b] < active_[a] ? b : a;
  }

  std::uint32_t pick_with_replacement(const Pick& pick) {
    PhiloxBlock words{};
    std::uint32_t best = kNone;
    for (std::uint32_t i = 0; i < choices_; ++i) {
      if (i % 4 == 0) words = draws_.block(pick, i / 4);
      const std::uint32_t rival = ready_[Draws::below(size(), words.lane[i % 4])];
      if (best == kNone || active_[rival] < active_[best]) best = rival;
    }
    return best;
  }

  /// Draws without replacement by the first steps of a Fisher-Yates shuffle, which are undone: no pick leaves a trace.
  std::uint32_t pick_distinct(const Pick& pick) {
    const std::uint32_t draws = std::min(choices_, size());
    swaps_.clear();
    PhiloxBlock words{};
    std::uint32_t best = kNone;
    for (std::uint32_t i = 0; i < draws; ++i) {
      if (i % 4 == 0) words = draws_.block(pick, i / 4);
      const std::uint32_t j = i + Draws::below(size() - i, words.lane[i % 4]);
      std::swap(order_[i], order_[j]);
      swaps_.push_back(j);
      if (best == kNone || active_[order_[i]] < active_[best]) best = order_[i];
    }
    for (std::uint32_t i = draws; i-- > 0;) std::swap(order_[i], order_[swaps_[i]]);
    return best;
  }

  std::uint32_t choices_;
  bool distinct_, full_scan_;
  double bias_;
  SlowStart slow_;
  std::vector<std::uint32_t> ready_, order_, swaps_;
  std::vector<double> weights_;        ///< by endpoint
  std::vector<std::uint32_t> active_;  ///< this instance's own requests only: what a proxy really knows
  LeastTree least_;                    ///< of a full scan
  EdfSchedule schedule_;               ///< empty while weights are equal
  PickDraws draws_;
};

}  // namespace

BalancerInfo least_request() {
  return {
      .name = "least_request",
      .products = {"envoy"},
      .meaning =
          "the one with the fewest requests in flight among `choices` drawn at random, or among all; ties go to the "
          "first drawn. Unequal weights: the earliest deadline first, by weight / (requests in flight + 1)^bias",
      .scope =
          "shared by a replica's workers: it counts the replica's own requests only. By weight, or while one starts "
          "slowly, they share one schedule, too, where Envoy's workers have one each",
      .source =
          "Mitzenmacher, The Power of Two Choices, IEEE TPDS 12(10), 2001; Envoy least_request "
          "(models/SOURCES.md 3.4)",
      .host_sets = HostSetUse::zones,
      .parameters = with_host_sets(with_slow_start(
          {{"choices", "integer", "2", "how many endpoints are drawn and compared (`choice_count`)"},
           {"distinct", "boolean", "false", "draw without replacement (Envoy draws with)"},
           {"full_scan", "boolean", "false", "compare all, ties at random (`FULL_SCAN`): Envoy's cost grows with them"},
           {"bias", "number", "1",
            "of unequal weights (`active_request_bias`); 0 = requests in flight do not count"}}), HostSetUse::zones),
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        LeastRequestSettings settings;
        settings.choices = static_cast<std::uint32_t>(arguments.integer("choices", 2, 1, 65'536));
        settings.distinct = arguments.boolean("distinct", false);
        settings.full_scan = arguments.boolean("full_scan", false);
        for (const char* drawn : {"choices", "distinct"})
          if (settings.full_scan && arguments.has(drawn))
            arguments.complain(drawn, "nothing is drawn by `full_scan`, which compares all; one of the two would do");
        settings.bias = arguments.number("bias", 1.0, 0.0, 100.0);
        settings.slow = SlowStart::read(arguments);
        return std::make_unique<OverHostSets<LeastRequest>>(HostSetRules::read(arguments, HostSetUse::zones), std::move(draws), [settings](PickDraws own) {
          return std::make_unique<LeastRequest>(settings, std::move(own));
        });
      }};
}

}  // namespace towtank::balancer
