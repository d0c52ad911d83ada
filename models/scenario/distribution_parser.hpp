#pragma once

#include <string_view>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/scenario/call_expression.hpp"
#include "models/scenario/file_source.hpp"
#include "sim/core/result.hpp"
#include "sim/random/distribution.hpp"

namespace towtank::scenario {

/// A law as the documentation shows it.
struct LawForm {
  std::string_view name;
  std::string_view example;
  std::string_view doc;
};

/// Every law of the grammar, in the order of the documentation.
std::vector<LawForm> law_forms();

/// Reads `lognormal(mean=20ms p99=90ms)` and the other laws; a bare duration is a constant. `empirical(FILE)` reads its
/// values through `files`, FILE seen from the folder of the file that names it: one number a line in the column
/// `column=NAME` (not needed when there is one column), with units, or under a heading that ends in _ns, _us, _ms or
/// _s.
/// @error each names the argument, what was found and a form that would do; the place is that of the argument
Result<Distribution> parse_distribution(const Piece& piece, FileSource& files);
Result<Distribution> as_distribution(const Value& value, FileSource& files);

}  // namespace towtank::scenario
