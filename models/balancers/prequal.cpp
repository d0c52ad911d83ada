#include <algorithm>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

struct PrequalSettings {
  std::uint32_t pool = 16;
  double rate = 3.0, removal = 1.0, quantile = 0.84;
  Duration age = 1s;
};

/// Goes by a pool of probes. An endpoint is hot when it said to have more requests than the quantile of what all have
/// said of late; the cold one that was fastest is picked, among hot ones that with the fewest requests.
class Prequal final : public Balancer {
 public:
  Prequal(const PrequalSettings& settings, PickDraws draws) : settings_{settings}, draws_{std::move(draws)} {
    stateful = true;
    pool_.reserve(settings.pool);
    heard_.reserve(kHeard);
    sorted_.reserve(kHeard);
  }

  void update(const EndpointView& view) override {
    ready_.assign(view.ready.begin(), view.ready.end());
    order_ = ready_;
    pool_.erase(std::remove_if(pool_.begin(), pool_.end(),
                               [&](const Probe& probe) {
                                 return !std::binary_search(ready_.begin(), ready_.end(), probe.endpoint);
                               }),
                pool_.end());
    reuses_ = reuses();
  }

  std::uint32_t pick(const Pick& pick) override {
    if (ready_.empty()) return kNone;
    const PhiloxBlock words = draws_.block(pick);
    while (!pool_.empty() && pick.now - pool_.front().at >= settings_.age) pool_.erase(pool_.begin());
    std::uint32_t endpoint;
    if (pool_.size() < kFewest) {
      endpoint = ready_[Draws::below(size(), words.lane[0])];
    } else {
      const auto best = choice();
      endpoint = best->endpoint;
      ++best->in_flight;  // the request that goes there now
      if (--best->uses == 0) pool_.erase(best);
    }
    remove();
    ask(pick);
    return endpoint;
  }

 private:
  static constexpr std::size_t kFewest = 2;   ///< probes, below which there is no choice
  static constexpr std::size_t kHeard = 128;  ///< answers that the quantile is of
  static constexpr double kMargin = 1.0;      ///< by which probes may be used more often than they come in
  static constexpr std::uint32_t kNoLimit = UINT32_MAX;
  static constexpr double kRoundedAway = 1e-9;  ///< less than this is what rounding leaves of none

  struct Probe {
    std::uint32_t endpoint = 0, in_flight = 0, uses = 0;
    Duration latency{};
    Time at{};
  };

  std::uint32_t size() const { return static_cast<std::uint32_t>(ready_.size()); }

  /// How often a probe may be used, so that the pool stays filled: once where more are thrown away than come in anew,
  /// without a limit where as many come as go.
  double reuses() const {
    const double fresh = 1.0 - settings_.pool / std::max(1.0, static_cast<double>(size()));
    const double spare = fresh * settings_.rate - settings_.removal;
    if (spare < -kRoundedAway) return 1.0;
    return spare < kRoundedAway ? kNoLimit : std::max(1.0, (1.0 + kMargin) / spare);
  }

  /// A broken number of uses is rounded by draw, so that it holds in the mean.
  std::uint32_t uses(std::uint32_t lane) const {
    if (reuses_ >= kNoLimit) return kNoLimit;
    const auto whole = static_cast<std::uint32_t>(reuses_);
    return whole + (lane * 0x1p-32 < reuses_ - whole ? 1u : 0u);
  }

  bool is_hot(const Probe& probe) const { return probe.in_flight > limit_; }

  /// Number of requests above which an endpoint is hot.
  void find_limit() {
    sorted_ = heard_;
    const auto last = sorted_.size() - 1;
    const std::size_t rank =
        std::min(last, static_cast<std::size_t>(settings_.quantile * static_cast<double>(sorted_.size())));
    const auto at = sorted_.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(sorted_.begin(), at, sorted_.end());
    limit_ = *at;
  }

  /// Whether `a` is the better one.
  bool is_better(const Probe& a, const Probe& b) const {
    if (is_hot(a) != is_hot(b)) return !is_hot(a);
    return is_hot(a) ? a.in_flight < b.in_flight : a.latency < b.latency;
  }
  std::vector<Probe>::iterator choice() {
    return std::min_element(pool_.begin(), pool_.end(),
                            [&](const Probe& a, const Probe& b) { return is_better(a, b); });
  }
  std::vector<Probe>::iterator worst() {
    return std::max_element(pool_.begin(), pool_.end(),
                            [&](const Probe& a, const Probe& b) { return is_better(a, b); });
  }

  /// The worst and the oldest in turn, so many a request.
  void remove() {
    for (removals_due_ += settings_.removal; removals_due_ >= 1.0; removals_due_ -= 1.0) {
      if (pool_.empty()) continue;
      removes_worst_ = !removes_worst_;
      pool_.erase(removes_worst_ ? worst() : pool_.begin());
    }
  }

  /// Asks so many different endpoints a request, at random. They answer at once, for the requests to come.
  void ask(const Pick& pick) {
    probes_due_ += settings_.rate;
    const auto wanted = static_cast<std::uint32_t>(probes_due_);
    probes_due_ -= wanted;
    if (probes == nullptr || wanted == 0) return;
    const std::uint32_t count = std::min(wanted, size());
    PhiloxBlock words{};
    swaps_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i % 2 == 0) words = draws_.block(pick, 1 + i / 2);
      swaps_.push_back(i + Draws::below(size() - i, words.lane[i % 2 * 2]));
      std::swap(order_[i], order_[swaps_[i]]);
      note(order_[i], uses(words.lane[i % 2 * 2 + 1]), pick.now);
    }
    for (std::uint32_t i = count; i-- > 0;) std::swap(order_[i], order_[swaps_[i]]);  // no pick leaves a trace
    find_limit();
  }

  /// One probe of an endpoint is kept, the newest, and so many in all.
  void note(std::uint32_t endpoint, std::uint32_t uses, Time now) {
    const ProbeAnswer answer = probes->ask(endpoint);
    const auto older =
        std::find_if(pool_.begin(), pool_.end(), [&](const Probe& one) { return one.endpoint == endpoint; });
    if (older != pool_.end())
      pool_.erase(older);
    else if (pool_.size() == settings_.pool)
      pool_.erase(pool_.begin());
    pool_.push_back({endpoint, answer.in_flight, uses, answer.latency, now});
    if (heard_.size() < kHeard)
      heard_.push_back(answer.in_flight);
    else
      heard_[next_heard_] = answer.in_flight;
    next_heard_ = (next_heard_ + 1) % kHeard;
  }

  PrequalSettings settings_;
  std::vector<std::uint32_t> ready_, order_, swaps_;
  std::vector<Probe> pool_;                    ///< oldest first
  std::vector<std::uint32_t> heard_, sorted_;  ///< requests in flight that the last probes told
  std::size_t next_heard_ = 0;
  std::uint32_t limit_ = 0;
  double probes_due_ = 0.0, removals_due_ = 0.0, reuses_ = 0.0;
  bool removes_worst_ = false;
  PickDraws draws_;
};

}  // namespace

BalancerInfo prequal() {
  return {
      .name = "prequal",
      .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
      .meaning =
          "each request sends probes, which fill a pool for the requests to come. Endpoints that have more requests "
          "than a quantile of what was heard are hot: the cold one with the least latency, among hot ones the fewest "
          "requests; any one while the pool holds fewer than 2. Probes cost nothing, are answered at once and tell "
          "what the pod itself knows: its requests, and the median of latencies that met as many. Of YouTube, here for "
          "comparison",
      .scope =
          "per instance: each has a pool of its own; what pods answer counts the requests of all callers. Only where "
          "pods are dialled: no answer comes through a node's kube-proxy",
      .source =
          "Wydrowski et al., Load is not what you should balance: Introducing Prequal, NSDI 2024, section 4 "
          "(models/SOURCES.md 3.7)",
      .weighs = false,
      .asks = true,
      .parameters = {{"pool", "integer", "16", "probes that are kept at most, one of an endpoint"},
                     {"rate", "number", "3", "probes that a request sends"},
                     {"removal", "number", "1", "probes that a request throws away, the worst and the oldest in turn"},
                     {"quantile", "number", "0.84", "of requests in flight, above which an endpoint is hot"},
                     {"age", "duration", "1s", "when a probe is too old"}},
      .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
        PrequalSettings settings;
        settings.pool = static_cast<std::uint32_t>(arguments.integer("pool", 16, 2, 1'024));
        settings.rate = arguments.number("rate", 3.0, 0.0, 100.0);
        settings.removal = arguments.number("removal", 1.0, 0.0, 100.0);
        settings.quantile = arguments.number("quantile", 0.84, 0.0, 1.0);
        settings.age = arguments.duration("age", 1s, 1ms, 1h);
        return std::make_unique<Prequal>(settings, std::move(draws));
      }};
}

}  // namespace towtank::balancer
