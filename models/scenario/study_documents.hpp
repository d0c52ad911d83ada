#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/scenario/file_source.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// The YAML documents of a study, before they mean anything.
struct StudyDocuments {
  Value scenario;              ///< the one document of `kind: Scenario`
  std::vector<Value> objects;  ///< everything else, in the order of the files
  bool is_made = false;        ///< there is no scenario: `scenario` is an empty one, for manifests alone

  bool same_content(const StudyDocuments& other) const;
};

/// Reads the scenario file and what `spec.resources` names: files, folders (their *.yaml, *.yml and *.json, not
/// recursively), globs, inline objects. Further documents of the scenario file are objects too. A file that several
/// entries name is read once, and other scenarios in a folder are left alone.
/// @param needs_scenario  whether manifests alone, a file without scenario or a folder, are an error
/// @param beside     the text of a scenario for manifests alone; empty: there is none
/// @param resources  a file, folder or glob in place of all that `spec.resources` names; further documents of the
///                   scenario's file stay
/// @error files that are not there or no YAML, a folder with a kustomization, no or several scenarios in the file
Result<StudyDocuments> read_study_documents(const std::string& path, FileSource& files, bool needs_scenario,
                                            const std::string& beside, const std::optional<std::string>& resources);

}  // namespace towtank::scenario
