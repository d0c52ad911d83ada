#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "models/study/variant_run.hpp"
#include "sim/random/draws.hpp"
#include "sim/stats/sectioning.hpp"
#include "tests/models/world/lab.hpp"
#include "tests/support/macro_run.hpp"

/// The case mmpp2-m1-rho70. Scenarios have no bursty arrivals yet, so it runs on the walker itself; how long, and what
/// is concluded, is decided by the study's own functions.
namespace towtank::test {

/// Poisson arrivals of 0.4/s, or of 1.6/s in bursts that come after 10 s on average and last 3.3 s.
class BurstyArrivals {
 public:
  explicit BurstyArrivals(const Draws& draws) : draws_{draws} { is_burst_ = uniform() < kShareOfBursts; }

  Duration next_gap() {
    double gap_s = 0.0;
    for (;;) {
      const double rate = is_burst_ ? 1.6 : 0.4, change = is_burst_ ? 0.3 : 0.1;
      gap_s += to_seconds(Distribution::exponential(1.0 / (rate + change)).sample(uniform()));
      if (uniform() * (rate + change) < rate) return from_seconds(gap_s);
      is_burst_ = !is_burst_;
    }
  }

 private:
  static constexpr double kShareOfBursts = 0.25;

  double uniform() { return draws_.uniform(purpose_of("arrival"), drawn_++); }

  Draws draws_;
  std::uint64_t drawn_ = 0;
  bool is_burst_ = false;
};

/// Mean requests in flight, by slice. @param spent  arrival and end of each request
inline std::vector<double> jobs_by_slice(const std::vector<std::pair<Time, Time>>& spent, Duration slice,
                                         std::size_t slices) {
  std::vector<double> jobs(slices);
  for (const auto& [from, to] : spent)
    for (auto i = static_cast<std::size_t>((from - Time{}) / slice); i < slices; ++i) {
      const Time begin = Time{} + static_cast<std::int64_t>(i) * slice, end = begin + slice;
      if (begin >= to) break;
      jobs[i] += to_seconds(std::min(to, end) - std::max(from, begin)) / to_seconds(slice);
    }
  return jobs;
}

inline ReplicationResult bursty_replication(const Horizon& horizon, const Draws& draws) {
  constexpr std::int64_t kSlices = 400;  // as models/world
  const Time start = Time{} + horizon.warmup, end = start + horizon.window;
  ReplicationResult result;
  result.slice = (end - Time{}) / kSlices + Duration{1};
  result.window = horizon.window;
  TrafficTotals& traffic = result.traffic.emplace_back();
  traffic.latency_series.resize(kSlices);
  std::vector<std::pair<Time, Time>> spent;

  Lab lab;
  BurstyArrivals arrivals{draws};
  StationHop pod{lab.walker.stations().add_fcfs(1), Distribution::exponential(1.0), draws, purpose_of("work")};
  lab.entry = lab.walker.add_hop(pod);
  lab.after_arrival = [&](std::uint32_t ordinal) {
    const Time next = lab.walker.now() + arrivals.next_gap();
    if (next < end) lab.arrive(next, ordinal + 1);
  };
  lab.after_ending = [&](const Request& request, Time ended) {
    const Duration latency = ended - request.arrived;
    spent.emplace_back(request.arrived, ended);
    traffic.latency_series[static_cast<std::size_t>((request.arrived - Time{}) / result.slice)].add(latency);
    if (request.arrived < start) return;
    traffic.ok.add(latency);
    traffic.ok_sum.add(latency);
  };
  lab.arrive(Time{} + arrivals.next_gap(), 0);
  lab.walker.run();
  result.jobs_series = jobs_by_slice(spent, result.slice, kSlices);
  return result;
}

/// The horizon of an M/M/1 of load 0.7: of bursts the tool knows nothing beforehand.
inline StudyHorizon horizon_before_bursts(const std::string& mm1_scenario) {
  PlainFiles files;
  scenario::LoadOptions options;
  options.set = {{"spec.traffic[name=jobs].arrivals", "poisson(0.7/s)"}};
  const Result<scenario::Study> study = scenario::load_study(mm1_scenario, files, options);
  TOWTANK_CHECK(study.has_value(), "mm1-rho90 is a scenario of this repository");
  return plan_horizon(build_variants(*study).runs, scenario::Run{});
}

/// @param mm1_scenario  path of the scenario of mm1-rho90
inline MacroRun bursty_macro_run(const std::string& mm1_scenario, std::uint32_t seed) {
  constexpr std::uint32_t kReplications = 20;
  StudyHorizon planned = horizon_before_bursts(mm1_scenario);
  std::vector<VariantRun> runs(1);
  const auto replicate_all = [&] {
    runs[0].results.clear();
    for (std::uint32_t i = 0; i < kReplications; ++i)
      runs[0].results.push_back(bursty_replication(planned.horizon, Draws{seed, i}));
  };
  replicate_all();
  for (int round = 0; round < 2 && lengthen_horizon(runs, planned); ++round) replicate_all();
  for (int round = 0; round < 2 && lengthen_for_p99(runs, planned); ++round) replicate_all();

  std::vector<double> means;
  std::vector<const Histogram*> histograms;
  for (const ReplicationResult& result : runs[0].results) {
    means.push_back(result.traffic[0].ok_sum.mean_ns());
    histograms.push_back(&result.traffic[0].ok);
  }
  const SectionedQuantiles quantiles{histograms};
  const auto estimate = [](const Interval& ns) {
    report::Estimate made{ns.estimate * 1e-9, {}, {}};
    if (ns.resolved) made = {ns.estimate * 1e-9, ns.low * 1e-9, ns.high * 1e-9};
    return made;
  };
  MacroRun run;
  run.replications = kReplications;
  run.warmup_s = to_seconds(planned.horizon.warmup);
  run.duration_s = to_seconds(planned.horizon.window);
  run.estimates = {estimate(mean_interval(means, kNominalCoverage)), estimate(quantiles.at(0.5, kNominalCoverage).ns),
                   estimate(quantiles.at(0.9, kNominalCoverage).ns), estimate(quantiles.at(0.99, kNominalCoverage).ns)};
  return run;
}

}  // namespace towtank::test
