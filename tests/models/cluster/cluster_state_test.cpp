#include "models/cluster/cluster_state.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "models/cluster/address_book.hpp"
#include "models/kubernetes/selection.hpp"

#if __has_include(<rapidcheck/catch.h>)
#include <rapidcheck/catch.h>
#define TOWTANK_HAS_RAPIDCHECK 1
#endif

namespace towtank {
namespace {

Workload workload(WorkloadKind kind, const std::string& name, std::int64_t replicas) {
  Workload made;
  made.kind = kind;
  made.meta.name = name;
  made.replicas = replicas;
  made.pods.labels = {{"app", name}};
  made.pods.containers.resize(1);
  made.pods.containers[0].ports.resize(1);
  made.pods.containers[0].ports[0].name = "http";
  made.pods.containers[0].ports[0].container_port = 8080;
  return made;
}

Service service(const std::string& name, ServiceType type = ServiceType::cluster_ip) {
  Service made;
  made.meta.name = name;
  made.type = type;
  made.selector = Labels{{"app", name}};
  made.ports.resize(1);
  made.ports[0].port = 80;
  made.ports[0].target_port.text = "http";
  return made;
}

Workload pod_of(const std::string& owner_kind, const std::string& owner, const std::string& name,
                const std::string& node) {
  Workload made = workload(WorkloadKind::pod, owner, 1);
  made.meta.name = name;
  made.observed.owner_kind = owner_kind;
  made.observed.owner_name = owner;
  made.pods.scheduling.node_name = node;
  return made;
}

/// `worker-0`, `worker-1`, ... in zones a and b.
Result<ClusterState> state_of(const Objects& objects, std::size_t nodes = 3) {
  std::vector<NodeState> made(nodes);
  std::vector<PlacementNode> placement;
  for (std::size_t i = 0; i < nodes; ++i) {
    made[i].name = "worker-" + std::to_string(i);
    made[i].zone = i % 2 == 0 ? "a" : "b";
    made[i].cpu_millicores = 64'000;
    made[i].memory_bytes = std::int64_t{1} << 40;
  }
  CHECK(finish_nodes(made, std::vector<Mark>(nodes)).empty());
  for (const NodeState& node : made) {
    PlacementNode each;
    each.name = node.name;
    each.zone = node.zone;
    each.cpu_millicores = node.cpu_millicores;
    each.memory_bytes = node.memory_bytes;
    each.labels = {{"kubernetes.io/hostname", node.name}};
    placement.push_back(each);
  }
  ScheduleRequest request;
  request.pins_of = [](const Workload&) { return std::vector<PlacementPin>{}; };
  request.draws_of = [](const Workload&) -> PlacementDraw {
    return [](std::uint32_t index) { return static_cast<double>(index * 2654435761U) * 0x1p-32; };
  };
  const Result<Schedule> placed = schedule(placement, owned_pods(objects), request);
  if (!placed) return placed.error();
  std::vector<Service> services = objects.services;
  CHECK_FALSE(allocate_node_ports(services));
  return make_cluster_state(std::move(made), *placed, objects, services);
}

ClusterState made(const Objects& objects, std::size_t nodes = 3) {
  Result<ClusterState> state = state_of(objects, nodes);
  INFO((state ? "" : state.error()[0].text()));
  REQUIRE(state);
  return std::move(*state);
}

/// Who has which address, node ports included.
std::map<std::string, std::string> addresses(const ClusterState& state) {
  std::map<std::string, std::string> found;
  for (const NodeState& node : state.nodes) found["node/" + node.name] = node.internal_address;
  for (const PodState& pod : state.pods) found["pod/" + pod.name_space + '/' + pod.name] = pod.ip;
  for (const ServiceState& each : state.services) {
    std::string text = each.cluster_ip;
    for (const std::string& address : each.external_addresses) text += ' ' + address;
    for (const ServicePort& port : each.service.ports) text += ' ' + std::to_string(port.node_port.value_or(0));
    found["service/" + each.service.meta.full_name()] = text;
  }
  return found;
}

TEST_CASE("addresses are texts of four numbers, and nothing else is one", "[unit]") {
  CHECK(ipv4_text(*ipv4_of("10.0.255.1")) == "10.0.255.1");
  for (const char* text : {"", "10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.-1", "a.b.c.d", "10.0.0.1 ", "::1"}) {
    INFO(text);
    CHECK_FALSE(ipv4_of(text));
  }
}

TEST_CASE("a full range goes on into the next, and nobody gets what is taken", "[unit]") {
  AddressBook book;
  book.take(11);
  const AddressRange ranges[] = {{10, 3}, {100, 2}};
  std::set<std::uint32_t> given;
  for (const char* name : {"a", "b", "c", "d"}) given.insert(*book.give(name, ranges));
  CHECK(given == std::set<std::uint32_t>{10, 12, 100, 101});
  CHECK_FALSE(book.give("e", ranges));
}

TEST_CASE("nodes, pods and Services have addresses of their own ranges", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 4)};
  objects.services = {service("shop", ServiceType::load_balancer), service("bare"), service("names"), service("far")};
  objects.services[2].cluster_ip = "None";
  objects.services[3].type = ServiceType::external_name;
  const ClusterState state = made(objects);
  for (const NodeState& node : state.nodes) CHECK(node.internal_address.substr(0, 5) == "10.0.");
  std::map<std::uint32_t, std::string> blocks;
  for (const PodState& pod : state.pods) {
    CHECK(pod.ip.substr(0, 7) == "10.244.");
    const std::string block = pod.ip.substr(0, pod.ip.rfind('.'));
    CHECK(blocks.emplace(*pod.node, block).first->second == block);
  }
  CHECK(blocks.size() == 3);
  const ServiceState& shop = *state.find_service("default", "shop");
  const std::uint32_t cluster_ip = *ipv4_of(shop.cluster_ip);
  CHECK(cluster_ip > *ipv4_of("10.96.1.0"));
  CHECK(cluster_ip < *ipv4_of("10.112.0.0"));
  REQUIRE(shop.external_addresses.size() == 1);
  CHECK(shop.external_addresses[0].substr(0, 11) == "198.51.100.");
  CHECK(shop.service.ports[0].node_port.value_or(0) >= 30'086);
  CHECK(state.find_service("default", "bare")->external_addresses.empty());
  CHECK(state.find_service("default", "names")->cluster_ip.empty());
  CHECK(state.find_service("default", "far")->cluster_ip.empty());
  CHECK(state.find_service("default", "none") == nullptr);
}

TEST_CASE("addresses that the objects tell are kept and given to nobody else", "[unit]") {
  Objects objects;
  objects.services = {service("a", ServiceType::load_balancer), service("b", ServiceType::load_balancer)};
  const std::string wanted = made(objects).find_service("default", "b")->cluster_ip;
  objects.services[0].cluster_ip = wanted;
  objects.services[0].load_balancer_addresses = {"lb.example.com"};
  const ClusterState state = made(objects);
  CHECK(state.find_service("default", "a")->cluster_ip == wanted);
  CHECK(state.find_service("default", "a")->external_addresses == std::vector<std::string>{"lb.example.com"});
  CHECK(state.find_service("default", "b")->cluster_ip != wanted);
  objects.services[1].cluster_ip = wanted;
  const auto twice = state_of(objects);
  REQUIRE_FALSE(twice);
  CHECK(twice.error()[0].message.find("which Service/default/a has too") != std::string::npos);
}

TEST_CASE("a clusterIP or load balancer's address that is given is no pod's", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 2)};
  objects.services = {service("shop", ServiceType::load_balancer)};
  const ClusterState before = made(objects);
  objects.services[0].cluster_ip = before.pods[0].ip;
  objects.services[0].load_balancer_addresses = {before.pods[1].ip};
  const ClusterState after = made(objects);
  CHECK(after.services[0].cluster_ip == before.pods[0].ip);
  CHECK(after.services[0].external_addresses[0] == before.pods[1].ip);
  for (const PodState& pod : after.pods) {
    CHECK(pod.ip != before.pods[0].ip);
    CHECK(pod.ip != before.pods[1].ip);
  }
}

TEST_CASE("nodes of one name or one address are errors", "[unit]") {
  std::vector<NodeState> nodes(3);
  nodes[0].name = nodes[1].name = "a";
  nodes[2].name = "b";
  nodes[0].internal_address = nodes[2].internal_address = "10.0.0.9";
  const Problems problems = finish_nodes(nodes, std::vector<Mark>(3));
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message == "two nodes are named a: rename one of the node pools");
  CHECK(problems[1].message == "Node/b has the InternalIP 10.0.0.9, which Node/a has too: correct one of them");
}

TEST_CASE("a target port by name is each pod's own", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "old", 1), workload(WorkloadKind::deployment, "new", 1),
                       workload(WorkloadKind::deployment, "other", 1)};
  for (Workload& each : objects.workloads) each.pods.labels = {{"app", "shop"}};
  objects.workloads[1].pods.containers[0].ports[0].container_port = 9090;
  objects.workloads[2].pods.containers[0].ports[0].name = "admin";
  objects.services = {service("shop")};
  const ClusterState state = made(objects);
  std::map<std::string, std::int64_t> ports;
  for (const EndpointState& endpoint : state.services[0].ports[0].endpoints) {
    CHECK(endpoint.address == state.pods[*endpoint.pod].ip);
    ports[state.pods[*endpoint.pod].name] = endpoint.port;
  }
  CHECK(ports == std::map<std::string, std::int64_t>{{"new-0", 9090}, {"old-0", 8080}});
}

TEST_CASE("observed pods are their workload's, with their own node, address, labels and conditions", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 3),
                       pod_of("Deployment", "shop", "shop-x1", "worker-2"),
                       pod_of("Deployment", "shop", "shop-x2", "worker-2"), pod_of("", "", "gone", "worker-0")};
  objects.workloads[1].observed.pod_ip = "10.1.2.3";
  objects.workloads[1].observed.ready = false;
  objects.workloads[2].observed.terminating = true;
  objects.workloads[3].observed.ended = true;
  objects.services = {service("shop")};
  const ClusterState state = made(objects);
  REQUIRE(state.pods.size() == 4);  // two that were seen, and two more as one of these leaves
  CHECK_FALSE(state.find_pod("default", "gone"));
  const PodState& first = state.pods[*state.find_pod("default", "shop-x1")];
  CHECK(first.ip == "10.1.2.3");
  CHECK(*first.node == 2);
  CHECK(first.workload == 0);
  CHECK(state.notes ==
        std::vector<std::string>{
            "Deployment/default/shop: 2 of 4 pods are where they were observed, 2 by the placement policy"});
  std::size_t ready = 0;
  for (const EndpointState& endpoint : state.services[0].ports[0].endpoints) {
    const std::string& name = state.pods[*endpoint.pod].name;
    if (name == "shop-x1") CHECK_FALSE(endpoint.conditions.serving);
    if (name == "shop-x2") CHECK((endpoint.conditions.serving && endpoint.conditions.terminating));
    ready += endpoint.conditions.ready ? 1 : 0;
  }
  CHECK(ready == 2);
}

TEST_CASE("a pod on a node that is not there is an error with a remedy", "[unit]") {
  Objects objects;
  objects.workloads = {pod_of("", "", "lone", "ip-10-0-0-7")};
  const auto state = state_of(objects);
  REQUIRE_FALSE(state);
  CHECK(state.error()[0].message ==
        "Pod/lone runs on a node that is not in the cluster: no node is named \"ip-10-0-0-7\"; add the Node objects to "
        "the resources");
}

TEST_CASE("pods of the host's network have the node's address, pending ones have none", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::daemon_set, "agent", 1), workload(WorkloadKind::deployment, "big", 1)};
  objects.workloads[0].pods.host_network = true;
  objects.workloads[1].pods.containers[0].requests.cpu_millicores = 65'000;
  objects.services = {service("agent"), service("big")};
  const ClusterState state = made(objects);
  REQUIRE(state.pods.size() == 4);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(state.pods[i].name == "agent-worker-" + std::to_string(i));
    CHECK(state.pods[i].ip == state.nodes[i].internal_address);
    CHECK(state.pods[i].host_ports == std::vector<HostPort>{{8080, Protocol::tcp}});
  }
  CHECK(state.pods[3].ip.empty());
  CHECK(state.pods[3].pending_reason == "0/3 nodes are available: 3 Insufficient cpu");
  CHECK(state.services[0].ports[0].endpoints.size() == 3);
  CHECK(state.services[1].ports[0].endpoints.empty());
  CHECK(state.warnings == std::vector<std::string>{"Deployment/default/big: 1 of 1 pod stays Pending: 0/3 nodes are "
                                                   "available: 3 Insufficient cpu"});
}

TEST_CASE("a Deployment beside a StatefulSet of its name gives way with the names of its pods", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "db", 2), workload(WorkloadKind::stateful_set, "db", 2)};
  const ClusterState state = made(objects);
  std::vector<std::string> names;
  for (const PodState& pod : state.pods) names.push_back(pod.name);
  CHECK(names == std::vector<std::string>{"db-0", "db-1", "db-deployment-0", "db-deployment-1"});
  CHECK(state.pods[0].workload == 1);
}

TEST_CASE("a Service can select one pod of a StatefulSet", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::stateful_set, "db", 3)};
  objects.services = {service("db")};
  objects.services[0].selector = Labels{{"statefulset.kubernetes.io/pod-name", "db-1"}};
  const ClusterState state = made(objects);
  REQUIRE(state.services[0].ports[0].endpoints.size() == 1);
  CHECK(state.pods[*state.services[0].ports[0].endpoints[0].pod].name == "db-1");
  objects.services[0].selector = Labels{{"apps.kubernetes.io/pod-index", "2"}};
  const ClusterState by_index = made(objects);
  REQUIRE(by_index.services[0].ports[0].endpoints.size() == 1);
  CHECK(by_index.pods[*by_index.services[0].ports[0].endpoints[0].pod].name == "db-2");
}

TEST_CASE("a DaemonSet gives way with the names of its pods to a Pod, not to its own", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::daemon_set, "agent", 1), pod_of("", "", "agent-worker-1", "")};
  const auto names = [&] {
    std::vector<std::string> all;
    for (const PodState& pod : made(objects).pods) all.push_back(pod.name);
    return all;
  };
  CHECK(names() == std::vector<std::string>{"agent-daemonset-worker-0", "agent-daemonset-worker-1",
                                            "agent-daemonset-worker-2", "agent-worker-1"});
  objects.workloads[1] = pod_of("DaemonSet", "agent", "agent-worker-1", "worker-1");
  CHECK(names() == std::vector<std::string>{"agent-worker-0", "agent-worker-1", "agent-worker-2"});
}

TEST_CASE("trafficDistribution hints at the zone or the node of each endpoint that is ready", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::daemon_set, "shop", 1),
                       pod_of("DaemonSet", "shop", "shop-x", "worker-1")};
  objects.workloads[1].observed.ready = false;
  objects.services = {service("shop")};
  const auto hints = [&](TrafficDistribution distribution) {
    objects.services[0].traffic_distribution = distribution;
    std::map<std::string, std::string> all;
    const ClusterState state = made(objects);
    for (const EndpointState& endpoint : state.services[0].ports[0].endpoints) {
      std::string& text = all[state.pods[*endpoint.pod].name];
      for (const std::string& zone : endpoint.zone_hints) text += "zone " + zone;
      for (const std::string& node : endpoint.node_hints) text += ", node " + node;
    }
    return all;
  };
  using Hints = std::map<std::string, std::string>;
  CHECK(hints(TrafficDistribution::none) == Hints{{"shop-worker-0", ""}, {"shop-worker-2", ""}, {"shop-x", ""}});
  CHECK(hints(TrafficDistribution::same_zone) ==
        Hints{{"shop-worker-0", "zone a"}, {"shop-worker-2", "zone a"}, {"shop-x", ""}});
  CHECK(hints(TrafficDistribution::same_node) ==
        Hints{{"shop-worker-0", "zone a, node worker-0"}, {"shop-worker-2", "zone a, node worker-2"}, {"shop-x", ""}});
}

TEST_CASE("EndpointSlices speak for Services without selector only", "[unit]") {
  Objects objects;
  objects.services = {service("outside"), service("shop")};
  objects.services[0].selector.reset();
  for (const char* name : {"outside", "shop"}) {
    EndpointSlice slice;
    slice.service = name;
    slice.endpoints.resize(3);
    slice.endpoints[0].addresses = {"192.0.2.10"};
    slice.endpoints[1].addresses = {"192.0.2.9"};
    slice.endpoints[1].ready = false;
    slice.endpoints[1].serving = slice.endpoints[1].terminating = true;
    slice.endpoints[1].node = "worker-1";
    slice.endpoints[1].zone_hints = {"b", "elsewhere"};
    slice.ports.resize(2);
    slice.ports[0].port = 5432;
    slice.ports[1].name = "metrics";
    slice.ports[1].port = 9000;
    objects.endpoint_slices.push_back(slice);
  }
  objects.endpoint_slices.push_back(objects.endpoint_slices[0]);  // an endpoint may stand in two slices
  const ClusterState state = made(objects);
  const auto& endpoints = state.find_service("default", "outside")->ports[0].endpoints;
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].address == "192.0.2.9");
  CHECK(endpoints[0].port == 5432);
  CHECK(endpoints[0].conditions.terminating);
  CHECK(endpoints[1].conditions.ready);
  CHECK(state.find_service("default", "shop")->ports[0].endpoints.empty());
  const auto facts = facts_of(state, state.find_service("default", "outside")->ports[0]);
  CHECK(facts[0].node == 1);
  CHECK(facts[0].zone_hints == std::vector<std::int32_t>{1, -1});
  CHECK(facts[1].node == -1);
}

TEST_CASE("neither the order of the objects nor what else there is changes an address", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 5), workload(WorkloadKind::stateful_set, "db", 2)};
  objects.services = {service("shop", ServiceType::load_balancer), service("db")};
  const auto before = addresses(made(objects));
  std::reverse(objects.workloads.begin(), objects.workloads.end());
  std::reverse(objects.services.begin(), objects.services.end());
  CHECK(addresses(made(objects)) == before);
  // The twin: another name is another address.
  objects.services[0].meta.name = "db2";
  CHECK(addresses(made(objects))["service/default/db2"] != before.at("service/default/db"));
}

#ifdef TOWTANK_HAS_RAPIDCHECK
TEST_CASE("an unrelated Service changes no other address but by a collision", "[unit]") {
  rc::prop("of ClusterIPs, load balancers, pods and nodes", [] {
    Objects objects;
    const auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      const std::string name = "s" + std::to_string(*rc::gen::inRange(0, 1000)) + "-" + std::to_string(i);
      objects.services.push_back(
          service(name, *rc::gen::arbitrary<bool>() ? ServiceType::cluster_ip : ServiceType::load_balancer));
      objects.workloads.push_back(workload(WorkloadKind::deployment, name, *rc::gen::inRange(0, 4)));
    }
    const auto before = addresses(made(objects));
    Objects alone;
    alone.services = {service("unrelated")};
    const std::string home = made(alone).services[0].cluster_ip;
    for (const auto& [who, address] : before) RC_PRE(address.substr(0, home.size()) != home);
    objects.services.insert(objects.services.begin(), service("unrelated", ServiceType::cluster_ip));
    auto after = addresses(made(objects));
    RC_ASSERT(after.erase("service/default/unrelated") == 1U);
    RC_ASSERT(after == before);
    std::set<std::string> distinct;
    for (const PodState& pod : made(objects).pods) RC_ASSERT(distinct.insert(pod.ip).second);
  });
}
#endif

TEST_CASE("thousands of nodes and pods have different addresses", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 30'000)};
  const ClusterState state = made(objects, 3000);
  std::set<std::string> distinct;
  for (const NodeState& node : state.nodes) distinct.insert(node.internal_address);
  for (const PodState& pod : state.pods) distinct.insert(pod.ip);
  CHECK(distinct.size() == 33'000);
}

TEST_CASE("more pods than a node's block holds go on in another range", "[unit]") {
  Objects objects;
  objects.workloads = {workload(WorkloadKind::deployment, "shop", 300)};
  const ClusterState state = made(objects, 1);
  std::size_t beyond = 0;
  std::set<std::string> distinct;
  for (const PodState& pod : state.pods) {
    distinct.insert(pod.ip);
    beyond += pod.ip.substr(0, 7) != "10.244." ? 1 : 0;
  }
  CHECK(distinct.size() == 300);
  CHECK(beyond == 300 - 253);
}

}  // namespace
}  // namespace towtank
