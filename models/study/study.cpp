#include "models/study/study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/balancers/hash_key.hpp"
#include "models/lint/lint.hpp"
#include "models/study/objectives.hpp"
#include "models/study/path_text.hpp"
#include "models/study/report_rows.hpp"
#include "models/study/simulated_study.hpp"

namespace towtank {

namespace {

std::string seconds_text(Duration duration) {
  std::string text = std::to_string(to_seconds(duration));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

/// Greater differences of utilization are worth a word.
constexpr double kWorthAWord = 1.01;

/// The greatest of several means is above the true one by chance; less than this is taken for that.
constexpr double kMoreThanNoise = 1.1;

/// A pod that the replications saw busier than any should be, beyond chance: the load is not spread as it was taken to be.
struct BusyPod {
  std::optional<std::uint32_t> pod;  ///< empty: another one in each replication
  double utilization = 0.0;
};

std::vector<double> utilization_of(const VariantRun& run, std::uint32_t pod) {
  std::vector<double> busy;
  for (const ReplicationResult& result : run.results)
    busy.push_back(static_cast<double>(result.stations[pod].busy_area) / static_cast<double>(result.window.count()) / result.stations[pod].servers);
  return busy;
}

std::optional<BusyPod> unforeseen_busiest(const VariantRun& run) {
  std::optional<BusyPod> busiest;
  const std::size_t pods = run.cluster().pods.size();
  for (std::uint32_t pod = 0; pod < pods; ++pod) {
    const Interval interval = mean_interval(utilization_of(run, pod), 1.0 - kFalseAlarm / static_cast<double>(pods));
    if (!interval.resolved || interval.low <= kWorthAWord * run.load.greatest()) continue;
    if (!busiest || interval.estimate > busiest->utilization) busiest = BusyPod{pod, interval.estimate};
  }
  return busiest;
}

/// Whether anybody on the way of some traffic decides by addresses or keys, of which there may be few.
bool is_hashed(const model::Cluster& cluster) {
  return cluster.kube_proxy.scheduler == "ipvs_sh" || std::any_of(cluster.traffic.begin(), cluster.traffic.end(), [&](const model::Traffic& traffic) {
           const std::vector<model::BackendShare> backends = model::backends_of(cluster, traffic);
           const auto is_one = [](const model::Balance& balance) { return goes_by_address(balance) || hashes_requests(balance.name, balance.parameters); };
           return (traffic.entry == model::Traffic::Entry::edge && is_one(cluster.edges[traffic.edge].balance)) ||
                  std::any_of(backends.begin(), backends.end(), [&](const model::BackendShare& each) { return is_one(each.backend->balance); });
         });
}

/// Where addresses or keys lie otherwise in each replication, it is another pod each time.
std::optional<BusyPod> unforeseen_in_turn(const VariantRun& run) {
  const model::Cluster& cluster = run.cluster();
  std::vector<double> most(run.results.size(), 0.0);
  for (std::uint32_t pod = 0; pod < cluster.pods.size(); ++pod) {
    const std::vector<double> busy = utilization_of(run, pod);
    for (std::size_t r = 0; r < most.size(); ++r) most[r] = std::max(most[r], busy[r]);
  }
  const Interval interval = mean_interval(most, 1.0 - kFalseAlarm);
  if (!interval.resolved || interval.low <= kMoreThanNoise * run.load.greatest()) return std::nullopt;
  return BusyPod{std::nullopt, interval.estimate};
}

/// How many times its fair part a pod takes at most, of what is hashed with a bound; infinity without one.
double bound_of_hashes(const model::Cluster& cluster) {
  double most = 0.0;
  const auto look = [&](const model::Balance& balance) {
    double bound = std::numeric_limits<double>::infinity();
    for (const auto& [name, value] : balance.parameters)
      if (name == "bound" && std::stod(value) > 0.0) bound = std::stod(value) / 100.0;
    if (goes_by_address(balance) || hashes_requests(balance.name, balance.parameters)) most = std::max(most, bound);
  };
  for (const model::Traffic& traffic : cluster.traffic) {
    if (traffic.entry == model::Traffic::Entry::edge) look(cluster.edges[traffic.edge].balance);
    for (const auto& [backend, share] : model::backends_of(cluster, traffic)) look(backend->balance);
  }
  return most > 0.0 ? most : std::numeric_limits<double>::infinity();
}

/// By what was seen, where that is worse than what was foreseen.
void correct_headroom(const VariantRun& run, report::VariantNote& note, report::Report& report) {
  const model::Cluster& cluster = run.cluster();
  if (!note.headroom || !run.is_measured() || !is_hashed(cluster) || run.is_placed_anew()) return;
  std::optional<BusyPod> busiest = unforeseen_busiest(run);
  if (!busiest) busiest = unforeseen_in_turn(run);
  if (!busiest) return;
  const std::string name = busiest->pod ? station_name(cluster, *busiest->pod) : "the busiest pod, another one in each replication,";
  const auto percent = [](double share) { return std::to_string(std::lround(100.0 * share)) + " %"; };
  report.warnings.push_back(run.name() + ": " + name + " was busy " + percent(busiest->utilization) + " of the time, where the path would spread the load to at most " +
                            percent(run.load.greatest()) + ": few addresses, or frequent keys, load it more, and headroom goes by what was seen");
  // The places of an edge are unevenly taken like the pods behind them.
  const double places = run.load.places_taken * busiest->utilization / run.load.greatest();
  if (places > busiest->utilization) {
    note.headroom = 1.0 / places;
    return;
  }
  note.bottleneck = busiest->pod ? name : "the pod that is loaded most, another one in each replication,";
  // A bound evens the shares out as the load grows.
  note.headroom = std::max(1.0 / busiest->utilization, 1.0 / (bound_of_hashes(cluster) * run.load.greatest()));
}

void add_note(const VariantRun& run, const SimulatedStudy& simulated, report::Report& report) {
  report::VariantNote note;
  note.variant = run.name();
  note.state = run.state();
  note.replications = run.results.size();
  note.warmup_s = to_seconds(simulated.horizon.horizon.warmup);
  note.duration_s = to_seconds(simulated.horizon.horizon.window);
  note.converged = simulated.converged;
  note.bottleneck = bottleneck_name(run.cluster(), run.load);
  note.headroom = run.load.headroom();
  correct_headroom(run, note, report);
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
  if (run.load.places_taken >= 1.0)
    say("edge " + run.cluster().edges[run.load.tightest_edge].name + " would need " + std::to_string(static_cast<int>(std::lround(run.load.places_taken * 100.0))) +
        " % of the requests that `maxconn` lets its targets have at once: the others wait in it until timeout_queue, and get 503");
  else if (run.load.waits_at_edge)
    say(bottleneck_name(run.cluster(), run.load) + " is saturated: what `maxconn` keeps from it waits at the edge until timeout_queue, and gets 503");
  else if (run.load.is_overloaded)
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

report::Report report_of(const scenario::Study& study, const SimulatedStudy& simulated) {
  report::Report report;
  report.scenario = study.name;
  report.complete = !simulated.stopped;
  report.seed = simulated.seed;
  report.confidence = simulated.confidence;
  for (const scenario::IgnoredPart& part : study.ignored) report.ignored.push_back(part.text());
  report.ignored_summary = scenario::summed_up(study.ignored);
  report.warnings = study.warnings;
  report.assumptions = gathered(simulated.runs, &scenario::BuiltVariant::assumptions);
  for (const std::string& warning : gathered(simulated.runs, &scenario::BuiltVariant::warnings)) report.warnings.push_back(warning);
  const MeasuredStudy measured = measured_study(simulated);
  for (std::size_t v = 0; v < simulated.runs.size(); ++v) {
    const VariantRun& run = simulated.runs[v];
    report.variants.push_back(run.name());
    add_note(run, simulated, report);
    warn(run, report);
    warn_of_tails(run, measured.metrics[v], simulated.horizon, report);
  }
  warn_of_horizon(simulated.horizon, report);
  if (simulated.has_transient)
    report.warnings.push_back("the start-up still shows in the measured time: a longer warm-up and duration would do");
  if (simulated.too_short)
    report.warnings.push_back("not converged: given up, since replications of " + seconds_text(simulated.horizon.horizon.window) +
                              " are too short for the p99, however many there are");
  else if (!simulated.converged)
    report.warnings.push_back("not converged: the precision asked for was not reached within the replications allowed; the intervals are those reached");
  add_summary_rows(measured, report);
  add_latency_rows(measured, report);
  add_endpoint_rows(measured, report);
  add_node_rows(measured, report);
  add_hop_rows(measured, report);
  add_theory_rows(measured, report);
  add_control_rows(measured, report);
  add_rare_rows(measured, report);
  add_outcome_rows(measured, report);
  add_timeseries_rows(measured, report);
  add_warmup_rows(measured, report);
  add_request_rows(measured, report);
  withdraw_intervals(measured, report);
  judge_objectives(measured, report);
  return report;
}

Result<report::Report> run_study(const scenario::Study& study, Executor& executor, ProgressSink& progress) {
  const Result<SimulatedStudy> simulated = simulate_study(study, executor, progress);
  if (!simulated) return simulated.error();
  return report_of(study, *simulated);
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
    const int percent = static_cast<int>(std::lround(run.load.fullness() * 100.0));
    report.findings.push_back(run.name() + ": busiest is " + bottleneck_name(cluster, run.load) + " at " + std::to_string(percent) +
                              " % of its capacity" + (run.load.closed ? ", closed loops not counted" : ""));
    if (!run.is_simulated()) report.warnings.push_back(run.name() + ": unstable: the load is more than that pod can serve");
  }
  for (const std::string& line : lint_lines(built.runs)) report.warnings.push_back(line);
  return report;
}

}  // namespace towtank
