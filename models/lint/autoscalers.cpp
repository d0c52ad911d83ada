#include "models/lint/autoscalers.hpp"

#include <algorithm>

namespace towtank::lint {
namespace {

const Workload* same_in(const std::vector<Workload>& workloads, const Workload& wanted) {
  const auto found = std::find_if(workloads.begin(), workloads.end(), [&](const Workload& each) {
    return each.kind == wanted.kind && each.meta.full_name() == wanted.meta.full_name();
  });
  return found == workloads.end() ? nullptr : &*found;
}

std::string range_text(const HorizontalPodAutoscaler& autoscaler) {
  return "from " + std::to_string(autoscaler.min_replicas) + " to " + std::to_string(autoscaler.max_replicas);
}

/// What the cluster would make of a number of replicas.
std::string fate_of(std::int64_t replicas, const HorizontalPodAutoscaler& autoscaler) {
  const std::int64_t held = std::clamp(replicas, autoscaler.min_replicas, autoscaler.max_replicas);
  if (held != replicas)
    return "it would make them " + std::to_string(held) + " at once, and change them by its metrics later";
  return "it would change them by its metrics";
}

/// Of replicas that a variant sets.
std::string variant_message(const Workload& workload, const HorizontalPodAutoscaler& autoscaler) {
  return title("HorizontalPodAutoscaler", autoscaler.meta) + " scales " + title(workload) + ' ' +
         range_text(autoscaler) + " replicas, so the " + std::to_string(workload.replicas) +
         " set here would not last: " + fate_of(workload.replicas, autoscaler) +
         "; its minReplicas and maxReplicas both at that number, or no autoscaler in this variant, would do";
}

/// Of replicas, often the one of a manifest that leaves them to the autoscaler, that the cluster would change at once.
std::string range_message(const Workload& workload, const HorizontalPodAutoscaler& autoscaler) {
  const std::string held =
      std::to_string(std::clamp(workload.replicas, autoscaler.min_replicas, autoscaler.max_replicas));
  return title("HorizontalPodAutoscaler", autoscaler.meta) + " scales " + title(workload) + ' ' +
         range_text(autoscaler) + " replicas, but here it has " + std::to_string(workload.replicas) +
         ", for autoscalers are not modelled yet; `replicas: " + held +
         "`, which the cluster would make of it at once, would do";
}

}  // namespace

const HorizontalPodAutoscaler* autoscaler_of(const Workload& workload, const Objects& objects) {
  for (const HorizontalPodAutoscaler& each : objects.autoscalers)
    if (each.meta.name_space == workload.meta.name_space && each.target_kind == name_of(workload.kind) &&
        each.target_name == workload.meta.name)
      return &each;
  return nullptr;
}

Findings replicas_of_autoscalers(const Subject& subject) {
  Findings findings;
  for (const Workload& workload : subject.input.objects.workloads) {
    const Workload* before = same_in(subject.baseline_input.objects.workloads, workload);
    const HorizontalPodAutoscaler* autoscaler = autoscaler_of(workload, subject.input.objects);
    if (autoscaler == nullptr || workload.replicas == 0) continue;  // with 0 it rests
    if (autoscaler->min_replicas == workload.replicas && autoscaler->max_replicas == workload.replicas) continue;
    const bool is_set_here = before != nullptr && before->replicas != workload.replicas;
    const bool is_within =
        workload.replicas >= autoscaler->min_replicas && workload.replicas <= autoscaler->max_replicas;
    if (is_within && !is_set_here) continue;
    findings.push_back({autoscaler->meta.mark, "autoscaler " + autoscaler->meta.full_name(),
                        is_set_here ? variant_message(workload, *autoscaler) : range_message(workload, *autoscaler)});
  }
  return findings;
}

}  // namespace towtank::lint
