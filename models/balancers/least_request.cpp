#include <algorithm>
#include <array>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Power of d choices: the first of those drawn with the fewest requests in flight.
class LeastRequest final : public Balancer {
 public:
  LeastRequest(std::uint32_t choices, bool distinct, PickDraws draws)
      : choices_{choices}, distinct_{distinct}, draws_{std::move(draws)} {
    stateful = counts = true;
  }

  void update(const EndpointView& view) override {
    active_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
    order_.assign(view.ready.begin(), view.ready.end());
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    if (choices_ == 2) return pick_of_two(pick);
    return distinct_ ? pick_distinct(pick) : pick_with_replacement(pick);
  }

  void started(std::uint32_t endpoint) override { ++active_[endpoint]; }
  void finished(std::uint32_t endpoint, const Feedback&) override { --active_[endpoint]; }

 private:
  std::uint32_t size() const { return static_cast<std::uint32_t>(ready_.size()); }

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
  bool distinct_;
  std::vector<std::uint32_t> ready_, order_, swaps_;
  std::vector<std::uint32_t> active_;  ///< this instance's own requests only: what a proxy worker really knows
  PickDraws draws_;
};

}  // namespace

BalancerInfo least_request() {
  return {.name = "least_request",
          .products = {"envoy"},
          .meaning = "the one with the fewest requests in flight among `choices` drawn at random; ties go to the first drawn",
          .scope = "per instance: it counts its own requests only",
          .source = "Mitzenmacher, The Power of Two Choices, IEEE TPDS 12(10), 2001; Envoy least_request "
                    "(models/SOURCES.md 3.4)",
          .parameters = {{"choices", "integer", "2", "how many endpoints are drawn and compared"},
                         {"distinct", "boolean", "false", "draw without replacement (Envoy draws with)"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const auto choices = static_cast<std::uint32_t>(arguments.integer("choices", 2, 1, 65'536));
            return std::make_unique<LeastRequest>(choices, arguments.boolean("distinct", false), std::move(draws));
          }};
}

}  // namespace towtank::balancer
