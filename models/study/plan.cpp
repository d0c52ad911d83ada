#include "models/study/plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "models/study/setting_cost.hpp"
#include "models/study/setting_trial.hpp"
#include "sim/experiment/selection.hpp"

namespace towtank {
namespace {

using PlanAnswer = StudyPlan::Answer;
using SettingState = PlannedSetting::State;
using TrialVerdict = SettingTrial::Verdict;

constexpr double kLeastDollars = 0.01;  // a month: nobody minds less
constexpr std::size_t kSelectionBatch = 16;

SettingState state_of(TrialVerdict verdict) {
  switch (verdict) {
    case TrialVerdict::met:
      return SettingState::met;
    case TrialVerdict::missed:
      return SettingState::missed;
    case TrialVerdict::unsteady:
      return SettingState::unsteady;
    default:
      return SettingState::undecided;
  }
}

/// How far an objective is missed, as a share of its bound; negative when it is met.
double excess_of(const report::ObjectiveResult& result, const scenario::Objective& objective) {
  if (!result.observed.value) return std::numeric_limits<double>::infinity();
  const double beyond = (*result.observed.value - objective.bound) * (objective.upper_bound ? 1.0 : -1.0);
  return beyond / std::max(indifference_of(objective, 1.0), std::numeric_limits<double>::min());
}

class Planner {
 public:
  Planner(std::vector<VariantRun> runs, const PlanOptions& options, Executor& executor, ProgressSink& progress)
      : runs_{std::move(runs)},
        objectives_{runs_[0].input->scenario.objectives},
        options_{options},
        executor_{executor},
        progress_{progress},
        trials_(runs_.size()) {
    made_.probability = options.probability;
    made_.indifference = options.indifference;
    made_.cost = options.cost.value_or(PlanCost::replicas);
    made_.seed = runs_[0].input->scenario.run.seed.value_or(scenario::kDefaultSeed);
    for (const scenario::Objective& objective : objectives_) made_.objectives.push_back(objective.text);
    const SettingCosts costs = setting_costs(runs_, made_.cost);
    made_.cost_unit = costs.unit;
    for (std::size_t i = 0; i < runs_.size(); ++i) made_.settings.push_back(untried(i, costs.of_settings[i]));
  }

  StudyPlan plan() && {
    made_.by_bisection = options_.is_range && made_.cost != PlanCost::usd && is_costlier_upwards();
    if (made_.by_bisection)
      bisect();
    else
      try_by_cost();
    conclude();
    return std::move(made_);
  }

 private:
  bool is_overloaded(std::size_t i) const { return made_.settings[i].state == SettingState::overloaded; }

  PlannedSetting untried(std::size_t i, std::optional<double> cost) const {
    const OfferedLoad& load = runs_[i].load;
    PlannedSetting setting;
    setting.name = runs_[i].name();
    setting.cost = cost;
    setting.bottleneck = bottleneck_name(runs_[i].cluster(), load);
    if (load.fullness() > 0.0) setting.utilization = load.fullness();
    if (load.is_overloaded)
      setting.state = SettingState::overloaded;  // with a queue that overflows, too: it turns away
    return setting;
  }

  bool is_costlier_upwards() const {
    return std::is_sorted(made_.settings.begin(), made_.settings.end(),
                          [](const PlannedSetting& a, const PlannedSetting& b) { return a.cost < b.cost; });
  }

  /// The least of 0..n values that meets: of n + 1 answers each decision halves those that are left. Values up to the
  /// last overloaded one are decided in closed form.
  void bisect() {
    std::size_t low = 0, high = runs_.size();
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (is_overloaded(i)) low = i + 1;
    made_.decisions = static_cast<std::size_t>(std::bit_width(high - low));
    while (low < high && !stopped_) {
      const std::size_t middle = low + (high - low) / 2;
      if (decide(middle, 1.0 - options_.probability) == SettingState::met)
        made_.chosen = high = middle;
      else
        low = middle + 1;
      trials_[middle]->forget();
    }
  }

  /// The cheapest first, all of one cost together. With usd all settings are of one unknown cost.
  void try_by_cost() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (!is_overloaded(i)) order.push_back(i);
    made_.decisions = order.size();
    const auto cost = [&](std::size_t i) { return made_.settings[i].cost; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return cost(i) < cost(j); });
    const bool has_ties = std::adjacent_find(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
                            return cost(i) == cost(j);
                          }) != order.end();
    const double error = (1.0 - options_.probability) / (has_ties ? 2.0 : 1.0);
    for (std::size_t first = 0; first < order.size() && !made_.chosen && !stopped_;) {
      std::vector<std::size_t> meeting;
      std::size_t next = first;
      for (; next < order.size() && cost(order[next]) == cost(order[first]) && !stopped_; ++next) {
        const std::size_t i = order[next];
        if (decide(i, error) == SettingState::met) meeting.push_back(i);
        if (made_.cost == PlanCost::usd) dollars_.emplace_back(i, trials_[i]->dollars_per_month());
        trials_[i]->forget();
      }
      if (!stopped_ && !meeting.empty()) select(meeting, error);
      first = next;
    }
    for (const auto& [i, dollars] : dollars_) made_.settings[i].cost = dollars;
  }

  SettingState decide(std::size_t i, double error) {
    PlannedSetting& setting = made_.settings[i];
    trials_[i] = std::make_unique<SettingTrial>(std::move(runs_[i]), executor_, progress_);
    runs_[i] = {};
    SettingTrial& trial = *trials_[i];
    const TrialVerdict verdict = trial.decide(error / static_cast<double>(made_.decisions), options_.indifference);
    setting.tried = ++tried_;
    setting.replications = trial.replications();
    setting.state = state_of(verdict);
    stopped_ = verdict == TrialVerdict::stopped;
    if (!stopped_) setting.objectives = trial.objectives(kConfidenceShown);
    if (setting.state == SettingState::met) warn_of_failures(trial, setting.name);
    return setting.state;
  }

  /// Among settings that all meet the objectives: the fewest dollars, or at the same cost the best metric of the first
  /// objective. In replications of their own, with common random numbers.
  void select(const std::vector<std::size_t>& meeting, double error) {
    made_.chosen = meeting.front();
    if (meeting.size() == 1) return;
    made_.compared = meeting;
    StudyHorizon common = trials_[meeting.front()]->horizon();
    for (const std::size_t i : meeting) {
      const Horizon& its = trials_[i]->horizon().horizon;
      common.horizon.warmup = std::max(common.horizon.warmup, its.warmup);
      common.horizon.window = std::max(common.horizon.window, its.window);
      common.horizon.bin = std::max(common.horizon.bin, its.bin);
    }
    for (const std::size_t i : meeting) trials_[i]->begin_comparison(common);
    const SettingTrial& any = *trials_[meeting.front()];
    const SelectionRule rule{selection_indifference(meeting), error, std::max<std::size_t>(any.fewest(), 2),
                             any.most()};
    std::vector<std::vector<double>> values(meeting.size());
    const auto sample = [&](std::size_t system, std::size_t replication) {
      if (values[system].size() <= replication && !stopped_) {
        SettingTrial& trial = *trials_[meeting[system]];
        const std::size_t wanted = std::max(rule.first_stage, replication + kSelectionBatch);
        stopped_ = !trial.grow_to(std::min(wanted, rule.most));
        if (!stopped_)
          values[system] = made_.cost == PlanCost::usd ? trial.dollars_of_replications()
                                                       : trial.metric_of_replications(objectives_.front());
      }
      return stopped_ ? 0.0 : values[system][replication];  // once stopped nobody uses what is selected
    };
    const Selection selection = select_least(meeting.size(), rule, sample);
    for (std::size_t k = 0; k < meeting.size(); ++k) {
      made_.settings[meeting[k]].replications += selection.replications[k];
      trials_[meeting[k]]->forget();
    }
    made_.chosen = meeting[selection.best];
    made_.selection_is_sure = !selection.cap_reached;
  }

  double selection_indifference(const std::vector<std::size_t>& meeting) const {
    if (made_.cost != PlanCost::usd)
      return std::max(indifference_of(objectives_.front(), options_.indifference), std::numeric_limits<double>::min());
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [i, dollars] : dollars_)
      if (std::find(meeting.begin(), meeting.end(), i) != meeting.end()) least = std::min(least, dollars);
    return std::max(kLeastDollars, options_.indifference * least);
  }

  void conclude() {
    const bool is_doubtful =
        std::any_of(made_.settings.begin(), made_.settings.end(), [&](const PlannedSetting& setting) {
          return setting.state == SettingState::undecided && could_be_cheaper(setting);
        });
    if (stopped_)
      made_.answer = PlanAnswer::interrupted;
    else if (is_doubtful || (made_.cost == PlanCost::usd && !made_.selection_is_sure))
      made_.answer = PlanAnswer::undecided;
    else
      made_.answer = made_.chosen ? PlanAnswer::met : PlanAnswer::none_meets;
    if (!made_.chosen) made_.nearest = nearest();
  }

  /// Than the one chosen. A search by bisection tries nothing above it.
  bool could_be_cheaper(const PlannedSetting& setting) const {
    return !made_.chosen || made_.by_bisection || made_.cost == PlanCost::usd ||
           setting.cost < made_.settings[*made_.chosen].cost;
  }

  /// Latencies are those of the requests that succeed: of many failures they alone say nothing good.
  void warn_of_failures(const SettingTrial& trial, const std::string& name) {
    const auto counts_failures = [](const scenario::Objective& objective) {
      return objective.metric == "availability" || objective.metric == "error_rate";
    };
    const double failed = trial.failed_share();
    if (failed <= kFewFailures || std::any_of(objectives_.begin(), objectives_.end(), counts_failures)) return;
    made_.warnings.push_back(name + ": " + std::to_string(failed * 100.0).substr(0, 4) +
                             " % of the requests fail, and no objective limits that: add one, as in --objective \"" +
                             objectives_.front().traffic + " availability > 99.9%\"");
  }

  /// By the worst of its objectives; of settings that were not simulated the one that is offered least of its capacity.
  std::optional<std::size_t> nearest() const {
    std::optional<std::size_t> best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < made_.settings.size(); ++i) {
      const PlannedSetting& setting = made_.settings[i];
      if (setting.objectives.empty()) continue;
      double worst = -std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < setting.objectives.size(); ++k)
        worst = std::max(worst, excess_of(setting.objectives[k], objectives_[k]));
      if (best && !(worst < least)) continue;
      best = i;
      least = worst;
    }
    if (best) return best;
    for (std::size_t i = 0; i < made_.settings.size(); ++i)
      if (made_.settings[i].utilization && *made_.settings[i].utilization < least) {
        best = i;
        least = *made_.settings[i].utilization;
      }
    return best;
  }

  std::vector<VariantRun> runs_;  // emptied as they are tried
  std::vector<scenario::Objective> objectives_;
  const PlanOptions& options_;
  Executor& executor_;
  ProgressSink& progress_;
  std::vector<std::unique_ptr<SettingTrial>> trials_;
  std::vector<std::pair<std::size_t, double>> dollars_;
  std::size_t tried_ = 0;
  bool stopped_ = false;
  StudyPlan made_;
};

}  // namespace

Result<StudyPlan> plan_study(const scenario::Study& study, const PlanOptions& options, Executor& executor,
                             ProgressSink& progress) {
  BuiltStudy built = build_variants(study);
  if (!built.problems.empty()) return built.problems;
  if (study.variants.front().scenario.objectives.empty())
    return Problem{{},
                   "no objective binds \"" + study.settings_of +
                       "\": give one, as in --objective \"api p99 < 250ms\", or write it under spec.objectives"};
  const std::vector<std::string> assumptions = gathered(built.runs, &scenario::BuiltVariant::assumptions);
  std::vector<std::string> warnings = study.warnings;
  for (const std::string& warning : gathered(built.runs, &scenario::BuiltVariant::warnings))
    warnings.push_back(warning);
  StudyPlan made = Planner{std::move(built.runs), options, executor, progress}.plan();
  made.scenario = study.name;
  made.variant = study.settings_of;
  made.assumptions = assumptions;
  made.warnings.insert(made.warnings.begin(), warnings.begin(), warnings.end());
  return made;
}

}  // namespace towtank
