#include "models/scenario/scenario_reader.hpp"

#include "models/scenario/names.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

Result<double> as_load(const Value& value) {
  const Result<double> load = as_number(value);
  constexpr double kGreatest = 1e6;
  if (!load || (*load > 0.0 && *load <= kGreatest)) return load;
  return Problem{value.mark, "expected a factor above 0 and at most 1000000, found " + value.description()};
}

void check_version_and_kind(SectionReader& top) {
  if (const Value* version = top.required("apiVersion")) top.is_choice(*version, "apiVersion");
  if (const Value* kind = top.required("kind")) top.is_choice(*kind, "kind");
}

/// The keys of variants; their content is the study's business.
void check_study_sections(SectionReader& spec) {
  spec.items("resources");
  spec.sections("variants");
}

}  // namespace

bool is_scenario_document(const Value& document) {
  const Value* version = document.find("apiVersion");
  if (version != nullptr && version->scalar.substr(0, 8) == "towtank/") return true;
  const Value* kind = document.find("kind");
  return kind != nullptr && kind->scalar == "Scenario";
}

Result<Scenario> read_scenario(const Value& document, FileSource& files, bool needs_traffic) {
  ScenarioReading reading{files, {}, {}};
  Scenario scenario;
  SectionReader top{document, "", "", reading};
  check_version_and_kind(top);
  if (top.required("metadata") != nullptr)
    if (auto metadata = top.section("metadata")) metadata->take_required("name", scenario.name, as_name);
  if (top.required("spec") != nullptr) {
    if (auto spec = top.section("spec"); spec && top.child("spec")->is_map()) {
      check_study_sections(*spec);
      read_cluster_section(*spec, scenario.cluster);
      read_edge_section(*spec, scenario.edges);
      read_ingress_section(*spec, scenario.ingress);
      read_pods_section(*spec, scenario.pods);
      if (needs_traffic || spec->child("traffic") != nullptr) read_traffic_section(*spec, scenario.traffic);
      spec->take("load", scenario.load, as_load);
      read_objectives_section(*spec, scenario.traffic, scenario.objectives);
      read_run_section(*spec, scenario.run);
    }
  }
  if (!reading.problems.empty()) return std::move(reading.problems);
  scenario.ignored = std::move(reading.ignored);
  return scenario;
}

}  // namespace towtank::scenario
