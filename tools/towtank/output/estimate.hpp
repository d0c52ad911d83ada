#pragma once

#include <cstddef>
#include <string>

#include "models/study/estimate.hpp"

/// The answer of `estimate` for people and for programs.
namespace towtank::tool {

struct EstimateStyle {
  bool wide = false;   ///< every row, and assumed defaults one by one
  bool quiet = false;  ///< without the explanations below
  bool colour = false;
  std::size_t width = 120;  ///< columns to stay within where names allow it
};

/// Per variant and traffic the shares by zone, node and pod, then capacities. Of many rows only the busiest are shown.
std::string estimate_text(const StudyEstimate& study, const EstimateStyle& style);

/// The same for a comment on a pull request.
std::string estimate_markdown(const StudyEstimate& study);

/// One line for each zone, node and pod of each traffic, for each traffic, and for each variant.
std::string estimate_csv(const StudyEstimate& study);

std::string estimate_json(const StudyEstimate& study);

}  // namespace towtank::tool
