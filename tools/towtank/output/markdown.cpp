#include <fmt/core.h>

#include "tools/towtank/output/comparison.hpp"
#include "tools/towtank/output/markdown_text.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/ranking.hpp"
#include "tools/towtank/output/table.hpp"

namespace towtank::tool {
namespace {

std::string verdict_text(const ComparisonRow& row, bool baseline) {
  if (baseline) return "baseline";
  std::string text;
  for (const VerdictText& verdict : row.verdicts) text += (text.empty() ? "" : "; ") + verdict.text;
  return markdown_literal(text);
}

std::string traffic_table(const Comparison& comparison, const ReportView& view) {
  std::vector<std::string> header{"variant"};
  std::vector<std::string> rule{"---"};
  for (const std::string& name : comparison.headers) {
    header.push_back(name);
    rule.emplace_back("---:");
  }
  header.push_back("against " + markdown_literal(view.report().variants.front()));
  rule.emplace_back("---");
  std::string text = fmt::format("\n### {}\n\n", markdown_literal(comparison.traffic)) + markdown_row(header) + markdown_row(rule);
  for (const ComparisonRow& row : comparison.rows) {
    std::vector<std::string> cells{markdown_literal(row.variant)};
    if (row.over_capacity.empty()) {
      cells.insert(cells.end(), row.cells.begin(), row.cells.end());
      cells.push_back(verdict_text(row, view.is_baseline(row.variant)));
    } else {
      cells.resize(1 + comparison.headers.size());
      cells.push_back("**unstable**: " + markdown_literal(row.over_capacity));
    }
    text += markdown_row(cells);
  }
  return text;
}

std::string ranking_list(const ReportView& view, const std::string& traffic, const std::string& metric) {
  std::string text = fmt::format("\n### {} by {}\n\n", markdown_literal(traffic), markdown_literal(metric));
  text += markdown_row(
      {"place", "variant", markdown_literal(metric), "against " + markdown_literal(view.report().variants.front())});
  text += markdown_row({"---:", "---", "---", "---"});
  std::size_t place = 0;
  for (const RankedVariant& one : ranked(view, traffic, metric)) {
    const bool is_known = one.estimate.value.has_value();
    text += markdown_row({is_known ? std::to_string(++place) : "-", markdown_literal(one.variant),
                          markdown_literal(ranked_value(one, metric)), markdown_literal(ranked_against(one))});
  }
  return text;
}

}  // namespace

std::string markdown_table(const report::Report& report, const std::string& rank) {
  const ReportView view{report};
  std::string text = fmt::format("## {}\n", markdown_literal(report.scenario));
  for (const Comparison& comparison : comparisons(view, false, true)) text += traffic_table(comparison, view);
  if (!rank.empty())
    for (const std::string& traffic : view.traffics()) text += ranking_list(view, traffic, rank);
  std::string facts;
  for (const report::VariantNote& note : report.notes) {
    const std::string told = headroom_text(note);
    if (!told.empty()) facts += bullet(fmt::format("{}: {}", markdown_literal(note.variant), markdown_literal(told)));
  }
  for (const report::ObjectiveResult& objective : report.objectives) {
    facts += bullet(fmt::format("**{}** {}, {}: {}", status_word(objective.status), markdown_literal(objective.text),
                                markdown_literal(objective.variant), markdown_literal(observed_text(objective))));
  }
  for (const std::string& remark : remarks(report)) facts += bullet("warning: " + markdown_literal(remark));
  for (const std::string& warning : report.warnings) facts += bullet("warning: " + markdown_literal(warning));
  if (!facts.empty()) text += '\n' + facts;
  text += fmt::format("\n{} Seed {}, {} assumed defaults.\n", markdown_literal(uncertainty_text(report, true)), report.seed,
                      report.assumptions.size());
  return text;
}

}  // namespace towtank::tool
