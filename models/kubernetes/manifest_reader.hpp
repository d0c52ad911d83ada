#pragma once

#include <span>

#include "models/kubernetes/document.hpp"
#include "models/kubernetes/objects.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// Reads Kubernetes objects as `kubectl apply` would take them, several documents and lists (`kind: List`,
/// `ServiceList`) included. Kinds that are not read, and fields that play no part, are listed with a reason; what the
/// API server fills in (status, managedFields, ...) is skipped without a word, and so are towtank's own documents.
/// @error everything that Kubernetes would refuse of the kinds we read: unknown fields (with the nearest name), wrong
/// types, numbers out of range, duplicates, a selector that misses its own pods, and what is missing. All of them.
Result<Objects> read_objects(std::span<const Value> documents);

}  // namespace towtank
