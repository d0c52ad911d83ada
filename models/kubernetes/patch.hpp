#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "models/kubernetes/document.hpp"
#include "models/kubernetes/references.hpp"
#include "sim/core/result.hpp"

namespace towtank {

enum class PatchEffect : std::uint8_t {
  merged,
  deleted,  ///< `$patch: delete` at the top: the caller removes the object
};

/// Applies a strategic merge patch as `kubectl patch` does. Maps are merged, null deletes a key, and the lists that
/// have a merge key in Kubernetes' own types are merged item by item (containers, initContainers, volumes, env by
/// `name`; a Service's ports by `port`, a container's by `containerPort`); other lists, and all lists of other kinds,
/// are replaced. `$patch: delete` and `$patch: replace` work on maps, on items and (replace) as an item of a list.
/// @param kind  of the object: decides the merge keys
/// @error other directives, a patch that is no map, an item without its merge key; `object` is then in between
/// @source Kubernetes, "Update API Objects in Place Using kubectl patch"; merge keys from the API reference
Result<PatchEffect> strategic_merge(Value& object, const Value& patch, std::string_view kind);

/// Replaces the value at `path`, as `spec.replicas` or `spec.template.spec.containers[name=app].resources.limits.cpu`.
/// `[KEY=VALUE]` chooses the item of a list by one of its fields, `[2]` by its index from 0, and `["a.b/c"]` a key of a
/// map that has dots. Maps on the way that are absent are made; items of lists are not.
/// @return empty when it was done  @error a malformed path, an item that is not there; `object` is then unchanged but
/// for empty maps on the way; all at the mark of `value`
std::optional<Problem> set_path(Value& object, std::string_view path, const Value& value);

}  // namespace towtank
