#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/core/time.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// Who asks for an endpoint.
struct Pick {
  std::uint64_t key = 0;      ///< of the request, or of the connection where decisions are made per connection
  std::uint32_t attempt = 0;  ///< tells apart the draws of attempts under one key
  std::uint32_t client = 0;
  bool plain = false;         ///< attempt 0, of requests in the order of their keys: its draws come in batches
  std::uint32_t source_address = 0;  ///< IPv4 in host order, for a balancer that works `by_source`
  std::uint32_t content = 0;         ///< stands for the key that the request carries, for one that works `by_content`
  Time now{};
  std::span<const std::uint32_t> tried{};  ///< endpoints that this request has asked in vain
};

/// How a try at an endpoint ended, as the balancer's proxy saw it.
struct Feedback {
  bool ok = true;
  bool answered = true;  ///< something came back: not cut off by its caller's patience
  bool failed = false;   ///< it could not be reached: refused, reset, or no answer in time
  bool retried = false;  ///< the request goes on to another endpoint: this was not its last try
  Duration latency{};    ///< from sending to the reply, connecting included; for a balancer that `times`
  Time now{};
};

/// The endpoints from `now` on. They are numbered 0 .. count-1 in the canonical order of their names.
struct EndpointView {
  std::uint32_t count = 0;                   ///< all that ever were
  std::span<const std::uint32_t> ready;      ///< those that may be picked, ascending, each < count
  std::span<const std::uint32_t> weights{};  ///< by endpoint, each >= 1; empty = all 1
  Time now{};
  std::uint32_t instance = 0, instances = 1;  ///< which one decides, of how many that share a proxy's requests
  std::span<const std::uint32_t> zones{};            ///< by endpoint; empty = all stand in one
  std::uint32_t zone = 0;                            ///< of the one who decides
  std::span<const std::uint32_t> callers_of_zone{};  ///< by zone: replicas of its proxy, itself included (Envoy's local cluster); empty = unknown

  std::span<const std::uint32_t> unhealthy{};   ///< others of its list, ascending, that fail its health checks: Envoy picks them in a panic
  std::span<const std::uint32_t> priorities{};  ///< by endpoint, 0 the first; empty = all 0 (Envoy's)
  std::span<const std::vector<std::string>> labels{};  ///< by endpoint, each as KEY=VALUE; empty = it has none
  std::span<const std::string> zone_names{};           ///< by zone

  std::uint32_t weight(std::uint32_t endpoint) const { return weights.empty() ? 1 : weights[endpoint]; }
  std::uint32_t zone_of(std::uint32_t endpoint) const { return zones.empty() ? 0 : zones[endpoint]; }
  std::uint32_t priority_of(std::uint32_t endpoint) const { return priorities.empty() ? 0 : priorities[endpoint]; }
};

/// What an endpoint says of itself when it is asked.
struct ProbeAnswer {
  std::uint32_t in_flight = 0;  ///< requests that it has, whoever sent them, waiting ones included
  Duration latency{};           ///< what requests took with it of late that met as many
  Duration service{};           ///< what the last one took without its wait
  double rps = 0.0, eps = 0.0;  ///< requests and errors a second over the last second or more; 0 = it does not know yet
  double utilization = 0.0;     ///< part of its servers' time that was work over that time
};

/// Asks the endpoints of one balancer. An answer takes no time and costs nothing.
class Probes {
 public:
  virtual ~Probes() = default;
  virtual ProbeAnswer ask(std::uint32_t endpoint) const = 0;
};

/// The draws of one balancer: a purpose of its own.
class PickDraws {
 public:
  PickDraws(const Draws& draws, PurposeId purpose) : draws_{draws}, purpose_{purpose}, ring_{draws, purpose} {}

  /// Four words for this pick; `draw` counts further blocks.
  PhiloxBlock block(const Pick& pick, std::uint32_t draw = 0) {
    if (pick.plain && draw == 0) return ring_.at(pick.key);
    return draws_.block(purpose_, pick.key, pick.attempt, draw);
  }

  /// A word that all instances of a replication share, whatever their names.
  std::uint64_t common_word() const {
    const PhiloxBlock words = draws_.block(purpose_of("balancers in common"), 0);
    return std::uint64_t{words.lane[0]} << 32 | words.lane[1];
  }

  /// Words that belong to the balancer itself (a random start).
  PhiloxBlock own_block() const { return draws_.block(purpose_, UINT64_MAX, UINT16_MAX, UINT16_MAX); }

 private:
  Draws draws_;
  PurposeId purpose_;
  BlockRing ring_;
};

/// Where a request waits that no endpoint can take now, each having as many as it may have at once.
enum class WaitingRoom : std::uint8_t {
  none,          ///< nowhere: its proxy gives up
  when_all_full, ///< in one queue for all; the algorithm passes full endpoints over, and is not asked while others wait
  when_none_has_room,  ///< the same, but it is asked though others wait
  any,           ///< in one queue for all, even while others than the one picked have room
  own,           ///< for the endpoint that was picked
};

/// One instance of a balancing algorithm: what one proxy worker, or one node's kube-proxy, knows and decides.
/// The numbers of the endpoints are stable across updates.
class Balancer {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  Balancer() = default;
  virtual ~Balancer() = default;
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;

  /// Which endpoints may be picked from now on. An algorithm that the product gives no weights ignores them.
  virtual void update(const EndpointView& view) = 0;

  /// @return an endpoint, or kNone when none is ready or all that are have been ruled out, or are full
  virtual std::uint32_t pick(const Pick& pick) = 0;

  /// Whether the endpoint has as many requests as it may have at once, when one more asks. Of one that has a `waiting_room`.
  virtual bool is_full(std::uint32_t) const { return false; }
  /// So many more wait there, or fewer. Who asks does not wait.
  virtual void line_changed(std::int32_t) {}

  virtual void started(std::uint32_t) {}
  virtual void finished(std::uint32_t, const Feedback&) {}

  const Probes* probes = nullptr;  ///< of an algorithm that `asks`; outlives it; null where nobody answers
  bool stateful = false;  ///< a pick depends on earlier picks, or on requests in flight
  bool counts = false;    ///< wants `started` and `finished`
  bool times = false;     ///< wants `Feedback::latency`
  bool by_source = false;          ///< wants `Pick::source_address`
  bool by_content = false;         ///< wants `Pick::content`
  bool avoids_tried = false;       ///< promises no endpoint of `Pick::tried` while another may be picked
  bool repeats = false;            ///< a request's next try may go to the endpoint of the last: its product asks it again
  bool shared_by_workers = false;  ///< one instance for all workers of a replica, else one for each
  WaitingRoom waiting_room = WaitingRoom::none;  ///< of one that limits the requests of an endpoint; it `counts`, too
  Duration longest_wait = Duration::max();       ///< there; a `waiting_room` needs one that ends, when its proxy gives up
};

/// A parameter of an algorithm, for the reader and for `balancers`.
struct BalancerParameter {
  std::string_view name, type, fallback, meaning;
};

/// The parameters that a user gave, by name. Readers take them out and complain about what is wrong.
class BalancerArguments {
 public:
  explicit BalancerArguments(std::vector<std::pair<std::string, std::string>> given = {}) : given_{std::move(given)} {}

  /// @return the integer given, or `fallback`; what is no integer of [least, most] becomes a problem
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  /// Decimal, without an exponent. The bounds are printed as whole numbers.
  double number(std::string_view name, double fallback, double least, double most);
  bool boolean(std::string_view name, bool fallback);
  /// Whole seconds, minutes or hours, `10s`, `2m`; where `least` is a part of a second, milliseconds, too.
  Duration duration(std::string_view name, Duration fallback, Duration least, Duration most);

  std::string text(std::string_view name, std::string_view fallback);

  bool has(std::string_view name) const;

  /// A parameter that was read has a value that will not do. @param why  what it is, and what would do
  void complain(std::string_view name, const std::string& why) {
    complaints_.push_back("parameter `" + std::string{name} + "`: " + why);
  }

  /// One sentence each: what was wrong, and the parameters that were given but never asked for.
  std::vector<std::string> complaints(std::string_view algorithm) const;

 private:
  const std::string* take(std::string_view name);

  std::vector<std::pair<std::string, std::string>> given_;
  std::vector<std::string_view> asked_;
  std::vector<std::string> complaints_;
};

/// What an algorithm chooses from before it chooses an endpoint (models/balancers/host_sets.hpp).
enum class HostSetUse : std::uint8_t {
  none,        ///< it knows all that are ready
  priorities,  ///< Envoy's subsets, priorities and panics
  zones,       ///< ... and within a priority zones
};

/// What is known of an algorithm without making one.
struct BalancerInfo {
  std::string_view name;                   ///< unique
  std::string_view spelling{};             ///< how users of its products write it, as several products may; empty: `name`
  std::vector<std::string_view> products;  ///< that balance like this: nginx, ingress-nginx, envoy; l4 = load balancers of connections
  std::string_view meaning, scope, source;
  bool weighs = true;                      ///< endpoints of more weight get more
  bool asks = false;                       ///< wants `Balancer::probes`
  HostSetUse host_sets = HostSetUse::none;
  std::vector<BalancerParameter> parameters;
  std::unique_ptr<Balancer> (*make)(BalancerArguments& arguments, PickDraws draws);

  std::string_view written() const { return spelling.empty() ? name : spelling; }
  bool fits(std::string_view product) const;
};

/// All algorithms, in the order of registry.def.
std::span<const BalancerInfo> balancers();

/// @return null when there is none of that name
const BalancerInfo* find_balancer(std::string_view name);

/// What a product means by a name: `round_robin` is another algorithm in nginx than in Envoy.
/// @param name  as the product's users write it, or as the registry has it  @return null when the product has none such
const BalancerInfo* find_balancer(std::string_view product, std::string_view name);

/// The names that users of a product write, in the order of registry.def.
std::vector<std::string> balancer_names(std::string_view product);

}  // namespace towtank
