#include "models/kubernetes/node_reader.hpp"

#include <set>

#include "models/kubernetes/taint_effect.hpp"

namespace towtank {
namespace {

Result<std::int64_t> as_whole_quantity(const Value& value) { return as_bytes(value); }

Taint read_taint(const Value& item, const std::string& path, ObjectReading& reading) {
  Taint taint;
  reading.check_fields(item, taint_fields(), path);
  reading.require(item, "key", path, taint.key, as_string, "; write the name of the taint");
  reading.take(&item, "value", path, taint.value, as_string);
  reading.require(item, "effect", path, taint.effect, as_taint_effect,
                  "; write NoSchedule, PreferNoSchedule or NoExecute");
  return taint;
}

void read_spec(const Value& spec, Node& node, ObjectReading& reading) {
  reading.check_fields(spec, node_spec_fields(), "spec");
  reading.take(&spec, "unschedulable", "spec", node.unschedulable, as_bool);
  std::set<std::pair<std::string, Taint::Effect>> seen;
  reading.each(&spec, "taints", "spec", [&](const Value& item, const std::string& path) {
    node.taints.push_back(read_taint(item, path, reading));
    const Taint& taint = node.taints.back();
    if (!seen.emplace(taint.key, taint.effect).second)
      reading.complain(item.mark, path,
                       "another taint has the key " + taint.key + " and the same effect; keep one of them");
  });
}

template <class Target>
void take_amount(const Value* status, std::string_view what, std::optional<Target>& target,
                 Result<Target> (*read)(const Value&), ObjectReading& reading) {
  for (const std::string of : {"allocatable", "capacity"}) {
    const std::string path = ObjectReading::joined("status", of);
    if (reading.take(reading.map_at(ObjectReading::child(status, of), path), what, path, target, read)) return;
  }
}

void read_addresses(const Value* status, Node& node, ObjectReading& reading) {
  reading.each(status, "addresses", "status", [&](const Value& item, const std::string& path) {
    std::string type, address;
    reading.take(&item, "type", path, type, as_string);
    reading.take(&item, "address", path, address, as_string);
    if (type == "InternalIP" && node.internal_address.empty()) node.internal_address = address;
    if (type == "ExternalIP" && node.external_address.empty()) node.external_address = address;
  });
}

void read_ready(const Value* status, Node& node, ObjectReading& reading) {
  reading.each(status, "conditions", "status", [&](const Value& item, const std::string& path) {
    std::string type;
    reading.take(&item, "type", path, type, as_string);
    if (type == "Ready") reading.take(&item, "status", path, node.ready, as_condition);
  });
}

}  // namespace

Node read_node(const Value& object, ObjectReading& reading) {
  Node node;
  node.meta = reading.meta();
  if (const Value* spec = reading.map_at(ObjectReading::child(&object, "spec"), "spec"))
    read_spec(*spec, node, reading);
  const Value* status = reading.map_at(ObjectReading::child(&object, "status"), "status");
  if (status == nullptr) return node;
  take_amount(status, "cpu", node.allocatable.cpu_millicores, as_cpu_millicores, reading);
  take_amount(status, "memory", node.allocatable.memory_bytes, as_bytes, reading);
  take_amount(status, "pods", node.pod_slots, as_whole_quantity, reading);
  read_addresses(status, node, reading);
  read_ready(status, node, reading);
  return node;
}

}  // namespace towtank
