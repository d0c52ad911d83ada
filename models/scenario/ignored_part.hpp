#pragma once

#include <string>
#include <vector>

#include "models/kubernetes/objects.hpp"

namespace towtank::scenario {

/// Something that was read and plays no part in the simulation.
struct IgnoredPart {
  std::string kind;    ///< of the object; empty of a key of the scenario
  std::string object;  ///< its name, `NAMESPACE/NAME` unless that is "default"
  std::string field;   ///< path within it; empty = the whole object
  std::string reason;
  Mark mark;

  /// `Deployment/shop spec.paused: not modelled yet`. Without its place: equal studies have equal results, wherever
  /// their files and lines stand.
  std::string text() const;
};

/// Fewer lines of the same content: fields of one parent, and objects of one kind with the same fields, stand in one.
/// What would matter comes first, with the place of its first occurrence; what is off the path of requests, last.
std::vector<std::string> summed_up(const std::vector<IgnoredPart>& parts);

}  // namespace towtank::scenario
