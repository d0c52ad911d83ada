#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "sim/random/purpose.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/support/reference_cases.hpp"

/// Published results that no scenario says: no time passes in them, or a backend changes while they run. The balancers
/// are those of the registry, in loops of this file. What is accepted is a band: its middle is the reference, and half
/// of its width the error that the reference may have.
namespace towtank::test {

/// An algorithm with its parameters.
struct Kind {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters{};
};

/// @param instance  of so many that balance over the same endpoints
inline std::unique_ptr<Balancer> made(const Kind& kind, std::uint32_t endpoints, std::uint32_t replication,
                                      std::uint32_t instance = 0, std::uint32_t instances = 1) {
  constexpr std::uint32_t kSeed = 29;
  BalancerArguments arguments{kind.parameters};
  std::unique_ptr<Balancer> balancer = find_balancer(kind.name)->make(
      arguments, PickDraws{Draws{kSeed, replication}, purpose_of("published/" + std::to_string(instance))});
  std::vector<std::uint32_t> all(endpoints);
  std::iota(all.begin(), all.end(), 0u);
  balancer->update({.count = endpoints, .ready = all, .instance = instance, .instances = instances});
  return balancer;
}

struct Band {
  double low = 0.0, high = 0.0;
  std::optional<double> published{};
};

/// @param values  by replication
inline Agreement held_against(const std::string& id, const std::string& metric, const Band& band,
                              const std::vector<double>& values) {
  constexpr double kConfidence = 0.95;
  const Interval ours = mean_interval(values, kConfidence);
  return {id,
          {metric, 0.5 * (band.low + band.high), 0.5 * (band.high - band.low), band.published},
          {ours.estimate, ours.low, ours.high},
          ours.half_width() / two_sided_t(values.size(), kConfidence),
          values.size()};
}

// R9: balls into bins. A connection is a ball, and nobody knows where the others are.

struct BallsCase {
  std::uint32_t balls = 0;
  bool over_mean = false;  ///< how far the fullest bin is above the mean, else how full it is
  double exact = 0.0, published = 0.0;
};

/// `exact`: the law of the fullest of 100 bins, by convolution of cut Poisson laws, conditioned on their sum.
inline constexpr BallsCase kBalls[] = {
    {100, false, 4.232595238795581, 4.2},
    {1'000, false, 18.76166001748182, 18.8},
    {10'000, true, 0.259593907, 0.25},
    {100'000, true, 0.080199690, 0.08},
};

inline Agreement balls_into_bins(const BallsCase& reference, std::uint32_t replications, std::uint32_t bins = 100) {
  std::vector<double> values;
  for (std::uint32_t replication = 0; replication < replications; ++replication) {
    const auto balancer = made({"random"}, bins, replication);
    std::vector<std::uint32_t> filled(bins, 0);
    for (std::uint64_t key = 0; key < reference.balls; ++key) ++filled[balancer->pick({.key = key, .plain = true})];
    const double fullest = *std::max_element(filled.begin(), filled.end());
    values.push_back(reference.over_mean ? fullest * bins / reference.balls - 1.0 : fullest);
  }
  return held_against("balls-" + std::to_string(reference.balls) + "-bins-100",
                      reference.over_mean ? "fullest.over_mean" : "fullest",
                      {reference.exact, reference.exact, reference.published}, values);
}

// R8: subsets of 300 backends for 300 clients.

struct SubsetCase {
  const char* id;
  const char* kind;
  std::uint32_t subset = 0;
  Band least, most;  ///< connections of a backend
};

inline constexpr SubsetCase kSubsets[] = {
    {"random-subset-30-of-300", "random_subset", 30, {10, 20, 15}, {41, 56, 45}},
    {"random-subset-90-of-300", "random_subset", 90, {57, 75, 57}, {104, 124, 109}},
    {"deterministic-subset-30-of-300", "deterministic_subset", 30, {30, 30, 30}, {30, 30, 30}},
};

/// Connections of each of 300 backends, when each client opens one to each backend that it uses.
inline std::vector<std::uint32_t> connections_of_subsets(const Kind& kind, std::uint32_t replication,
                                                         std::uint32_t clients = 300) {
  constexpr std::uint32_t kBackends = 300;
  std::vector<std::uint32_t> connections(kBackends, 0);
  for (std::uint32_t client = 0; client < clients; ++client) {
    const auto balancer = made(kind, kBackends, replication, client, clients);
    std::vector<bool> uses(kBackends, false);
    for (std::uint64_t key = 0; key < kBackends; ++key) uses[balancer->pick({.key = key, .plain = true})] = true;
    for (std::uint32_t backend = 0; backend < kBackends; ++backend) connections[backend] += uses[backend];
  }
  return connections;
}

inline std::vector<Agreement> subsets(const SubsetCase& reference, std::uint32_t replications, std::uint32_t subset,
                                      std::uint32_t clients = 300) {
  std::vector<double> least, most;
  for (std::uint32_t replication = 0; replication < replications; ++replication) {
    const std::vector<std::uint32_t> connections =
        connections_of_subsets({reference.kind, {{"subset", std::to_string(subset)}}}, replication, clients);
    least.push_back(*std::min_element(connections.begin(), connections.end()));
    most.push_back(*std::max_element(connections.begin(), connections.end()));
  }
  return {held_against(reference.id, "connections.least", reference.least, least),
          held_against(reference.id, "connections.most", reference.most, most)};
}

/// Requests on their way through one balancer to backends that never queue.
class Loop {
 public:
  struct Answer {
    double at_s = 0.0, latency_s = 0.0;
  };

  explicit Loop(const Kind& kind, std::uint32_t backends, std::uint32_t replication)
      : balancer_{made(kind, backends, replication)}, in_flight_(backends, 0) {}

  /// @param latency_s  of the backend that is picked, given its number
  template <class Latency>
  void send(double at_s, std::uint64_t key, const Latency& latency_s) {
    const std::uint32_t backend = balancer_->pick({.key = key, .plain = true, .now = time(at_s)});
    if (balancer_->counts) balancer_->started(backend);
    most_in_flight_ = std::max(most_in_flight_, ++in_flight_[backend]);
    const double latency = latency_s(backend);
    pending_.push({at_s + latency, sent_++, backend, latency});
  }

  bool is_idle() const { return pending_.empty(); }
  double next_s() const { return std::get<0>(pending_.top()); }

  /// The next answer comes; of several at one instant that of the request that was sent first.
  Answer receive() {
    const auto [at_s, order, backend, latency_s] = pending_.top();
    pending_.pop();
    --in_flight_[backend];
    if (balancer_->counts) balancer_->finished(backend, {.latency = from_seconds(latency_s), .now = time(at_s)});
    return {at_s, latency_s};
  }

  std::uint32_t most_in_flight() const { return most_in_flight_; }

 private:
  using Pending = std::tuple<double, std::uint64_t, std::uint32_t, double>;

  static Time time(double at_s) { return Time{} + from_seconds(at_s); }

  std::unique_ptr<Balancer> balancer_;
  std::vector<std::uint32_t> in_flight_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::uint64_t sent_ = 0;
  std::uint32_t most_in_flight_ = 0;
};

// R13: two backends, one twice as slow; two requests at a time, 10,000 in all.

struct ClosedLoopCase {
  const char* id;
  Kind kind;
  Band makespan;
  double most_in_flight = 0.0;  ///< at one backend
};

inline const std::vector<ClosedLoopCase>& closed_loop_cases() {
  static const std::vector<ClosedLoopCase> all = {
      {"closed-loop-full-scan", {"least_request", {{"full_scan", "true"}}}, {6668, 6668, 6668}, 1},
      {"closed-loop-two-distinct", {"least_request", {{"distinct", "true"}}}, {6668, 6668, 6668}, 1},
      {"closed-loop-two-independent", {"least_request"}, {7164, 7224, 7194}, 2},
      {"closed-loop-round-robin", {"nginx_round_robin"}, {7500, 7500, 7500}, 2},
      {"closed-loop-random", {"random"}, {7477, 7537, 7507}, 2},
  };
  return all;
}

inline std::vector<Agreement> closed_loop(const ClosedLoopCase& reference, std::uint32_t replications,
                                          double slow_s = 2.0) {
  constexpr std::uint64_t kRequests = 10'000, kAtATime = 2;
  std::vector<double> makespan, most;
  for (std::uint32_t replication = 0; replication < replications; ++replication) {
    Loop loop{reference.kind, 2, replication};
    const auto latency_s = [&](std::uint32_t backend) { return backend == 0 ? slow_s : 1.0; };
    std::uint64_t sent = 0;
    while (sent < kAtATime) loop.send(0.0, sent++, latency_s);
    double now_s = 0.0;
    while (!loop.is_idle()) {
      now_s = loop.receive().at_s;
      if (sent < kRequests) loop.send(now_s, sent++, latency_s);
    }
    makespan.push_back(now_s);
    most.push_back(loop.most_in_flight());
  }
  const double in_flight = reference.most_in_flight;
  return {held_against(reference.id, "makespan", reference.makespan, makespan),
          held_against(reference.id, "in_flight.most", {in_flight, in_flight, in_flight}, most)};
}

// R7: Linkerd's comparison. Eleven backends that never queue, Normal(167 ms, 5 ms); 1,000 requests a second for 60 s.
// From 15 s to 45 s the first answers in 2 s. Requests come at even times.

struct BrownoutCase {
  const char* id;
  Kind kind;
  Band success;                 ///< answers within 1 s
  double slowest_p999_s = 0.0;  ///< 0 = not asked for
};

inline const std::vector<BrownoutCase>& brownout_cases() {
  static const std::vector<BrownoutCase> all = {
      {"brownout-round-robin", {"round_robin"}, {1.0 - 0.5 / 11 - 0.001, 1.0 - 0.5 / 11 + 0.001, 0.95}},
      {"brownout-least-loaded", {"least_request", {{"full_scan", "true"}}}, {0.993, 1.0, 0.99}},
      {"brownout-p2c-least-loaded", {"least_request", {{"distinct", "true"}}}, {0.993, 1.0, 0.99}},
      {"brownout-p2c-peak-ewma", {"peak_ewma"}, {0.9985, 1.0, 0.999}, 0.3},
  };
  return all;
}

/// What of the experiment a twin has otherwise.
struct Brownout {
  double until_s = 45.0;
  std::uint32_t slow_backends = 1;
};

inline std::vector<Agreement> brownout(const BrownoutCase& reference, std::uint32_t replications,
                                       const Brownout& brown = {}) {
  constexpr std::uint64_t kRequests = 60'000, kAllowed = kRequests / 1'000;
  std::vector<double> success, p999_s;
  for (std::uint32_t replication = 0; replication < replications; ++replication) {
    Loop loop{reference.kind, 11, replication};
    const Draws draws{31, replication};
    std::vector<double> latencies_s;
    for (std::uint64_t key = 0; key < kRequests; ++key) {
      const double now_s = static_cast<double>(key) / 1'000;
      while (!loop.is_idle() && loop.next_s() <= now_s) latencies_s.push_back(loop.receive().latency_s);
      loop.send(now_s, key, [&](std::uint32_t backend) {
        if (backend < brown.slow_backends && now_s >= 15.0 && now_s < brown.until_s) return 2.0;
        return 0.167 + 0.005 * normal_quantile(draws.uniform(purpose_of("latency"), key));
      });
    }
    while (!loop.is_idle()) latencies_s.push_back(loop.receive().latency_s);
    const auto slow = std::count_if(latencies_s.begin(), latencies_s.end(), [](double s) { return s > 1.0; });
    success.push_back(1.0 - static_cast<double>(slow) / kRequests);
    std::sort(latencies_s.begin(), latencies_s.end());
    p999_s.push_back(latencies_s[kRequests - kAllowed - 1]);
  }
  std::vector<Agreement> all = {held_against(reference.id, "success", reference.success, success)};
  if (reference.slowest_p999_s > 0.0)
    all.push_back(held_against(reference.id, "latency.p999_s", {0.0, reference.slowest_p999_s}, p999_s));
  return all;
}

// R20: Envoy's zone-aware routing. No time passes.

struct ZonesCase {
  const char* id;
  std::array<std::uint32_t, 3> callers, upstreams;  ///< in each zone
  double published = 0.0;                           ///< share of requests that stay in their zone

  std::uint32_t all_callers() const { return std::accumulate(callers.begin(), callers.end(), 0u); }
  std::uint32_t all_upstreams() const { return std::accumulate(upstreams.begin(), upstreams.end(), 0u); }
  /// Of a zone's requests, so that no upstream gets more than any other.
  double staying(std::size_t zone) const {
    return std::min(1.0, static_cast<double>(upstreams[zone] * all_callers()) / (callers[zone] * all_upstreams()));
  }
  double staying() const {
    double sum = 0.0;
    for (std::size_t zone = 0; zone < callers.size(); ++zone) sum += staying(zone) * callers[zone] / all_callers();
    return sum;
  }
};

inline constexpr ZonesCase kZones[] = {
    {"zones-1-1-1-to-2-5-5", {1, 1, 1}, {2, 5, 5}, 0.8333},
    {"zones-1-1-1-to-5-5-6", {1, 1, 1}, {5, 5, 6}, 0.9583},
    {"zones-20-20-21-to-4-5-5", {20, 20, 21}, {4, 5, 5}, 0.9578},
    {"zones-3-2-5-to-4-5-5", {3, 2, 5}, {4, 5, 5}, 0.8429},
    {"zones-3-2-5-to-3-4-5", {3, 2, 5}, {3, 4, 5}, 0.8667},
};

/// Envoy counts shares of hosts in ten-thousandths: so far off is what they add up to.
inline constexpr double kZoneUnit = 1e-4;

struct ZonedPicks {
  double staying = 0.0;        ///< share of all picks
  std::vector<double> shares;  ///< by upstream
};

/// Each caller picks in turn. @param overcounted  how many percent more callers each takes its own zone to have
inline ZonedPicks zoned_picks(const ZonesCase& reference, const char* algorithm, std::uint64_t picks,
                              std::uint32_t replication, std::uint32_t overcounted = 0) {
  const auto zones_of = [](const std::array<std::uint32_t, 3>& by_zone) {
    std::vector<std::uint32_t> zones;
    for (std::uint32_t zone = 0; zone < by_zone.size(); ++zone) zones.insert(zones.end(), by_zone[zone], zone);
    return zones;
  };
  const std::vector<std::uint32_t> callers = zones_of(reference.callers), upstreams = zones_of(reference.upstreams);
  std::vector<std::uint32_t> all(upstreams.size());
  std::iota(all.begin(), all.end(), 0u);
  std::vector<std::unique_ptr<Balancer>> balancers;
  for (std::uint32_t caller = 0; caller < callers.size(); ++caller) {
    balancers.push_back(made({algorithm, {{"zone_aware", "true"}}}, reference.all_upstreams(), replication, caller));
    std::array<std::uint32_t, 3> known = reference.callers;
    for (std::uint32_t zone = 0; zone < known.size(); ++zone)
      known[zone] *= 100 + (zone == callers[caller] ? overcounted : 0);
    balancers.back()->update({.count = reference.all_upstreams(),
                              .ready = all,
                              .zones = upstreams,
                              .zone = callers[caller],
                              .callers_of_zone = known});
  }
  std::vector<std::uint64_t> counts(upstreams.size(), 0);
  std::uint64_t staying = 0;
  for (std::uint64_t key = 0; key < picks; ++key) {
    const auto caller = static_cast<std::size_t>(key % callers.size());
    const std::uint32_t picked = balancers[caller]->pick({.key = key, .plain = true});
    ++counts[picked];
    staying += upstreams[picked] == callers[caller];
  }
  ZonedPicks result{static_cast<double>(staying) / static_cast<double>(picks), {}};
  for (const std::uint64_t count : counts)
    result.shares.push_back(static_cast<double>(count) / static_cast<double>(picks));
  return result;
}

/// A million picks, of which by publication no upstream gets 1 % more or less than an equal share.
inline std::vector<Agreement> zones(const ZonesCase& reference, std::uint32_t replications) {
  std::vector<double> staying, furthest;
  for (std::uint32_t replication = 0; replication < replications; ++replication) {
    const ZonedPicks picks = zoned_picks(reference, "random", 1'000'000, replication);
    staying.push_back(picks.staying);
    furthest.push_back(0.0);
    for (const double share : picks.shares)
      furthest.back() = std::max(furthest.back(), std::abs(share * reference.all_upstreams() - 1.0));
  }
  return {
      held_against(reference.id, "in_zone",
                   {reference.staying() - kZoneUnit, reference.staying() + kZoneUnit, reference.published}, staying),
      held_against(reference.id, "upstream.furthest", {0.0, 0.01}, furthest)};
}

/// All of the above in full. @param wanted  part of a case's name
inline std::vector<Agreement> published_experiments(const std::string& wanted) {
  constexpr std::uint32_t kReplications = 40;
  std::vector<Agreement> all;
  const auto add = [&](const std::string& id, const auto& run) {
    if (id.find(wanted) == std::string::npos) return;
    for (Agreement& one : run()) all.push_back(std::move(one));
  };
  for (const BallsCase& one : kBalls)
    add("balls-" + std::to_string(one.balls) + "-bins-100",
        [&] { return std::vector<Agreement>{balls_into_bins(one, one.balls < 10'000 ? 20'000 : 1'000)}; });
  for (const SubsetCase& one : kSubsets) add(one.id, [&] { return subsets(one, kReplications, one.subset); });
  for (const ClosedLoopCase& one : closed_loop_cases()) add(one.id, [&] { return closed_loop(one, kReplications); });
  for (const BrownoutCase& one : brownout_cases()) add(one.id, [&] { return brownout(one, kReplications); });
  for (const ZonesCase& one : kZones) add(one.id, [&] { return zones(one, kReplications); });
  return all;
}

}  // namespace towtank::test
