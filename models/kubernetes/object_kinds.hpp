#pragma once

#include <string_view>

#include "models/kubernetes/document.hpp"
#include "models/kubernetes/fields.hpp"
#include "models/kubernetes/object_reading.hpp"
#include "models/kubernetes/objects.hpp"

namespace towtank {

/// A kind of objects that is read into a struct.
struct ObjectKind {
  std::string_view name;
  std::string_view api_version;
  KnownFields (*fields)();  ///< of the object itself
  bool has_namespace;
  bool needs_spec;
  void (*read)(const Value& object, ObjectReading& reading, Objects& objects);
  /// What the version that is read wants to be said otherwise than its predecessors, which Kubernetes took before;
  /// empty when the two hardly differ.
  std::string_view upgrade;
};

/// The kind in its version, else in the one to be written; null pointer for kinds that are not read.
const ObjectKind* find_object_kind(std::string_view kind, std::string_view api_version);

/// `autoscaling/v2 or autoscaling/v1`: the versions in which the kind is read; empty for kinds that are not.
std::string versions_read(std::string_view kind);

/// Whether an apiVersion is of one of Kubernetes' own groups, so that the kind means what it means there.
bool is_builtin_group(std::string_view api_version);

}  // namespace towtank
