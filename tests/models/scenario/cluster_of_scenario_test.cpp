#include <algorithm>
#include <catch2/catch.hpp>

#include "models/scenario/build.hpp"
#include "tests/models/study/studies.hpp"

/// The cluster that a scenario's nodes and resources make.
namespace towtank::scenario {
namespace {

VariantInput shop(const std::string& cluster, int replicas = 3) {
  test::ScenarioText text;
  if (!cluster.empty()) text.cluster = {cluster};
  text.traffic = {"{name: api, to: \"http://shop/\", arrivals: poisson(1/s)}"};
  text.documents = {test::deployment("shop", replicas), test::service("shop")};
  return test::loaded(text.text()).variants[0];
}

ClusterState state_of(const VariantInput& variant) {
  const Result<ClusterState> state = cluster_state(variant, kPlacedOnce);
  INFO((state ? "" : test::text_of(state.error())));
  REQUIRE(state);
  return *state;
}

Node node(const std::string& name, const std::string& zone) {
  Node made;
  made.meta.name = name;
  made.meta.mark = {"nodes.yaml", 1, 1};
  if (!zone.empty()) made.meta.labels["topology.kubernetes.io/zone"] = zone;
  made.allocatable.cpu_millicores = 2000;
  made.allocatable.memory_bytes = std::int64_t{8} << 30;
  return made;
}

Workload observed(const VariantInput& variant, const std::string& name, const std::string& node) {
  Workload pod = variant.objects.workloads[0];
  pod.kind = WorkloadKind::pod;
  pod.meta.name = name;
  pod.replicas = 1;
  pod.observed.owner_kind = "Deployment";
  pod.observed.owner_name = "shop";
  pod.pods.scheduling.node_name = node;
  return pod;
}

TEST_CASE("nodes of pools have the labels of a kubelet, their zone and their role", "[unit]") {
  const ClusterState state = state_of(
      shop("nodePools: [{name: w, count: 3, zones: [b, a], labels: {disk: ssd}, taints: [\"x=y:PreferNoSchedule\"]}]"));
  REQUIRE(state.nodes.size() == 3);
  CHECK(state.nodes[1].name == "w-1");
  CHECK(state.nodes[1].zone == "a");
  for (const auto& [key, value] : Labels{{"kubernetes.io/hostname", "w-1"},
                                         {"kubernetes.io/os", "linux"},
                                         {"topology.kubernetes.io/zone", "a"},
                                         {"node-role.kubernetes.io/worker", ""},
                                         {"disk", "ssd"}}) {
    INFO(key);
    REQUIRE(state.nodes[1].labels.count(key) == 1);
    CHECK(state.nodes[1].labels.at(key) == value);
  }
  REQUIRE(state.nodes[1].taints.size() == 1);
  CHECK(state.nodes[1].taints[0].effect == Taint::Effect::prefer_no_schedule);
  CHECK(state.pods.size() == 3);
  CHECK(state.version == "1.33");
  CHECK(state.policy == "even");
}

TEST_CASE("control-plane nodes take no pods and no traffic of load balancers", "[unit]") {
  VariantInput variant = shop("nodePools: [{name: m, count: 1, role: control-plane}, {name: w, count: 2}]", 4);
  const ClusterState state = state_of(variant);
  CHECK(state.nodes[0].role == "control-plane");
  CHECK_FALSE(state.nodes[0].in_load_balancers);
  CHECK(state.nodes[1].in_load_balancers);
  for (const PodState& pod : state.pods) CHECK(*pod.node != 0);
  // Who tolerates the taint may go there.
  variant.objects.workloads[0].pods.scheduling.tolerations = {{"node-role.kubernetes.io/control-plane", true, "", {}}};
  variant.objects.workloads[0].kind = WorkloadKind::daemon_set;
  CHECK(state_of(variant).pods.size() == 3);
}

TEST_CASE("Node objects serve in place of pools, and not beside them", "[unit]") {
  VariantInput variant = shop("", 2);
  variant.objects.nodes = {node("n-b", "zb"), node("n-a", "za"), node("n-c", "")};
  variant.objects.nodes[0].unschedulable = true;
  variant.objects.nodes[2].meta.labels["node-role.kubernetes.io/control-plane"] = "";
  variant.objects.nodes[2].internal_address = "172.16.0.9";
  variant.objects.nodes[2].taints = {{"node-role.kubernetes.io/control-plane", "", Taint::Effect::no_schedule}};
  const ClusterState state = state_of(variant);
  REQUIRE(state.nodes.size() == 3);
  CHECK(state.nodes[0].name == "n-a");
  CHECK(state.nodes[0].cpu_millicores == 2000);
  CHECK_FALSE(state.nodes[1].schedulable);
  CHECK(state.nodes[2].role == "control-plane");
  CHECK(state.nodes[2].zone == "default");
  CHECK(state.nodes[2].internal_address == "172.16.0.9");
  // Only the label takes a node off the lists of load balancers.
  CHECK(state.nodes[2].in_load_balancers);
  for (const PodState& pod : state.pods) CHECK(*pod.node == 0);
  VariantInput excluded = variant;
  excluded.objects.nodes[2].meta.labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
  CHECK_FALSE(state_of(excluded).nodes[2].in_load_balancers);
  // A Node object's own host name counts.
  excluded.objects.nodes[1].meta.labels["kubernetes.io/hostname"] = "short";
  CHECK(state_of(excluded).nodes[0].labels.at("kubernetes.io/hostname") == "short");
  const Result<BuiltVariant> built = build(variant, kPlacedOnce);
  REQUIRE(built);
  CHECK(built->cluster.zones.size() == 3);

  variant.scenario.cluster.node_pools.resize(1);
  variant.scenario.cluster.node_pools[0].mark = {"s.yaml", 6, 5};
  const Result<ClusterState> both = cluster_state(variant, kPlacedOnce);
  REQUIRE_FALSE(both);
  CHECK(both.error()[0].text() ==
        "s.yaml:6:5: spec.cluster.nodePools and the Node objects of the resources, such as Node/n-b, both say which "
        "nodes "
        "there are: keep one of them");
}

TEST_CASE("a node's number of pods and its not being ready keep pods off", "[unit]") {
  VariantInput variant = shop("", 3);
  variant.objects.nodes = {node("n-0", "a"), node("n-1", "a")};
  variant.objects.nodes[0].pod_slots = 1;
  variant.objects.nodes[1].ready = false;
  const ClusterState state = state_of(variant);
  CHECK(state.warnings == std::vector<std::string>{
                              "Deployment/default/shop: 2 of 3 pods stay Pending: 0/2 nodes are available: 1 Too many "
                              "pods, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }"});
  CHECK_FALSE(state.nodes[1].ready);
}

TEST_CASE("the model has the observed pods on their nodes, and sends only to those that are ready", "[unit]") {
  VariantInput variant = shop("nodePools: [{name: w, count: 2}]", 3);
  const Workload first = observed(variant, "shop-x-1", "w-1");
  Workload second = observed(variant, "shop-x-2", "w-1");
  second.observed.ready = false;
  variant.objects.workloads.push_back(first);
  variant.objects.workloads.push_back(second);
  const Result<BuiltVariant> built = build(variant, kPlacedOnce);
  INFO((built ? "" : test::text_of(built.error())));
  REQUIRE(built);
  const model::Cluster& cluster = built->cluster;
  REQUIRE(cluster.workloads.size() == 1);
  REQUIRE(cluster.pods.size() == 3);
  CHECK(cluster.pods[0].name == "shop-x-1");
  CHECK(cluster.pods[0].node == 1);
  CHECK(cluster.pods[1].node == 1);
  CHECK(cluster.pods[2].name == "shop-0");
  CHECK(cluster.pods[2].node == 0);
  REQUIRE(cluster.services.size() == 1);
  CHECK(cluster.services[0].pods == std::vector<std::uint32_t>{2, 0});
  CHECK(built->findings ==
        std::vector<std::string>{
            "Deployment/default/shop: 2 of 3 pods are where they were observed, 1 by the placement policy"});
}

TEST_CASE("when no pod is ready, those that serve while they terminate are sent to", "[unit]") {
  VariantInput variant = shop("nodePools: [{name: w, count: 2}]", 0);
  Workload pod = observed(variant, "shop-x-1", "w-1");
  pod.observed.terminating = true;
  variant.objects.workloads.push_back(pod);
  const Result<BuiltVariant> built = build(variant, kPlacedOnce);
  REQUIRE(built);
  CHECK(built->cluster.services[0].pods == std::vector<std::uint32_t>{0});
  variant.objects.workloads[1].observed.ready = false;
  const Result<BuiltVariant> nobody = build(variant, kPlacedOnce);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error()[0].message ==
        "Service/shop has no endpoint, so every connection would be refused: none of its pods is ready");
}

TEST_CASE("a cluster is shown without any traffic", "[unit]") {
  VariantInput variant = shop("");
  variant.scenario.traffic.clear();
  const Result<BuiltVariant> built = build(variant, kPlacedOnce);
  REQUIRE(built);
  CHECK(built->cluster.traffic.empty());
  CHECK(built->cluster.pods.empty());
  CHECK(state_of(variant).services.size() == 1);
}

}  // namespace
}  // namespace towtank::scenario
