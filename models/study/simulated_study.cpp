#include "models/study/simulated_study.hpp"

#include <algorithm>
#include <atomic>

#include "sim/experiment/stopping.hpp"
#include "sim/stats/fingerprint.hpp"

namespace towtank {

namespace {

constexpr std::size_t kReplicationsAtOnce = 16;
constexpr double kDefaultConfidence = 0.95;
constexpr std::uint32_t kDrawsOfAttempt = 100'000;  // as many replications as a study may have
/// From so many replications on their dependence is known to a fifth (TailSupport's tau): what is too short then, twice in
/// a row, stays too short.
constexpr std::size_t kEnoughToSeeDependence = 45;

/// Runs one study: the replications of all variants, grown until they are precise enough.
class StudyRunner {
 public:
  StudyRunner(std::vector<VariantRun>& runs, Executor& executor, ProgressSink& progress)
      : runs_{runs}, executor_{executor}, progress_{progress}, given_{runs[0].input->scenario.run} {
    confidence_ = given_.confidence.value_or(kDefaultConfidence);
    fewest_ = static_cast<std::size_t>(given_.min_replications.value_or(kFewestReplications));
    most_ = std::max(fewest_,
                     static_cast<std::size_t>(given_.max_replications.value_or(std::max(fewest_, kMostReplications))));
    horizon_ = plan_horizon(runs, given_);
  }

  void run() {
    for (VariantRun& run : runs_)
      if (run.is_simulated()) run.hops = World{run.cluster(), horizon_.horizon, Draws{seed(), 0}}.hops();
    grow_to(fewest_);
    for (int round = 0; round < kLengthenings && !stopped_ && lengthen_horizon(runs_, horizon_); ++round) start_again();
    for (int round = 0; round < kLengthenings && !stopped_ && lengthen_for_p99(runs_, horizon_, round == 0 ? kPilotTails : 1.0); ++round)
      start_again();
    if (given_.precision && !stopped_) grow_until_precise();
    for (VariantRun& run : runs_) {
      run.drifts = run.is_measured() && drifts(run.results);
      run.is_cut = is_cut(run.results);
    }
    StudyHorizon looked_at = horizon_;
    looked_at.warmup_given = false;
    transient_ =
        !stopped_ && lengthen_horizon(runs_, looked_at) && looked_at.horizon.warmup >= horizon_.horizon.window / 2;
  }

  std::uint32_t seed() const { return given_.seed.value_or(scenario::kDefaultSeed); }
  double confidence() const { return confidence_; }
  const StudyHorizon& horizon() const { return horizon_; }
  bool converged() const { return converged_; }
  bool too_short() const { return too_short_; }
  bool stopped() const { return stopped_; }
  /// The transient reaches far into the window.
  bool has_transient() const { return transient_; }

 private:
  /// In batches over all variants, so that they are equally far whenever the study is asked to stop.
  void grow_to(std::size_t replications) {
    while (!stopped_) {
      bool grew = false;
      for (VariantRun& run : runs_) {
        const std::size_t first = run.results.size(),
                          batch = std::min(kReplicationsAtOnce, replications - std::min(replications, first));
        if (!run.is_simulated() || batch == 0) continue;
        grew = true;
        run.results.resize(first + batch);
        std::atomic<bool> left_out = false;
        executor_.for_each_index(batch, [&](std::size_t i) {
          if (progress_.stop_requested())
            left_out = true;
          else
            run.results[first + i] = replicate_once(run, first + i);
        });
        if (left_out) {
          run.results.resize(first);
          stopped_ = true;
          break;
        }
        for (std::size_t i = first; i < first + batch; ++i) events_ += run.results[i].events;
        progress_.update(run.name(), first + batch, replications, events_, worst_);
        stopped_ = progress_.stop_requested();
        if (stopped_) break;
      }
      if (!grew) return;
    }
    std::size_t common = replications;
    for (const VariantRun& run : runs_)
      if (run.is_simulated()) common = std::min(common, run.results.size());
    for (VariantRun& run : runs_)
      if (run.results.size() > common) run.results.resize(common);
  }

  /// With another horizon, and with draws that no earlier attempt has seen: replications whose own start decided how long they
  /// became would lean to what a short study shows, for after a calm start they would end early.
  void start_again() {
    for (VariantRun& run : runs_) run.results.clear();
    first_draw_ += kDrawsOfAttempt;
    grow_to(fewest_);
  }

  ReplicationResult replicate_once(const VariantRun& run, std::size_t index) const {
    const auto replication = static_cast<std::uint32_t>(index);
    Horizon horizon = horizon_.horizon;
    if (replication == 0) horizon.sample = given_.requests;
    return towtank::replicate_once(run, horizon, Draws{seed(), first_draw_ + replication}, replication);
  }

  /// More replications mend what is imprecise; what is too short is begun again with longer ones, or given up where the user
  /// has fixed the duration.
  void grow_until_precise() {
    for (int round = 0;; ++round) {
      too_short_ = false;
      const StopDecision decision = grow_at_this_length();
      converged_ = decision == StopDecision::converged;
      if (stopped_ || !too_short_ || round == kLengthenings || !lengthen_for_p99(runs_, horizon_, 1.0)) return;
      start_again();
      if (stopped_) return;
    }
  }

  StopDecision grow_at_this_length() {
    PrecisionStopping stopping{fewest_, most_, *given_.precision};
    bool was_short = false;
    for (;;) {
      const Check check = look();
      worst_ = check.worst;
      const bool is_known = stopping.replications() >= kEnoughToSeeDependence;
      const StopDecision decision = stopping.judge(check.worst);
      too_short_ = check.is_short && was_short;
      if (decision != StopDecision::go_on || too_short_) return decision;
      was_short = check.is_short && is_known;
      grow_to(stopping.replications());
      if (stopped_) return StopDecision::go_on;
    }
  }

  struct Check {
    double worst = 0.0;     ///< relative half width of the mean and the percentiles to p99 of every traffic
    bool is_short = false;  ///< some p99 has too few independent requests in each replication
  };

  Check look() const {
    std::vector<Interval> intervals;
    Check check;
    for (const VariantRun& run : runs_) {
      if (!run.is_simulated()) continue;
      for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
        const TrafficMetrics metrics = measure(run, t, confidence_);
        for (const char* name : {"latency_mean", "latency_p50", "latency_p90", "latency_p99"})
          intervals.push_back(metrics.find(name)->interval);
        const SectionedQuantiles& ok = *metrics.ok_quantiles;
        check.is_short = check.is_short || (ok.pooled().count() > 0 && !ok.support(0.99).is_enough_in_each());
      }
    }
    check.worst = worst_relative_half_width(intervals);
    return check;
  }

  std::vector<VariantRun>& runs_;
  Executor& executor_;
  ProgressSink& progress_;
  const scenario::Run& given_;
  double confidence_ = kDefaultConfidence;
  std::size_t fewest_ = kFewestReplications, most_ = kMostReplications;
  StudyHorizon horizon_;
  std::uint32_t first_draw_ = 0;  ///< of this attempt
  std::uint64_t events_ = 0;
  std::optional<double> worst_;
  bool converged_ = true;
  bool too_short_ = false;
  bool stopped_ = false;
  bool transient_ = false;
};

}  // namespace

Result<SimulatedStudy> simulate_study(const scenario::Study& study, Executor& executor, ProgressSink& progress) {
  BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  SimulatedStudy simulated;
  {
    StudyRunner runner{built.runs, executor, progress};
    runner.run();
    simulated.horizon = runner.horizon();
    simulated.seed = runner.seed();
    simulated.confidence = runner.confidence();
    simulated.converged = runner.converged();
    simulated.too_short = runner.too_short();
    simulated.stopped = runner.stopped();
    simulated.has_transient = runner.has_transient();
  }
  simulated.runs = std::move(built.runs);
  return simulated;
}

MeasuredStudy measured_study(const SimulatedStudy& simulated) {
  MeasuredStudy measured{simulated.runs, {}, simulated.confidence};
  for (const VariantRun& run : simulated.runs) {
    measured.metrics.emplace_back();
    for (std::size_t t = 0; run.is_measured() && t < run.cluster().traffic.size(); ++t)
      measured.metrics.back().push_back(measure(run, t, simulated.confidence));
  }
  return measured;
}

std::string fingerprint_of(const VariantRun& run) {
  Fingerprint print;
  for (const ReplicationResult& result : run.results) {
    for (const TrafficTotals& traffic : result.traffic) {
      print.add(traffic.offered);
      print.add(traffic.ok);
      print.add(traffic.failed);
      print.add(traffic.ok_sum);
      for (const auto& by_hop : traffic.outcomes)
        for (const std::uint64_t count : by_hop) print.add(count);
      for (const HopTotals& hop : traffic.hops) {
        print.add(hop.wait);
        print.add(hop.service);
        print.add(hop.delay);
      }
    }
    for (const EndpointTotals& endpoint : result.endpoints) print.add(endpoint.requests);
    for (const StationTotals& station : result.stations) print.add(static_cast<std::uint64_t>(station.busy_area));
  }
  return print.hex();
}

}  // namespace towtank
