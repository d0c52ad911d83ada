#include "models/cluster/node_fit.hpp"

#include <algorithm>

#include "models/kubernetes/selection.hpp"

namespace towtank {

std::vector<HostPort> host_ports_of(const PodTemplate& pods) {
  std::vector<HostPort> ports;
  for (const Container& container : pods.containers)
    for (const ContainerPort& port : container.ports) {
      if (port.host_port) {
        ports.push_back({*port.host_port, port.protocol});
      } else if (pods.host_network) {
        ports.push_back({port.container_port, port.protocol});
      }
    }
  return ports;
}

bool collide(std::span<const HostPort> some, std::span<const HostPort> others) {
  return std::any_of(some.begin(), some.end(), [&](const HostPort& port) {
    return std::find(others.begin(), others.end(), port) != others.end();
  });
}

bool tolerates(std::span<const Toleration> tolerations, const Taint& taint) {
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const Toleration& toleration) {
    if (toleration.effect && *toleration.effect != taint.effect) return false;
    if (!toleration.key.empty() && toleration.key != taint.key) return false;
    if (toleration.exists) return true;
    return !toleration.key.empty() && toleration.value == taint.value;
  });
}

const Taint* untolerated(std::span<const Toleration> tolerations, std::span<const Taint> taints) {
  const auto found = std::find_if(taints.begin(), taints.end(), [&](const Taint& taint) {
    return taint.effect != Taint::Effect::prefer_no_schedule && !tolerates(tolerations, taint);
  });
  return found == taints.end() ? nullptr : &*found;
}

std::int64_t repulsions(std::span<const Toleration> tolerations, std::span<const Taint> taints) {
  return std::count_if(taints.begin(), taints.end(), [&](const Taint& taint) {
    return taint.effect == Taint::Effect::prefer_no_schedule && !tolerates(tolerations, taint);
  });
}

bool wants_node(const Scheduling& scheduling, const Labels& node) {
  if (!scheduling.node_selector.empty() && !matches(scheduling.node_selector, node)) return false;
  const auto& terms = scheduling.required_node_terms;
  return terms.empty() || std::any_of(terms.begin(), terms.end(), [&](const std::vector<LabelRequirement>& term) {
           LabelSelector selector;
           selector.match_expressions = term;
           return matches(selector, node);
         });
}

std::vector<Toleration> daemon_tolerations(bool host_network) {
  using Effect = Taint::Effect;
  std::vector<Toleration> tolerations{{"node.kubernetes.io/not-ready", true, "", Effect::no_execute},
                                      {"node.kubernetes.io/unreachable", true, "", Effect::no_execute},
                                      {"node.kubernetes.io/disk-pressure", true, "", Effect::no_schedule},
                                      {"node.kubernetes.io/memory-pressure", true, "", Effect::no_schedule},
                                      {"node.kubernetes.io/pid-pressure", true, "", Effect::no_schedule},
                                      {"node.kubernetes.io/unschedulable", true, "", Effect::no_schedule}};
  if (host_network) tolerations.push_back({"node.kubernetes.io/network-unavailable", true, "", Effect::no_schedule});
  return tolerations;
}

std::string text_of(const Taint& taint) { return '{' + taint.key + ": " + taint.value + '}'; }

}  // namespace towtank
