#include "tools/towtank/compared/result_folders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "models/kubernetes/nearest_key.hpp"
#include "tools/towtank/output/comparison.hpp"
#include "tools/towtank/output/report_view.hpp"

namespace towtank::tool {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> traffics_of(const report::Report& report, const std::string& variant) {
  std::vector<std::string> names;
  for (const report::SummaryRow& row : report.summary)
    if (row.variant == variant && !holds(names, row.traffic)) names.push_back(row.traffic);
  return names;
}

std::string trouble_of(const report::VariantNote& note) {
  if (note.state == "unstable") return "unstable: " + over_capacity_text(note);
  if (note.state == "drifting") return "drifting: the requests in flight still grow at the end";
  if (note.state == "cut") return "of no use: requests were lost from view";
  return note.replications == 0 ? "without any replication" : "";
}

EstimatedMean mean_of(const report::SummaryRow& row, double confidence) {
  const report::Estimate& estimate = row.estimate;
  Interval interval = Interval::unresolved(estimate.value.value_or(std::numeric_limits<double>::quiet_NaN()));
  if (estimate.value && estimate.low && estimate.high && row.replications >= 2)
    interval = {*estimate.value, *estimate.low, *estimate.high, true};
  return {interval, row.replications, confidence};
}

class FolderComparison {
 public:
  FolderComparison(const report::Report& a, const std::string& a_path, const report::Report& b,
                   const std::string& b_path, const FolderOptions& options)
      : a_{a}, b_{b}, a_path_{a_path}, b_path_{b_path}, options_{options} {}

  Result<StudyComparison> compare() {
    made_.is_simulated = false;
    made_.complete = a_.complete && b_.complete;
    made_.confidence = options_.confidence.value_or(a_.confidence);
    made_.indifference = options_.indifference;
    made_.seed = a_.seed;
    made_.assumptions = a_.assumptions;
    for (const std::string& line : b_.assumptions)
      if (!holds(made_.assumptions, line)) made_.assumptions.push_back(line);
    check_names();
    if (!problems_.empty()) return std::move(problems_);
    pair_variants();
    if (!problems_.empty()) return std::move(problems_);
    warn_of_lengths();
    judge(made_);
    return std::move(made_);
  }

 private:
  void complain(const std::string& path, std::string message) {
    problems_.push_back({Mark{path + "/results.json", 0, 0}, std::move(message)});
  }

  void check_names() {
    for (const std::string& wanted : options_.only_variants)
      for (const auto& [report, path] : {std::pair{&a_, &a_path_}, std::pair{&b_, &b_path_}})
        if (!holds(report->variants, wanted))
          complain(*path, fmt::format("no variant is named \"{}\"; there is {}{}", wanted, listed(report->variants),
                                      did_you_mean(wanted, report->variants)));
  }

  bool is_asked_for(const std::string& name) const {
    return options_.only_variants.empty() || holds(options_.only_variants, name);
  }

  void pair_variants() {
    for (const std::string& name : a_.variants) {
      if (!is_asked_for(name)) continue;
      if (holds(b_.variants, name))
        add_pair(name, name);
      else
        made_.only_in_a.push_back("variant " + name);
    }
    for (const std::string& name : b_.variants)
      if (is_asked_for(name) && !holds(a_.variants, name)) made_.only_in_b.push_back("variant " + name);
    if (!made_.variants.empty()) return;
    const auto forget = [](std::vector<std::string>& names, const std::string& name) {
      names.erase(std::remove(names.begin(), names.end(), "variant " + name), names.end());
    };
    forget(made_.only_in_a, a_.variants.front());
    forget(made_.only_in_b, b_.variants.front());
    add_pair(a_.variants.front(), b_.variants.front());
  }

  void add_pair(const std::string& a_name, const std::string& b_name) {
    const ReportView a{a_}, b{b_};
    const report::VariantNote *a_note = a.note(a_name), *b_note = b.note(b_name);
    if (a_note == nullptr) complain(a_path_, "it has no note of variant " + a_name);
    if (b_note == nullptr) complain(b_path_, "it has no note of variant " + b_name);
    if (a_note == nullptr || b_note == nullptr) return;
    ComparedVariants pair{a_name, b_name, a_note->state, b_note->state, trouble_of(*a_note), trouble_of(*b_note), {}};
    made_.replications = std::max({made_.replications, a_note->replications, b_note->replications});
    made_.duration_s = std::max({made_.duration_s, a_note->duration_s, b_note->duration_s});
    const bool is_one = !a_note->fingerprint.empty() && a_note->fingerprint == b_note->fingerprint;
    const std::vector<std::string> a_traffics = traffics_of(a_, a_name), b_traffics = traffics_of(b_, b_name);
    std::size_t common = 0;
    for (const std::string& name : b_traffics)
      if (!holds(a_traffics, name)) note_once(made_.only_in_b, "traffic " + name);
    for (const std::string& name : a_traffics) {
      if (!holds(b_traffics, name)) {
        note_once(made_.only_in_a, "traffic " + name);
        continue;
      }
      ++common;
      if (pair.is_compared()) pair.traffics.push_back(traffic(a_name, b_name, name, is_one));
    }
    if (common == 0)
      complain(
          b_path_,
          fmt::format("no traffic is on both sides: A has {}, B has {}; results of other traffic cannot be compared",
                      listed(a_traffics), listed(b_traffics)));
    made_.variants.push_back(std::move(pair));
  }

  ComparedTraffic traffic(const std::string& a_name, const std::string& b_name, const std::string& name, bool is_one) {
    ComparedTraffic made{name, {}};
    const ReportView b{b_};
    for (const report::SummaryRow& row : a_.summary) {
      const bool is_difference = row.metric.size() > 5 && row.metric.substr(row.metric.size() - 5) == "_diff";
      if (row.variant != a_name || row.traffic != name || is_difference || row.metric == "availability" ||
          row.metric == "offered")
        continue;
      const report::SummaryRow* other = b.row(b_name, name, row.metric);
      if (other == nullptr) continue;
      if (other->unit != row.unit) {
        complain(b_path_, fmt::format("{} is in {} here and in {} in {}", row.metric, other->unit, row.unit, a_path_));
        continue;
      }
      made.metrics.push_back(metric(row, *other, is_one));
    }
    std::stable_partition(made.metrics.begin(), made.metrics.end(),
                          [](const ComparedMetric& m) { return is_primary(m.metric); });
    return made;
  }

  ComparedMetric metric(const report::SummaryRow& a, const report::SummaryRow& b, bool is_one) const {
    ComparedMetric row;
    row.metric = a.metric;
    row.unit = a.unit;
    row.a = a.estimate;
    row.b = b.estimate;
    row.replications = std::min(a.replications, b.replications);
    row.difference = independent_difference(mean_of(b, b_.confidence), mean_of(a, a_.confidence), made_.confidence);
    const bool is_nothing = a.estimate.value == 0.0 && b.estimate.value == 0.0;
    if ((is_one && a.estimate.value == b.estimate.value) || is_nothing)
      row.difference = {Interval::around(0.0, 0.0), std::numeric_limits<double>::quiet_NaN(), 1.0};
    return row;
  }

  void warn_of_lengths() {
    if (a_.seed != b_.seed)
      made_.warnings.push_back(fmt::format("A was simulated with seed {}, B with seed {}", a_.seed, b_.seed));
    const double a = a_.notes.front().duration_s, b = b_.notes.front().duration_s;
    if (a != b) made_.warnings.push_back(fmt::format("replications of A measured {:g} s, those of B {:g} s", a, b));
    for (const auto& [report, side] : {std::pair{&a_, "A"}, std::pair{&b_, "B"}})
      if (!report->complete)
        made_.warnings.push_back(fmt::format("{} was stopped early: its figures are of what was done by then", side));
  }

  static void note_once(std::vector<std::string>& lines, const std::string& line) {
    if (!holds(lines, line)) lines.push_back(line);
  }

  const report::Report &a_, &b_;
  const std::string &a_path_, &b_path_;
  const FolderOptions& options_;
  StudyComparison made_;
  Problems problems_;
};

}  // namespace

Result<StudyComparison> compare_reports(const report::Report& a, const std::string& a_path, const report::Report& b,
                                        const std::string& b_path, const FolderOptions& options) {
  return FolderComparison{a, a_path, b, b_path, options}.compare();
}

}  // namespace towtank::tool
