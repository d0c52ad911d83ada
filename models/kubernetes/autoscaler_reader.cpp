#include "models/kubernetes/autoscaler_reader.hpp"

#include <limits>

namespace towtank {
namespace {

/// 0 needs the feature gate HPAScaleToZero, which no release has on by default.
Result<std::int64_t> as_bound(const Value& value) { return as_int(value, 1, std::numeric_limits<std::int32_t>::max()); }

void read_target(const Value& spec, HorizontalPodAutoscaler& autoscaler, ObjectReading& reading) {
  const std::string path = "spec.scaleTargetRef";
  const Value* written = ObjectReading::child(&spec, "scaleTargetRef");
  if (written == nullptr)
    reading.complain(spec.mark, "spec",
                     "the line `scaleTargetRef:` is missing; write what it scales, as {apiVersion: apps/v1, kind: "
                     "Deployment, name: shop}");
  const Value* target = reading.map_at(written, path);
  if (target == nullptr) return;
  reading.check_fields(*target, scale_target_fields(), path);
  reading.require(*target, "kind", path, autoscaler.target_kind, as_string, "; write e.g. Deployment");
  reading.require(*target, "name", path, autoscaler.target_name, as_string, "; write the name of what it scales");
}

}  // namespace

HorizontalPodAutoscaler read_autoscaler(const Value& object, KnownFields spec_fields, ObjectReading& reading) {
  HorizontalPodAutoscaler autoscaler;
  autoscaler.meta = reading.meta();
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return autoscaler;
  reading.check_fields(*spec, spec_fields, "spec");
  read_target(*spec, autoscaler, reading);
  reading.take(spec, "minReplicas", "spec", autoscaler.min_replicas, as_bound);
  if (!reading.require(*spec, "maxReplicas", "spec", autoscaler.max_replicas, as_bound,
                       "; write the most pods that it may ask for"))
    return autoscaler;
  if (autoscaler.max_replicas < autoscaler.min_replicas)
    reading.complain(spec->find("maxReplicas")->mark, "spec.maxReplicas",
                     "it must be at least minReplicas, " + std::to_string(autoscaler.min_replicas) + ", found " +
                         std::to_string(autoscaler.max_replicas));
  return autoscaler;
}

}  // namespace towtank
