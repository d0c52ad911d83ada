#pragma once

#include "models/kubernetes/document.hpp"
#include "models/scenario/file_source.hpp"
#include "models/scenario/scenario.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// Whether a document is one of towtank's own, whatever else may be wrong with it.
bool is_scenario_document(const Value& document);

/// Reads a document of `kind: Scenario`. `resources`, `variants` and `matrix` are only checked for their keys: they
/// belong to the study (load_study.hpp).
/// @param files  for `empirical(FILE)`
/// @param needs_traffic  whether it is an error that nothing is sent
/// @error all that is wrong: unknown keys (with the nearest name), keys that this version does not model, types, units,
/// ranges, what is missing, names given twice. References to objects and to edges are not judged here.
Result<Scenario> read_scenario(const Value& document, FileSource& files, bool needs_traffic = true);

}  // namespace towtank::scenario
