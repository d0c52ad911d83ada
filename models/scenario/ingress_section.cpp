#include <algorithm>

#include "models/kubernetes/scalars.hpp"
#include "models/scenario/names.hpp"
#include "models/scenario/scenario_sections.hpp"

namespace towtank::scenario {
namespace {

constexpr std::int64_t kMostReplicas = 10'000;

Result<std::int64_t> as_replicas(const Value& value) { return as_int(value, 1, kMostReplicas); }
Result<std::int64_t> as_workers(const Value& value) { return as_int(value, 1, kMostIngressWorkers); }

/// `controller`, `NAMESPACE/controller` or `Deployment/NAMESPACE/controller`; a DaemonSet needs its kind.
Result<ObjectRef> as_controller_ref(const Value& value) {
  const Problem unlike{value.mark, "expected a workload as NAME, NAMESPACE/NAME or KIND/NAMESPACE/NAME, found " + value.description()};
  if (!value.is_scalar() || value.scalar.empty()) return unlike;
  const std::string& text = value.scalar;
  const auto slashes = std::count(text.begin(), text.end(), '/');
  if (slashes == 0) return ObjectRef{"", "", text, value.mark};
  if (slashes == 1) return ObjectRef{"", text.substr(0, text.find('/')), text.substr(text.find('/') + 1), value.mark};
  return as_object_ref(text, value.mark);
}

IngressSpec read_ingress(SectionReader& section) {
  IngressSpec ingress;
  ingress.mark = section.mark();
  section.take_required("class", ingress.class_name, as_name);
  section.take_choice("controller", ingress.controller,
                      {{"ingress-nginx", IngressController::ingress_nginx},
                       {"nginx", IngressController::nginx},
                       {"envoy", IngressController::envoy},
                       {"haproxy", IngressController::haproxy},
                       {"traefik", IngressController::traefik}});
  ingress.is_controller_given = section.child("controller") != nullptr;
  section.take("deployment", ingress.deployment, as_controller_ref);
  section.take("replicas", ingress.replicas, as_replicas);
  section.take("workers", ingress.workers, as_workers);
  section.take("balance", ingress.balance, as_balance);
  note_idle_parameters(section, {.can_check = false});
  if (const Value* replicas = section.child("replicas"); replicas != nullptr && ingress.deployment)
    section.complain(replicas->mark, "replicas", "found beside `deployment`, whose own replicas count; remove it, or set Deployment/" +
                                                     ingress.deployment->name + ":spec.replicas");
  return ingress;
}

}  // namespace

void read_ingress_section(SectionReader& spec, std::vector<IngressSpec>& ingress) {
  DistinctNames classes{spec.path_of("ingress"), spec.reading().problems};
  for (SectionReader& item : spec.sections("ingress")) {
    ingress.push_back(read_ingress(item));
    classes.add(ingress.back().class_name, item.mark());
  }
}

}  // namespace towtank::scenario
