#pragma once

#include <string>
#include <vector>

#include "tools/towtank/output/report_view.hpp"

namespace towtank::tool {

/// One variant of a ranking.
struct RankedVariant {
  std::string variant;
  report::Estimate estimate;  ///< without a value: it has no steady state, or nothing to estimate it by
  std::string verdict;        ///< against the first variant, as in summary.csv; empty where nobody compared
  report::Estimate difference;
  bool is_steady = true;
  double error_rate = 0.0;
};

/// The variants by one metric, best first; those without a value last. What is equal keeps the order of the study.
/// @param metric  of summary.csv
std::vector<RankedVariant> ranked(const ReportView& view, const std::string& traffic, const std::string& metric);

/// With its interval; in words where there is none.
std::string ranked_value(const RankedVariant& one, const std::string& metric);
/// `better: -3.10 ms [-3.3, -2.9]`; empty where nobody compared.
std::string ranked_against(const RankedVariant& one);

/// A metric of summary.csv by that name or as objectives write it (`p99`, `mean`); empty when there is none by which
/// variants can be ranked.
std::string ranking_metric(const std::string& name);
/// Those names, for messages.
const std::vector<std::string>& ranking_metrics();

}  // namespace towtank::tool
