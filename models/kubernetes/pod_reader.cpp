#include "models/kubernetes/pod_reader.hpp"

#include <set>

#include "models/kubernetes/scheduling_reader.hpp"

namespace towtank {
namespace {

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
  reading.take(&item, "image", path, container.image, as_string);
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

/// Containers that start before the others and stay: they have ports and ask for resources as those do. The rest of
/// initContainers has ended when the pod serves: what they ask for and how long they take plays no part.
void read_sidecars(const Value& spec, const std::string& path, PodTemplate& pods, ObjectReading& reading) {
  const std::string list_path = ObjectReading::joined(path, "initContainers");
  const Value* list = reading.list_at(ObjectReading::child(&spec, "initContainers"), list_path);
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const std::string item_path = ObjectReading::indexed(list_path, i);
    const Value* item = reading.map_at(&list->items[i], item_path);
    const Value* restarts = ObjectReading::child(item, "restartPolicy");
    if (restarts != nullptr && restarts->scalar == "Always")
      pods.containers.push_back(read_container(*item, item_path, reading));
    else if (item != nullptr)
      reading.ignore(item->mark, item_path, kNotModelledYet);
  }
}

}  // namespace

void read_pod_spec(const Value& spec, const std::string& path, PodTemplate& pods, ObjectReading& reading) {
  reading.check_fields(spec, pod_spec_fields(), path);
  reading.take(&spec, "terminationGracePeriodSeconds", path, pods.termination_grace_period_s, as_count);
  reading.take(&spec, "hostNetwork", path, pods.host_network, as_bool);
  pods.scheduling = read_scheduling(spec, path, reading);
  read_containers(spec, path, pods, reading);
  read_sidecars(spec, path, pods, reading);
}

}  // namespace towtank
