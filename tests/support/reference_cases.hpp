#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario/file_source.hpp"
#include "models/world/report.hpp"
#include "sim/core/result.hpp"
#include "sim/stats/student_t.hpp"

/// Systems whose answers are known from theory or publications, and how far ours are from them. Used by the tests and
/// by `bench/validation`.
namespace towtank::test {

/// Files on disk, by the path itself: neither folders nor patterns.
class PlainFiles final : public scenario::FileSource {
 public:
  Result<std::string> read(const std::string& path) override {
    std::ifstream file{path, std::ios::binary};
    if (!file) return Problem{{}, "cannot read " + path};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    if (!std::ifstream{path}) return Problem{{}, "cannot find " + path};
    return std::vector<std::string>{path};
  }
};

/// One number of a case. Times in mean service times, which the scenarios make one second long.
struct Quantity {
  std::string metric;  ///< of cases.json: `sojourn.p99`, `util`, ...
  double value = 0.0;
  double abs_err = 0.0;             ///< how far from the truth `value` may be
  std::optional<double> published;  ///< what a publication prints, where that is less exact than `value`
};

struct ReferenceCase {
  std::string id, title;
  std::string scenario;  ///< path of the scenario file; may be empty where asked for
  std::string variant;   ///< empty = the only one
  double path_s = 0.0;   ///< on the way outside of the pod
  std::vector<Quantity> quantities;
};

/// A case of tests/oracle that no scenario of this version can say.
struct CaseElsewhere {
  std::string_view id;
  std::string_view needs;  ///< of scenarios
  std::string_view test;   ///< where it is reproduced without one; empty = nowhere yet
};

inline constexpr std::string_view kHopsTest = "tests/models/world/oracle_hops_test.cpp";
inline constexpr CaseElsewhere kCasesElsewhere[] = {
    {"tandem3-mm1", "calls between services (spec.pods.*.calls)", kHopsTest},
    {"jackson-branching", "calls between services (spec.pods.*.calls)", kHopsTest},
    {"prio-nonpreempt", "priorities of requests", ""},
    {"hash-ring10x100-maglev65537", "keys without requests", "tests/models/balancers/hash_test.cpp"},
    {"hedge-lognormal", "hedged requests", kHopsTest},
    {"forkjoin-k2-rho75", "parallel calls between services (spec.pods.*.calls)", kHopsTest},
    {"fanout-max10", "parallel calls between services (spec.pods.*.calls)", kHopsTest},
    {"retry3-p20", "answers that fail by chance", kHopsTest},
    {"mm1-transient-rho80", "a study that starts empty and measures single requests", kHopsTest},
};

/// The cases of FOLDER/cases.json that have a scenario in FOLDER/scenarios.
/// @param without_scenario  the others too; their `scenario` is empty
inline Result<std::vector<ReferenceCase>> read_reference_cases(const std::string& folder,
                                                               bool without_scenario = false) {
  using Json = nlohmann::json;
  const Result<std::string> text = PlainFiles{}.read(folder + "/cases.json");
  if (!text) return text.error();
  const Json file = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!file.contains("cases")) return Problem{{folder + "/cases.json", 0, 0}, "holds no list of cases"};
  std::vector<ReferenceCase> cases;
  for (const Json& item : file["cases"]) {
    ReferenceCase one;
    one.id = item["id"].get<std::string>();
    one.title = item["title"].get<std::string>();
    one.scenario = folder + "/scenarios/" + item.value("scenario", one.id + ".yaml");
    one.variant = item.value("variant", "");
    if (!std::ifstream{one.scenario}) {
      if (!without_scenario) continue;
      one.scenario.clear();
    }
    if (item.contains("model")) one.path_s = item["model"].value("fixed_path_latency", 0.0);
    for (const auto& [metric, number] : item["values"].items()) {
      Quantity quantity{metric, number["value"].get<double>(), number["abs_err"].get<double>(), {}};
      if (number.contains("published")) quantity.published = number["published"].get<double>();
      one.quantities.push_back(std::move(quantity));
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

inline report::Estimate scaled(const report::Estimate& estimate, double factor, double offset = 0.0) {
  const auto at = [&](std::optional<double> x) { return x ? std::optional{*x * factor + offset} : x; };
  return {at(estimate.value), at(estimate.low), at(estimate.high)};
}

/// The estimate of a report for a metric of cases.json; empty where reports have no such number.
inline report::Estimate measured(const report::Report& report, const std::string& variant, std::string_view metric,
                                 double path_s) {
  const auto summary = [&](std::string_view name) {
    for (const report::SummaryRow& row : report.summary)
      if (row.variant == variant && row.metric == name) return row.estimate;
    return report::Estimate{};
  };
  const auto pod_on = [&](std::string_view node) {
    for (const report::EndpointRow& row : report.endpoints)
      if (row.variant == variant && (node.empty() || row.node == node)) return row;
    return report::EndpointRow{};
  };
  constexpr double kSecond_ms = 1e-3;
  for (const std::string_view prefix : {"sojourn.", "sojourn_served."})
    if (metric.substr(0, prefix.size()) == prefix)
      return scaled(summary("latency_" + std::string{metric.substr(prefix.size())}), kSecond_ms);
  if (metric == "throughput") return summary("throughput");
  if (metric == "block.prob" || metric == "abandon.prob") return summary("error_rate");
  if (metric == "remote.prob") return summary("second_hop_share");
  if (metric == "util" || metric == "pod_util") return pod_on("").utilization;
  if (metric == "wait.mean" || metric == "wait_served.mean") return scaled(pod_on("").wait_mean_ms, kSecond_ms);
  if (metric.substr(0, 4) != "node") return {};
  const std::size_t dot = metric.find('.');
  const report::EndpointRow pod = pod_on("worker-" + std::string{metric.substr(4, dot - 4)});
  const std::string_view of_node = metric.substr(dot + 1);
  if (of_node == "pod_util") return pod.utilization;
  if (of_node == "share") return pod.requests_share;
  if (of_node == "sojourn.mean") return scaled(pod.sojourn_mean_ms, kSecond_ms, path_s);
  return {};
}

/// A reference number beside ours.
struct Agreement {
  std::string case_id;
  Quantity reference;
  report::Estimate ours;
  double standard_error = 0.0;
  std::size_t replications = 0;

  /// Distance from the reference in standard errors; what the reference itself may be off does not count.
  double t() const {
    const double difference = *ours.value - reference.value;
    const double beyond = std::max(0.0, std::abs(difference) - reference.abs_err);
    if (beyond == 0.0) return 0.0;
    const double size = standard_error > 0.0 ? beyond / standard_error : std::numeric_limits<double>::infinity();
    return std::copysign(size, difference);
  }
  bool is_within(double confidence) const { return std::abs(t()) <= two_sided_t(replications, confidence); }
  /// 0 for an estimate of 0.
  double relative_half_width() const {
    return *ours.value == 0.0 ? 0.0 : 0.5 * (*ours.high - *ours.low) / std::abs(*ours.value);
  }
};

/// Every number of the case that the report resolves, beside the reference.
inline std::vector<Agreement> compare(const ReferenceCase& reference, const report::Report& report) {
  const std::string variant = reference.variant.empty() ? report.variants.front() : reference.variant;
  std::size_t replications = 0;
  for (const report::VariantNote& note : report.notes)
    if (note.variant == variant) replications = note.replications;
  std::vector<Agreement> agreements;
  for (const Quantity& quantity : reference.quantities) {
    const report::Estimate ours = measured(report, variant, quantity.metric, reference.path_s);
    if (!ours.value || !ours.low || !ours.high) continue;
    const double half_width = 0.5 * (*ours.high - *ours.low);
    agreements.push_back(
        {reference.id, quantity, ours, half_width / two_sided_t(replications, report.confidence), replications});
  }
  return agreements;
}

}  // namespace towtank::test
