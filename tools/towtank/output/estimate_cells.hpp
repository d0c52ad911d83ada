#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/study/estimate.hpp"

/// What the table and the Markdown of `estimate` say alike.
namespace towtank::tool {

/// Rows of zones, nodes or pods.
struct EstimateTable {
  std::vector<std::string> header;
  std::vector<bool> is_text;  ///< by column: of names, not of numbers
  std::vector<std::vector<std::string>> rows;
  std::size_t left_out = 0;  ///< rows that are not shown
};

/// Zones if there are several, nodes, pods; columns without any value are left out.
/// @param all  rows; otherwise of many the busiest
std::vector<EstimateTable> estimate_tables(const TrafficEstimate& traffic, bool all);

/// `1100 req/s, second hop 66.7 %, 1.33 zone crossings a request`
std::string flow_text(const TrafficEstimate& traffic);

/// The variant's capacities: cells of one row each.
std::vector<std::vector<std::string>> capacity_rows(const VariantEstimate& variant);

/// What follows from them, a sentence each.
std::vector<std::string> capacity_remarks(const VariantEstimate& variant);

/// What the figures are, and are not.
std::string estimate_meaning();

}  // namespace towtank::tool
