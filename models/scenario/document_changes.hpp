#pragma once

#include <string>
#include <vector>

#include "models/scenario/study_documents.hpp"

namespace towtank::scenario {

/// One setting that two studies have differently: a leaf of a document, or the whole of what only one of them has.
struct SettingChange {
  std::string object;         ///< `Deployment/shop`, `Service/ns/shop`; of the scenario itself: `scenario`
  std::string path;           ///< `spec.replicas`, `spec.edge[name=lb].kind`; empty = the whole object
  std::string before, after;  ///< on one line, long ones cut; empty = not there
  Mark mark;                  ///< of the new value, or of the old one where there is no new

  std::string text() const;  ///< `Deployment/shop spec.replicas: 5 -> 4`
};

/// What the documents of one variant have otherwise than those of another, in the order of the objects' names and of
/// the fields in `before`, new fields last. Items of lists are matched by their `name` (or class, or key) where all
/// have one, else by their place. Of the scenario only what describes the cluster, the load and the speed is compared:
/// not its name, resources, run, variants, matrix and objectives.
std::vector<SettingChange> changes_between(const StudyDocuments& before, const StudyDocuments& after);

}  // namespace towtank::scenario
