#pragma once

#include <string>

namespace towtank::tool {

/// The JSON Schema (draft-07, which editors know best) of `kind: Scenario`, made from the table of fields, the registry
/// of balancing algorithms and the forms of distributions. It knows keys, types, units and choices, not what belongs
/// together: `towtank check` does. Other documents of the same file pass.
std::string scenario_schema_text();

}  // namespace towtank::tool
