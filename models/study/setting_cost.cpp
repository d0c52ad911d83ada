#include "models/study/setting_cost.hpp"

#include "models/scenario/build.hpp"

namespace towtank {
namespace {

/// What a cluster holds.
struct Inventory {
  double cores = 0.0, pods = 0.0, nodes = 0.0;
  bool all_request = true;  ///< every pod says how much CPU it wants
};

Inventory inventory_of(const VariantRun& setting) {
  Inventory held;
  const Result<ClusterState> state = scenario::cluster_state(*setting.input, scenario::kPlacedOnce);
  if (!state) return held;  // it was built before: this cannot fail
  held.nodes = static_cast<double>(state->nodes.size());
  for (const PodState& pod : state->pods) {
    if (!pod.node) continue;
    const std::int64_t millicores = setting.input->objects.workloads[pod.workload].pods.requested_cpu_millicores();
    held.all_request = held.all_request && millicores > 0;
    held.cores += static_cast<double>(millicores) / 1000.0;
    held.pods += 1.0;
  }
  return held;
}

}  // namespace

SettingCosts setting_costs(const std::vector<VariantRun>& settings, PlanCost cost) {
  SettingCosts costs;
  if (cost == PlanCost::usd) {
    costs.unit = "USD/month";
    costs.of_settings.resize(settings.size());
    return costs;
  }
  std::vector<Inventory> all;
  bool in_cores = true;
  for (const VariantRun& setting : settings) {
    all.push_back(inventory_of(setting));
    in_cores = in_cores && all.back().all_request;
  }
  costs.unit = cost == PlanCost::nodes ? "nodes" : in_cores ? "cores" : "pods";
  for (const Inventory& held : all)
    costs.of_settings.emplace_back(cost == PlanCost::nodes ? held.nodes : in_cores ? held.cores : held.pods);
  return costs;
}

}  // namespace towtank
