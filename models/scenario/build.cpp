#include "models/scenario/build.hpp"

#include <algorithm>

#include "models/kubernetes/selection.hpp"
#include "models/scenario/builder.hpp"

namespace towtank::scenario {

namespace {

NetworkName network_name(NetworkPreset preset) {
  switch (preset) {
    case NetworkPreset::aws:
      return NetworkName::aws;
    case NetworkPreset::gcp:
      return NetworkName::gcp;
    case NetworkPreset::azure:
      return NetworkName::azure;
    case NetworkPreset::bare_metal:
      return NetworkName::bare_metal;
    case NetworkPreset::ideal:
      break;
  }
  return NetworkName::ideal;
}

}  // namespace

Builder::Builder(const VariantInput& variant, std::uint32_t placement_draw)
    : variant_{variant},
      scenario_{variant.scenario},
      placement_draw_{placement_draw},
      preset_{network_name(variant.scenario.cluster.network.preset)},
      services_{variant.objects.services} {}

Result<BuiltVariant> Builder::run() {
  if (std::optional<Problem> problem = allocate_node_ports(services_)) problems_.push_back(*problem);
  add_network();
  add_nodes();
  if (problems_.empty()) add_topology();
  if (problems_.empty()) place_workloads();
  check_pod_models();
  if (problems_.empty()) add_traffic();
  if (!problems_.empty()) return problems_;
  built_.assumptions.assign(assumptions_.begin(), assumptions_.end());
  return std::move(built_);
}

Result<BuiltVariant> build(const VariantInput& variant, std::uint32_t placement_draw) {
  return Builder{variant, placement_draw}.run();
}

}  // namespace towtank::scenario
