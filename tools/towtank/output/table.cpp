#include "tools/towtank/output/table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/output/comparison.hpp"
#include "tools/towtank/output/endpoint_table.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/ranking.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

/// Longer names stand on a line of their own.
constexpr std::size_t kLongestNameBeside = 26;

Colour colour_of(const std::string& verdict) {
  if (verdict == "worse" || verdict == "unstable") return Colour::red;
  if (verdict == "better") return Colour::green;
  if (verdict == "cannot_tell" || verdict == "unresolved") return Colour::yellow;
  return Colour::none;
}

Colour colour_of(report::ObjectiveResult::Status status) {
  using Status = report::ObjectiveResult::Status;
  if (status == Status::met) return Colour::green;
  return status == Status::undecided ? Colour::yellow : Colour::red;
}

std::string exact_text(double ms) {
  const TimeUnit unit = time_unit_for(ms);
  return significant(ms / unit.milliseconds, 5) + ' ' + unit.name;
}

/// Writes the sections one after the other.
class TableWriter {
 public:
  TableWriter(const report::Report& report, const TableStyle& style) : view_{report}, style_{style} {}

  std::string text(const std::string& results_path) {
    title();
    for (const Comparison& comparison : comparisons(view_, style_.wide, style_.unicode)) traffic(comparison);
    if (!style_.rank.empty())
      for (const std::string& traffic : view_.traffics()) ranking(traffic);
    headroom();
    theory();
    if (style_.wide) controls();
    if (style_.wide) rare_percentiles();
    objectives();
    if (style_.wide) text_ += endpoint_table(report(), style_.unicode);
    warnings();
    if (style_.wide) list("assumed (no manifest or scenario says otherwise)", report().assumptions);
    if (style_.wide) list("read but not modelled", report().ignored_summary);
    if (!style_.quiet) explanations(results_path);
    return std::move(text_);
  }

 private:
  const report::Report& report() const { return view_.report(); }

  void title() {
    const std::size_t count = report().variants.size();
    std::string line = fmt::format("{}: {} variant{}, {} replications", bold(report().scenario), count,
                                   count == 1 ? "" : "s", replications_text(report()));
    if (!report().notes.empty()) line += fmt::format(" of {:g} s", report().notes.front().duration_s);
    text_ += fmt::format("{}, seed {}\n", line, report().seed);
  }

  void traffic(const Comparison& comparison) {
    const std::size_t all = comparison.headers.size();
    const Grid grid = columns(comparison, 0, all);
    text_ += '\n';
    if (grid.width() + 2 <= style_.width) {
      text_ += grid.text(0);
    } else {
      text_ += columns(comparison, 0, comparison.latency_columns).text(0);
      text_ += '\n' + columns(comparison, comparison.latency_columns, all).text(0);
    }
    verdicts(comparison);
  }

  void ranking(const std::string& traffic) {
    Grid grid{{Align::right, Align::left, Align::left, Align::left}};
    std::size_t place = 0;
    for (const RankedVariant& one : ranked(view_, traffic, style_.rank)) {
      const bool is_known = one.estimate.value.has_value();
      grid.row({is_known ? fmt::format("{}.", ++place) : "-", printable(one.variant), ranked_value(one, style_.rank),
                paint(ranked_against(one), colour_of(one.verdict), style_.colour)});
    }
    text_ += fmt::format("\n{} by {}, differences against {} (paired, {:g} %)\n", bold(traffic), style_.rank,
                         printable(report().variants.front()), report().confidence * 100.0);
    text_ += grid.text(2);
  }

  /// One line per variant with the columns [first, last).
  Grid columns(const Comparison& comparison, std::size_t first, std::size_t last) const {
    Grid grid{{Align::left}};
    std::vector<std::string> header{bold(comparison.traffic)};
    for (std::size_t c = first; c < last; ++c) header.push_back(comparison.headers[c]);
    grid.row(std::move(header));
    for (const ComparisonRow& row : comparison.rows) {
      if (first > 0 && !row.over_capacity.empty()) continue;  // said in the first block
      std::string name = beside(row.variant);
      if (name.empty()) grid.line("  " + printable(row.variant));
      if (!row.over_capacity.empty()) {
        const std::size_t indent = name_width() + 4;
        const std::string told = wrapped("UNSTABLE: " + row.over_capacity, style_.width - indent, 0);
        std::string line = "  " + padded(name, name_width() + 2, Align::left);
        for (const char c : told) c == '\n' ? line += '\n' + std::string(indent, ' ') : line += c;
        grid.line(paint(line, Colour::red, style_.colour));
        continue;
      }
      std::vector<std::string> cells{"  " + padded(name, name_width(), Align::left)};
      for (std::size_t c = first; c < last; ++c) cells.push_back(row.cells[c]);
      grid.row(std::move(cells));
    }
    return grid;
  }

  void verdicts(const Comparison& comparison) {
    const auto any = [](const ComparisonRow& row) { return !row.verdicts.empty(); };
    if (std::none_of(comparison.rows.begin(), comparison.rows.end(), any)) return;
    text_ +=
        fmt::format("against {} (paired, {:g} %)\n", printable(report().variants.front()), report().confidence * 100.0);
    const Grid beside_each_other = verdict_grid(comparison, false);
    const bool fits = beside_each_other.width() <= style_.width;
    text_ += (fits ? beside_each_other : verdict_grid(comparison, true)).text(0);
  }

  Grid verdict_grid(const Comparison& comparison, bool one_a_line) const {
    Grid grid{{Align::left, Align::left, Align::left}};
    for (const ComparisonRow& row : comparison.rows) {
      if (row.verdicts.empty()) continue;
      if (beside(row.variant).empty()) grid.line("  " + printable(row.variant));
      std::vector<std::string> cells{"  " + padded(beside(row.variant), name_width(), Align::left)};
      for (const VerdictText& verdict : row.verdicts) {
        if (one_a_line && cells.size() > 1) {
          grid.row(std::move(cells));
          cells = {""};
        }
        cells.push_back(paint(verdict.text, colour_of(verdict.verdict), style_.colour));
      }
      grid.row(std::move(cells));
    }
    return grid;
  }

  void headroom() {
    Grid grid{{Align::left, Align::left}};
    bool any = false;
    for (const report::VariantNote& note : report().notes) {
      const std::string told = headroom_text(note);
      if (told.empty()) continue;
      any = true;
      if (beside(note.variant).empty()) grid.line(printable(note.variant));
      grid.row({padded(beside(note.variant), name_width(), Align::left), told});
    }
    if (any) text_ += '\n' + bold("headroom and first bottleneck") + '\n' + grid.text(2);
  }

  /// The exact mean at the pods beside the simulated one; the same reason why there is none is said once.
  void theory() {
    std::vector<std::string> lines, reasons;
    for (const report::TheoryRow& row : report().theory) {
      const std::string who = printable(row.traffic + ", " + row.variant + ": ");
      if (row.exact_ms)
        lines.push_back(who + fmt::format("{} by {}, simulated {}", exact_text(*row.exact_ms), row.model,
                                          time_with_interval(row.simulated_ms, /*sign=*/false)));
      else if (std::find(reasons.begin(), reasons.end(), row.traffic + row.failing_assumption) == reasons.end()) {
        reasons.push_back(row.traffic + row.failing_assumption);
        lines.push_back((row.variant == report().variants.front() ? printable(row.traffic + ": ") : who) +
                        "no closed form: " + printable(row.failing_assumption));
      }
    }
    list("theory: mean time at the pods", lines);
  }

  static std::string reference_text(const report::ControlRow& row) {
    if (!row.reference_expected_ms || !row.reference_seen_ms) return {};
    return fmt::format("; {} of the same requests {}, {} expected", row.reference, exact_text(*row.reference_seen_ms),
                       exact_text(*row.reference_expected_ms));
  }

  /// Where it tells more than the plain mean does.
  void controls() {
    constexpr double kWorthTelling = 1.1;
    std::vector<std::string> lines;
    for (const report::ControlRow& row : report().controls)
      if (row.reduction >= kWorthTelling)
        lines.push_back(printable(row.traffic + ", " + row.variant + ": ") +
                        fmt::format("{}, variance {} times smaller ({} servers busy, {} expected{})",
                                    time_with_interval(row.latency_mean_ms, /*sign=*/false),
                                    significant(row.reduction, 2), significant(row.seen, 4),
                                    significant(row.expected, 4), reference_text(row)));
    list("mean latency with what came as a control", lines);
  }

  static std::string reduction_text(const report::RareRow& row) {
    constexpr double kWorthTelling = 1.1;
    if (!row.latency_ms.low) return ": too few requests for an interval";
    return row.reduction.value_or(1.0) < kWorthTelling ? "" : fmt::format(", variance {} times smaller than by counting", significant(*row.reduction, 2));
  }

  void rare_percentiles() {
    std::vector<std::string> lines;
    for (const report::RareRow& row : report().rare)
      lines.push_back(printable(row.traffic + ", " + row.variant + ": ") +
                      fmt::format("p{} {}{}", row.percentile, time_with_interval(row.latency_ms, /*sign=*/false), reduction_text(row)));
    list("rare percentiles by the law of the last service", lines);
  }

  void objectives() {
    if (report().objectives.empty()) return;
    Grid grid{{Align::left, Align::left, Align::left, Align::left}};
    for (const report::ObjectiveResult& objective : report().objectives) {
      grid.row({paint(status_word(objective.status), colour_of(objective.status), style_.colour),
                printable(objective.text), printable(objective.variant), observed_text(objective)});
    }
    text_ += '\n' + bold("objectives") + '\n' + grid.text(2);
  }

  void warnings() {
    std::vector<std::string> all = remarks(report());
    all.insert(all.end(), report().warnings.begin(), report().warnings.end());
    if (all.empty()) return;
    text_ += '\n';
    for (const std::string& warning : all) {
      text_ += paint("warning:", Colour::yellow, style_.colour) + ' ' +
               wrapped(printable(warning), style_.width - 9, 9) + '\n';
    }
  }

  void list(const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    text_ += '\n' + bold(title) + '\n';
    for (const std::string& line : lines) text_ += "  " + wrapped(printable(line), style_.width - 2, 4) + '\n';
  }

  void explanations(const std::string& results_path) {
    text_ += '\n' + wrapped(uncertainty_text(report(), style_.unicode), style_.width, 0) + '\n';
    const std::size_t assumed = report().assumptions.size();
    const std::size_t ignored = report().ignored.size();
    if (!style_.wide && assumed + ignored > 0) {
      text_ += fmt::format("{} assumed default{}, {} part{} of the manifests not modelled (-o wide lists them).\n",
                           assumed, assumed == 1 ? "" : "s", ignored, ignored == 1 ? "" : "s");
    }
    text_ +=
        "second hop: requests forwarded to another node; max/mean: load of the busiest endpoint over the average;\n"
        "util max: share of time the busiest station works; ?: too few slow requests for an interval.\n";
    if (!results_path.empty()) text_ += fmt::format("Result files: {}\n", printable(results_path));
  }

  /// The name if it is short enough to stand beside its numbers, else nothing.
  static std::string beside(const std::string& variant) {
    std::string name = printable(variant);
    return display_width(name) <= kLongestNameBeside ? name : std::string{};
  }

  std::size_t name_width() const {
    std::size_t width = 0;
    for (const std::string& variant : report().variants) width = std::max(width, display_width(beside(variant)));
    return width;
  }

  std::string bold(const std::string& text) const { return paint(printable(text), Colour::bold, style_.colour); }

  ReportView view_;
  const TableStyle& style_;
  std::string text_;
};

}  // namespace

std::string comparison_table(const report::Report& report, const TableStyle& style, const std::string& results_path) {
  return TableWriter{report, style}.text(results_path);
}

}  // namespace towtank::tool
