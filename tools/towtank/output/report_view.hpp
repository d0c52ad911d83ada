#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/world/report.hpp"

namespace towtank::tool {

/// Finds rows of a report by name.
class ReportView {
 public:
  /// @param report  must live as long as the view
  explicit ReportView(const report::Report& report) : report_{report} {}

  const report::Report& report() const { return report_; }

  /// The traffics that have a row in the summary, in order of appearance.
  std::vector<std::string> traffics() const;

  /// The row of a metric; a metric of the whole cluster (its traffic empty) serves every traffic. Null = no such row.
  const report::SummaryRow* row(std::string_view variant, std::string_view traffic, std::string_view metric) const;
  /// The estimate of that row; empty when there is none.
  report::Estimate estimate(std::string_view variant, std::string_view traffic, std::string_view metric) const;

  /// Null = nothing is known of the variant as a whole.
  const report::VariantNote* note(std::string_view variant) const;
  bool is_unstable(std::string_view variant) const;
  bool is_baseline(std::string_view variant) const;

 private:
  const report::Report& report_;
};

/// The two bounds of the number of replications over the variants as text: "20", or "20 to 34".
std::string replications_text(const report::Report& report);

}  // namespace towtank::tool
