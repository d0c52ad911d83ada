#include "tools/towtank/output/endpoint_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kMostEndpoints = 20;

std::string share(const report::Estimate& estimate) { return estimate.value ? percentage(*estimate.value) : "-"; }
std::string number(const report::Estimate& estimate) { return estimate.value ? significant(*estimate.value) : "-"; }

std::string one_variant(const std::string& variant, std::vector<const report::EndpointRow*> rows, bool unicode) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return a->relative_load.value.value_or(-1.0) > b->relative_load.value.value_or(-1.0);
  });
  Grid grid{{Align::left, Align::left, Align::left}};
  grid.row({"endpoint", "node", "zone", "share", "load/mean", "util", "queue", "wait ms", "sojourn ms", "errors"});
  for (std::size_t i = 0; i < std::min(rows.size(), kMostEndpoints); ++i) {
    const report::EndpointRow& row = *rows[i];
    grid.row({printable(row.endpoint), printable(row.node), printable(row.zone), share(row.requests_share),
              with_half_width(row.relative_load, 1.0, unicode), share(row.utilization), number(row.queue_mean),
              number(row.wait_mean_ms), number(row.sojourn_mean_ms), number(row.errors)});
  }
  std::string text = fmt::format("\nendpoints of {}\n", printable(variant)) + grid.text(2);
  if (rows.size() > kMostEndpoints)
    text += fmt::format("  ... and {} more in endpoints.csv\n", rows.size() - kMostEndpoints);
  return text;
}

}  // namespace

std::string endpoint_table(const report::Report& report, bool unicode) {
  std::string text;
  for (const std::string& variant : report.variants) {
    std::vector<const report::EndpointRow*> rows;
    for (const report::EndpointRow& row : report.endpoints) {
      if (row.variant == variant) rows.push_back(&row);
    }
    if (!rows.empty()) text += one_variant(variant, std::move(rows), unicode);
  }
  return text;
}

}  // namespace towtank::tool
