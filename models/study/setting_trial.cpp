#include "models/study/setting_trial.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <optional>

#include "models/study/report_rows.hpp"
#include "sim/experiment/stopping.hpp"
#include "sim/stats/ratio.hpp"

namespace towtank {
namespace {

constexpr std::size_t kBatch = 16;
constexpr int kTailLengthenings = 3;
constexpr double kLeastLengthening = 2.0, kMostLengthening = 4.0;
constexpr double kTailRequests = 5.0, kTailReserve = 1.25;  // effective, in each replication: TailSupport
constexpr double kLooksBeforeGivingUp = 3.0;
constexpr double kHopeless = 0.25;  // of the distance of both limits: half of that to either
constexpr double kEventsOfRequest = 4.0;
constexpr double kTailsOfPoint = 3.0;    // only a part of the events allowed is for tails that nothing is decided by
constexpr double kAnyConfidence = 0.95;  // where only estimates are asked for

/// Which replications' chance a comparison uses: none that a scenario's replications may have.
constexpr std::uint32_t kComparisonDraws = 1'000'000;

/// Whether a warm-up that was given is as long as one that is planned for the load; else what is simulated must tell.
bool settles_within(const VariantRun& run, Duration warmup) {
  return plan_horizon({&run, 1}, scenario::Run{}).horizon.warmup <= warmup;
}

double finite_or_zero(double x) { return std::isfinite(x) ? x : 0.0; }

}  // namespace

double indifference_of(const scenario::Objective& objective, double share) {
  return share * (objective.metric == "availability" ? 1.0 - objective.bound : objective.bound);
}

SettingTrial::SettingTrial(VariantRun run, Executor& executor, ProgressSink& progress, const TrialManner& manner)
    : executor_{executor}, progress_{progress}, manner_{manner} {
  runs_.push_back(std::move(run));
  const scenario::Run& given = runs_.front().input->scenario.run;
  fewest_ = static_cast<std::size_t>(given.min_replications.value_or(kFewestReplications));
  most_ = static_cast<std::size_t>(given.max_replications.value_or(kMostReplications));
  most_ = std::max(fewest_, most_);
  horizon_ = plan_horizon(runs_, given);
  if (manner_.given_is_least) {
    horizon_.window_given = false;
    horizon_.warmup_given = horizon_.warmup_given && settles_within(runs_.front(), horizon_.horizon.warmup);
  }
  status_.assign(wanted().size(), Status::undecided);
}

SettingTrial::Verdict SettingTrial::decide(double error, double indifference) {
  if (const Verdict settled = settle_horizon(); settled != Verdict::met) return settled;
  const double of_one = error / static_cast<double>(wanted().size());
  int lengthenings = 0;
  for (double j = 1.0;; j += 1.0) {
    look(of_one / (j * (j + 1.0)), indifference);
    VariantRun& run = runs_.front();
    if (is_lost()) return Verdict::unsteady;
    const auto all = [&](Status status) { return std::count(status_.begin(), status_.end(), status); };
    if (all(Status::missed) > 0) return Verdict::missed;
    if (all(Status::undecided) == 0) {
      run.drifts = drifts(run.results);
      return run.drifts ? Verdict::unsteady : Verdict::met;
    }
    if (lengthen_by_ > 1.0 && lengthenings++ < kTailLengthenings && can_afford(fewest_, longer_by())) {
      if (!begin_longer()) return Verdict::stopped;
      continue;
    }
    const std::size_t next = next_replication_count(replications(), most_);
    const bool is_futile = manner_.gives_up && j >= kLooksBeforeGivingUp && is_hopeless_;
    if (replications() >= most_ || is_futile || !can_afford(next, 1.0)) return Verdict::undecided;
    if (!grow_to(next)) return Verdict::stopped;
  }
}

SettingTrial::Verdict SettingTrial::look_only() {
  if (const Verdict settled = settle_horizon(); settled != Verdict::met) return settled;
  for (int lengthenings = 0; lengthenings < kTailLengthenings; ++lengthenings) {
    if (is_lost() || drifts(run().results)) break;
    double lack = 1.0;
    for (const TrafficMetrics& traffic : measured(kAnyConfidence))
      lack = std::max(lack, traffic.ok_quantiles->support(0.99).lack());
    lengthen_by_ = std::min(lack, kMostLengthening);  // infinite where nothing succeeds
    if (lack <= 1.0 || !can_afford(fewest_, kTailsOfPoint * longer_by())) break;
    if (!begin_longer()) return Verdict::stopped;
  }
  VariantRun& looked_at = runs_.front();
  looked_at.drifts = !is_lost() && drifts(looked_at.results);
  return looked_at.is_steady() ? Verdict::met : Verdict::unsteady;
}

bool SettingTrial::is_lost() {
  VariantRun& run = runs_.front();
  run.is_cut = is_cut(run.results);
  return run.is_cut;
}

/// Before anything was simulated, by the requests that are expected.
bool SettingTrial::can_afford(std::size_t replications, double factor) const {
  const Horizon& horizon = horizon_.horizon;
  double of_one = 0.0;
  if (run().results.empty()) {
    for (const model::Traffic& traffic : run().cluster().traffic)
      of_one += kEventsOfRequest * expected_rate(run().cluster(), traffic) * to_seconds(horizon.warmup + horizon.window);
  } else {
    for (const ReplicationResult& result : run().results) of_one += static_cast<double>(result.events);
    of_one /= static_cast<double>(run().results.size());
  }
  return factor * of_one * static_cast<double>(replications) <= static_cast<double>(manner_.most_events);
}

double SettingTrial::longer_by() const {
  return std::clamp(kTailReserve * lengthen_by_, kLeastLengthening, kMostLengthening);
}

bool SettingTrial::begin_longer() {
  const double factor = longer_by();
  Horizon& horizon = horizon_.horizon;
  horizon.window = from_seconds(factor * to_seconds(horizon.window));
  horizon.bin = from_seconds(factor * to_seconds(horizon.bin));
  runs_.front().results.clear();
  return grow_to(fewest_);
}

/// @return met when there are the fewest replications, undecided when they take more events than allowed, or stopped
SettingTrial::Verdict SettingTrial::settle_horizon() {
  if (!can_afford(fewest_, 1.0)) return Verdict::undecided;
  if (!grow_to(fewest_)) return Verdict::stopped;
  for (int round = 0; round < kLengthenings && lengthen_horizon(runs_, horizon_); ++round) {
    runs_.front().results.clear();
    if (!can_afford(fewest_, 1.0)) return Verdict::undecided;
    if (!grow_to(fewest_)) return Verdict::stopped;
  }
  return Verdict::met;
}

void SettingTrial::look(double error_of_one_limit, double indifference) {
  const double confidence = 1.0 - 2.0 * error_of_one_limit;
  const std::vector<TrafficMetrics> all = measured(confidence);
  lengthen_by_ = 1.0;
  is_hopeless_ = false;
  const double at_last = std::sqrt(static_cast<double>(replications()) / static_cast<double>(most_));
  for (std::size_t i = 0; i < status_.size(); ++i) {
    const scenario::Objective& objective = wanted()[i];
    const std::optional<std::size_t> traffic = traffic_of(objective);
    if (status_[i] != Status::undecided || !traffic) continue;
    const Metric& metric = *all[*traffic].find(objective.metric);
    // An objective with a lower bound is one with an upper bound of the negative.
    const double sign = objective.upper_bound ? 1.0 : -1.0;
    const double bound = sign * objective.bound, margin = indifference_of(objective, indifference);
    const double one = sign * metric.interval.low * metric.scale, other = sign * metric.interval.high * metric.scale;
    const bool met = metric.interval.resolved && std::max(one, other) <= bound + margin;
    // One test each, for each may err: of percentiles the share of requests beyond, which needs no resolved tail.
    const bool missed = metric.percentile && objective.upper_bound
                            ? is_beyond(objective, metric, margin, confidence)
                            : metric.interval.resolved && std::min(one, other) >= bound - margin;
    if (met || missed) {
      const bool is_within = sign * metric.interval.estimate * metric.scale <= bound;
      status_[i] = met && (!missed || is_within) ? Status::met : Status::missed;
    } else if (metric.percentile && !metric.interval.resolved) {
      const double tail = all[*traffic].sections(*metric.percentile).support.effective_smallest;
      lengthen_by_ = std::max(lengthen_by_, tail > 0.0 ? kTailRequests / tail : kMostLengthening);
    } else if (metric.interval.resolved) {
      const double away = std::abs(metric.interval.estimate * metric.scale - objective.bound);
      is_hopeless_ = is_hopeless_ || away < kHopeless * at_last * std::abs(one - other);
    }
  }
}

bool SettingTrial::is_beyond(const scenario::Objective& objective, const Metric& metric, double margin,
                             double confidence) const {
  if (!metric.percentile || !objective.upper_bound) return false;
  const auto limit_ns = static_cast<std::int64_t>((objective.bound - margin) / metric.scale);
  std::vector<std::uint64_t> above, requests;
  for (const ReplicationResult& result : run().results) {
    const Histogram& latencies = result.traffic[*traffic_of(objective)].ok;
    above.push_back(latencies.count_above(limit_ns));
    requests.push_back(latencies.count());
  }
  const Interval share = share_interval(above, requests, confidence);
  return share.resolved && share.low > 1.0 - *metric.percentile;
}

std::vector<TrafficMetrics> SettingTrial::measured(double confidence) const {
  std::vector<TrafficMetrics> all;
  for (std::size_t t = 0; t < run().cluster().traffic.size(); ++t) all.push_back(measure(run(), t, confidence));
  return all;
}

std::optional<std::size_t> SettingTrial::traffic_of(const scenario::Objective& objective) const {
  const std::vector<model::Traffic>& all = run().cluster().traffic;
  for (std::size_t t = 0; t < all.size(); ++t)
    if (all[t].name == objective.traffic) return t;
  return std::nullopt;
}

std::vector<report::ObjectiveResult> SettingTrial::objectives(double confidence) const {
  const std::vector<TrafficMetrics> all = measured(confidence);
  std::vector<report::ObjectiveResult> results;
  for (std::size_t i = 0; i < wanted().size(); ++i) {
    report::ObjectiveResult result;
    result.text = wanted()[i].text;
    result.variant = run().name();
    result.status = run().is_steady() ? status_[i] : Status::unstable;
    if (const auto traffic = traffic_of(wanted()[i])) {
      const Metric& metric = *all[*traffic].find(wanted()[i].metric);
      result.observed = estimate_of(metric.interval, metric.scale);
    }
    if (!run().is_steady()) result.observed.low = result.observed.high = std::nullopt;
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<double> SettingTrial::dollars_of_replications() const {
  std::vector<double> sum(replications(), 0.0);
  for (const TrafficMetrics& traffic : measured(kAnyConfidence)) {
    const Metric* cost = traffic.find("cost_per_month");
    for (std::size_t r = 0; r < sum.size(); ++r) sum[r] += cost->of_replications[r] * cost->scale;
  }
  return sum;
}

double SettingTrial::dollars_per_month() const {
  const std::vector<double> all = dollars_of_replications();
  return all.empty() ? 0.0 : std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

double SettingTrial::failed_share() const {
  double most = 0.0;
  for (const TrafficMetrics& traffic : measured(kAnyConfidence))
    most = std::max(most, finite_or_zero(traffic.find("error_rate")->interval.estimate));
  return most;
}

std::vector<double> SettingTrial::metric_of_replications(const scenario::Objective& objective) const {
  const std::optional<std::size_t> traffic = traffic_of(objective);
  if (!traffic) return std::vector<double>(replications(), 0.0);
  const TrafficMetrics measured = measure(run(), *traffic, kAnyConfidence);
  const Metric& metric = *measured.find(objective.metric);
  std::vector<double> values =
      metric.percentile ? measured.sections(*metric.percentile).each : metric.of_replications;
  for (double& value : values) value = finite_or_zero(value) * metric.scale * (objective.upper_bound ? 1.0 : -1.0);
  return values;
}

void SettingTrial::begin_comparison(const StudyHorizon& common) {
  runs_.front().results.clear();
  horizon_ = common;
  manner_.first_draw = kComparisonDraws;
}

bool SettingTrial::grow_to(std::size_t replications) {
  VariantRun& run = runs_.front();
  const std::uint32_t seed = run.input->scenario.run.seed.value_or(scenario::kDefaultSeed);
  while (run.results.size() < replications) {
    const std::size_t first = run.results.size(), batch = std::min(kBatch, replications - first);
    run.results.resize(first + batch);
    std::atomic<bool> left_out = false;
    executor_.for_each_index(batch, [&](std::size_t i) {
      const auto replication = static_cast<std::uint32_t>(first + i);
      if (progress_.stop_requested())
        left_out = true;
      else
        run.results[first + i] =
            replicate_once(run, horizon_.horizon, Draws{seed, manner_.first_draw + replication}, replication);
    });
    if (left_out) {
      run.results.resize(first);
      return false;
    }
    for (std::size_t i = first; i < first + batch; ++i) events_ += run.results[i].events;
    progress_.update(run.name(), run.results.size(), replications, events_, std::nullopt);
  }
  return true;
}

void SettingTrial::forget() {
  runs_.front().results.clear();
  runs_.front().results.shrink_to_fit();
}

}  // namespace towtank
