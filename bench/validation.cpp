// Prints every number that theory or a publication knows beside ours:
//   build/release/bench/validation [--requests N] [SOURCE_FOLDER [PART_OF_A_CASE'S_NAME]]
// --requests  of each case, in all replications together, in place of what its scenario says.
//             Then errors are bounded, too: 0.5 % of a mean, 1 % of a p99, 2.5 % of a p99.9, and |t| by 4.5.
// Ends with 1 when ours do not agree: a number beyond the limit of a false alarm in a million, or fewer than 95 % of
// the numbers inside their 99 % interval.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "models/study/study.hpp"
#include "tests/published/experiments.hpp"
#include "tests/support/reference_cases.hpp"

#ifndef TOWTANK_SOURCE_DIR
#define TOWTANK_SOURCE_DIR "."
#endif

namespace towtank {
namespace {

using test::Agreement;
using test::ReferenceCase;

constexpr double kShownConfidence = 0.99;
constexpr double kShareInside = 0.95;
constexpr double kFalseAlarm = 1e-6;
constexpr double kMostT = 4.5;

/// How far off ours may be at a hundred million requests, relative.
struct ErrorBound {
  std::string_view metric_end;
  double most;
};
constexpr ErrorBound kErrorBounds[] = {{".mean", 0.005}, {".p99", 0.01}, {".p99.9", 0.025}};

class TwoThreads final : public Executor {
 public:
  void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) override {
    std::atomic<std::size_t> next{0};
    const auto take = [&] {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    };
    std::thread other{take};
    take();
    other.join();
  }
};

class Silence final : public ProgressSink {
 public:
  void update(std::string_view, std::size_t, std::size_t, std::uint64_t, std::optional<double>) override {}
};

/// Runs each scenario file once, with the variants that are asked for.
class Reports {
 public:
  /// @param requests  of each scenario and variant; empty: as long as the scenario says
  Reports(const std::vector<ReferenceCase>& cases, std::optional<double> requests) : requests_{requests} {
    for (const ReferenceCase& one : cases)
      if (!one.variant.empty()) variants_[one.scenario].push_back(one.variant);
  }

  const Result<report::Report>& of(const std::string& scenario) {
    const auto known = reports_.find(scenario);
    if (known != reports_.end()) return known->second;
    scenario::LoadOptions options;
    options.only_variants = variants_[scenario];
    Result<report::Report> report = run(scenario, options);
    if (const double fewest = report && requests_ ? fewest_requests(*report) : 0.0; fewest > 0.0) {
      options.duration = from_seconds(report->notes.front().duration_s * *requests_ / fewest);
      report = run(scenario, options);
    }
    return reports_.emplace(scenario, std::move(report)).first->second;
  }

 private:
  static Result<report::Report> run(const std::string& scenario, const scenario::LoadOptions& options) {
    test::PlainFiles files;
    const Result<scenario::Study> study = scenario::load_study(scenario, files, options);
    TwoThreads executor;
    Silence silence;
    return study ? run_study(*study, executor, silence) : Result<report::Report>{study.error()};
  }

  /// Of the traffic that has the fewest, in all replications; 0 where there is none.
  static double fewest_requests(const report::Report& report) {
    double fewest = 0.0;
    for (const report::SummaryRow& row : report.summary)
      if (const auto samples = static_cast<double>(row.samples); row.metric == "latency_mean" && samples > 0.0)
        fewest = fewest == 0.0 ? samples : std::min(fewest, samples);
    return fewest;
  }

  std::optional<double> requests_;
  std::map<std::string, std::vector<std::string>> variants_;
  std::map<std::string, Result<report::Report>> reports_;
};

void print_heading() {
  fmt::print("{:<30} {:<20} {:>10} {:>15} {:>11}   {:<24} {:>7} {:>7}\n", "case", "number", "published", "reference",
             "ours", "99 % interval", "+-95 %", "t");
}

/// A number, or the band that is accepted.
std::string reference_of(const test::Quantity& quantity) {
  constexpr double kNarrow = 5e-4;
  if (quantity.abs_err <= kNarrow * std::abs(quantity.value)) return fmt::format("{:.6g}", quantity.value);
  return fmt::format("{:.4g}..{:.4g}", quantity.value - quantity.abs_err, quantity.value + quantity.abs_err);
}

void print(const Agreement& one) {
  const double reach = one.standard_error * two_sided_t(one.replications, kShownConfidence);
  const std::string published = one.reference.published ? fmt::format("{:.5g}", *one.reference.published) : "";
  const std::string interval = fmt::format("[{:.6g}, {:.6g}]", *one.ours.value - reach, *one.ours.value + reach);
  fmt::print("{:<30} {:<20} {:>10} {:>15} {:>11.6g}   {:<24} {:>6.2f}% {:>7.2f}{}\n", one.case_id, one.reference.metric,
             published, reference_of(one.reference), *one.ours.value, interval, 100.0 * one.relative_half_width(),
             one.t(), one.is_within(kShownConfidence) ? "" : "  outside");
  std::fflush(stdout);
}

double largest_half_width(const std::vector<Agreement>& all, std::string_view metric_end) {
  double largest = 0.0;
  for (const Agreement& one : all) {
    const std::string& metric = one.reference.metric;
    if (metric.rfind("sojourn", 0) == 0 && metric.size() > metric_end.size() &&
        metric.compare(metric.size() - metric_end.size(), metric_end.size(), metric_end) == 0)
      largest = std::max(largest, one.relative_half_width());
  }
  return largest;
}

/// How much a second hop may take before Local is the better one: its saving is that of half the requests.
void print_break_even(const std::vector<Agreement>& all, const std::string& load) {
  const auto mean_of_case = [&](const std::string& id) -> const Agreement* {
    for (const Agreement& one : all)
      if (one.case_id == id + load && one.reference.metric == "sojourn.mean") return &one;
    return nullptr;
  };
  const Agreement* local = mean_of_case("local-load");
  const Agreement* cluster = mean_of_case("cluster-load");
  if (local == nullptr || cluster == nullptr) return;
  constexpr double kShareOfSecondHops = 0.5;
  const auto cost = [](double of_local, double of_cluster) { return (of_local - of_cluster) / kShareOfSecondHops; };
  fmt::print(
      "2 + 1 pods at load {} %: Local is better in the mean once a second hop takes {:.4f} mean service times; ours "
      "{:.4f}\n",
      load, cost(local->reference.value, cluster->reference.value), cost(*local->ours.value, *cluster->ours.value));
}

/// Cases that are not in the table above, and why.
void print_elsewhere(const std::string& wanted) {
  for (const test::CaseElsewhere& one : test::kCasesElsewhere)
    if (one.id.find(wanted) != std::string_view::npos)
      fmt::print("{:<28} {}\n", one.id,
                 one.test.empty() ? fmt::format("not modelled yet: needs {}", one.needs)
                                  : fmt::format("in {}: a scenario would need {}", one.test, one.needs));
}

bool ends_with(std::string_view text, std::string_view end) { return text.size() >= end.size() && text.substr(text.size() - end.size()) == end; }

/// Prints those that are further off than a hundred million requests may leave them. @return whether there are none
bool judge_errors(const std::vector<Agreement>& all) {
  bool good = true;
  for (const Agreement& one : all) {
    const double off = std::max(0.0, std::abs(*one.ours.value - one.reference.value) - one.reference.abs_err) / std::abs(one.reference.value);
    bool is_near = std::abs(one.t()) <= kMostT;
    for (const ErrorBound& bound : kErrorBounds) is_near = is_near && (!ends_with(one.reference.metric, bound.metric_end) || off <= bound.most);
    if (!is_near) fmt::print("{} {}: off by {:.3f} %, t {:.2f}\n", one.case_id, one.reference.metric, 100.0 * off, one.t());
    good = good && is_near;
  }
  fmt::print("errors: {}\n", good ? "all within their bounds" : "NOT WITHIN THEIR BOUNDS");
  return good;
}

/// @return whether all is well
bool judge(const std::vector<Agreement>& all) {
  std::size_t inside = 0;
  bool within_limit = true;
  const Agreement* worst = &all.front();
  for (const Agreement& one : all) {
    if (one.is_within(kShownConfidence)) ++inside;
    within_limit = within_limit && one.is_within(1.0 - kFalseAlarm);
    if (std::abs(one.t()) > std::abs(worst->t())) worst = &one;
  }
  const double share = static_cast<double>(inside) / static_cast<double>(all.size());
  fmt::print("{} numbers; {} ({:.1f} %) inside their 99 % interval\n", all.size(), inside, 100.0 * share);
  fmt::print("largest |t| {:.2f} ({} {}), limit {:.2f} for a false alarm in a million\n", std::abs(worst->t()),
             worst->case_id, worst->reference.metric, two_sided_t(worst->replications, 1.0 - kFalseAlarm));
  fmt::print("largest half width at 95 %: mean {:.2f} %, p99 {:.2f} %\n", 100.0 * largest_half_width(all, ".mean"),
             100.0 * largest_half_width(all, ".p99"));
  const bool good = within_limit && share >= kShareInside;
  fmt::print("{}\n", good ? "agrees" : "DOES NOT AGREE");
  return good;
}

int validate(const std::string& source_folder, const std::string& wanted, std::optional<double> requests) {
  std::vector<ReferenceCase> cases;
  for (const char* folder : {"/tests/oracle", "/tests/published"}) {
    const Result<std::vector<ReferenceCase>> read = test::read_reference_cases(source_folder + folder);
    if (!read) {
      fmt::print(stderr, "{}\n", read.error()[0].text());
      return 2;
    }
    for (const ReferenceCase& one : *read)
      if (one.id.find(wanted) != std::string::npos) cases.push_back(one);
  }
  Reports reports{cases, requests};
  std::vector<Agreement> all;
  print_heading();
  for (const ReferenceCase& one : cases) {
    const Result<report::Report>& report = reports.of(one.scenario);
    if (!report) {
      for (const Problem& problem : report.error()) fmt::print(stderr, "{}\n", problem.text());
      return 2;
    }
    for (const Agreement& agreement : test::compare(one, *report)) {
      print(agreement);
      all.push_back(agreement);
    }
  }
  const bool is_near = !requests || all.empty() || judge_errors(all);
  for (const Agreement& agreement : test::published_experiments(wanted)) {
    print(agreement);
    all.push_back(agreement);
  }
  print_elsewhere(wanted);
  if (all.empty()) {
    fmt::print(stderr, "no case has `{}` in its name\n", wanted);
    return 2;
  }
  for (const char* load : {"50", "30"}) print_break_even(all, load);
  return judge(all) && is_near ? 0 : 1;
}

}  // namespace
}  // namespace towtank

int main(int count, char** arguments) {
  std::vector<std::string> words{arguments + 1, arguments + count};
  std::optional<double> requests;
  if (words.size() >= 2 && words[0] == "--requests") {
    requests = std::strtod(words[1].c_str(), nullptr);
    words.erase(words.begin(), words.begin() + 2);
  }
  if ((requests && !(*requests >= 1.0)) || (!words.empty() && words[0].substr(0, 2) == "--")) {
    fmt::print(stderr, "usage: {} [--requests N] [SOURCE_FOLDER [PART_OF_A_CASE'S_NAME]]\n", arguments[0]);
    return 2;
  }
  return towtank::validate(!words.empty() ? words[0] : TOWTANK_SOURCE_DIR, words.size() > 1 ? words[1] : "", requests);
}
