#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/kubernetes/manifest_reader.hpp"
#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml") files.push_back(entry.path());
  return files;
}

bool says(const Problem& problem, const char* text) { return problem.message.find(text) != std::string::npos; }

TEST_CASE("manifests of public projects are read as they are", "[unit]") {
  // By its variable, else where it lies beside a checkout of those who have it.
  const char* const given = std::getenv("TOWTANK_THIRD_PARTY_MANIFESTS");
  const fs::path folder = given != nullptr ? fs::path{given} : fs::path{TOWTANK_SOURCE_DIR} / "../shared/manifests";
  if (!fs::is_directory(folder)) {
    WARN("third-party manifests are not there: not read (TOWTANK_THIRD_PARTY_MANIFESTS names their folder)");
    return;
  }
  std::size_t services = 0;
  std::size_t workloads = 0;
  std::size_t ingresses = 0;
  std::size_t config_maps = 0;
  const std::vector<fs::path> files = yaml_files(folder);
  for (const fs::path& file : files) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    const auto documents = read_yaml(text.str(), file.string());
    INFO(all_problems(documents));
    REQUIRE(documents);
    const auto objects = read_objects(*documents);
    if (objects) {
      services += objects->services.size();
      workloads += objects->workloads.size();
      ingresses += objects->ingresses.size();
      config_maps += objects->config_maps.size();
    } else {
      // Only what is no manifest by itself may be refused: kustomizations and patches.
      for (const Problem& problem : objects.error()) {
        INFO(problem.text());
        CHECK((says(problem, "a kustomization is not read") || says(problem, "this is a patch")));
      }
    }
  }
  CHECK(services > 0);
  CHECK(workloads > 0);
  CHECK(ingresses > 0);
  CHECK(config_maps > 0);
}

}  // namespace
}  // namespace towtank
