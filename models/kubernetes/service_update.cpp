#include "models/kubernetes/service_update.hpp"

#include <set>
#include <string>
#include <string_view>

namespace towtank {
namespace {

/// What the type of a Service, and its policy, make of its fields.
struct Needs {
  explicit Needs(const Value& service) {
    const auto text = [&](std::string_view key) {
      const Value* value = service.at({"spec", key});
      return value == nullptr ? std::string_view{} : std::string_view{value->scalar};
    };
    load_balancer = text("type") == "LoadBalancer";
    node_ports = load_balancer || text("type") == "NodePort";
    external_policy = node_ports || service.at({"spec", "externalIPs"}) != nullptr;
    health_check = load_balancer && text("externalTrafficPolicy") == "Local";
    cluster_ip = text("type") != "ExternalName";
  }
  bool load_balancer = false, node_ports = false, external_policy = false, health_check = false, cluster_ip = false;
};

bool is_same(const Value* a, const Value* b) {
  return a == nullptr || b == nullptr ? a == b : a->same_content(*b);
}

void drop(Value& service, const Value& before, std::string_view key) {
  if (is_same(service.at({"spec", key}), before.at({"spec", key}))) service.find("spec")->erase(key);
}

std::set<std::string> node_ports(const Value& ports) {
  std::set<std::string> numbers;
  for (const Value& port : ports.items)
    if (const Value* number = port.find("nodePort")) numbers.insert(number->scalar);
  return numbers;
}

/// As long as they are the same as before, whatever ports there are.
void drop_node_ports(Value& service, const Value& before) {
  Value* ports = service.find("spec")->find("ports");
  const Value* old = before.at({"spec", "ports"});
  if (ports == nullptr || old == nullptr || node_ports(*ports) != node_ports(*old)) return;
  for (Value& port : ports->items) port.erase("nodePort");
}

}  // namespace

void drop_fields_of_old_type(Value& service, const Value& before) {
  if (service.at({"spec"}) == nullptr || before.at({"spec"}) == nullptr) return;
  const Needs now{service}, then{before};
  if (then.node_ports && !now.node_ports) drop_node_ports(service, before);
  if (then.health_check && !now.health_check) drop(service, before, "healthCheckNodePort");
  if (then.external_policy && !now.external_policy) drop(service, before, "externalTrafficPolicy");
  if (then.load_balancer && !now.load_balancer) {
    drop(service, before, "loadBalancerClass");
    drop(service, before, "allocateLoadBalancerNodePorts");
  }
  if (then.cluster_ip && !now.cluster_ip) drop(service, before, "clusterIP");
}

}  // namespace towtank
