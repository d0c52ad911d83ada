#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/towtank/output/report_view.hpp"

/// The comparison of the variants as cells of text; output/table and output/markdown set them.
namespace towtank::tool {

/// What a paired difference says: the word of the verdict, and the whole sentence.
struct VerdictText {
  std::string verdict;  ///< better|worse|same|cannot_tell|unstable|unresolved
  std::string text;     ///< "worse: p99 +6.45 ms [6.30, 6.60]"
};

struct ComparisonRow {
  std::string variant;
  std::vector<std::string> cells;     ///< as many as headers; empty for an unstable variant
  std::string over_capacity;          ///< of an unstable variant: what is over capacity
  std::vector<VerdictText> verdicts;  ///< empty for the baseline
};

struct Comparison {
  std::string traffic;
  std::vector<std::string> headers;
  std::size_t latency_columns = 0;  ///< the first so many headers are latencies
  std::vector<ComparisonRow> rows;  ///< one per variant, in their order
};

/// @param wide     more percentiles
/// @param unicode  may use the plus-minus sign
std::vector<Comparison> comparisons(const ReportView& view, bool wide, bool unicode);

/// "the load is 1.20 times what STATION can serve"
std::string over_capacity_text(const report::VariantNote& note);

/// One line per variant: "the load can grow 1.63 times until STATION saturates"; empty when nothing is known.
std::string headroom_text(const report::VariantNote& note);

/// What was seen, in the unit of the objective's metric: "91.2 ms [90.1, 92.3]", "99.95 %".
std::string observed_text(const report::ObjectiveResult& objective);

/// The word people read: "met", "MISSED", "undecided", "unstable".
const char* status_word(report::ObjectiveResult::Status status);

/// Remarks that follow from the variants' notes: saturated, drifting, precision not reached. One sentence each.
std::vector<std::string> remarks(const report::Report& report);

/// What the intervals mean and what they leave out.
std::string uncertainty_text(const report::Report& report, bool unicode);

}  // namespace towtank::tool
