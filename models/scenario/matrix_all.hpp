#pragma once

#include <string>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/scenario/study_documents.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// What `all` stands for in a matrix.
struct AllValues {
  Value list;                         ///< at least one value, each marked as `all` was
  std::vector<std::string> left_out;  ///< why some are not among them, one sentence each
};

/// Every value that a field can take: of a balance all algorithms of the product that stands there, of a choice all
/// choices, of a boolean both.
/// @param target  a path as under `set:`   @param target_mark  of it   @param mark  of the word `all`
/// @error a field whose values have no end, with what would do; a path that leads nowhere
Result<AllValues> all_values_of(const std::string& target, const Mark& target_mark, const Mark& mark,
                                const StudyDocuments& documents);

}  // namespace towtank::scenario
