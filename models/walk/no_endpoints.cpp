#include <algorithm>

#include "models/kubernetes/selection.hpp"
#include "models/walk/walker.hpp"

namespace towtank::walk {

Ending Walker::why_no_endpoint(ServicePortRef ref) const {
  const Service& about = service(ref.service).service;
  const ServicePort& port = about.ports[ref.port];
  const std::string object = title(ref.service);
  const auto made = [&](std::string why, const Mark& mark, const std::string& whose, std::string cure) {
    return Ending{CurlStatus::refused, 0, std::move(why), mark, whose, std::move(cure)};
  };
  const std::string none = object + " has no endpoint";
  if (!service(ref.service).ports[ref.port].endpoints.empty())
    return made(object + " has no endpoint that is ready", about.selector ? about.selector_mark : about.meta.mark,
                object, "let the pods become ready");
  if (!about.selector || about.selector->empty())
    return made(none + ": it has no selector, and no EndpointSlice lists addresses for this port", about.meta.mark,
                object,
                "an EndpointSlice with the label kubernetes.io/service-name: " + about.meta.name + ", or a selector");
  const Workload* selected = nullptr;
  for (const Workload& workload : ground_.objects.workloads)
    if (selected == nullptr && selects(about, workload)) selected = &workload;
  if (selected == nullptr)
    return made(none + ": no pod that runs fits its selector", about.selector_mark, object,
                "let the selector fit the labels of the pods");
  bool has_pods = false, runs = false;
  std::string pending;
  for (const PodState& pod : ground_.state.pods) {
    if (pod.workload != static_cast<std::uint32_t>(selected - ground_.objects.workloads.data())) continue;
    has_pods = true;
    runs = runs || pod.node.has_value();
    if (!pod.node && pending.empty()) pending = pod.pending_reason;
  }
  if (runs && !port.target_port.number)
    return made(none + ": no pod that runs fits its selector and has a port named " + port.target_port.text, port.mark,
                object, "name the containerPort so, or write its number as targetPort");
  if (!has_pods && selected->replicas == 0)
    return made(none + ": no pod that runs fits its selector, " + title_of(*selected) + " has 0 replicas",
                selected->replicas_mark, title_of(*selected), "replicas: 1, or more");
  if (!runs && !pending.empty())
    return made(
        none + ": no pod that runs fits its selector, those of " + title_of(*selected) + " stay Pending: " + pending,
        selected->meta.mark, title_of(*selected), "nodes that the pods may run on, or smaller requests");
  return made(none + ": no pod that runs fits its selector", about.selector_mark, object,
              "let the selector fit the labels of the pods, and let these run");
}

}  // namespace towtank::walk
