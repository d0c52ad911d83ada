#include <set>

#include "models/study/last_service.hpp"
#include "models/study/theory.hpp"
#include "models/study/variant_run.hpp"

namespace towtank {

namespace {

/// Every placement that replications will draw must hold all pods, and each may load them otherwise.
void try_placements(VariantRun& run, std::size_t replications, Problems& problems) {
  for (std::size_t i = 0; i < replications; ++i) {
    const Result<scenario::BuiltVariant> placed = scenario::build(*run.input, static_cast<std::uint32_t>(i));
    if (!placed || placed->cluster.pods.size() != run.cluster().pods.size()) {
      const Mark& mark = run.input->scenario.traffic.front().mark;
      problems.push_back({mark, run.name() + ": the placement drawn for replication " + std::to_string(i) +
                                    " leaves other pods Pending than the first: lower their requests, add nodes, or take `draw: once`"});
      return;
    }
    const OfferedLoad load = offered_load(placed->cluster);
    if (load.greatest() <= run.load.greatest()) continue;
    run.load = load;
    run.busiest_draw = static_cast<std::uint32_t>(i);
  }
}

}  // namespace

BuiltStudy build_variants(const scenario::Study& study) {
  BuiltStudy built;
  std::set<std::string> told;
  for (const scenario::VariantInput& variant : study.variants) {
    Result<scenario::BuiltVariant> made = scenario::build(variant, scenario::kPlacedOnce);
    if (!made) {
      // What the baseline has wrong as well needs no name of a variant, and is told once.
      for (const Problem& problem : made.error()) {
        if (!told.insert(problem.text()).second) continue;
        built.problems.push_back(problem);
        if (&variant != &study.variants.front()) built.problems.back().message += " (variant \"" + variant.name + "\")";
      }
      continue;
    }
    VariantRun run;
    run.input = &variant;
    run.built = std::move(*made);
    run.load = offered_load(run.built.cluster);
    if (run.is_placed_anew())
      try_placements(run, static_cast<std::size_t>(variant.scenario.run.max_replications.value_or(kMostReplications)), built.problems);
    for (std::size_t traffic = 0; traffic < run.cluster().traffic.size(); ++traffic)
      if (const auto reference = coupled_reference(run, traffic)) run.built.cluster.workloads[reference->workload].has_reference = true;
    for (model::Traffic& traffic : run.built.cluster.traffic)
      traffic.records_rest = !run.is_placed_anew() && last_service(run.cluster(), traffic).has_value();
    built.runs.push_back(std::move(run));
  }
  return built;
}

ReplicationResult replicate_once(const VariantRun& run, const Horizon& horizon, const Draws& draws, std::uint32_t placement) {
  if (!run.is_placed_anew()) return World{run.cluster(), horizon, draws}.run();
  const Result<scenario::BuiltVariant> placed = scenario::build(*run.input, placement);
  return World{placed->cluster, horizon, draws}.run();
}

std::vector<std::string> gathered(const std::vector<VariantRun>& runs, std::vector<std::string> scenario::BuiltVariant::*of) {
  std::set<std::string> all;
  for (const VariantRun& run : runs) all.insert((run.built.*of).begin(), (run.built.*of).end());
  return {all.begin(), all.end()};
}

}  // namespace towtank
