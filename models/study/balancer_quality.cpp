#include "models/study/balancer_quality.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "models/balancers/pick_loop.hpp"
#include "models/world/one_edge.hpp"
#include "models/world/world.hpp"
#include "sim/experiment/replication.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

namespace {

constexpr std::uint64_t kPicksOfEach = 1'000, kMostPicks = 200'000;

/// Every request has an address of its own, or nearly: what hashes addresses gets the shares of its table.
constexpr std::uint32_t kClients = 1u << 20;

/// Times in mean services. IPVS forgets nothing for 120 s.
constexpr double kWarmup = 1'200.0, kLeastWindow = 200.0, kRequestsOfWindow = 288'000.0;

/// Where load does not count, shares are known better from more picks.
constexpr std::uint64_t kPicksWithoutLoad = 500'000;

/// The busiest of all endpoints may be overloaded by chance, for a while.
constexpr double kOverloadAlarm = 1e-6;

/// Half width over the mean. A wider interval says that the endpoints that get most are at the verge of overload, where a
/// queue takes longer to settle than is simulated.
constexpr double kWidest = 0.1;

std::vector<std::uint32_t> all_of(std::uint32_t endpoints) {
  std::vector<std::uint32_t> all(endpoints);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

/// @param request  the how manieth of each caller; of a flow there is one
std::vector<std::uint32_t> asked_by_all(Balancer& balancer, std::uint64_t request) {
  std::vector<std::uint32_t> picks;
  for (std::uint32_t caller = 0; caller < QualityOptions::kCallers; ++caller)
    picks.push_back(balancer.pick(
        {.key = mixed(caller + (request << 32)), .client = caller, .source_address = static_cast<std::uint32_t>(mixed(caller)), .content = static_cast<std::uint32_t>(mixed(caller))}));
  return picks;
}

double max_over_mean(const std::vector<std::uint64_t>& counts) {
  const std::uint64_t sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) * static_cast<double>(counts.size()) /
         static_cast<double>(sum);
}

/// Offered to the busiest endpoint, where it is above 1 for certain, whichever of them all that is.
std::optional<double> overload_of(const std::vector<std::uint64_t>& counts) {
  const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const double offered = QualityOptions::kUtilization * max_over_mean(counts);
  const double deviations = -normal_quantile(kOverloadAlarm / static_cast<double>(counts.size()));
  if (most == 0.0 || offered * (1.0 - deviations / std::sqrt(most)) <= 1.0) return std::nullopt;
  return offered;
}

/// Of an algorithm whose picks do not depend on each other, by more of them than `max_over_mean` is taken over.
std::optional<double> overload_without_load(const BalancerInfo& info, std::uint32_t endpoints, std::uint32_t seed) {
  PickLoop loop{info, endpoints, seed};
  loop.begin();
  std::vector<std::uint64_t> counts(endpoints, 0);
  for (std::uint64_t i = 0; i < kPicksWithoutLoad; ++i) ++counts[loop.next()];
  return overload_of(counts);
}

Interval narrow_enough(const std::vector<double>& values_s) {
  const Interval interval = mean_interval(values_s, QualityOptions::kConfidence);
  return interval.half_width() <= kWidest * interval.estimate ? interval : Interval::unresolved(interval.estimate);
}

void measure_evenness(const BalancerInfo& info, const QualityOptions& options, BalancerQuality& quality) {
  quality.picks = std::min(kPicksOfEach * options.endpoints, kMostPicks);
  PickLoop loop{info, options.endpoints, options.seed};
  loop.begin();
  std::vector<std::uint64_t> counts(options.endpoints, 0);
  for (std::uint64_t i = 0; i < quality.picks; ++i) ++counts[loop.next()];
  quality.max_over_mean = max_over_mean(counts);
  if (!loop.balancer().stateful) quality.overload = overload_without_load(info, quality.simulated_endpoints, options.seed);
}

std::vector<std::uint64_t> requests_of_endpoints(const std::vector<ReplicationResult>& results) {
  std::vector<std::uint64_t> counts(results.front().endpoints.size(), 0);
  for (const ReplicationResult& result : results)
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += result.endpoints[i].requests;
  return counts;
}

void simulate(const BalancerInfo& info, const QualityOptions& options, Executor& executor, BalancerQuality& quality) {
  const double service_s = to_seconds(QualityOptions::kService);
  model::Cluster cluster = model::behind_one_edge(quality.simulated_endpoints, info.name,
                                                  Distribution::exponential(service_s), QualityOptions::kUtilization);
  cluster.traffic[0].clients = cluster.traffic[0].keys.keys = kClients;
  Horizon horizon;
  horizon.warmup = from_seconds(kWarmup * service_s);
  horizon.window = from_seconds(service_s * std::max(kLeastWindow, kRequestsOfWindow / QualityOptions::kUtilization /
                                                                       quality.simulated_endpoints));
  horizon.bin = horizon.window;
  const std::vector<ReplicationResult> results =
      replicate<ReplicationResult>(executor, 0, options.replications, [&](std::size_t replication) {
        return World{cluster, horizon, Draws{options.seed, static_cast<std::uint32_t>(replication)}}.run();
      });
  quality.overload = overload_of(requests_of_endpoints(results));
  std::vector<double> means_s, p99s_s;
  for (const ReplicationResult& result : results) {
    means_s.push_back(result.traffic[0].ok_sum.mean_ns() * 1e-9);
    p99s_s.push_back(result.traffic[0].ok.quantile_ns(0.99) * 1e-9);
  }
  quality.mean_s = narrow_enough(means_s);
  quality.p99_s = narrow_enough(p99s_s);
}

}  // namespace

std::optional<double> callers_moved(const BalancerInfo& info, const QualityOptions& options) {
  BalancerArguments defaults;
  const std::unique_ptr<Balancer> balancer =
      info.make(defaults, PickDraws{Draws{options.seed, 0}, purpose_of("balance/callers")});
  const bool by_flow =
      info.products.size() == 1 && info.fits("l4");  // made for connections alone, which know no other key
  if (!balancer->by_source && !balancer->by_content && !by_flow) return std::nullopt;
  const std::vector<std::uint32_t> all = all_of(options.endpoints);
  balancer->update({options.endpoints, all});
  std::uint64_t request = 0;
  const auto next = [&] { return by_flow ? 0 : request++; };
  const std::vector<std::uint32_t> before = asked_by_all(*balancer, next());
  if (asked_by_all(*balancer, next()) != before) return std::nullopt;
  std::uint64_t moved = 0;
  for (std::uint32_t i = 0; i < QualityOptions::kLeavers; ++i) {
    const std::uint32_t leaver = (2 * i + 1) * options.endpoints / (2 * QualityOptions::kLeavers);
    std::vector<std::uint32_t> others = all;
    others.erase(others.begin() + leaver);
    balancer->update({options.endpoints, others});
    const std::vector<std::uint32_t> after = asked_by_all(*balancer, next());
    for (std::size_t caller = 0; caller < before.size(); ++caller)
      moved += before[caller] != leaver && after[caller] != before[caller];
  }
  return static_cast<double>(moved) / static_cast<double>(QualityOptions::kLeavers * before.size());
}

BalancerQuality balancer_quality(const BalancerInfo& info, const QualityOptions& options, Executor& executor) {
  BalancerQuality quality;
  quality.endpoints = options.endpoints;
  quality.simulated_endpoints = std::min(options.endpoints, QualityOptions::kMostSimulated);
  measure_evenness(info, options, quality);
  quality.moved = callers_moved(info, options);
  if (!quality.overload) simulate(info, options, executor, quality);
  return quality;
}

}  // namespace towtank
