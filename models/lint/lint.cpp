#include "models/lint/lint.hpp"

#include "models/lint/autoscalers.hpp"
#include "models/lint/ingresses.hpp"
#include "models/lint/redundancy.hpp"
#include "models/lint/services.hpp"
#include "models/lint/traffic_policies.hpp"

namespace towtank::lint {

Findings lint(const Subject& subject) {
  Findings all;
  for (const auto rule : {services_without_pods, services_of_no_replicas, target_ports_without_container,
                          nodes_without_endpoints, idle_policy_changes, backends_without_service,
                          classes_without_controller, replicas_of_autoscalers, single_points_of_failure}) {
    const Findings found = rule(subject);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

}  // namespace towtank::lint
