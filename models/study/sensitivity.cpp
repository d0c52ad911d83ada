#include "models/study/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "models/study/compare.hpp"
#include "models/study/metrics.hpp"
#include "models/study/variant_run.hpp"

namespace towtank {

namespace {

constexpr std::size_t kFewReplications = 6, kMoreReplications = 20;
constexpr double kCloseEnough = 1.1;  // bisection ends at so small a ratio
constexpr double kMostGrowth = 4.0;
constexpr int kEdgeSteps = 12;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The difference B - A with a setting at one value, and what of it is noise.
struct Trial {
  double value = 0.0;
  double difference = 0.0, noise = 0.0;  ///< noise: half of a 95 % interval
  double of_a = 0.0;
  bool is_steady = true;  ///< some side is
};

/// Trials of one pair of variants.
class PairTrials {
 public:
  PairTrials(const scenario::VariantInput& a, const scenario::VariantInput& b, const std::string& traffic,
             const std::string& metric, Executor& executor, ProgressSink& progress)
      : a_{a}, b_{b}, traffic_{traffic}, metric_{metric}, executor_{executor}, progress_{progress} {
    for (scenario::VariantInput* side : {&a_, &b_}) side->baseline = 0;
  }

  std::size_t replications() const { return replications_; }
  void take_more_replications() { replications_ = kMoreReplications; }
  std::uint64_t events() const { return events_; }
  std::uint64_t trials() const { return trials_; }
  bool is_stopped() const { return progress_.stop_requested(); }

  /// Of both sides, each once.
  std::vector<scenario::AssumedSetting> settings() const {
    std::vector<scenario::AssumedSetting> all;
    const Built plain = built();
    for (const VariantRun& run : plain.runs)
      for (const scenario::AssumedSetting& setting : run.built.assumed) {
        const auto is_it = [&](const scenario::AssumedSetting& other) { return other.what == setting.what; };
        if (setting.value > 0.0 && std::none_of(all.begin(), all.end(), is_it)) all.push_back(setting);
      }
    return all;
  }

  /// Whether some side has a steady state, without simulating.
  bool is_steady(const scenario::AssumedSetting& setting, double value) const {
    const scenario::Study study = varied(setting.what, value / setting.value);
    const BuiltStudy made = build_variants(study);
    return made.problems.empty() &&
           std::any_of(made.runs.begin(), made.runs.end(), [](const VariantRun& run) { return run.is_simulated(); });
  }

  Trial at(const scenario::AssumedSetting& setting, double value) {
    const scenario::Study study = varied(setting.what, value / setting.value);
    BuiltStudy made = build_variants(study);
    Trial trial;
    trial.value = value;
    trial.is_steady = false;
    if (!made.problems.empty()) return trial;
    const bool a_steady = made.runs[0].is_simulated(), b_steady = made.runs[1].is_simulated();
    trial.is_steady = a_steady || b_steady;
    // Who has no steady state is the worse one.
    const bool grows = a_steady == (preference_of(metric_) == Preference::lower);
    if (a_steady != b_steady) trial.difference = grows ? kInfinity : -kInfinity;
    if (!a_steady || !b_steady) return trial;
    simulate(made.runs, setting.what);
    if (!is_stopped()) measure_difference(made.runs, trial);
    return trial;
  }

 private:
  /// The study must outlive what is built of it.
  scenario::Study varied(const std::string& what, double factor) const {
    scenario::Study study;
    study.variants = {a_, b_};
    if (factor != 1.0)
      for (scenario::VariantInput& side : study.variants) side.stretched[what] = factor;
    return study;
  }

  struct Built {
    scenario::Study study;
    std::vector<VariantRun> runs;
  };
  Built built() const {
    Built made{varied("", 1.0), {}};
    made.runs = build_variants(made.study).runs;
    return made;
  }

  /// As long as the load of this trial asks for, but not much longer than the first one.
  Horizon horizon_of(const std::vector<VariantRun>& runs) {
    Horizon horizon = plan_horizon(runs, a_.scenario.run).horizon;
    if (!first_) first_ = horizon;
    horizon.warmup = std::min(horizon.warmup, from_seconds(kMostGrowth * to_seconds(first_->warmup)));
    horizon.window = std::min(horizon.window, from_seconds(kMostGrowth * to_seconds(first_->window)));
    return horizon;
  }

  void simulate(std::vector<VariantRun>& runs, const std::string& what) {
    const Horizon horizon = horizon_of(runs);
    for (VariantRun& run : runs) run.results.resize(replications_);
    const std::uint32_t seed = a_.scenario.run.seed.value_or(scenario::kDefaultSeed);
    executor_.for_each_index(2 * replications_, [&](std::size_t i) {
      if (progress_.stop_requested()) return;
      VariantRun& run = runs[i % 2];
      const auto replication = static_cast<std::uint32_t>(i / 2);
      run.results[replication] = replicate_once(run, horizon, Draws{seed, replication}, replication);
    });
    ++trials_;
    for (const VariantRun& run : runs)
      for (const ReplicationResult& result : run.results) events_ += result.events;
    progress_.update(what, static_cast<std::size_t>(trials_), 0, events_, std::nullopt);
  }

  void measure_difference(const std::vector<VariantRun>& runs, Trial& trial) const {
    std::vector<TrafficMetrics> sides;
    for (const VariantRun& run : runs)
      for (std::size_t t = 0; t < run.cluster().traffic.size(); ++t)
        if (run.cluster().traffic[t].name == traffic_) sides.push_back(measure(run, t, 0.95));
    const Metric &a = *sides[0].find(metric_), &b = *sides[1].find(metric_);
    trial.of_a = a.interval.estimate * a.scale;
    trial.difference = b.interval.estimate * b.scale - trial.of_a;
    const auto each = [](const TrafficMetrics& side, const Metric& metric) {
      std::vector<double> values =
          metric.percentile ? side.sections(*metric.percentile).each : metric.of_replications;
      for (double& value : values) value *= metric.scale;
      return values;
    };
    // Too few for the tail's own rule; of the replications' percentiles the spread is known all the same.
    const Interval noise = paired_mean_difference(each(sides[1], b), each(sides[0], a), 0.95).difference;
    const bool is_sound = std::none_of(runs.begin(), runs.end(), [](const VariantRun& run) {
      return is_cut(run.results) || drifts(run.results);
    });
    trial.noise = noise.resolved && is_sound ? noise.half_width() : kInfinity;
    if (!std::isfinite(trial.difference)) {
      trial.difference = 0.0;
      trial.noise = kInfinity;
    }
  }

  scenario::VariantInput a_, b_;
  std::string traffic_, metric_;
  Executor& executor_;
  ProgressSink& progress_;
  std::optional<Horizon> first_;
  std::size_t replications_ = kFewReplications;
  std::uint64_t events_ = 0, trials_ = 0;
};

/// Looks for the values at which a verdict turns.
class FlipSearch {
 public:
  /// @param sign  of a difference that keeps the verdict; 0 = one within the indifference
  FlipSearch(PairTrials& trials, int sign, double indifference, double floor, double range)
      : trials_{trials}, sign_{sign}, indifference_{indifference}, floor_{floor}, range_{range} {}

  /// With every default as it is, in as many replications as show what the comparison found.
  Trial base() {
    scenario::AssumedSetting nothing;
    nothing.value = 1.0;
    const Trial few = trials_.at(nothing, 1.0);
    if (surely_holds(few)) return few;
    trials_.take_more_replications();
    return trials_.at(nothing, 1.0);
  }

  bool surely_holds(const Trial& trial) const { return margin(trial) > trial.noise; }

  /// @param base  a trial in which the verdict surely holds
  SettingSensitivity look(const scenario::AssumedSetting& setting, const Trial& base) {
    SettingSensitivity made;
    made.setting = setting;
    Trial start = base;
    start.value = setting.value;
    made.lowest = end_of(setting, setting.value / range_, made.is_cut_below);
    made.highest = end_of(setting, setting.value * range_, made.is_cut_above);
    if (made.lowest < setting.value) toward(made.lowest, start, made, made.is_open_below);
    if (made.highest > setting.value) toward(made.highest, start, made, made.is_open_above);
    return made;
  }

 private:
  /// Above 0 the verdict holds, below it has turned.
  double margin(const Trial& trial) const {
    if (sign_ != 0) return sign_ * trial.difference;
    return std::max(floor_, indifference_ * std::abs(trial.of_a)) - std::abs(trial.difference);
  }
  bool holds(const Trial& trial) const { return margin(trial) > 0.0; }
  bool has_surely_turned(const Trial& trial) const { return margin(trial) < -trial.noise; }

  static double whole(const scenario::AssumedSetting& setting, double value) {
    return setting.is_count ? std::max(1.0, std::round(value)) : value;
  }

  /// The end of the range, drawn in to where some side still has a steady state.
  double end_of(const scenario::AssumedSetting& setting, double wanted, bool& is_cut) const {
    double end = whole(setting, wanted);
    if (trials_.is_steady(setting, end)) return end;
    is_cut = true;
    double inside = setting.value;
    for (int step = 0; step < kEdgeSteps; ++step) {
      const double middle = whole(setting, std::sqrt(inside * end));
      if (middle == inside || middle == end) break;
      (trials_.is_steady(setting, middle) ? inside : end) = middle;
    }
    return inside;
  }

  void toward(double end, const Trial& start, SettingSensitivity& made, bool& is_open) {
    Trial inside = start, outside = trials_.at(made.setting, end);
    if (trials_.is_stopped()) {
      made.is_tried = false;
      return;
    }
    if (surely_holds(outside)) return;
    if (!has_surely_turned(outside)) {
      is_open = true;
      return;
    }
    Trial holding = start, turned = outside;
    while (is_wide(made.setting, inside.value, outside.value) && !trials_.is_stopped()) {
      const Trial middle = trials_.at(made.setting, whole(made.setting, std::sqrt(inside.value * outside.value)));
      if (!middle.is_steady) break;
      (holds(middle) ? inside : outside) = middle;
      if (surely_holds(middle)) holding = middle;
      if (has_surely_turned(middle)) turned = middle;
    }
    const double value = made.setting.is_count ? outside.value : crossing(inside, outside);
    made.flips.push_back(
        {end > start.value, value, std::min(holding.value, turned.value), std::max(holding.value, turned.value)});
  }

  static bool is_wide(const scenario::AssumedSetting& setting, double a, double b) {
    const double low = std::min(a, b), high = std::max(a, b);
    return setting.is_count ? high - low > 1.0 && high / low > kCloseEnough : high / low > kCloseEnough;
  }

  /// Where the straight line through both is 0.
  double crossing(const Trial& inside, const Trial& outside) const {
    const double holds = margin(inside), turned = margin(outside);
    if (!std::isfinite(holds) || !std::isfinite(turned) || holds == turned)
      return std::sqrt(inside.value * outside.value);
    return inside.value + (outside.value - inside.value) * holds / (holds - turned);
  }

  PairTrials& trials_;
  int sign_;
  double indifference_, floor_, range_;
};

const ComparedMetric* row_of(const ComparedVariants& pair, const SensitivityOptions& options, std::string& traffic) {
  for (const ComparedTraffic& one : pair.traffics) {
    if (!options.traffic.empty() && one.name != options.traffic) continue;
    traffic = one.name;
    for (const ComparedMetric& row : one.metrics)
      if (row.metric == options.metric) return &row;
  }
  return nullptr;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What keeps the verdict: -1 a lower figure in B, 1 a higher one, 0 none that matters.
std::optional<int> sign_of(const ComparedMetric& row) {
  if (row.verdict == "same") return 0;
  if (row.verdict != "better" && row.verdict != "worse") return std::nullopt;
  return row.difference.difference.estimate < 0.0 ? -1 : 1;
}

}  // namespace

Problems problems_with(const PairedStudies& paired, const SensitivityOptions& options) {
  std::vector<std::string> metrics, traffics;
  for (const MetricName& metric : metric_names())
    if (is_compared(metric.name)) metrics.emplace_back(metric.name);
  for (const PairedStudies::Pair& pair : paired.pairs)
    for (const scenario::Traffic& ours : paired.study.variants[pair.a].scenario.traffic)
      for (const scenario::Traffic& theirs : paired.study.variants[pair.b].scenario.traffic)
        if (ours.name == theirs.name && std::count(traffics.begin(), traffics.end(), ours.name) == 0)
          traffics.push_back(ours.name);
  Problems problems;
  if (std::count(metrics.begin(), metrics.end(), options.metric) == 0)
    problems.push_back({Mark{"--metric", 0, 0}, "no metric is \"" + options.metric + "\": " + listed(metrics)});
  if (!options.traffic.empty() && std::count(traffics.begin(), traffics.end(), options.traffic) == 0)
    problems.push_back(
        {Mark{"--traffic", 0, 0}, "no traffic of both sides is \"" + options.traffic + "\": " + listed(traffics)});
  return problems;
}

Result<std::vector<Sensitivity>> sensitivity_of(const PairedStudies& paired, const StudyComparison& comparison,
                                                const SensitivityOptions& options, Executor& executor,
                                                ProgressSink& progress) {
  if (Problems problems = problems_with(paired, options); !problems.empty()) return problems;
  std::vector<Sensitivity> all;
  for (std::size_t i = 0; i < comparison.variants.size(); ++i) {
    const ComparedVariants& pair = comparison.variants[i];
    Sensitivity made;
    made.variants = pair.name();
    made.metric = options.metric;
    made.range = options.range;
    const ComparedMetric* row = row_of(pair, options, made.traffic);
    if (row != nullptr) made.verdict = row->verdict;
    const std::optional<int> sign = row == nullptr ? std::nullopt : sign_of(*row);
    if (sign) {
      PairTrials trials{paired.study.variants[paired.pairs[i].a],
                        paired.study.variants[paired.pairs[i].b],
                        made.traffic,
                        made.metric,
                        executor,
                        progress};
      FlipSearch search{trials, *sign, comparison.indifference,
                        indifference_floor(made.metric, comparison.indifference), options.range};
      const Trial base = search.base();
      made.is_shown = search.surely_holds(base);
      for (const scenario::AssumedSetting& setting :
           made.is_shown ? trials.settings() : std::vector<scenario::AssumedSetting>{}) {
        if (trials.events() > options.most_events || trials.is_stopped()) {
          made.settings.push_back({});
          made.settings.back().setting = setting;
          made.settings.back().is_tried = false;
          continue;
        }
        made.settings.push_back(search.look(setting, base));
      }
      made.replications = trials.replications();
      made.trials = trials.trials();
      made.events = trials.events();
    }
    all.push_back(std::move(made));
  }
  return all;
}

}  // namespace towtank
