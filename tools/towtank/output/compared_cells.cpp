#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "tools/towtank/output/compared.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

/// A unit as people read it: how many of `unit` are one of it, and its name behind a figure.
struct ShownUnit {
  double scale = 1.0;
  std::string name;
};

ShownUnit shown_unit(const std::string& unit, double largest, bool is_difference) {
  if (unit == "share") return {0.01, is_difference ? " points" : " %"};
  if (unit == "ms") {
    // A difference of 0.6 ms stands beside latencies in ms: only a small one changes the unit.
    const TimeUnit time = is_difference && largest >= 0.1 && largest < 1.0 ? TimeUnit{} : time_unit_for(largest);
    return {time.milliseconds, fmt::format(" {}", time.name)};
  }
  return {1.0, unit == "1/s" ? "/s" : unit == "USD" ? " USD" : unit == "bytes/request" ? " bytes" : ""};
}

std::string signed_number(double value, int decimals) {
  const std::string text = with_decimals(value, decimals);
  return text.front() == '-' || text.find_first_of("123456789") == std::string::npos ? text : '+' + text;
}

std::string side(const std::string& name, const ComparedVariants& pair, const std::string& trouble) {
  return fmt::format("{}: {} is {}", printable(pair.name()), name, printable(trouble));
}

struct Verdicts {
  std::vector<std::string> worse, better, open;
  std::size_t most_to_tell = 0;
  bool is_hopeless = false, is_unresolved = false;
};

Verdicts verdicts_of(const StudyComparison& comparison) {
  Verdicts made;
  const bool is_alone = comparison.variants.size() == 1;
  for (const ComparedVariants& pair : comparison.variants)
    for (const ComparedTraffic& traffic : pair.traffics)
      for (const ComparedMetric& row : traffic.metrics) {
        if (!is_primary(row.metric)) continue;
        std::string name = fmt::format("{} of {}", row.metric, printable(traffic.name));
        if (!is_alone) name += fmt::format(" in {}", printable(pair.name()));
        if (row.verdict == "worse") made.worse.push_back(name);
        if (row.verdict == "better") made.better.push_back(name);
        if (row.verdict != "cannot_tell" && row.verdict != "unresolved") continue;
        made.open.push_back(name);
        if (row.verdict == "unresolved")
          made.is_unresolved = true;
        else if (row.replications_to_tell)
          made.most_to_tell = std::max(made.most_to_tell, *row.replications_to_tell);
        else
          made.is_hopeless = true;
      }
  return made;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string how_to_tell(const StudyComparison& comparison, const Verdicts& verdicts) {
  std::string text;
  if (verdicts.most_to_tell > 0 && comparison.is_simulated)
    text += fmt::format(
        " About {} replications would tell{}: --set spec.run.replications.min={} (in {:g} of 10 cases, taking the "
        "differences and their spread seen here for the true ones).",
        verdicts.most_to_tell, verdicts.is_hopeless ? " what can be told" : "", verdicts.most_to_tell,
        10.0 * kChanceToTell);
  else if (verdicts.most_to_tell > 0)
    text += fmt::format(" About {} replications of both would tell, unpaired; comparing the scenarios takes fewer.",
                        verdicts.most_to_tell);
  if (verdicts.is_hopeless)
    text += fmt::format(
        " Where no number is named more than {} replications would be needed: a longer --duration or a wider "
        "--indifference is the better way.",
        kMostReplicationsToTell);
  if (verdicts.is_unresolved) text += " What is unresolved has too few slow requests: a longer --duration would do.";
  return text;
}

}  // namespace

std::string figure_text(const std::string& unit, const std::optional<double>& value) {
  if (!value) return "-";
  if (unit == "share") return percentage(*value);
  const ShownUnit shown = shown_unit(unit, std::abs(*value), false);
  return significant(*value / shown.scale, 4) + shown.name;
}

std::string difference_text(const ComparedMetric& row) {
  const Interval& interval = row.difference.difference;
  if (!std::isfinite(interval.estimate)) return "-";
  if (interval.resolved && interval.estimate == 0.0 && interval.low == interval.high) return "0";
  double largest = std::abs(interval.estimate);
  if (interval.resolved) largest = std::max({largest, std::abs(interval.low), std::abs(interval.high)});
  const ShownUnit unit = shown_unit(row.unit, largest, true);
  const bool has_width = interval.resolved && interval.half_width() > 0.0;
  const int decimals =
      decimals_for((has_width ? interval.half_width() : interval.estimate) / unit.scale, has_width ? 2 : 3);
  std::string text = signed_number(interval.estimate / unit.scale, decimals) + unit.name;
  if (interval.resolved)
    text += fmt::format(" [{}, {}]", with_decimals(interval.low / unit.scale, decimals),
                        with_decimals(interval.high / unit.scale, decimals));
  if (row.a.value && *row.a.value != 0.0 && row.unit != "share") {
    const double percent = 100.0 * interval.estimate / *row.a.value;
    text += fmt::format(" ({} %)", signed_number(percent, decimals_for(percent, 2)));
  }
  return text;
}

std::string verdict_words(const ComparedMetric& row) {
  if (row.verdict != "cannot_tell") return row.verdict;
  return row.replications_to_tell ? fmt::format("cannot tell; about {} replications would", *row.replications_to_tell)
                                  : fmt::format("cannot tell; more than {} replications", kMostReplicationsToTell);
}

bool is_shown(const ComparedMetric& row) {
  return is_primary(row.metric) || row.verdict == "worse" || row.verdict == "better";
}

std::string setting_text(const ComparedSetting& setting) {
  std::string text = setting.change.text();
  const Mark& mark = setting.change.mark;
  if (!mark.file.empty())
    text += mark.line > 0 ? fmt::format(" ({}:{})", mark.file, mark.line) : fmt::format(" ({})", mark.file);
  if (!setting.variants.empty()) text += ", in " + listed(setting.variants);
  return printable(text);
}

std::string comparison_method(const StudyComparison& comparison) {
  if (comparison.is_simulated)
    return fmt::format("{} replications of {:g} s, seed {}; the same customers on both sides, paired",
                       comparison.replications, comparison.duration_s, comparison.seed);
  return "from result files, unpaired: they hold no single replications. Comparing the scenarios themselves is sharper";
}

std::vector<std::string> conclusions(const StudyComparison& comparison) {
  std::vector<std::string> lines;
  if (!comparison.complete) lines.emplace_back("Stopped early: the figures are of what was done by then.");
  for (const ComparedVariants& pair : comparison.variants) {
    if (!pair.trouble_b.empty()) lines.push_back(side("B", pair, pair.trouble_b) + "; nothing steady can be compared.");
    if (pair.trouble_a.empty()) continue;
    lines.push_back(side("A", pair, pair.trouble_a) + (pair.trouble_b.empty() ? "; B is not, which no figure measures."
                                                                              : "; nothing steady can be compared."));
  }
  const Verdicts verdicts = verdicts_of(comparison);
  if (!verdicts.worse.empty()) lines.push_back(fmt::format("B is worse: {}.", listed(verdicts.worse)));
  if (!verdicts.better.empty()) lines.push_back(fmt::format("B is better: {}.", listed(verdicts.better)));
  if (!verdicts.open.empty())
    lines.push_back(fmt::format("Nobody can tell: {}.{}", listed(verdicts.open), how_to_tell(comparison, verdicts)));
  if (lines.empty())
    lines.push_back(fmt::format("A and B are the same: nothing that decides differs by more than {:g} %.",
                                100.0 * comparison.indifference));
  return lines;
}

std::vector<std::string> comparison_remarks(const StudyComparison& comparison) {
  std::vector<std::string> lines;
  if (!comparison.only_in_a.empty())
    lines.push_back("only in A, not compared: " + printable(listed(comparison.only_in_a)));
  if (!comparison.only_in_b.empty())
    lines.push_back("only in B, not compared: " + printable(listed(comparison.only_in_b)));
  for (const std::string& warning : comparison.warnings) lines.push_back("warning: " + printable(warning));
  return lines;
}

std::string comparison_meaning(const StudyComparison& comparison) {
  return fmt::format(
      "B - A with [low, high] of {:g} %, simulation noise only. Mean, p99 and error rate decide; worse and better are "
      "told "
      "for all of them together with {:g} % confidence (Holm); same: the whole interval is within {:g} % of A (of an "
      "error "
      "rate: of A's or of 0.1 %, whichever is more). {} defaults are assumed (`check` lists them, --sensitivity tells "
      "which of them matter).",
      100.0 * comparison.confidence, 100.0 * comparison.confidence, 100.0 * comparison.indifference,
      comparison.assumptions.size());
}

}  // namespace towtank::tool
