#include "models/kubernetes/workload_reader.hpp"

#include <set>

#include "models/kubernetes/label_selector_reader.hpp"
#include "models/kubernetes/selection.hpp"

namespace towtank {
namespace {

/// Kubernetes' own limit is 150,000 pods in a cluster; what is far beyond it is a slip of the keyboard.
Result<std::int64_t> as_replicas(const Value& value) { return as_int(value, 0, 1'000'000); }

ContainerPort read_container_port(const Value& item, const std::string& path, ObjectReading& reading) {
  ContainerPort port;
  port.mark = item.mark;
  reading.check_fields(item, container_port_fields(), path);
  reading.take(&item, "name", path, port.name, as_string);
  reading.take(&item, "protocol", path, port.protocol, as_protocol);
  if (!reading.take(&item, "containerPort", path, port.container_port, as_port) &&
      ObjectReading::child(&item, "containerPort") == nullptr)
    reading.complain(item.mark, path, "the line `containerPort:` is missing");
  reading.take(&item, "hostPort", path, port.host_port, as_port);
  return port;
}

void read_container_ports(const Value& item, const std::string& path, Container& container, ObjectReading& reading) {
  const std::string ports_path = ObjectReading::joined(path, "ports");
  const Value* ports = reading.list_at(ObjectReading::child(&item, "ports"), ports_path);
  if (ports == nullptr) return;
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports->items.size(); ++i) {
    const std::string port_path = ObjectReading::indexed(ports_path, i);
    const Value* entry = reading.map_at(&ports->items[i], port_path);
    if (entry == nullptr) continue;
    container.ports.push_back(read_container_port(*entry, port_path, reading));
    const std::string& name = container.ports.back().name;
    if (!name.empty() && !names.insert(name).second)
      reading.complain(entry->mark, port_path, "another port of this container has the name `" + name + "` too");
  }
}

ResourceAmounts read_amounts(const Value* resources, std::string_view key, const std::string& path,
                             ObjectReading& reading) {
  ResourceAmounts amounts;
  const std::string full_path = ObjectReading::joined(path, key);
  const Value* map = reading.map_at(ObjectReading::child(resources, key), full_path);
  reading.take(map, "cpu", full_path, amounts.cpu_millicores, as_cpu_millicores);
  reading.take(map, "memory", full_path, amounts.memory_bytes, as_bytes);
  return amounts;
}

void check_request(const std::optional<std::int64_t>& request, const std::optional<std::int64_t>& limit,
                   std::string_view what, const Value& resources, const std::string& path, ObjectReading& reading) {
  if (request && limit && *request > *limit)
    reading.complain(resources.mark, path, "the request for " + std::string{what} + " is above its limit");
}

void read_resources(const Value& item, const std::string& path, Container& container, ObjectReading& reading) {
  const std::string resources_path = ObjectReading::joined(path, "resources");
  const Value* resources = reading.map_at(ObjectReading::child(&item, "resources"), resources_path);
  if (resources == nullptr) return;
  static constexpr KnownField kFields[] = {
      {"requests", FieldUse::read}, {"limits", FieldUse::read}, {"claims", FieldUse::off_path}};
  reading.check_fields(*resources, kFields, resources_path);
  container.requests = read_amounts(resources, "requests", resources_path, reading);
  container.limits = read_amounts(resources, "limits", resources_path, reading);
  check_request(container.requests.cpu_millicores, container.limits.cpu_millicores, "cpu", *resources, resources_path,
                reading);
  check_request(container.requests.memory_bytes, container.limits.memory_bytes, "memory", *resources, resources_path,
                reading);
  if (!container.requests.cpu_millicores) container.requests.cpu_millicores = container.limits.cpu_millicores;
  if (!container.requests.memory_bytes) container.requests.memory_bytes = container.limits.memory_bytes;
}

Container read_container(const Value& item, const std::string& path, ObjectReading& reading) {
  Container container;
  container.mark = item.mark;
  reading.check_fields(item, container_fields(), path);
  if (!reading.take(&item, "name", path, container.name, as_string) && ObjectReading::child(&item, "name") == nullptr)
    reading.complain(item.mark, path, "the line `name:` is missing; a container needs a name");
  read_container_ports(item, path, container, reading);
  read_resources(item, path, container, reading);
  return container;
}

void read_containers(const Value& spec, const std::string& path, PodTemplate& pods, ObjectReading& reading) {
  const std::string list_path = ObjectReading::joined(path, "containers");
  const Value* written = ObjectReading::child(&spec, "containers");
  const Value* list = reading.list_at(written, list_path);
  if (written == nullptr || (list != nullptr && list->items.empty()))
    reading.complain(spec.mark, path, "the list `containers:` is missing; a pod needs at least one container");
  if (list == nullptr) return;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string item_path = ObjectReading::indexed(list_path, i);
    const Value* item = reading.map_at(&list->items[i], item_path);
    if (item == nullptr) continue;
    pods.containers.push_back(read_container(*item, item_path, reading));
    const std::string& name = pods.containers.back().name;
    if (!name.empty() && !names.insert(name).second)
      reading.complain(item->mark, item_path, "another container of this pod has the name `" + name + "` too");
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
    reading.complain(spec.mark, "spec", "the line `selector:` is missing; apps/v1 needs it, with `matchLabels:`");
    return;
  }
  const Value* selector = reading.map_at(written, "spec.selector");
  if (selector == nullptr) return;
  workload.selector = read_label_selector(*selector, "spec.selector", reading);
  if (workload.selector.empty() && selector->entries.empty())
    reading.complain(selector->mark, "spec.selector", "it is empty and would select every pod; name `matchLabels:`");
}

}  // namespace

PodTemplate read_pod_template(const Value& value, const std::string& path, ObjectReading& reading) {
  PodTemplate pods;
  pods.mark = value.mark;
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
  reading.check_fields(*spec, pod_spec_fields(), spec_path);
  reading.take(spec, "terminationGracePeriodSeconds", spec_path, pods.termination_grace_period_s, as_count);
  reading.take(spec, "hostNetwork", spec_path, pods.host_network, as_bool);
  read_containers(*spec, spec_path, pods, reading);
  return pods;
}

Workload read_workload(const Value& object, WorkloadKind kind, ObjectReading& reading) {
  Workload workload;
  workload.kind = kind;
  workload.meta = reading.meta();
  workload.replicas_mark = object.mark;
  const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec");
  if (spec == nullptr) return workload;
  reading.check_fields(*spec, workload_spec_fields(kind), "spec");
  if (kind != WorkloadKind::daemon_set) workload.replicas_given = reading.take(spec, "replicas", "spec", workload.replicas, as_replicas);
  if (const Value* replicas = ObjectReading::child(spec, "replicas")) workload.replicas_mark = replicas->mark;
  reading.take(spec, "minReadySeconds", "spec", workload.min_ready_s, as_count);
  if (kind == WorkloadKind::stateful_set) reading.take(spec, "serviceName", "spec", workload.service_name, as_string);
  const char* const strategy_key = kind == WorkloadKind::deployment ? "strategy" : "updateStrategy";
  if (const Value* strategy = reading.map_at(ObjectReading::child(spec, strategy_key), ObjectReading::joined("spec", strategy_key)))
    workload.strategy = *strategy;
  read_selector(*spec, workload, reading);
  const Value* written = ObjectReading::child(spec, "template");
  if (written == nullptr)
    reading.complain(spec->mark, "spec", "the line `template:` is missing; it describes the pods");
  const Value* pods = reading.map_at(written, "spec.template");
  if (pods == nullptr) return workload;
  workload.pods = read_pod_template(*pods, "spec.template", reading);
  if (!workload.selector.empty() && !matches(workload.selector, workload.pods.labels))
    reading.complain(workload.selector.mark, "spec.selector",
                     "it does not select the pods of its own template, whose labels are " +
                         written_labels(workload.pods.labels) +
                         "; give `spec.template.metadata.labels` what it asks for");
  return workload;
}

}  // namespace towtank
