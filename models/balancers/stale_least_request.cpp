#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/balancers/least_tree.hpp"

namespace towtank::balancer {

namespace {

/// A bulletin board that is renewed at fixed times: between these every pick sees the same old loads. The board holds
/// what was in flight at that moment, whenever it is looked at.
class StaleLeastRequest final : public Balancer {
 public:
  StaleLeastRequest(std::uint32_t choices, Duration refresh, PickDraws draws)
      : choices_{choices}, refresh_{refresh}, draws_{std::move(draws)} {
    stateful = counts = true;
  }

  void update(const EndpointView& view) override {
    active_.resize(view.count, 0);
    board_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
    read_board();
    renew(view.now);
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    renew(pick.now);
    if (choices_ == 0) return least_.at(Draws::below(least_.ties(), draws_.block(pick).lane[0]));
    const auto size = static_cast<std::uint32_t>(ready_.size());
    PhiloxBlock words{};
    std::uint32_t best = kNone;
    for (std::uint32_t draw = 0; draw < choices_; ++draw) {
      if (draw % 4 == 0) words = draws_.block(pick, draw / 4);
      const std::uint32_t rival = ready_[Draws::below(size, words.lane[draw % 4])];
      if (best == kNone || board_[rival] < board_[best]) best = rival;
    }
    return best;
  }

  void started(std::uint32_t endpoint) override { ++active_[endpoint]; }
  void finished(std::uint32_t endpoint, const Feedback& feedback) override {
    renew(feedback.now);
    --active_[endpoint];
  }

 private:
  /// Nothing has started or ended since the last event: the counts are still those of the renewal that is due.
  void renew(Time now) {
    const std::int64_t period = now.time_since_epoch() / refresh_;
    if (period == period_) return;
    period_ = period;
    board_ = active_;
    read_board();
  }

  void read_board() {
    if (choices_ > 0) return;
    least_.reset(static_cast<std::uint32_t>(board_.size()));
    for (const std::uint32_t endpoint : ready_) least_.set(endpoint, board_[endpoint]);
  }

  std::uint32_t choices_;
  Duration refresh_;
  std::vector<std::uint32_t> ready_, active_, board_;
  LeastTree least_;           ///< of the board, where all are compared
  std::int64_t period_ = -1;  ///< in which the board was renewed
  PickDraws draws_;
};

}  // namespace

BalancerInfo stale_least_request() {
  return {
      .name = "stale_least_request",
      .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
      .meaning =
          "the fewest requests in flight among `choices` drawn at random, or among all, as they stood when they were "
          "last told: every `refresh`. Of research: no product has it",
      .scope = "per instance: it counts its own requests only",
      .source = "Mitzenmacher, How Useful Is Old Information?, IEEE TPDS 11(1), 2000, periodic update",
      .weighs = false,
      .parameters = {{"choices", "integer", "2", "how many endpoints are drawn with replacement; 0 = all are compared"},
                     {"refresh", "duration", "100ms", "how long the same loads are gone by"}},
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        const auto choices = static_cast<std::uint32_t>(arguments.integer("choices", 2, 0, 65'536));
        return std::make_unique<StaleLeastRequest>(choices, arguments.duration("refresh", 100ms, 1ms, 1h),
                                                   std::move(draws));
      }};
}

}  // namespace towtank::balancer
