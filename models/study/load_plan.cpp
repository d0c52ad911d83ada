#include "models/study/load_plan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "models/study/estimate.hpp"
#include "models/study/load_search.hpp"
#include "models/study/report_rows.hpp"
#include "models/study/setting_trial.hpp"
#include "sim/core/check.hpp"

namespace towtank {
namespace {

using LoadAnswer = VariantLoad::Answer;
using SearchOutcome = LoadSearch::Outcome;
using LoadState = TriedLoad::State;
using TrialVerdict = SettingTrial::Verdict;

constexpr std::uint64_t kMostEventsOfLoad = 30'000'000;   // of one load: some seconds of CPU
constexpr std::uint64_t kMostEventsOfPoint = 10'000'000;  // which nothing is decided by

/// Where the curve has points, as shares of the ceiling: closer together where it rises.
constexpr double kCurve[] = {0.1, 0.25, 0.4, 0.55, 0.65, 0.75, 0.82, 0.88, 0.93, 0.96};
constexpr double kSamePoint = 0.04;  // of the ceiling: a load tried so near stands for a point

/// Each step of the ladder has replications of its own chance, for what is tried next depends on what was seen. Only a
/// million replications of one load would meet those of another.
std::uint32_t first_draw_of(int step) {
  constexpr std::uint32_t kReplications = 1'000'000, kStepsBelowOne = 2'000;
  return (static_cast<std::uint32_t>(step) + kStepsBelowOne) * kReplications;
}

bool binds(const scenario::Objective& objective, const std::string& variant) {
  return objective.variants.empty() ||
         std::find(objective.variants.begin(), objective.variants.end(), variant) != objective.variants.end();
}

/// A variant that is asked for its load, at any load below its ceiling.
class LoadedVariant {
 public:
  LoadedVariant(const VariantRun& base, const VariantEstimate& estimate) : base_{base}, input_{*base.input} {
    std::vector<scenario::Objective>& objectives = input_.scenario.objectives;
    objectives.erase(std::remove_if(objectives.begin(), objectives.end(),
                                    [&](const scenario::Objective& one) { return !binds(one, base.name()); }),
                     objectives.end());
    // Of open traffic alone, whatever closed loops add: their users wait, and no queue of theirs grows without bound.
    if (base.load.fullness() > 0.0) ceiling_ = input_.scenario.load / base.load.fullness();
    breaks_first_ = estimate.spread.bottlenecks;
    if (breaks_first_.empty() && ceiling_ > 0.0) breaks_first_ = {bottleneck_name(base.cluster(), base.load)};
    for (const model::Traffic& traffic : base.cluster().traffic)
      if (traffic.is_open()) rate_per_s_ += rate_at_one(traffic);
  }

  const std::string& name() const { return input_.name; }
  const std::vector<scenario::Objective>& objectives() const { return input_.scenario.objectives; }
  const scenario::Scenario& scenario() const { return input_.scenario; }
  const std::vector<model::Traffic>& traffic() const { return base_.cluster().traffic; }
  double ceiling() const { return ceiling_; }
  /// Of all open traffic at load 1.
  double rate_per_s() const { return rate_per_s_; }
  /// Of the fastest traffic at load 1, in bursts.
  double fastest_per_s() const {
    double fastest = 0.0;
    for (const model::Traffic& traffic : base_.cluster().traffic)
      fastest = std::max({fastest, traffic.rate_per_s, traffic.states[0].rate_per_s, traffic.states[1].rate_per_s});
    return fastest / base_.input->scenario.load;
  }
  /// Whether some queue ends where the user says: then more than the ceiling has a steady state, too.
  bool is_bounded() const {
    const model::Cluster& cluster = base_.cluster();
    return std::any_of(cluster.workloads.begin(), cluster.workloads.end(), [](const model::Workload& one) { return one.queue_limit_given || one.queue_timeout; }) ||
           std::any_of(cluster.edges.begin(), cluster.edges.end(), [](const model::Edge& edge) { return places_of_target(edge.balance).has_value(); });
  }
  double rate_at_one(const model::Traffic& traffic) const { return traffic.rate_per_s / base_.input->scenario.load; }
  const std::vector<std::string>& breaks_first() const { return breaks_first_; }

  /// @param load  below the ceiling     The run is of use until the next one is made.
  VariantRun at(double load) {
    const double factor = load / base_.input->scenario.load;
    input_.scenario.load = load;
    VariantRun run;
    run.input = &input_;
    Result<scenario::BuiltVariant> built = scenario::build(input_, scenario::kPlacedOnce);
    TOWTANK_CHECK(built, "a variant that can be built can be built for another load");
    run.built = std::move(*built);
    run.busiest_draw = base_.busiest_draw;
    run.load = base_.load;
    for (double& rate : run.load.arrivals_per_s) rate *= factor;
    for (double& utilization : run.load.utilization) utilization *= factor;
    run.load.places_taken *= factor;
    run.load.is_overloaded = run.load.waits_at_edge = false;
    run.load.has_steady_state = true;
    return run;
  }

 private:
  const VariantRun& base_;
  scenario::VariantInput input_;
  double ceiling_ = 0.0, rate_per_s_ = 0.0;
  std::vector<std::string> breaks_first_;
};

/// The hop in which the requests of all traffic wait longest; empty when none waits.
std::string longest_wait(const VariantRun& run, const Horizon& horizon) {
  if (run.results.empty()) return {};
  const std::vector<HopInfo> hops = World{run.cluster(), horizon, Draws{0, 0}}.hops();
  std::vector<double> waits_ns(hops.size(), 0.0);
  double for_connection_ns = 0.0;
  for (const ReplicationResult& result : run.results)
    for (const TrafficTotals& traffic : result.traffic) {
      for_connection_ns += static_cast<double>(traffic.client_pool.wait.sum_ns());
      for (std::size_t hop = 0; hop < traffic.hops.size() && hop < waits_ns.size(); ++hop)
        waits_ns[hop] += static_cast<double>(traffic.hops[hop].wait.sum_ns());
    }
  const auto longest = std::max_element(waits_ns.begin(), waits_ns.end());
  if (for_connection_ns > 0.0 && (longest == waits_ns.end() || for_connection_ns > *longest)) return "client pool";
  if (longest == waits_ns.end() || !(*longest > 0.0)) return {};
  return hops[static_cast<std::size_t>(longest - waits_ns.begin())].name;
}

/// Searches one variant and gathers its curve.
class LoadPlanner {
 public:
  LoadPlanner(LoadedVariant& variant, double error_of_one, const LoadPlanOptions& options, Executor& executor,
              ProgressSink& progress)
      : variant_{variant},
        error_of_one_{error_of_one},
        resolution_{options.resolution},
        search_{variant.ceiling(), options.resolution},
        whole_curve_{options.whole_curve},
        executor_{executor},
        progress_{progress} {
    made_.variant = variant.name();
    for (const scenario::Objective& objective : variant.objectives()) made_.objectives.push_back(objective.text);
    made_.ceiling = variant.ceiling();
    made_.rate_per_s = variant.rate_per_s();
    made_.breaks_first = variant.breaks_first();
  }

  bool stopped() const { return stopped_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  VariantLoad plan() {
    if (!variant_.objectives().empty()) search();
    conclude();
    return made_;
  }

  /// Ascending.
  std::vector<LoadCurveRow> curve() {
    for (const double share : kCurve) {
      const double load = share * variant_.ceiling();
      const bool is_there = std::any_of(rows_.begin(), rows_.end(), [&](const LoadCurveRow& row) {
        return std::abs(row.load - load) < kSamePoint * variant_.ceiling() && row.state != "not_simulated";
      });
      if (whole_curve_ && !is_there && !stopped_) look_at(load);
    }
    for (const model::Traffic& traffic : variant_.traffic())
      rows_.push_back(empty_row(traffic, variant_.ceiling(), "overloaded"));
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const LoadCurveRow& a, const LoadCurveRow& b) { return a.load < b.load; });
    return std::move(rows_);
  }

 private:
  void search() {
    while (const std::optional<int> step = search_.next()) {
      const SearchOutcome outcome = decide(*step);
      if (stopped_) return;
      search_.tell(*step, outcome);
    }
  }

  SearchOutcome decide(int step) {
    const double load = search_.load_of(step);
    const TrialManner manner{first_draw_of(step), kMostEventsOfLoad, true, true};
    SettingTrial trial{variant_.at(load), executor_, progress_, manner};
    const TrialVerdict verdict = trial.decide(error_of_one_, 0.0);
    if (verdict == TrialVerdict::stopped) {
      stopped_ = true;
      return SearchOutcome::undecided;
    }
    TriedLoad tried;
    tried.load = load;
    tried.tried = made_.tried.size() + 1;
    tried.replications = trial.replications();
    tried.state = verdict == TrialVerdict::met        ? LoadState::met
                  : verdict == TrialVerdict::missed   ? LoadState::missed
                  : verdict == TrialVerdict::unsteady ? LoadState::unsteady
                                                      : LoadState::undecided;
    if (trial.replications() > 0) tried.objectives = trial.objectives(kConfidenceShown);
    made_.tried.push_back(std::move(tried));
    add_rows(trial, load);
    const bool is_missed = verdict == TrialVerdict::missed || verdict == TrialVerdict::unsteady;
    if (is_missed && (!missed_at_ || load < *missed_at_)) {
      missed_at_ = load;
      made_.waits_at = longest_wait(trial.run(), trial.horizon().horizon);
    }
    if (verdict == TrialVerdict::met && (!met_at_ || load > *met_at_)) {
      met_at_ = load;
      failed_share_ = trial.failed_share();
    }
    return verdict == TrialVerdict::met ? SearchOutcome::met
           : is_missed                  ? SearchOutcome::missed
                                        : SearchOutcome::undecided;
  }

  /// A point of the curve by which nothing is decided.
  void look_at(double load) {
    SettingTrial trial{variant_.at(load), executor_, progress_, TrialManner{0, kMostEventsOfPoint, true, false}};
    if (trial.look_only() == TrialVerdict::stopped)
      stopped_ = true;
    else
      add_rows(trial, load);
  }

  LoadCurveRow empty_row(const model::Traffic& traffic, double load, const std::string& state) const {
    LoadCurveRow row;
    row.variant = variant_.name();
    row.traffic = traffic.name;
    row.load = load;
    if (traffic.is_open()) row.rate_per_s = variant_.rate_at_one(traffic) * load;
    row.utilization = load / variant_.ceiling();
    row.state = state;
    return row;
  }

  void add_rows(const SettingTrial& trial, double load) {
    const VariantRun& run = trial.run();
    const bool is_there = trial.replications() > 0;
    const bool is_adrift = is_there && !run.is_cut && drifts(run.results);  // who misses is not asked for it
    const std::vector<TrafficMetrics> all = is_there ? trial.measured(kConfidenceShown) : std::vector<TrafficMetrics>{};
    for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t) {
      const std::string state = !is_there ? "not_simulated" : is_adrift ? "drifting" : run.state();
      LoadCurveRow row = empty_row(variant_.traffic()[t], load, state);
      row.replications = trial.replications();
      if (is_there) {
        row.samples = all[t].find("latency_mean")->samples;
        if (run.is_steady() && !is_adrift) fill(all[t], row);
      }
      rows_.push_back(std::move(row));
    }
  }

  static void fill(const TrafficMetrics& metrics, LoadCurveRow& row) {
    const auto estimate = [&](const char* name) {
      const Metric& metric = *metrics.find(name);
      return estimate_of(metric.interval, metric.scale);
    };
    row.mean_ms = estimate("latency_mean");
    row.p50_ms = estimate("latency_p50");
    row.p99_ms = estimate("latency_p99");
    row.error_rate = estimate("error_rate").value;
  }

  void conclude() {
    std::sort(made_.tried.begin(), made_.tried.end(),
              [](const TriedLoad& a, const TriedLoad& b) { return a.load < b.load; });
    if (variant_.objectives().empty()) {
      made_.answer = LoadAnswer::capacity;
      made_.high = made_.ceiling;
      return;
    }
    if (const auto met = search_.met()) made_.low = search_.load_of(*met);
    const auto missed = search_.missed();
    if (missed)
      made_.high = search_.load_of(*missed);
    else if (!variant_.is_bounded())
      made_.high = made_.ceiling;
    warn_of_undecided();
    if (stopped_)
      made_.answer = LoadAnswer::interrupted;
    else if (made_.low)
      made_.answer = LoadAnswer::found;
    else if (!search_.is_missed_at_lowest())
      made_.answer = LoadAnswer::undecided;
    else
      made_.answer = made_.tried.front().state == LoadState::unsteady ? LoadAnswer::unsteady : LoadAnswer::missed;
    warn_of_failures();
  }

  void warn_of_undecided() {
    const auto is_open = [&](const TriedLoad& one) {
      return one.state == LoadState::undecided && (!made_.low || one.load > *made_.low) &&
             (!made_.high || one.load < *made_.high);
    };
    const auto open = std::count_if(made_.tried.begin(), made_.tried.end(), is_open);
    // One between what meets and what misses is what the resolution allows.
    const bool is_wide = !made_.low || !made_.high || *made_.high > *made_.low * (1.0 + 2.0 * resolution_);
    if (open > 0 && is_wide && !stopped_)
      warnings_.push_back(variant_.name() + ": " + std::to_string(open) +
                          " of the loads tried stayed undecided, within the replications allowed or the events of one "
                          "load (30 million): "
                          "a shorter run.duration, or more replications, would tell more");
  }

  /// Latencies are those of the requests that succeed: of many failures they alone say nothing good.
  void warn_of_failures() {
    const bool is_limited =
        std::any_of(variant_.objectives().begin(), variant_.objectives().end(),
                    [](const auto& one) { return one.metric == "availability" || one.metric == "error_rate"; });
    if (is_limited || failed_share_ <= kFewFailures) return;
    warnings_.push_back(variant_.name() + ": at the load found " +
                        std::to_string(std::lround(failed_share_ * 1000.0) / 10) + "." +
                        std::to_string(std::lround(failed_share_ * 1000.0) % 10) +
                        " % of the requests fail, and no objective limits that: add one, as in --objective \"" +
                        variant_.objectives().front().traffic + " availability > 99.9%\"");
  }

  LoadedVariant& variant_;
  double error_of_one_;
  double resolution_;
  LoadSearch search_;
  bool whole_curve_;
  Executor& executor_;
  ProgressSink& progress_;
  VariantLoad made_;
  std::vector<LoadCurveRow> rows_;
  std::vector<std::string> warnings_;
  std::optional<double> missed_at_, met_at_;
  double failed_share_ = 0.0;
  bool stopped_ = false;
};

/// Whether more load can only help to meet it.
bool is_served_by_load(const scenario::Objective& objective) {
  return objective.metric == "availability" ? objective.upper_bound : !objective.upper_bound;
}

/// What cannot be asked for its load.
std::optional<Problem> problem_with(const LoadedVariant& variant) {
  const std::vector<model::Traffic>& traffic = variant.traffic();
  if (std::none_of(traffic.begin(), traffic.end(), std::mem_fn(&model::Traffic::is_open)))
    return Problem{{},
                   "variant \"" + variant.name() +
                       "\": all traffic is closed loops, which spec.load does not multiply: "
                       "their load is their users; vary these, as in --vary \"spec.traffic[name=" +
                       traffic.front().name + "].arrivals=closed(users=10),closed(users=20)\""};
  if (!(variant.ceiling() > 0.0))
    return Problem{{},
                   "variant \"" + variant.name() +
                       "\": no load saturates it: its open traffic reaches no pod that takes "
                       "time to serve it; `towtank check` shows where it goes"};
  constexpr double kFastest_per_s = 1e8;
  if (variant.fastest_per_s() * variant.ceiling() > kFastest_per_s)
    return Problem{{},
                   "variant \"" + variant.name() +
                       "\": its pods are full only beyond 100,000,000 requests/s, the most that is simulated; longer "
                       "service times or fewer pods would do"};
  for (const scenario::Objective& objective : variant.objectives())
    if (is_served_by_load(objective))
      return Problem{objective.mark, "\"" + objective.text +
                                         "\" is met by more load, not by less: leave it out of --maximize spec.load, "
                                         "whose answer is the load that the other objectives allow"};
  return std::nullopt;
}

}  // namespace

LoadOrder compared(const VariantLoad& one, const VariantLoad& other) {
  // Without an objective the ceiling is exact.
  const auto low = [](const VariantLoad& of) {
    return of.answer == LoadAnswer::capacity ? std::optional{of.ceiling} : of.low;
  };
  if (one.answer == LoadAnswer::interrupted || other.answer == LoadAnswer::interrupted) return LoadOrder::cannot_tell;
  if ((one.answer == LoadAnswer::capacity) != (other.answer == LoadAnswer::capacity)) return LoadOrder::cannot_tell;
  const auto is_above = [&](const VariantLoad& a, const VariantLoad& b) {
    const bool may_touch = a.answer != LoadAnswer::capacity;  // the truths lie inside: at least low, less than high
    return low(a) && b.high && (may_touch ? *low(a) >= *b.high : *low(a) > *b.high * (1.0 + 1e-9));
  };
  if (is_above(one, other)) return LoadOrder::more;
  return is_above(other, one) ? LoadOrder::less : LoadOrder::cannot_tell;
}

Result<StudyLoadPlan> plan_load(const scenario::Study& study, const LoadPlanOptions& options, Executor& executor,
                                ProgressSink& progress) {
  const BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  const Result<StudyEstimate> estimate = estimate_study(study);
  if (!estimate) return estimate.error();
  StudyLoadPlan made;
  made.scenario = study.name;
  made.probability = options.probability;
  made.resolution = options.resolution;
  made.confidence = kConfidenceShown;
  made.seed = study.variants.front().scenario.run.seed.value_or(scenario::kDefaultSeed);
  made.assumptions = estimate->assumptions;
  made.warnings = estimate->warnings;
  std::vector<LoadedVariant> variants;
  for (std::size_t i = 0; i < built.runs.size(); ++i) {
    variants.emplace_back(built.runs[i], estimate->variants[i]);
    if (const auto problem = problem_with(variants.back())) return *problem;
    if (!variants.back().objectives().empty())
      made.decisions += LoadSearch{variants.back().ceiling(), options.resolution}.decisions();
  }
  const double error_of_one = (1.0 - options.probability) / std::max(1.0, static_cast<double>(made.decisions));
  for (LoadedVariant& variant : variants) {
    if (!made.complete) break;
    LoadPlanner planner{variant, error_of_one, options, executor, progress};
    made.variants.push_back(planner.plan());
    for (LoadCurveRow& row : planner.curve()) made.curve.push_back(std::move(row));
    made.warnings.insert(made.warnings.end(), planner.warnings().begin(), planner.warnings().end());
    made.complete = !planner.stopped();
  }
  return made;
}

}  // namespace towtank
