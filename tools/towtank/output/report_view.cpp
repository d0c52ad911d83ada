#include "tools/towtank/output/report_view.hpp"

#include <algorithm>

namespace towtank::tool {

std::vector<std::string> ReportView::traffics() const {
  std::vector<std::string> traffics;
  for (const report::SummaryRow& row : report_.summary) {
    if (row.traffic.empty()) continue;
    if (std::find(traffics.begin(), traffics.end(), row.traffic) == traffics.end()) traffics.push_back(row.traffic);
  }
  return traffics;
}

const report::SummaryRow* ReportView::row(std::string_view variant, std::string_view traffic,
                                          std::string_view metric) const {
  const report::SummaryRow* of_cluster = nullptr;
  for (const report::SummaryRow& row : report_.summary) {
    if (row.variant != variant || row.metric != metric) continue;
    if (row.traffic == traffic) return &row;
    if (row.traffic.empty()) of_cluster = &row;
  }
  return of_cluster;
}

report::Estimate ReportView::estimate(std::string_view variant, std::string_view traffic,
                                      std::string_view metric) const {
  const report::SummaryRow* found = row(variant, traffic, metric);
  return found == nullptr ? report::Estimate{} : found->estimate;
}

const report::VariantNote* ReportView::note(std::string_view variant) const {
  for (const report::VariantNote& note : report_.notes) {
    if (note.variant == variant) return &note;
  }
  return nullptr;
}

bool ReportView::is_unstable(std::string_view variant) const {
  const report::VariantNote* found = note(variant);
  return found != nullptr && found->state == "unstable";
}

bool ReportView::is_baseline(std::string_view variant) const {
  return !report_.variants.empty() && report_.variants.front() == variant;
}

std::string replications_text(const report::Report& report) {
  std::vector<std::uint64_t> counts;  // an unstable variant has none, which says nothing of the others
  for (const report::VariantNote& note : report.notes)
    if (note.replications > 0) counts.push_back(note.replications);
  if (counts.empty()) return "0";
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  const std::string from = std::to_string(*least);
  return *least == *most ? from : from + " to " + std::to_string(*most);
}

}  // namespace towtank::tool
