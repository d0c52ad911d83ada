#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/study/compare.hpp"

namespace towtank::tool {

struct FolderOptions {
  std::vector<std::string> only_variants;
  std::optional<double> confidence;  ///< of the result; default that of A
  double indifference = 0.01;
};

/// Two reports side by side, as independent simulations: the files hold no values of single replications by which they
/// could be paired. Variants of one fingerprint are one simulation and differ in nothing; of errors that neither side
/// has, there is no difference either.
/// @param a_path, b_path  for messages
/// @error a variant that one side lacks, traffic without a common name, a metric in two units
Result<StudyComparison> compare_reports(const report::Report& a, const std::string& a_path, const report::Report& b,
                                        const std::string& b_path, const FolderOptions& options);

}  // namespace towtank::tool
