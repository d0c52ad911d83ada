#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/kubernetes/objects.hpp"
#include "models/scenario/file_source.hpp"
#include "models/scenario/ignored_part.hpp"
#include "models/scenario/scenario.hpp"
#include "models/scenario/study_documents.hpp"
#include "sim/core/result.hpp"
#include "sim/core/time.hpp"

namespace towtank::scenario {

/// One variant with all of its patches applied.
struct VariantInput {
  std::string name;  ///< of a cell of the matrix: `Local replicas=4`
  Scenario scenario;
  Objects objects;
  std::size_t baseline = 0;  ///< index of the variant that it is compared with; its own of one that is none's rival
  /// What it was read from, every change applied (`LoadOptions::keeps_documents`).
  std::optional<StudyDocuments> documents;
  /// What if assumed defaults were others: factors of them by `AssumedSetting::what` (build.hpp), > 0.
  std::map<std::string, double> stretched;
};

struct Study {
  std::string name;
  std::vector<VariantInput> variants;  ///< at least one; the first is the baseline
  std::string settings_of;             ///< the variant that `variants` are settings of (`LoadOptions::vary`), else empty
  std::vector<IgnoredPart> ignored;    ///< what was read and plays no part, by their text
  std::vector<std::string> warnings;   ///< what is probably not meant, one line each
  bool is_tournament = false;          ///< some axis of the matrix takes `all` values
};

/// A field and the values that it is to take in turn: a path as under `set:`, values as typed, read as YAML.
struct Variation {
  std::string path;
  std::vector<std::string> values;
};

/// What the command line adds to the file.
struct LoadOptions {
  /// PATH=VALUE, as under `set:` of a variant, but for all of them: the file is read as if it said so, so a variant
  /// that sets the same path still wins. Values are read as YAML.
  std::vector<std::pair<std::string, std::string>> set;
  /// Names of variants, or of cells of the matrix; empty = all.
  std::vector<std::string> only_variants;
  std::optional<std::uint32_t> seed;
  std::optional<Duration> duration;
  std::optional<double> precision;   ///< 0..1
  std::optional<double> confidence;  ///< 0..1
  std::size_t requests = 0;          ///< of each traffic and variant to write down one by one
  bool needs_traffic = true;         ///< whether a scenario in which nothing is sent is an error
  bool needs_scenario = true;        ///< whether manifests alone are: a file without a scenario, a folder
  std::string scenario;  ///< not empty: the text of one that stands beside manifests alone, made from flags
  /// Not empty: in place of the variants the study has the settings of one of them (the first selected), all
  /// combinations of these values, the last varying fastest. They win over what the variant itself says.
  std::vector<Variation> vary;
  std::vector<std::string> objectives;  ///< in place of the scenario's, where there are any
  /// A file or folder of manifests in place of all that `spec.resources` names, seen from the working directory.
  std::optional<std::string> resources;
  bool keeps_documents = false;  ///< whether variants keep the documents that they were read from
};

/// Reads a scenario file, the resources it names and the objects beside it, and makes its variants.
/// @param path  of the scenario file; what it names is seen from its folder
/// @error all that is wrong in any of the files and variants, each once, in the order of their places
Result<Study> load_study(const std::string& path, FileSource& files, const LoadOptions& options);

}  // namespace towtank::scenario
