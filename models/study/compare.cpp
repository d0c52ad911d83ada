#include "models/study/compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "models/study/path_capacity.hpp"
#include "models/study/simulated_study.hpp"

namespace towtank {

namespace {

using scenario::VariantInput;

/// The pairs of two studies' variants by index.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const scenario::Study& a, const scenario::Study& b) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < a.variants.size(); ++i)
    for (std::size_t k = 0; k < b.variants.size(); ++k)
      if (a.variants[i].name == b.variants[k].name) pairs.emplace_back(i, k);
  if (pairs.empty()) pairs.emplace_back(0, 0);
  return pairs;
}

/// Both sides meet the same numbers for the same time, and nobody's objectives are asked for.
VariantInput side_of(const VariantInput& variant, const char* side, std::size_t baseline, const scenario::Run& run) {
  VariantInput made = variant;
  made.name = side + variant.name;
  made.baseline = baseline;
  made.scenario.run = run;
  made.scenario.objectives.clear();
  return made;
}

bool has_other_run(const VariantInput& a, const VariantInput& b) {
  if (!a.documents || !b.documents) return false;
  const Value* ours = a.documents->scenario.at({"spec", "run"});
  const Value* theirs = b.documents->scenario.at({"spec", "run"});
  if (ours == nullptr || theirs == nullptr) return ours != theirs;
  return !ours->same_content(*theirs);
}

/// Without what chooses items of lists, which patches and diffs write in several ways.
std::string without_indices(std::string_view path) {
  std::string keys;
  int depth = 0;
  for (const char c : path) {
    depth += c == '[' ? 1 : 0;
    if (depth == 0) keys += c;
    depth -= c == ']' ? 1 : 0;
  }
  return keys;
}

bool begins_with_field(const std::string& path, const std::string& field) {
  return path.substr(0, field.size()) == field && (path.size() == field.size() || path[field.size()] == '.');
}

/// Of an annotation the readers name the key alone.
std::string path_of(const Ignored& part) {
  constexpr std::string_view kAnnotation = "annotation ";
  if (part.field.compare(0, kAnnotation.size(), kAnnotation) != 0) return without_indices(part.field);
  return "metadata.annotations." + part.field.substr(kAnnotation.size());
}

/// Whether a side has read the setting and left it out of the model.
bool is_ignored(const scenario::SettingChange& change, const VariantInput& side) {
  const std::string path = without_indices(change.path);
  if (change.object == "scenario")
    return std::any_of(
        side.scenario.ignored.begin(), side.scenario.ignored.end(),
        [&](const scenario::IgnoredKey& key) { return begins_with_field(path, without_indices(key.path)); });
  return std::any_of(side.objects.ignored.begin(), side.objects.ignored.end(), [&](const Ignored& part) {
    const bool is_plain = part.name_space.empty() || part.name_space == "default";
    const std::string object = part.kind + '/' + (is_plain ? "" : part.name_space + '/') + part.name;
    return object == change.object && (part.field.empty() || begins_with_field(path, path_of(part)));
  });
}

/// The settings in which pairs differ, each once.
std::vector<ComparedSetting> changes_of(const PairedStudies& paired, const std::vector<ComparedVariants>& variants) {
  std::vector<ComparedSetting> all;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> known;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const VariantInput& a = paired.study.variants[paired.pairs[i].a];
    const VariantInput& b = paired.study.variants[paired.pairs[i].b];
    if (!a.documents || !b.documents) continue;
    for (scenario::SettingChange& change : scenario::changes_between(*a.documents, *b.documents)) {
      const auto key = std::tuple{change.object, change.path, change.before, change.after};
      const auto [place, is_new] = known.emplace(key, all.size());
      if (is_new) {
        const bool is_modelled = !is_ignored(change, a) && !is_ignored(change, b);
        all.push_back({std::move(change), is_modelled, {}});
      }
      all[place->second].variants.push_back(variants[i].name());
    }
  }
  for (ComparedSetting& setting : all)
    if (setting.variants.size() == variants.size()) setting.variants.clear();
  std::stable_partition(all.begin(), all.end(), [](const ComparedSetting& setting) { return setting.is_modelled; });
  return all;
}

std::string trouble_of(const VariantRun& run) {
  if (!run.is_simulated())
    return "unstable: " + station_name(run.cluster(), run.load.unbounded) + " is offered " +
           std::to_string(static_cast<int>(std::lround(run.load.utilization[run.load.unbounded] * 100.0))) +
           " % of what it can serve";
  if (!run.is_measured()) return "interrupted before it was simulated";
  if (run.is_cut) return "of no use: requests were lost from view";
  if (run.drifts) return "drifting: the requests in flight still grow at the end";
  return {};
}

std::vector<double> in_unit(const Metric& metric) {
  std::vector<double> values = metric.of_replications;
  for (double& value : values) value *= metric.scale;
  return values;
}

PairedDifference scaled(PairedDifference difference, double scale) {
  for (double* part : {&difference.difference.estimate, &difference.difference.low, &difference.difference.high})
    *part *= scale;
  return difference;
}

/// Two runs that are one and the same simulation differ in nothing, resolved or not.
PairedDifference no_difference() { return {Interval::around(0.0, 0.0), std::numeric_limits<double>::quiet_NaN(), 1.0}; }

/// No request failed on either side: replications without any spread, and yet each rate may be up to its own limit.
PairedDifference no_failure(const Interval& a, const Interval& b) {
  PairedDifference made = no_difference();
  made.difference.low = -a.high;
  made.difference.high = b.high;
  return made;
}

class SideBySide {
 public:
  SideBySide(const VariantRun& a, const VariantRun& b, double confidence)
      : a_{a}, confidence_{confidence}, is_one_{fingerprint_of(a) == fingerprint_of(b)} {}

  ComparedTraffic traffic(const TrafficMetrics& ours, const TrafficMetrics& theirs, const std::string& name) const {
    ComparedTraffic made{name, {}};
    for (std::size_t m = 0; m < ours.metrics.size(); ++m) {
      const Metric &a = ours.metrics[m], &b = theirs.metrics[m];
      if (!is_compared(a.name)) continue;
      ComparedMetric row;
      row.metric = a.name;
      row.unit = a.unit;
      row.a = estimate_of(a.interval, a.scale);
      row.b = estimate_of(b.interval, b.scale);
      row.replications = a_.results.size();
      row.difference = difference(ours, theirs, m);
      made.metrics.push_back(std::move(row));
    }
    std::stable_partition(made.metrics.begin(), made.metrics.end(),
                          [](const ComparedMetric& m) { return is_primary(m.metric); });
    return made;
  }

 private:
  PairedDifference difference(const TrafficMetrics& ours, const TrafficMetrics& theirs, std::size_t m) const {
    const Metric &a = ours.metrics[m], &b = theirs.metrics[m];
    const bool is_equal = a.interval.resolved == b.interval.resolved && !(a.interval.estimate != b.interval.estimate);
    if (is_one_ && a.scale == b.scale && is_equal) return no_difference();
    if (!a.interval.resolved || !b.interval.resolved)
      return {Interval::unresolved((b.interval.estimate - a.interval.estimate) * a.scale),
              std::numeric_limits<double>::quiet_NaN(), 1.0};
    if (a.name == "error_rate" && a.interval.estimate == 0.0 && b.interval.estimate == 0.0)
      return no_failure(a.interval, b.interval);
    if (!a.percentile) return paired_mean_difference(in_unit(b), in_unit(a), confidence_);
    return scaled(percentile_difference(theirs, ours, *a.percentile, confidence_), a.scale);
  }

  const VariantRun& a_;
  double confidence_;
  bool is_one_;
};

std::optional<std::size_t> traffic_named(const VariantRun& run, const std::string& name) {
  const std::vector<model::Traffic>& all = run.cluster().traffic;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) return i;
  return std::nullopt;
}

void note_once(std::vector<std::string>& lines, const std::string& line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
}

ComparedVariants compared(const MeasuredStudy& measured, const PairedStudies::Pair& pair, StudyComparison& comparison) {
  const VariantRun &ours = measured.runs[pair.a], &theirs = measured.runs[pair.b];
  ComparedVariants made{pair.a_name,        pair.b_name, ours.state(), theirs.state(), trouble_of(ours),
                        trouble_of(theirs), {}};
  for (const model::Traffic& traffic : theirs.cluster().traffic)
    if (!traffic_named(ours, traffic.name)) note_once(comparison.only_in_b, "traffic " + traffic.name);
  for (std::size_t t = 0; t < ours.cluster().traffic.size(); ++t) {
    const std::string& name = ours.cluster().traffic[t].name;
    const std::optional<std::size_t> other = traffic_named(theirs, name);
    if (!other)
      note_once(comparison.only_in_a, "traffic " + name);
    else if (made.is_compared())
      made.traffics.push_back(SideBySide{ours, theirs, measured.confidence}.traffic(
          measured.metrics[pair.a][t], measured.metrics[pair.b][*other], name));
  }
  return made;
}

/// A pair of variants without common traffic has nothing to compare.
Problems unlike_traffic(const PairedStudies& paired) {
  Problems problems;
  for (const PairedStudies::Pair& pair : paired.pairs) {
    const std::vector<scenario::Traffic>& ours = paired.study.variants[pair.a].scenario.traffic;
    const std::vector<scenario::Traffic>& theirs = paired.study.variants[pair.b].scenario.traffic;
    std::string names_a, names_b;
    bool is_common = false;
    for (const scenario::Traffic& b : theirs) names_b += (names_b.empty() ? "" : ", ") + b.name;
    for (const scenario::Traffic& a : ours) {
      names_a += (names_a.empty() ? "" : ", ") + a.name;
      for (const scenario::Traffic& b : theirs) is_common |= a.name == b.name;
    }
    if (is_common) continue;
    problems.push_back({theirs.front().mark, "no traffic is on both sides: A has " + names_a + ", B has " + names_b +
                                                 "; give traffic that is to be compared the same name in both"});
    break;
  }
  return problems;
}

}  // namespace

PairedStudies paired_studies(const scenario::Study& a, const scenario::Study& b) {
  PairedStudies made;
  std::set<std::size_t> used_a, used_b;
  const scenario::Run& run = a.variants.front().scenario.run;
  for (const auto& [i, k] : pairs_of(a, b)) {
    used_a.insert(i);
    used_b.insert(k);
    const std::size_t first = made.study.variants.size();
    made.study.variants.push_back(side_of(a.variants[i], "A/", first, run));
    made.study.variants.push_back(side_of(b.variants[k], "B/", first, run));
    made.pairs.push_back({first, first + 1, a.variants[i].name, b.variants[k].name});
  }
  for (std::size_t i = 0; i < a.variants.size(); ++i)
    if (used_a.count(i) == 0) made.only_in_a.push_back("variant " + a.variants[i].name);
  for (std::size_t k = 0; k < b.variants.size(); ++k)
    if (used_b.count(k) == 0) made.only_in_b.push_back("variant " + b.variants[k].name);
  made.study.name = a.name == b.name ? a.name : a.name + " against " + b.name;
  std::set<std::string> told;
  for (const scenario::Study* side : {&a, &b})
    for (const scenario::IgnoredPart& part : side->ignored)
      if (told.insert(part.text()).second) made.study.ignored.push_back(part);
  for (const scenario::Study* side : {&a, &b})
    for (const std::string& warning : side->warnings) note_once(made.study.warnings, warning);
  if (has_other_run(a.variants.front(), b.variants.front()))
    made.study.warnings.push_back("spec.run of B differs from that of A, which counts for both");
  return made;
}

Result<PairedStudies> paired_variants(const scenario::Study& study) {
  if (study.variants.size() < 2)
    return Problem{
        study.variants.front().scenario.traffic.front().mark,
        "the scenario has one variant, so that there is nothing to compare: add variants, or name a second scenario"};
  PairedStudies made;
  const scenario::Run& run = study.variants.front().scenario.run;
  for (std::size_t i = 0; i < study.variants.size(); ++i) {
    made.study.variants.push_back(side_of(study.variants[i], "", 0, run));
    if (i > 0) made.pairs.push_back({0, i, study.variants.front().name, study.variants[i].name});
  }
  made.study.name = study.name;
  made.study.ignored = study.ignored;
  made.study.warnings = study.warnings;
  return made;
}

Result<ComparedStudies> compare_studies(const PairedStudies& paired, const CompareOptions& options, Executor& executor,
                                        ProgressSink& progress) {
  if (Problems problems = unlike_traffic(paired); !problems.empty()) return problems;
  const Result<SimulatedStudy> simulated = simulate_study(paired.study, executor, progress);
  if (!simulated) return simulated.error();
  const MeasuredStudy measured = measured_study(*simulated);
  ComparedStudies made{{}, report_of(paired.study, *simulated)};
  StudyComparison& comparison = made.comparison;
  comparison.only_in_a = paired.only_in_a;
  comparison.only_in_b = paired.only_in_b;
  for (const PairedStudies::Pair& pair : paired.pairs)
    comparison.variants.push_back(compared(measured, pair, comparison));
  comparison.changes = changes_of(paired, comparison.variants);
  comparison.complete = made.report.complete;
  comparison.seed = simulated->seed;
  for (const VariantRun& run : measured.runs) {
    comparison.replications = std::max<std::uint64_t>(comparison.replications, run.results.size());
    for (const ReplicationResult& result : run.results) comparison.events += result.events;
  }
  comparison.duration_s = to_seconds(simulated->horizon.horizon.window);
  comparison.confidence = simulated->confidence;
  comparison.indifference = options.indifference;
  comparison.assumptions = made.report.assumptions;
  comparison.warnings = made.report.warnings;
  judge(comparison);
  return made;
}

}  // namespace towtank
