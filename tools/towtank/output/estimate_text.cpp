#include <fmt/core.h>

#include "tools/towtank/output/estimate.hpp"
#include "tools/towtank/output/estimate_cells.hpp"
#include "tools/towtank/output/markdown_text.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr const char* kAllTogether = "all open traffic together";

std::string left_out_text(std::size_t rows) { return fmt::format("... and {} more (-o wide shows all)", rows); }

std::string defaults_text(std::size_t count) {
  return fmt::format("{} assumed default{} (-o wide lists them).", count, count == 1 ? "" : "s");
}

class EstimateWriter {
 public:
  explicit EstimateWriter(const EstimateStyle& style) : style_{style} {}

  std::string text(const StudyEstimate& study) {
    text_ = fmt::format("{}: {} variant{}, in closed form\n", bold(study.scenario), study.variants.size(),
                        study.variants.size() == 1 ? "" : "s");
    for (const VariantEstimate& variant : study.variants) add(variant);
    if (!study.warnings.empty()) text_ += '\n';
    for (const std::string& warning : study.warnings)
      text_ += paint("warning:", Colour::yellow, style_.colour) + ' ' +
               wrapped(printable(warning), style_.width - 9, 9) + '\n';
    if (!style_.quiet) explain(study);
    return text_;
  }

 private:
  void add(const VariantEstimate& variant) {
    text_ += '\n' + bold(variant.variant) + '\n';
    for (const TrafficEstimate& traffic : variant.traffic) add(traffic);
    text_ += "  " + bold("capacity") + '\n' + capacities(variant);
    for (const std::string& remark : capacity_remarks(variant)) line(remark, 4);
  }

  void add(const TrafficEstimate& traffic) {
    const std::string name = traffic.traffic.empty() ? kAllTogether : printable(traffic.traffic);
    if (traffic.traffic.empty()) {
      text_ += "  " + name + '\n';
    } else {
      line(name + ": " + printable(traffic.path), 2);
    }
    line(flow_text(traffic), 4);
    for (const std::string& assumption : traffic.assumptions) line("assumed: " + printable(assumption), 4);
    for (EstimateTable& table : estimate_tables(traffic, style_.wide)) {
      std::vector<Align> alignment;
      for (const bool is_text : table.is_text) alignment.push_back(is_text ? Align::left : Align::right);
      Grid grid{std::move(alignment)};
      grid.row(table.header);
      for (std::vector<std::string>& row : table.rows) grid.row(std::move(row));
      if (table.left_out > 0) grid.line(left_out_text(table.left_out));
      text_ += '\n' + grid.text(4);
    }
    text_ += '\n';
  }

  /// The bottleneck stands beside the numbers if there is room, else below.
  std::string capacities(const VariantEstimate& variant) const {
    const std::vector<Align> alignment{Align::left, Align::right, Align::right, Align::left};
    Grid beside{alignment}, below{alignment};
    for (std::vector<std::string>& row : capacity_rows(variant)) {
      beside.row(row);
      const std::string bottleneck = std::move(row.back());
      row.pop_back();
      below.row(std::move(row));
      below.line("  " + wrapped(bottleneck, style_.width - 6, 6));
    }
    return (beside.width() + 4 <= style_.width ? beside : below).text(4);
  }

  void explain(const StudyEstimate& study) {
    if (style_.wide && !study.assumptions.empty()) {
      text_ += '\n' + bold("assumed defaults") + '\n';
      for (const std::string& assumption : study.assumptions) line(printable(assumption), 2);
    }
    text_ += '\n' + wrapped(estimate_meaning(), style_.width, 0) + '\n';
    if (!style_.wide && !study.assumptions.empty()) text_ += defaults_text(study.assumptions.size()) + '\n';
  }

  void line(const std::string& text, std::size_t indent) {
    text_ += std::string(indent, ' ') + wrapped(text, style_.width - indent, indent + 2) + '\n';
  }

  std::string bold(const std::string& text) const { return paint(printable(text), Colour::bold, style_.colour); }

  const EstimateStyle& style_;
  std::string text_;
};

std::string markdown_of(const EstimateTable& table) {
  std::vector<std::string> rule;
  for (const bool is_text : table.is_text) rule.emplace_back(is_text ? "---" : "---:");
  std::string text = '\n' + markdown_row(table.header) + markdown_row(rule);
  for (std::vector<std::string> row : table.rows) {
    for (std::string& cell : row) cell = markdown_literal(cell);
    text += markdown_row(row);
  }
  if (table.left_out > 0) text += '\n' + left_out_text(table.left_out) + '\n';
  return text;
}

}  // namespace

std::string estimate_text(const StudyEstimate& study, const EstimateStyle& style) {
  return EstimateWriter{style}.text(study);
}

std::string estimate_markdown(const StudyEstimate& study) {
  std::string text = fmt::format("### {}, in closed form\n", markdown_literal(study.scenario));
  for (const VariantEstimate& variant : study.variants) {
    text += fmt::format("\n#### {}\n", markdown_literal(variant.variant));
    for (const TrafficEstimate& traffic : variant.traffic) {
      const std::string name = traffic.traffic.empty() ? kAllTogether : traffic.traffic + ": " + traffic.path;
      text += fmt::format("\n**{}**\n\n{}\n", markdown_literal(name), flow_text(traffic));
      if (!traffic.assumptions.empty()) text += '\n';
      for (const std::string& assumption : traffic.assumptions)
        text += "- assumed: " + markdown_literal(assumption) + '\n';
      for (const EstimateTable& table : estimate_tables(traffic, false)) text += markdown_of(table);
    }
    EstimateTable capacities{{"capacity", "", "", "bottleneck"}, {true, false, false, true}, capacity_rows(variant), 0};
    if (!capacities.rows.empty()) text += markdown_of(capacities);
    for (const std::string& remark : capacity_remarks(variant)) text += '\n' + markdown_literal(remark) + '\n';
  }
  for (const std::string& warning : study.warnings) text += "\n**warning**: " + markdown_literal(warning) + '\n';
  return text + '\n' + estimate_meaning() + '\n';
}

}  // namespace towtank::tool
