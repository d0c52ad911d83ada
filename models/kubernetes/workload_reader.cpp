#include "models/kubernetes/workload_reader.hpp"

#include "models/kubernetes/label_selector_reader.hpp"
#include "models/kubernetes/pod_reader.hpp"
#include "models/kubernetes/selection.hpp"

namespace towtank {
namespace {

/// Kubernetes' own limit is 150,000 pods in a cluster; what is far beyond it is a slip of the keyboard.
Result<std::int64_t> as_replicas(const Value& value) { return as_int(value, 0, 1'000'000); }

/// Pods that a controller keeps alive start anew whenever they end.
Result<bool> as_always(const Value& value) {
  static constexpr std::pair<std::string_view, bool> kPolicyNames[] = {{"Always", true}};
  return as_choice(value, kPolicyNames);
}

KnownFields spec_fields(WorkloadKind kind) {
  switch (kind) {
    case WorkloadKind::stateful_set:
      return stateful_set_spec_fields();
    case WorkloadKind::daemon_set:
      return daemon_set_spec_fields();
    case WorkloadKind::replica_set:
      return replica_set_spec_fields();
    default:
      return deployment_spec_fields();
  }
}

std::string written_labels(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) text += (text.empty() ? "" : ", ") + key + '=' + value;
  return text.empty() ? "none" : text;
}

void read_selector(const Value& spec, Workload& workload, ObjectReading& reading) {
  const Value* written = ObjectReading::child(&spec, "selector");
  if (written == nullptr) {
    reading.complain(spec.mark, "spec", "the line `selector:` is missing; add it with `matchLabels:`, apps/v1 needs it");
    return;
  }
  const Value* selector = reading.map_at(written, "spec.selector");
  if (selector == nullptr) return;
  workload.selector = read_label_selector(*selector, "spec.selector", reading);
  if (workload.selector.empty() && selector->entries.empty())
    reading.complain(selector->mark, "spec.selector", "it is empty and would select every pod; name `matchLabels:`");
}

PodTemplate read_pod_template(const Value& value, const std::string& path, ObjectReading& reading) {
  PodTemplate pods;
  pods.mark = value.mark;
  reading.check_fields(value, pod_template_fields(), path);
  const std::string metadata_path = ObjectReading::joined(path, "metadata");
  const std::string spec_path = ObjectReading::joined(path, "spec");
  if (const Value* metadata = reading.map_at(ObjectReading::child(&value, "metadata"), metadata_path)) {
    reading.check_fields(*metadata, metadata_fields(), metadata_path);
    pods.labels = reading.labels(metadata, "labels", metadata_path);
  }
  const Value* written = ObjectReading::child(&value, "spec");
  if (written == nullptr) reading.complain(value.mark, path, "the line `spec:` is missing; it lists the containers");
  const Value* spec = reading.map_at(written, spec_path);
  if (spec == nullptr) return pods;
  bool always = true;
  reading.take(spec, "restartPolicy", spec_path, always, as_always);
  read_pod_spec(*spec, spec_path, pods, reading);
  return pods;
}

void read_template(const Value& spec, Workload& workload, ObjectReading& reading) {
  const Value* written = ObjectReading::child(&spec, "template");
  if (written == nullptr) reading.complain(spec.mark, "spec", "the line `template:` is missing; it describes the pods");
  const Value* pods = reading.map_at(written, "spec.template");
  if (pods == nullptr) return;
  workload.pods = read_pod_template(*pods, "spec.template", reading);
  if (!workload.selector.empty() && !matches(workload.selector, workload.pods.labels))
    reading.complain(workload.selector.mark, "spec.selector",
                     "it does not select the pods of its own template, whose labels are " +
                         written_labels(workload.pods.labels) +
                         "; give `spec.template.metadata.labels` what it asks for");
}

/// The one owner that made the object and answers for it.
void read_controller(const Value& object, std::string& kind, std::string& name, ObjectReading& reading) {
  const Value* metadata = object.find("metadata");
  if (metadata == nullptr || !metadata->is_map()) return;
  reading.each(metadata, "ownerReferences", "metadata", [&](const Value& owner, const std::string& path) {
    bool is_controller = false;
    reading.take(&owner, "controller", path, is_controller, as_bool);
    if (!is_controller) return;
    reading.require(owner, "kind", path, kind, as_string, "; write the kind of the controller, as ReplicaSet");
    reading.require(owner, "name", path, name, as_string, "; write the name of the controller");
  });
}

bool is_ready_condition(const Value& condition) {
  const Value* type = ObjectReading::child(&condition, "type");
  return type != nullptr && type->scalar == "Ready";
}

ObservedPod read_observed(const Value& object, ObjectReading& reading) {
  ObservedPod observed;
  observed.terminating = ObjectReading::child(object.find("metadata"), "deletionTimestamp") != nullptr;
  read_controller(object, observed.owner_kind, observed.owner_name, reading);
  const Value* status = reading.map_at(ObjectReading::child(&object, "status"), "status");
  std::string phase;
  reading.take(status, "podIP", "status", observed.pod_ip, as_string);
  reading.take(status, "phase", "status", phase, as_string);
  observed.ended = phase == "Succeeded" || phase == "Failed";
  reading.each(status, "conditions", "status", [&](const Value& condition, const std::string& path) {
    bool state = false;
    if (is_ready_condition(condition) && reading.take(&condition, "status", path, state, as_condition))
      observed.ready = state;
  });
  return observed;
}

}  // namespace

Workload read_workload(const Value& object, WorkloadKind kind, ObjectReading& reading) {
  Workload workload;
  workload.kind = kind;
  workload.meta = reading.meta();
  workload.replicas_mark = object.mark;
  if (kind == WorkloadKind::replica_set) read_controller(object, workload.owner_kind, workload.owner_name, reading);
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return workload;
  const Value* replicas = ObjectReading::child(spec, "replicas");
  reading.check_fields(*spec, spec_fields(kind), "spec");
  workload.replicas_given = reading.take(spec, "replicas", "spec", workload.replicas, as_replicas);
  if (replicas != nullptr) workload.replicas_mark = replicas->mark;
  reading.take(spec, "minReadySeconds", "spec", workload.min_ready_s, as_count);
  reading.take(spec, "serviceName", "spec", workload.service_name, as_string);
  const std::string strategy = kind == WorkloadKind::deployment ? "strategy" : "updateStrategy";
  if (const Value* written =
          reading.map_at(ObjectReading::child(spec, strategy), ObjectReading::joined("spec", strategy)))
    workload.strategy = *written;
  read_selector(*spec, workload, reading);
  read_template(*spec, workload, reading);
  return workload;
}

Workload read_pod(const Value& object, ObjectReading& reading) {
  Workload workload;
  workload.kind = WorkloadKind::pod;
  workload.meta = reading.meta();
  workload.replicas_mark = object.mark;
  workload.pods.mark = object.mark;
  workload.pods.labels = workload.meta.labels;
  workload.observed = read_observed(object, reading);
  if (const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec"))
    read_pod_spec(*spec, "spec", workload.pods, reading);
  return workload;
}

}  // namespace towtank
