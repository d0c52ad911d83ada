#pragma once

#include <map>
#include <string>
#include <utility>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// A name that may stand in file names, CSV fields and objectives: letters, digits and . _ - ; the first is a letter or
/// a digit. At most 100 characters.
Result<std::string> as_name(const Value& value);

/// As `as_name`; between the first and the last character spaces, = and / may stand too: names of variants.
Result<std::string> as_variant_name(const Value& value);

/// Names of one kind of thing, to find those that are given twice.
class DistinctNames {
 public:
  /// @param what  `spec.traffic`, for messages
  DistinctNames(std::string what, Problems& problems) : what_{std::move(what)}, problems_{problems} {}

  /// Complains, with both lines, when the name was given before; empty names are somebody else's problem.
  void add(const std::string& name, const Mark& mark);

 private:
  std::string what_;
  Problems& problems_;
  std::map<std::string, Mark> first_;
};

}  // namespace towtank::scenario
