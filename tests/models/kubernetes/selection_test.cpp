#include "models/kubernetes/selection.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace towtank {
namespace {

using Operator = LabelRequirement::Operator;

LabelSelector requiring(Operator op, std::vector<std::string> values = {}) {
  LabelSelector selector;
  selector.match_expressions.push_back({"tier", op, std::move(values), {}});
  return selector;
}

Service node_port_service(const std::string& name, std::optional<std::int64_t> node_port = {}) {
  Service service;
  service.meta.name = name;
  service.type = ServiceType::node_port;
  ServicePort port;
  port.port = 80;
  port.node_port = node_port;
  service.ports.push_back(port);
  return service;
}

std::int64_t node_port_of(const std::vector<Service>& services, const std::string& name) {
  for (const Service& service : services)
    if (service.meta.name == name) return service.ports[0].node_port.value_or(0);
  return -1;
}

TEST_CASE("a Service selects pods that have all its labels, and none without labels", "[unit]") {
  CHECK(matches(Labels{{"app", "a"}}, Labels{{"app", "a"}, {"x", "y"}}));
  CHECK_FALSE(matches(Labels{{"app", "a"}, {"x", "z"}}, Labels{{"app", "a"}, {"x", "y"}}));
  CHECK_FALSE(matches(Labels{}, Labels{{"app", "a"}}));
}

TEST_CASE("a Service selects workloads of its own namespace only", "[unit]") {
  Service service;
  service.selector = Labels{{"app", "a"}};
  Workload workload;
  workload.pods.labels = {{"app", "a"}};
  CHECK(selects(service, workload));
  workload.meta.name_space = "other";
  CHECK_FALSE(selects(service, workload));
}

TEST_CASE("match expressions mean what Kubernetes says", "[unit]") {
  const Labels web{{"tier", "web"}};
  const Labels none;
  CHECK(matches(requiring(Operator::in, {"web", "api"}), web));
  CHECK_FALSE(matches(requiring(Operator::in, {"api"}), web));
  CHECK_FALSE(matches(requiring(Operator::in, {"web"}), none));
  CHECK(matches(requiring(Operator::not_in, {"api"}), web));
  CHECK_FALSE(matches(requiring(Operator::not_in, {"web"}), web));
  CHECK(matches(requiring(Operator::not_in, {"web"}), none));
  CHECK(matches(requiring(Operator::exists), web));
  CHECK_FALSE(matches(requiring(Operator::exists), none));
  CHECK(matches(requiring(Operator::does_not_exist), none));
  CHECK_FALSE(matches(requiring(Operator::does_not_exist), web));
  CHECK(matches(LabelSelector{}, web));
}

TEST_CASE("a target port is a number as it stands or a name of a container's port", "[unit]") {
  PodTemplate pods;
  pods.containers.resize(2);
  pods.containers[1].ports = {{"web", 8001, Protocol::tcp, {}, {}}, {"dns", 53, Protocol::udp, {}, {}}};
  ServicePort port;
  port.target_port.number = 9999;
  CHECK(resolve_target_port(port, pods) == 9999);
  port.target_port = {std::nullopt, "web"};
  CHECK(resolve_target_port(port, pods) == 8001);
  port.target_port = {std::nullopt, "admin"};
  CHECK_FALSE(resolve_target_port(port, pods));
  port.target_port = {std::nullopt, "dns"};
  CHECK_FALSE(resolve_target_port(port, pods));
  port.protocol = Protocol::udp;
  CHECK(resolve_target_port(port, pods) == 53);
}

TEST_CASE("node ports that are not named come from the dynamic band and keep clear of explicit ones", "[unit]") {
  std::vector<Service> services;
  for (int i = 0; i < 200; ++i) services.push_back(node_port_service("s" + std::to_string(i)));
  services.push_back(node_port_service("fixed", 31'000));
  CHECK_FALSE(allocate_node_ports(services));
  std::set<std::int64_t> ports;
  for (const Service& service : services) {
    const std::int64_t port = service.ports[0].node_port.value_or(0);
    CHECK(port >= 30'086);
    CHECK(port <= 32'767);
    CHECK(ports.insert(port).second);
  }
  CHECK(node_port_of(services, "fixed") == 31'000);
}

TEST_CASE("the order of Services does not move a node port", "[unit]") {
  std::vector<Service> services;
  for (int i = 0; i < 500; ++i) services.push_back(node_port_service("s" + std::to_string(i)));
  std::vector<Service> reversed{services.rbegin(), services.rend()};
  CHECK_FALSE(allocate_node_ports(services));
  CHECK_FALSE(allocate_node_ports(reversed));
  for (int i = 0; i < 500; ++i) {
    const std::string name = "s" + std::to_string(i);
    CHECK(node_port_of(services, name) == node_port_of(reversed, name));
  }
}

TEST_CASE("another Service moves a node port only by a collision", "[unit]") {
  std::vector<Service> alone{node_port_service("shop")};
  std::vector<Service> among{node_port_service("shop"), node_port_service("cart"), node_port_service("a", 30'100)};
  CHECK_FALSE(allocate_node_ports(alone));
  CHECK_FALSE(allocate_node_ports(among));
  CHECK(node_port_of(alone, "shop") == node_port_of(among, "shop"));
  // An explicit owner of the same number does move it.
  std::vector<Service> displaced{node_port_service("shop"), node_port_service("a", node_port_of(alone, "shop"))};
  CHECK_FALSE(allocate_node_ports(displaced));
  CHECK(node_port_of(displaced, "shop") != node_port_of(alone, "shop"));
}

TEST_CASE("the static band is used when the dynamic one is full, and then it is an error", "[unit]") {
  std::vector<Service> services;
  for (int i = 0; i < 2768; ++i) services.push_back(node_port_service("s" + std::to_string(i)));
  CHECK_FALSE(allocate_node_ports(services));
  std::set<std::int64_t> ports;
  for (const Service& service : services) ports.insert(*service.ports[0].node_port);
  CHECK(ports.size() == 2768);
  CHECK(*ports.begin() == 30'000);
  services.push_back(node_port_service("one-too-many"));
  const auto problem = allocate_node_ports(services);
  REQUIRE(problem);
  CHECK(problem->message.find("Service/default/one-too-many: no node port is left of the 2768") == 0);
}

TEST_CASE("load balancers get a health-check port under Local, and no node ports where they want none", "[unit]") {
  std::vector<Service> services{node_port_service("lb")};
  services[0].type = ServiceType::load_balancer;
  services[0].external_traffic_policy = TrafficPolicy::local;
  services[0].allocate_load_balancer_node_ports = false;
  CHECK_FALSE(allocate_node_ports(services));
  CHECK(services[0].health_check_node_port);
  CHECK_FALSE(services[0].ports[0].node_port);
}

}  // namespace
}  // namespace towtank
