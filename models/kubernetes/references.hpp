#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// The kind that kubectl understands by a name in any letter case: `svc`, `services` and `Service` are "Service".
/// Empty when it is none of Kubernetes' own kinds.
std::string_view full_kind(std::string_view name);

/// `KIND/NAME` or `KIND/NAMESPACE/NAME`, the kind expanded where it is known and left as it stands where not.
struct ObjectReference {
  std::string kind;
  std::string name_space;  ///< empty = any
  std::string name;
};

/// @param mark  where the reference stands, for messages
/// @error a form other than the two, an empty part
Result<ObjectReference> parse_object_reference(std::string_view text, const Mark& mark);

/// The object that `reference` names, items of lists included. The pointer lives as long as `documents` are not
/// changed.
/// @error none fits (with the nearest name), or several do (all are listed)
Result<Value*> find_object(std::vector<Value>& documents, std::string_view reference, const Mark& mark);

}  // namespace towtank
