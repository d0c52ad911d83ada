#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/kubernetes/document.hpp"
#include "models/scenario/study_documents.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// One thing that a variant does to the documents: a patch of an object, or a value for a path.
struct Change {
  enum class Kind : std::uint8_t { patch, set };

  Kind kind = Kind::set;
  std::string
      target;  ///< `Service/shop` or `scenario` (patch); `Deployment/shop:spec.replicas`, `scenario:spec.load` (set)
  Mark mark;   ///< of the target
  const Value* value = nullptr;
};

/// What `set:`, `matrix:` and `--set` address.
struct SetTarget {
  std::string object;  ///< empty = the scenario
  std::string path;
};

/// `Kind/NAME:path`, `scenario:path`, or `spec.path` of the scenario. The path is checked against the fields of the
/// scenario; that of an object is checked when the object is read.
/// @error another form, an unknown field (with the nearest), one that no variant may change or that is not modelled
Result<SetTarget> parse_set_target(std::string_view text, const Mark& mark);

/// @return the problems; `documents` are then in between. A deleted object becomes an empty document.
Problems apply(const Change& change, StudyDocuments& documents);

/// The kind of object that a change is about; empty for the scenario.
std::string kind_changed(const Change& change);

}  // namespace towtank::scenario
