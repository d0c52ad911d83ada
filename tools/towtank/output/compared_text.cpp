#include <fmt/core.h>

#include <cmath>

#include "tools/towtank/output/compared.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

Colour verdict_colour(const std::string& verdict) {
  if (verdict == "worse") return Colour::red;
  if (verdict == "better") return Colour::green;
  return verdict == "same" ? Colour::none : Colour::yellow;
}

class ComparedWriter {
 public:
  ComparedWriter(const StudyComparison& comparison, const ComparedStyle& style)
      : comparison_{comparison}, style_{style} {}

  std::string text() {
    line(paint(fmt::format("A = {}, B = {}", printable(comparison_.a), printable(comparison_.b)), Colour::bold,
               style_.colour));
    line(comparison_method(comparison_));
    changes();
    for (const ComparedVariants& pair : comparison_.variants)
      for (const ComparedTraffic& traffic : pair.traffics) table(pair, traffic);
    text_ += '\n';
    for (const std::string& conclusion : conclusions(comparison_)) line(paint(conclusion, Colour::bold, style_.colour));
    for (const Sensitivity& sensitivity : comparison_.sensitivity) {
      text_ += '\n' + sensitivity_title(sensitivity) + '\n';
      for (const std::string& one : sensitivity_lines(sensitivity))
        text_ += "  " + wrapped(one, style_.width - 2, 4) + '\n';
    }
    if (!comparison_.sensitivity.empty() && !comparison_remarks(comparison_).empty()) text_ += '\n';
    for (const std::string& remark : comparison_remarks(comparison_)) line(remark);
    if (!style_.quiet) text_ += '\n' + wrapped(comparison_meaning(comparison_), style_.width, 0) + '\n';
    return std::move(text_);
  }

 private:
  void changes() {
    if (!comparison_.is_simulated) return;
    text_ += comparison_.changes.empty() ? "\nno setting differs\n" : "\nwhat differs, from A to B\n";
    std::size_t left_out = 0;
    for (const ComparedSetting& setting : comparison_.changes) {
      if (!setting.is_modelled && !style_.wide) {
        ++left_out;
        continue;
      }
      text_ += "  " + setting_text(setting) + (setting.is_modelled ? "" : ", plays no part") + '\n';
    }
    if (left_out > 0)
      text_ += fmt::format("  {} setting{} that play{} no part in the model (-o wide lists them)\n", left_out,
                           left_out == 1 ? "" : "s", left_out == 1 ? "s" : "");
  }

  void table(const ComparedVariants& pair, const ComparedTraffic& traffic) {
    Grid grid{{Align::left, Align::right, Align::right, Align::left, Align::left}};
    std::vector<std::string> header{"", "A", "B", "B - A", "verdict of B"};
    if (style_.wide) header.emplace_back("correlation");
    grid.row(std::move(header));
    std::size_t left_out = 0;
    for (const ComparedMetric& row : traffic.metrics) {
      if (!style_.wide && !is_shown(row)) {
        ++left_out;
        continue;
      }
      std::vector<std::string> cells{row.metric, figure_text(row.unit, row.a.value), figure_text(row.unit, row.b.value),
                                     difference_text(row),
                                     paint(verdict_words(row), verdict_colour(row.verdict), style_.colour)};
      if (style_.wide)
        cells.push_back(std::isfinite(row.difference.correlation) ? with_decimals(row.difference.correlation, 2) : "-");
      grid.row(std::move(cells));
    }
    if (left_out > 0)
      grid.line(fmt::format("{} further metrics show no sure difference (-o wide lists them)", left_out));
    text_ += fmt::format("\n{}, {}\n", printable(pair.name()), printable(traffic.name)) + grid.text(2);
  }

  void line(const std::string& text) { text_ += wrapped(text, style_.width, 2) + '\n'; }

  const StudyComparison& comparison_;
  const ComparedStyle& style_;
  std::string text_;
};

}  // namespace

std::string compared_text(const StudyComparison& comparison, const ComparedStyle& style) {
  return ComparedWriter{comparison, style}.text();
}

}  // namespace towtank::tool
