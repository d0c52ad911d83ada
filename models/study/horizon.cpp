#include <algorithm>
#include <cmath>

#include "models/analytic/relaxation.hpp"
#include "models/study/variant_run.hpp"
#include "sim/stats/comparison.hpp"
#include "sim/stats/sectioning.hpp"
#include "sim/stats/warmup.hpp"

namespace towtank {

namespace {

constexpr double kRelaxations = 10.0;
constexpr double kFullLoad = 0.98;  // of a station: more says little of how long one that cannot overflow remembers
constexpr double kCyclesOfUsers = 3.0;  // until every user of a closed loop has met the others' queue
constexpr double kWarmupRequests = 1000.0, kWindowRequests = 20'000.0, kWindowBursts = 20.0;
constexpr double kWindowsInWarmups = 4.0;  // warm-up is at most a fifth of a replication
constexpr double kLongestAutomatic_s = 1e7;
constexpr double kTailsToSpare = 2.5;
constexpr double kMostEventsUnasked = 1e8;  // of a study that is lengthened unasked: some 10 s of CPU
constexpr double kDriftGrowth = 1.2, kDriftLevel = 1e-3;
constexpr std::int64_t kBins = 60, kMostBins = 1000;

double scv_of(const Distribution& law) { return std::isfinite(law.scv()) ? law.scv() : 100.0; }

/// How long bursty arrivals remember their state, s; 0 of all others.
double state_memory_s(const model::Traffic& traffic) {
  if (traffic.arrivals != model::Traffic::Arrivals::mmpp) return 0.0;
  const auto& [calm, burst] = traffic.states;
  return calm.mean_s * burst.mean_s / (calm.mean_s + burst.mean_s);
}

/// Variance of the arrivals in a long time over their mean: 1 of poisson. @source as OpenArrivals
double dispersion_of(const model::Traffic& traffic) {
  if (traffic.arrivals == model::Traffic::Arrivals::batch) return traffic.batch_size;
  if (traffic.arrivals != model::Traffic::Arrivals::mmpp) return 1.0;
  const auto& [calm, burst] = traffic.states;
  const double apart = (burst.rate_per_s - calm.rate_per_s) * state_memory_s(traffic);
  return 1.0 + 2.0 * apart * apart / ((calm.mean_s + burst.mean_s) * traffic.rate_per_s);
}

/// Of the traffic that a pod may see. Stations remember longer when what comes to them varies more.
double dispersion_of(const model::Cluster& cluster) {
  double most = 1.0;
  for (const model::Traffic& traffic : cluster.traffic)
    if (traffic.arrivals != model::Traffic::Arrivals::closed) most = std::max(most, dispersion_of(traffic));
  return most;
}

/// How long a pod remembers. What bounds its queue shortens that, and keeps it finite in overload.
double relaxation_s(const VariantRun& run, std::size_t pod) {
  const model::Cluster& cluster = run.cluster();
  const model::Workload& workload = cluster.workloads[cluster.pods[pod].workload];
  const Distribution& law = work_of(cluster, cluster.pods[pod]);
  const double servers = servers_of(cluster, cluster.pods[pod]);
  const double mean_s = law.mean_s() * cluster.pods[pod].slowdown;
  if (mean_s <= 0.0) return 0.0;
  const double arrivals = run.load.arrivals_per_s[pod], scv = scv_of(law);
  // A closed loop settles like its station alone.
  double shortest = analytic::relaxation_time_s(std::min(arrivals, kFullLoad * servers / mean_s), mean_s, servers, scv);
  if (workload.proxy) return shortest;
  if (limit_holds(cluster, workload) && workload.queue_limit)
    shortest = std::min(shortest, analytic::bounded_relaxation_time_s(arrivals, mean_s, servers, scv, servers + *workload.queue_limit));
  if (workload.queue_timeout) {
    const analytic::Patience patience{workload.queue_timeout->mean_s(), scv_of(*workload.queue_timeout)};
    shortest = std::min(shortest, analytic::impatient_relaxation_time_s(arrivals, mean_s, servers, scv, patience));
  }
  return shortest;
}

double warmup_floor_s(const VariantRun& run) {
  const model::Cluster& cluster = run.cluster();
  double longest = 0.0;
  for (std::size_t i = 0; i < cluster.pods.size(); ++i) longest = std::max(longest, kRelaxations * relaxation_s(run, i));
  longest *= dispersion_of(cluster);
  double slowest_rate = 0.0;
  for (const model::Traffic& traffic : cluster.traffic) {
    const double rate = expected_rate(cluster, traffic);
    if (rate <= 0.0) continue;
    slowest_rate = slowest_rate == 0.0 ? rate : std::min(slowest_rate, rate);
    longest = std::max({longest, kWarmupRequests * traffic.batch_size / rate, kRelaxations * state_memory_s(traffic)});
    longest = std::max(longest, kCyclesOfUsers * traffic.users / rate);
    // Until most clients have asked once, connections are still being opened.
    if (traffic.keepalive) longest = std::max(longest, 3.0 * traffic.clients / rate);
  }
  return longest;
}

/// Two digits: a length that a person can read.
double rounded_up(double seconds) {
  if (!(seconds > 0.0)) return 1.0;
  double unit = 1.0;
  while (seconds / unit > 99.0) unit *= 10.0;
  while (seconds / unit <= 9.9) unit /= 10.0;
  return std::ceil(seconds / unit) * unit;
}

/// Each bin keeps a histogram of each traffic in each replication.
void limit_bins(Horizon& horizon) { horizon.bin = std::max(horizon.bin, horizon.window / kMostBins); }

}  // namespace

std::string VariantRun::state() const {
  if (is_simulated() && is_cut) return "cut";
  if (is_simulated() && drifts) return "drifting";
  return load.state();
}

StudyHorizon plan_horizon(std::span<const VariantRun> runs, const scenario::Run& given) {
  StudyHorizon planned;
  double warmup_s = 0.0, requests_s = 1.0;
  for (const VariantRun& run : runs) {
    if (!run.is_simulated()) continue;
    warmup_s = std::max(warmup_s, warmup_floor_s(run));
    double slowest = 0.0;
    for (const model::Traffic& traffic : run.cluster().traffic) {
      const double rate = expected_rate(run.cluster(), traffic);
      if (rate > 0.0) slowest = slowest == 0.0 ? rate : std::min(slowest, rate);
      if (rate > 0.0) requests_s = std::max(requests_s, kWindowRequests * traffic.batch_size / rate);
      if (traffic.arrivals == model::Traffic::Arrivals::mmpp)
        requests_s = std::max(requests_s, kWindowBursts * (traffic.states[0].mean_s + traffic.states[1].mean_s));
    }
    if (slowest > 0.0) requests_s = std::max(requests_s, kWindowRequests / slowest);
  }
  warmup_s = std::min(rounded_up(warmup_s), kLongestAutomatic_s);
  planned.warmup_given = given.warmup.has_value();
  planned.window_given = given.duration.has_value();
  planned.bin_given = given.interval.has_value();
  Horizon& horizon = planned.horizon;
  horizon.warmup = given.warmup.value_or(from_seconds(warmup_s));
  const double window_s = rounded_up(std::max(requests_s, kWindowsInWarmups * to_seconds(horizon.warmup)));
  horizon.window = given.duration.value_or(from_seconds(std::min(window_s, kLongestAutomatic_s)));
  if (given.interval)
    horizon.bin = *given.interval;
  else
    horizon.bin = std::max(Duration{1s}, from_seconds(rounded_up(to_seconds(horizon.window) / static_cast<double>(kBins))));
  limit_bins(horizon);
  return planned;
}

bool lengthen_horizon(std::span<const VariantRun> runs, StudyHorizon& planned) {
  if (planned.warmup_given) return false;
  Duration longest{0};
  for (const VariantRun& run : runs) {
    if (run.results.empty()) continue;
    const std::size_t traffic = run.results[0].traffic.size();
    std::vector<std::vector<double>> averaged;
    std::vector<std::vector<double>> jobs;
    for (const ReplicationResult& result : run.results) jobs.push_back(result.jobs_series);
    averaged.push_back(average_of_replications(jobs));
    for (std::size_t i = 0; i < traffic; ++i) {
      std::vector<std::vector<double>> latency;
      for (const ReplicationResult& result : run.results) {
        std::vector<double> series;
        for (const DurationSum& slice : result.traffic[i].latency_series) series.push_back(slice.mean_ns());
        latency.push_back(std::move(series));
      }
      averaged.push_back(average_of_replications(latency));
    }
    const std::optional<std::size_t> cut = warmup_of(averaged);
    const Duration slice = run.results[0].slice;
    const auto slices = static_cast<std::int64_t>(averaged[0].size());
    longest = std::max(longest, slice * (cut ? static_cast<std::int64_t>(*cut) : slices / 2));
  }
  Horizon& horizon = planned.horizon;
  if (longest <= horizon.warmup) return false;
  horizon.warmup = from_seconds(rounded_up(to_seconds(longest)));
  const Duration wanted = 4 * horizon.warmup;
  if (!planned.window_given && wanted > horizon.window) horizon.window = wanted;
  limit_bins(horizon);
  return true;
}

bool lengthen_for_p99(const std::vector<VariantRun>& runs, StudyHorizon& planned, double times) {
  if (planned.window_given) return false;
  double events = 0.0;
  for (const VariantRun& run : runs)
    for (const ReplicationResult& result : run.results) events += static_cast<double>(result.events);
  double factor = 0.0;
  for (const VariantRun& run : runs) {
    if (run.results.size() < 2) continue;
    for (std::size_t i = 0; i < run.results[0].traffic.size(); ++i) {
      std::vector<const Histogram*> ok;
      for (const ReplicationResult& result : run.results) ok.push_back(&result.traffic[i].ok);
      const double lack = SectionedQuantiles{ok}.support(0.99).lack(), wanted = std::max(1.0, kTailsToSpare * lack);
      if (times * lack > 1.0 && wanted * events <= kMostEventsUnasked) factor = std::max(factor, wanted);
    }
  }
  if (factor == 0.0) return false;
  Horizon& horizon = planned.horizon;
  const Duration before = horizon.window;
  if (factor > 1.0) horizon.window = std::max(before, from_seconds(std::min(rounded_up(factor * to_seconds(before)), kLongestAutomatic_s)));
  if (!planned.bin_given) horizon.bin = from_seconds(to_seconds(horizon.bin) * to_seconds(horizon.window) / to_seconds(before));
  limit_bins(horizon);
  return true;
}

double expected_rate(const model::Cluster& cluster, const model::Traffic& traffic) {
  if (traffic.arrivals != model::Traffic::Arrivals::closed) return traffic.rate_per_s;
  double service_s = 0.0, capacity = 0.0;
  for (const std::uint32_t i : model::serving_pods(cluster, traffic)) {
    const model::Workload& workload = cluster.workloads[cluster.pods[i].workload];
    const double mean_s = workload.service.mean_s() * cluster.pods[i].slowdown;
    service_s = std::max(service_s, mean_s);
    if (mean_s > 0.0) capacity += workload.servers / mean_s;
  }
  // A way that ends in nothing takes what the caller's patience is.
  if (service_s <= 0.0 && traffic.timeout) service_s = to_seconds(*traffic.timeout);
  const double asked = traffic.users / std::max(1e-9, traffic.think.mean_s() + service_s);
  return capacity > 0.0 ? std::min(asked, capacity) : asked;
}

bool is_cut(const std::vector<ReplicationResult>& results) {
  return std::any_of(results.begin(), results.end(),
                     [](const ReplicationResult& result) { return result.overflowed || result.censored; });
}

bool drifts(const std::vector<ReplicationResult>& results) {
  if (results.size() < 2) return false;
  for (std::size_t traffic = 0; traffic < results[0].traffic.size(); ++traffic) {
    std::vector<double> first, second;
    double sum_first = 0.0, sum_second = 0.0;
    for (const ReplicationResult& result : results) {
      const std::vector<double> in_flight = result.in_flight(traffic);
      const std::size_t middle = in_flight.size() / 2;
      double a = 0.0, b = 0.0;
      for (std::size_t i = 0; i < 2 * middle; ++i) (i < middle ? a : b) += in_flight[i];
      first.push_back(a);
      second.push_back(b);
      sum_first += a;
      sum_second += b;
    }
    if (sum_second > kDriftGrowth * sum_first && paired_mean_difference(second, first, 0.95).p_value < kDriftLevel) return true;
  }
  return false;
}

}  // namespace towtank
