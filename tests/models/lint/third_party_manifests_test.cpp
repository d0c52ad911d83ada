#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "models/kubernetes/manifest_reader.hpp"
#include "models/lint/lint.hpp"
#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

namespace fs = std::filesystem;

std::vector<Value> documents_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  auto documents = read_yaml(text.str(), file.string());
  INFO(all_problems(documents));
  REQUIRE(documents);
  return std::move(documents).value();
}

/// Each file by itself, and all those of a folder together, as `resources: [FOLDER]` would have them.
std::map<std::string, std::vector<Value>> clusters_in(const fs::path& root) {
  std::map<std::string, std::vector<Value>> clusters;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{root})
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const std::vector<Value> documents = documents_of(file);
    clusters[file.string()] = documents;
    std::vector<Value>& folder = clusters[file.parent_path().string() + '/'];
    // What is no manifest by itself: a folder of a kustomization would not be read.
    if (read_objects(documents)) folder.insert(folder.end(), documents.begin(), documents.end());
  }
  return clusters;
}

/// Empty where the documents are not read as manifests: patches, kustomizations, objects given twice.
std::optional<std::vector<std::string>> lint_lines(const std::vector<Value>& documents) {
  Result<Objects> objects = read_objects(documents);
  if (!objects) return std::nullopt;
  scenario::VariantInput input;
  input.objects = std::move(*objects);
  scenario::NodePool pool;
  pool.name = "worker";
  pool.count = 3;
  input.scenario.cluster.node_pools.push_back(pool);
  const Result<ClusterState> state = scenario::cluster_state(input, scenario::kPlacedOnce);
  INFO(all_problems(state));
  REQUIRE(state);
  const scenario::BuiltVariant nothing_built;
  return lint::told({{"baseline", lint::lint({input, *state, nothing_built, input, nothing_built})}});
}

TEST_CASE("manifests of public projects are crossed without a fault, in whatever order they stand", "[unit]") {
  const char* const given = std::getenv("TOWTANK_THIRD_PARTY_MANIFESTS");
  const fs::path folder = given != nullptr ? fs::path{given} : fs::path{TOWTANK_SOURCE_DIR} / "../shared/manifests";
  if (!fs::is_directory(folder)) {
    WARN("third-party manifests are not there: not crossed (TOWTANK_THIRD_PARTY_MANIFESTS names their folder)");
    return;
  }
  std::size_t crossed = 0;
  for (auto& [name, documents] : clusters_in(folder)) {
    INFO(name);
    const auto lines = lint_lines(documents);
    if (!lines) continue;
    ++crossed;
    for (const std::string& line : *lines) CHECK(line.compare(0, folder.string().size(), folder.string()) == 0);
    std::reverse(documents.begin(), documents.end());
    CHECK(lint_lines(documents) == lines);
  }
  CHECK(crossed > 10);
}

}  // namespace
}  // namespace towtank
