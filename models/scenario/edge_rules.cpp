#include "models/scenario/edge_rules.hpp"

namespace towtank::scenario {

bool is_l7(EdgeKind kind) { return kind == EdgeKind::nginx || kind == EdgeKind::envoy; }

EdgeKind implied_kind(NetworkPreset preset) {
  switch (preset) {
    case NetworkPreset::gcp:
      return EdgeKind::gclb_passthrough;
    case NetworkPreset::azure:
      return EdgeKind::azure_slb;
    case NetworkPreset::bare_metal:
      return EdgeKind::metallb_l2;
    case NetworkPreset::aws:
    case NetworkPreset::ideal:
      break;
  }
  return EdgeKind::nlb;
}

NodePortRef node_port_ref(const std::string& text) {
  NodePortRef made;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos) made.port = text.substr(colon + 1);
  const std::string name = text.substr(0, colon);
  const std::size_t slash = name.find('/');
  made.service.name = slash == std::string::npos ? name : name.substr(slash + 1);
  if (slash != std::string::npos) made.service.name_space = name.substr(0, slash);
  return made;
}

bool means(const ObjectRef& ref, const Service& service) {
  return ref.name == service.meta.name && (ref.name_space.empty() || ref.name_space == service.meta.name_space);
}

}  // namespace towtank::scenario
