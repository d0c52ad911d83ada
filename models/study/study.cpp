#include "models/study/study.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "models/lint/lint.hpp"
#include "models/study/objectives.hpp"
#include "models/study/path_text.hpp"
#include "models/study/report_rows.hpp"
#include "models/study/variant_run.hpp"
#include "sim/experiment/stopping.hpp"
#include "sim/stats/fingerprint.hpp"

namespace towtank {

namespace {

constexpr std::size_t kBatch = 16;
constexpr double kDefaultConfidence = 0.95;

/// Runs one study: the replications of all variants, grown until they are precise enough.
class StudyRunner {
 public:
  StudyRunner(std::vector<VariantRun>& runs, Executor& executor, ProgressSink& progress)
      : runs_{runs}, executor_{executor}, progress_{progress}, given_{runs[0].input->scenario.run} {
    confidence_ = given_.confidence.value_or(kDefaultConfidence);
    fewest_ = static_cast<std::size_t>(given_.min_replications.value_or(kFewestReplications));
    most_ = std::max(fewest_, static_cast<std::size_t>(given_.max_replications.value_or(std::max(fewest_, kMostReplications))));
    horizon_ = plan_horizon(runs, given_);
  }

  void run() {
    for (VariantRun& run : runs_)
      if (run.is_simulated()) run.hops = World{run.cluster(), horizon_.horizon, Draws{seed(), 0}}.hops();
    grow_to(fewest_);
    for (int round = 0; round < kLengthenings && !stopped_ && lengthen_horizon(runs_, horizon_); ++round) start_again();
    for (int round = 0; round < kLengthenings && !stopped_ && lengthen_for_p99(runs_, horizon_); ++round) start_again();
    if (given_.precision && !stopped_) grow_until_precise();
    const auto lost = [](const ReplicationResult& r) { return r.overflowed || r.censored; };
    for (VariantRun& run : runs_) {
      run.drifts = run.is_measured() && drifts(run.results);
      run.is_cut = std::any_of(run.results.begin(), run.results.end(), lost);
    }
    StudyHorizon looked_at = horizon_;
    looked_at.warmup_given = false;
    transient_ = !stopped_ && lengthen_horizon(runs_, looked_at) && looked_at.horizon.warmup >= horizon_.horizon.window / 2;
  }

  std::uint32_t seed() const { return given_.seed.value_or(scenario::kDefaultSeed); }
  double confidence() const { return confidence_; }
  const StudyHorizon& horizon() const { return horizon_; }
  bool converged() const { return converged_; }
  bool stopped() const { return stopped_; }
  /// The transient reaches far into the window.
  bool has_transient() const { return transient_; }

 private:
  /// In batches over all variants, so that they are equally far whenever the study is asked to stop.
  void grow_to(std::size_t replications) {
    while (!stopped_) {
      bool grew = false;
      for (VariantRun& run : runs_) {
        const std::size_t first = run.results.size(), batch = std::min(kBatch, replications - std::min(replications, first));
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

  /// With another horizon.
  void start_again() {
    for (VariantRun& run : runs_) run.results.clear();
    grow_to(fewest_);
  }

  ReplicationResult replicate_once(const VariantRun& run, std::size_t index) const {
    const auto replication = static_cast<std::uint32_t>(index);
    Horizon horizon = horizon_.horizon;
    if (replication == 0) horizon.sample = given_.requests;
    return towtank::replicate_once(run, horizon, Draws{seed(), replication}, replication);
  }

  void grow_until_precise() {
    PrecisionStopping stopping{fewest_, most_, *given_.precision};
    for (;;) {
      worst_ = worst();
      const StopDecision decision = stopping.judge(*worst_);
      converged_ = decision == StopDecision::converged;
      if (decision != StopDecision::go_on) return;
      grow_to(stopping.replications());
      if (stopped_) return;
    }
  }

  /// Of the mean and the percentiles to p99 of every traffic.
  double worst() const {
    std::vector<Interval> intervals;
    for (const VariantRun& run : runs_) {
      if (!run.is_simulated()) continue;
      for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
        const TrafficMetrics metrics = measure(run, t, confidence_);
        for (const char* name : {"latency_mean", "latency_p50", "latency_p90", "latency_p99"}) intervals.push_back(metrics.find(name)->interval);
      }
    }
    return worst_relative_half_width(intervals);
  }

  std::vector<VariantRun>& runs_;
  Executor& executor_;
  ProgressSink& progress_;
  const scenario::Run& given_;
  double confidence_ = kDefaultConfidence;
  std::size_t fewest_ = kFewestReplications, most_ = kMostReplications;
  StudyHorizon horizon_;
  std::uint64_t events_ = 0;
  std::optional<double> worst_;
  bool converged_ = true;
  bool stopped_ = false;
  bool transient_ = false;
};

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

std::string seconds_text(Duration duration) {
  std::string text = std::to_string(to_seconds(duration));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

void add_note(const VariantRun& run, const StudyRunner& runner, report::Report& report) {
  report::VariantNote note;
  note.variant = run.name();
  note.state = run.state();
  note.replications = run.results.size();
  note.warmup_s = to_seconds(runner.horizon().horizon.warmup);
  note.duration_s = to_seconds(runner.horizon().horizon.window);
  note.converged = runner.converged();
  note.bottleneck = bottleneck_name(run.cluster(), run.load);
  note.headroom = run.load.headroom();
  note.fingerprint = fingerprint_of(run);
  report.notes.push_back(std::move(note));
}

void warn(const VariantRun& run, report::Report& report) {
  const auto say = [&](const std::string& text) { report.warnings.push_back(run.name() + ": " + text); };
  if (!run.is_simulated()) {
    say("offered " + std::to_string(static_cast<int>(std::lround(run.load.utilization[run.load.unbounded] * 100.0))) + " % of what " +
        station_name(run.cluster(), run.load.unbounded) + " can serve: its queue grows without end, so nothing steady can be said");
    return;
  }
  if (run.load.is_overloaded)
    say(bottleneck_name(run.cluster(), run.load) + " is saturated: latencies are those of the requests that its queue let in");
  if (run.drifts) say("the requests in flight still grow at the end: there is no steady state, the figures depend on the duration");
  const auto has = [&](auto of) { return std::any_of(run.results.begin(), run.results.end(), of); };
  if (has([](const ReplicationResult& r) { return r.overflowed; })) say("more than 16 million requests were in flight: the figures are of no use");
  if (has([](const ReplicationResult& r) { return r.censored; })) say("some requests never ended: they are missing from the figures, which are of no use");
}

/// A p99 without an interval, and what would give it one.
void warn_of_tails(const VariantRun& run, const std::vector<TrafficMetrics>& metrics, const StudyHorizon& planned,
                   report::Report& report) {
  constexpr double kToSpare = 1.5;
  for (std::size_t t = 0; run.is_steady() && t < metrics.size(); ++t) {
    const double lack = metrics[t].ok_quantiles->support(0.99).lack();
    if (run.results.size() < 2 || lack <= 1.0 || !std::isfinite(lack)) continue;
    const double duration_s = std::ceil(kToSpare * lack * to_seconds(planned.horizon.window));
    report.warnings.push_back(run.name() + ": p99 of " + run.cluster().traffic[t].name +
                              " is unresolved, too few independent requests are beyond it: a duration of about " +
                              seconds_text(from_seconds(duration_s)) + " would do");
  }
}

void warn_of_horizon(const StudyHorizon& planned, report::Report& report) {
  const Horizon& horizon = planned.horizon;
  if (planned.window_given && horizon.warmup * 4 > horizon.window)
    report.warnings.push_back("the warm-up of " + seconds_text(horizon.warmup) + " is more than a fifth of a replication: a duration of " +
                              seconds_text(horizon.warmup * 4) + " would do");
}

/// What is well formed and probably not meant, each with its place and the variants that have it.
std::vector<std::string> lint_lines(const std::vector<VariantRun>& runs) {
  std::vector<lint::VariantFindings> variants;
  for (const VariantRun& run : runs) {
    lint::Findings findings;
    if (const Result<ClusterState> state = scenario::cluster_state(*run.input, scenario::kPlacedOnce))
      findings = lint::lint({*run.input, *state, run.built, *runs.front().input, runs.front().built});
    variants.push_back({run.name(), std::move(findings)});
  }
  return lint::told(variants);
}

}  // namespace

Result<report::Report> run_study(const scenario::Study& study, Executor& executor, ProgressSink& progress) {
  BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  StudyRunner runner{built.runs, executor, progress};
  runner.run();

  report::Report report;
  report.scenario = study.name;
  report.complete = !runner.stopped();
  report.seed = runner.seed();
  report.confidence = runner.confidence();
  for (const scenario::IgnoredPart& part : study.ignored) report.ignored.push_back(part.text());
  report.ignored_summary = scenario::summed_up(study.ignored);
  report.warnings = study.warnings;
  report.assumptions = gathered(built.runs, &scenario::BuiltVariant::assumptions);
  for (const std::string& warning : gathered(built.runs, &scenario::BuiltVariant::warnings)) report.warnings.push_back(warning);
  MeasuredStudy measured{built.runs, {}, runner.confidence()};
  for (const VariantRun& run : built.runs) {
    report.variants.push_back(run.name());
    add_note(run, runner, report);
    warn(run, report);
    measured.metrics.emplace_back();
    for (std::size_t t = 0; run.is_measured() && t < run.cluster().traffic.size(); ++t)
      measured.metrics.back().push_back(measure(run, t, runner.confidence()));
    warn_of_tails(run, measured.metrics.back(), runner.horizon(), report);
  }
  warn_of_horizon(runner.horizon(), report);
  if (runner.has_transient())
    report.warnings.push_back("the start-up still shows in the measured time: a longer warm-up and duration would do");
  if (!runner.converged())
    report.warnings.push_back("not converged: the precision asked for was not reached within the replications allowed; the intervals are those reached");
  add_summary_rows(measured, report);
  add_latency_rows(measured, report);
  add_endpoint_rows(measured, report);
  add_node_rows(measured, report);
  add_hop_rows(measured, report);
  add_theory_rows(measured, report);
  add_outcome_rows(measured, report);
  add_timeseries_rows(measured, report);
  add_request_rows(measured, report);
  withdraw_intervals(measured, report);
  judge_objectives(measured, report);
  return report;
}

Result<report::CheckReport> check_study(const scenario::Study& study) {
  BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  report::CheckReport report;
  for (const scenario::IgnoredPart& part : study.ignored) report.ignored.push_back(part.text());
  report.ignored_summary = scenario::summed_up(study.ignored);
  report.warnings = study.warnings;
  report.assumptions = gathered(built.runs, &scenario::BuiltVariant::assumptions);
  for (const std::string& warning : gathered(built.runs, &scenario::BuiltVariant::warnings)) report.warnings.push_back(warning);
  for (const VariantRun& run : built.runs) {
    const model::Cluster& cluster = run.cluster();
    for (const std::string& finding : run.built.findings) report.findings.push_back(run.name() + ": " + finding);
    for (const model::Traffic& traffic : cluster.traffic) {
      report.findings.push_back(run.name() + ": " + traffic.name + ": " + path_text(cluster, traffic));
    }
    if (cluster.traffic.empty()) {
      report.findings.push_back("no traffic: the manifests alone are checked; a scenario, or `towtank check - --rps RATE --to URL` with the manifests on standard input, shows the path of requests");
      continue;
    }
    const int percent = static_cast<int>(std::lround(run.load.greatest() * 100.0));
    report.findings.push_back(run.name() + ": busiest is " + bottleneck_name(cluster, run.load) + " at " + std::to_string(percent) +
                              " % of its capacity" + (run.load.closed ? ", closed loops not counted" : ""));
    if (!run.is_simulated()) report.warnings.push_back(run.name() + ": unstable: the load is more than that pod can serve");
  }
  for (const std::string& line : lint_lines(built.runs)) report.warnings.push_back(line);
  return report;
}

}  // namespace towtank
