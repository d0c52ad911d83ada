#include <fmt/core.h>

#include <cmath>

#include "tools/towtank/output/compared.hpp"
#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/markdown_text.hpp"
#include "tools/towtank/output/report_json.hpp"

namespace towtank::tool {
namespace {

std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional{value} : std::nullopt; }

report::Estimate difference_of(const ComparedMetric& row) {
  const Interval& interval = row.difference.difference;
  if (!interval.resolved) return {finite(interval.estimate), std::nullopt, std::nullopt};
  return {finite(interval.estimate), finite(interval.low), finite(interval.high)};
}

Json metric_json(const ComparedMetric& row) {
  return {{"metric", row.metric},
          {"unit", row.unit},
          {"primary", is_primary(row.metric)},
          {"a", estimate_json(row.a)},
          {"b", estimate_json(row.b)},
          {"difference", estimate_json(difference_of(row))},
          {"p_adjusted", number_json(row.adjusted_p)},
          {"correlation", number_json(finite(row.difference.correlation))},
          {"replications", row.replications},
          {"verdict", row.verdict},
          {"replications_to_tell", row.replications_to_tell ? Json(*row.replications_to_tell) : Json(nullptr)}};
}

Json variants_json(const ComparedVariants& pair) {
  Json made{{"variant", pair.name()},     {"variant_a", pair.a},     {"variant_b", pair.b},
            {"state_a", pair.state_a},    {"state_b", pair.state_b}, {"trouble_a", pair.trouble_a},
            {"trouble_b", pair.trouble_b}};
  made["traffic"] = Json::array();
  for (const ComparedTraffic& traffic : pair.traffics) {
    Json one;
    one["traffic"] = traffic.name;
    one["metrics"] = Json::array();
    for (const ComparedMetric& row : traffic.metrics) one["metrics"].push_back(metric_json(row));
    made["traffic"].push_back(std::move(one));
  }
  return made;
}

Json setting_json(const ComparedSetting& setting) {
  const scenario::SettingChange& change = setting.change;
  Json made{{"object", change.object},
            {"path", change.path},
            {"before", change.before.empty() ? Json(nullptr) : Json(change.before)},
            {"after", change.after.empty() ? Json(nullptr) : Json(change.after)},
            {"file", change.mark.file},
            {"line", change.mark.line},
            {"modelled", setting.is_modelled}};
  made["variants"] = setting.variants;
  return made;
}

Json setting_json(const SettingSensitivity& found) {
  Json made{{"setting", found.setting.what},
            {"path", found.setting.path.empty() ? Json(nullptr) : Json(found.setting.path)},
            {"unit", found.setting.is_count ? "count" : "s"},
            {"assumed", number_json(found.setting.value)},
            {"lowest", number_json(found.lowest)},
            {"highest", number_json(found.highest)},
            {"tried", found.is_tried},
            {"holds", found.holds()},
            {"unsteady_below", found.is_cut_below},
            {"unsteady_above", found.is_cut_above},
            {"cannot_tell_below", found.is_open_below},
            {"cannot_tell_above", found.is_open_above}};
  made["flips"] = Json::array();
  for (const SettingSensitivity::Flip& flip : found.flips)
    made["flips"].push_back({{"beyond", flip.is_above ? "above" : "below"},
                             {"value", number_json(flip.value)},
                             {"low", number_json(flip.low)},
                             {"high", number_json(flip.high)}});
  return made;
}

Json sensitivity_json(const Sensitivity& sensitivity) {
  Json made{{"variant", sensitivity.variants}, {"traffic", sensitivity.traffic},
            {"metric", sensitivity.metric},    {"verdict", sensitivity.verdict},
            {"range", sensitivity.range},      {"replications", sensitivity.replications},
            {"trials", sensitivity.trials},    {"events", sensitivity.events}};
  made["settings"] = Json::array();
  for (const SettingSensitivity& found : sensitivity.settings) made["settings"].push_back(setting_json(found));
  return made;
}

std::string traffic_markdown(const ComparedVariants& pair, const ComparedTraffic& traffic) {
  std::string text = fmt::format("\n### {}, {}\n\n", markdown_literal(pair.name()), markdown_literal(traffic.name));
  text += markdown_row({"", "A", "B", "B - A", "verdict of B"}) + markdown_row({"---", "---:", "---:", "---", "---"});
  for (const ComparedMetric& row : traffic.metrics) {
    if (!is_shown(row)) continue;
    const std::string words = markdown_literal(verdict_words(row));
    text += markdown_row({markdown_literal(row.metric), figure_text(row.unit, row.a.value),
                          figure_text(row.unit, row.b.value), markdown_literal(difference_text(row)),
                          row.verdict == "worse" ? "**" + words + "**" : words});
  }
  return text;
}

}  // namespace

std::string compared_markdown(const StudyComparison& comparison) {
  std::string text =
      fmt::format("## {} against {}\n\n", markdown_literal(comparison.b), markdown_literal(comparison.a));
  for (const std::string& line : conclusions(comparison)) text += "**" + markdown_literal(line) + "**\n\n";
  text += fmt::format("{}.\n", markdown_literal(comparison_method(comparison)));
  for (const ComparedVariants& pair : comparison.variants)
    for (const ComparedTraffic& traffic : pair.traffics) text += traffic_markdown(pair, traffic);
  std::string changes;
  for (const ComparedSetting& setting : comparison.changes)
    changes +=
        bullet(markdown_literal(setting_text(setting)) + (setting.is_modelled ? "" : " (plays no part in the model)"));
  if (!changes.empty()) text += "\n### What differs, from A to B\n\n" + changes;
  for (const Sensitivity& sensitivity : comparison.sensitivity) {
    text += "\n### " + markdown_literal(sensitivity_title(sensitivity)) + "\n\n";
    for (const std::string& line : sensitivity_lines(sensitivity)) text += bullet(markdown_literal(line));
  }
  std::string remarks;
  for (const std::string& remark : comparison_remarks(comparison)) remarks += bullet(markdown_literal(remark));
  if (!remarks.empty()) text += '\n' + remarks;
  return text + '\n' + markdown_literal(comparison_meaning(comparison)) + '\n';
}

std::string compared_json(const StudyComparison& comparison) {
  Json json;
  json["schemaVersion"] = 1;
  json["a"] = comparison.a;
  json["b"] = comparison.b;
  json["paired"] = comparison.is_simulated;
  json["complete"] = comparison.complete;
  json["seed"] = comparison.seed;
  json["replications"] = comparison.replications;
  json["duration_s"] = number_json(comparison.duration_s);
  json["confidence"] = number_json(comparison.confidence);
  json["indifference"] = number_json(comparison.indifference);
  json["conclusions"] = conclusions(comparison);
  json["variants"] = Json::array();
  for (const ComparedVariants& pair : comparison.variants) json["variants"].push_back(variants_json(pair));
  json["onlyInA"] = comparison.only_in_a;
  json["onlyInB"] = comparison.only_in_b;
  json["changes"] = Json::array();
  for (const ComparedSetting& setting : comparison.changes) json["changes"].push_back(setting_json(setting));
  json["sensitivity"] = Json::array();
  for (const Sensitivity& sensitivity : comparison.sensitivity)
    json["sensitivity"].push_back(sensitivity_json(sensitivity));
  json["assumptions"] = comparison.assumptions;
  json["warnings"] = comparison.warnings;
  return json_text(json);
}

std::string compared_csv(const StudyComparison& comparison) {
  CsvText csv{
      "variant_a,variant_b,traffic,metric,unit,a,a_ci_low,a_ci_high,b,b_ci_low,b_ci_high,difference,ci_low,ci_high,"
      "confidence,p_adjusted,correlation,replications,verdict,replications_to_tell"};
  for (const ComparedVariants& pair : comparison.variants)
    for (const ComparedTraffic& traffic : pair.traffics)
      for (const ComparedMetric& row : traffic.metrics) {
        const report::Estimate difference = difference_of(row);
        csv.cell(pair.a).cell(pair.b).cell(traffic.name).cell(row.metric).cell(row.unit);
        csv.cell(row.a.value).bounds(row.a).cell(row.b.value).bounds(row.b);
        csv.cell(difference.value).bounds(difference).cell(comparison.confidence).cell(row.adjusted_p);
        csv.cell(finite(row.difference.correlation)).cell(std::uint64_t{row.replications}).cell(row.verdict);
        if (row.replications_to_tell)
          csv.cell(std::uint64_t{*row.replications_to_tell});
        else
          csv.cell("");
        csv.end_row();
      }
  return csv.text();
}

}  // namespace towtank::tool
