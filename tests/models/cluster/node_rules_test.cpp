#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "models/cluster/placement.hpp"
#include "tests/models/cluster/policies.hpp"

#if __has_include(<rapidcheck/catch.h>)
#include <rapidcheck/catch.h>
#define TOWTANK_HAS_RAPIDCHECK 1
#endif

/// What pods ask of nodes, and what nodes ask of pods.
namespace towtank {
namespace {

using Effect = Taint::Effect;
using Counts = std::vector<std::int64_t>;

double draw(std::uint32_t index) { return static_cast<double>((index * 2654435761U) >> 8U) * 0x1p-24; }

/// Nodes n-0, n-1, ... dealt over so many zones, with the labels of a kubelet.
std::vector<PlacementNode> nodes_in(std::size_t count, std::size_t zones = 1) {
  std::vector<PlacementNode> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    PlacementNode node;
    node.name = "n-" + std::to_string(i);
    node.zone = std::string{"abcdefgh"}.substr(i % zones, 1);
    node.cpu_millicores = 4000;
    node.memory_bytes = std::int64_t{16} << 30;
    node.labels = {{"kubernetes.io/hostname", node.name}, {"topology.kubernetes.io/zone", node.zone}};
    nodes.push_back(node);
  }
  return nodes;
}

PlacementRequest shop(std::int64_t replicas, PlacementPolicy policy = PlacementPolicy::even) {
  PlacementRequest request;
  request.workload = "shop";
  request.replicas = replicas;
  request.labels = {{"app", "shop"}};
  request.policy = policy;
  return request;
}

LabelSelector selecting(const std::string& app) {
  LabelSelector selector;
  selector.match_labels = {{"app", app}};
  return selector;
}

SpreadConstraint spread_over(const std::string& key, std::int64_t max_skew) {
  SpreadConstraint spread;
  spread.topology_key = key;
  spread.max_skew = max_skew;
  spread.selector = selecting("shop");
  return spread;
}

std::vector<PlacedPod> placed(const std::vector<PlacementNode>& nodes, const PlacementRequest& request,
                              const std::vector<PodsThere>& others = {}) {
  const auto pods = place(nodes, request, draw, others);
  INFO((pods ? "" : pods.error()[0].text()));
  REQUIRE(pods);
  return *pods;
}

Counts counts(const std::vector<PlacementNode>& nodes, const std::vector<PlacedPod>& pods) {
  Counts found(nodes.size(), 0);
  for (const PlacedPod& pod : pods)
    if (pod.node) ++found[*pod.node];
  return found;
}

std::string why(const std::vector<PlacedPod>& pods) { return pods.empty() ? "" : pods.back().pending_reason; }

TEST_CASE("a node selector and required affinity leave only the nodes that fit", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto nodes = nodes_in(4);
    nodes[1].labels["disk"] = nodes[2].labels["disk"] = "ssd";
    nodes[2].labels["gpu"] = "yes";
    auto request = shop(4, policy);
    request.scheduling.node_selector = {{"disk", "ssd"}};
    CHECK(counts(nodes, placed(nodes, request))[0] == 0);
    CHECK(counts(nodes, placed(nodes, request))[3] == 0);
    request.scheduling.required_node_terms = {{{"gpu", LabelRequirement::Operator::exists, {}, {}}}};
    CHECK(counts(nodes, placed(nodes, request)) == Counts{0, 0, 4, 0});
    // Of several terms one is enough; the reader gives an empty term a requirement that holds nowhere.
    request.scheduling.node_selector.clear();
    const LabelRequirement never{"", LabelRequirement::Operator::in, {}, {}};
    request.scheduling.required_node_terms.push_back({never});
    CHECK(counts(nodes, placed(nodes, request)) == Counts{0, 0, 4, 0});
    request.scheduling.required_node_terms = {{never}};
    CHECK(why(placed(nodes, request)) ==
          "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector");
  }
}

TEST_CASE("taints keep off pods that do not tolerate them, whatever the policy", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto nodes = nodes_in(3);
    nodes[0].taints = {{"dedicated", "db", Effect::no_schedule}};
    nodes[1].taints = {{"dying", "", Effect::no_execute}};
    auto request = shop(3, policy);
    CHECK(counts(nodes, placed(nodes, request)) == Counts{0, 0, 3});
    request.scheduling.tolerations = {{"dedicated", false, "db", Effect::no_schedule}};
    CHECK(counts(nodes, placed(nodes, request))[1] == 0);
    request.cpu_millicores = 4000;
    CHECK(counts(nodes, placed(nodes, request)) == Counts{1, 0, 1});
    CHECK(why(placed(nodes, request)) ==
          "0/3 nodes are available: 1 node(s) had untolerated taint {dying: }, 2 Insufficient cpu");
  }
}

TEST_CASE("a toleration holds for key, value and effect as Kubernetes compares them", "[unit]") {
  const Taint taint{"key", "value", Effect::no_execute};
  const auto holds = [&](const Toleration& toleration) { return tolerates(std::vector{toleration}, taint); };
  CHECK(holds({"", true, "", {}}));
  CHECK(holds({"key", true, "", {}}));
  CHECK(holds({"key", false, "value", {}}));
  CHECK(holds({"key", false, "value", Effect::no_execute}));
  CHECK_FALSE(holds({"key", false, "value", Effect::no_schedule}));
  CHECK_FALSE(holds({"key", false, "other", {}}));
  CHECK_FALSE(holds({"other", true, "", {}}));
  CHECK_FALSE(holds({"", false, "value", {}}));
}

TEST_CASE("PreferNoSchedule only shifts the default scheduler's choice", "[unit]") {
  auto nodes = nodes_in(2);
  nodes[0].taints = {{"old", "", Effect::prefer_no_schedule}};
  CHECK(counts(nodes, placed(nodes, shop(1, PlacementPolicy::scheduler_default))) == Counts{0, 1});
  auto request = shop(2, PlacementPolicy::scheduler_default);
  request.cpu_millicores = 3000;
  CHECK(counts(nodes, placed(nodes, request)) == Counts{1, 1});
  CHECK(counts(nodes, placed(nodes, shop(2))) == Counts{1, 1});
}

TEST_CASE("a pod that names its node is there, whatever the scheduler would say", "[unit]") {
  auto nodes = nodes_in(3);
  nodes[1].schedulable = false;
  nodes[1].taints = {{"dying", "", Effect::no_execute}};
  auto request = shop(3);
  request.cpu_millicores = 3000;
  request.scheduling.node_name = "n-1";
  CHECK(counts(nodes, placed(nodes, request)) == Counts{0, 3, 0});
  request.scheduling.node_name = "n-11";
  request.mark = {"s.yaml", 7, 3};
  const auto unknown = place(nodes, request, draw);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error()[0].text() ==
        "s.yaml:7:3: the nodeName of shop: no node is named \"n-11\"; did you mean \"n-1\"?");
}

TEST_CASE("known pods stay where they are and keep their names; the rest avoid these names", "[unit]") {
  auto request = shop(4);
  request.known = {{"shop-1", "n-2", {}}, {"shop-x", "", {}}};
  const auto pods = placed(nodes_in(3), request);
  REQUIRE(pods.size() == 4);
  CHECK(pods[0].name == "shop-1");
  CHECK(*pods[0].node == 2);
  CHECK(pods[1].name == "shop-x");
  CHECK(pods[2].name == "shop-0");
  CHECK(pods[3].name == "shop-2");
  CHECK(counts(nodes_in(3), pods)[2] <= 2);
}

TEST_CASE("a host port is given once on a node, for each protocol", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto request = shop(4, policy);
    request.host_ports = {{80, Protocol::tcp}};
    CHECK(counts(nodes_in(3), placed(nodes_in(3), request)) == Counts{1, 1, 1});
    CHECK(why(placed(nodes_in(3), request)) ==
          "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports");
    PodsThere other;
    other.host_ports = {{80, Protocol::tcp}};
    other.on_nodes = {{1, 2}};
    CHECK(counts(nodes_in(3), placed(nodes_in(3), request, {other})) == Counts{1, 0, 1});
    other.host_ports = {{80, Protocol::udp}};
    CHECK(counts(nodes_in(3), placed(nodes_in(3), request, {other})) == Counts{1, 1, 1});
  }
}

TEST_CASE("a pod of the host's network takes its container ports on the node", "[unit]") {
  PodTemplate pods;
  pods.containers.resize(1);
  pods.containers[0].ports.resize(2);
  pods.containers[0].ports[0].container_port = 80;
  pods.containers[0].ports[1].container_port = 443;
  pods.containers[0].ports[1].host_port = 8443;
  CHECK(host_ports_of(pods) == std::vector<HostPort>{{8443, Protocol::tcp}});
  pods.host_network = true;
  CHECK(host_ports_of(pods) == std::vector<HostPort>{{80, Protocol::tcp}, {8443, Protocol::tcp}});
}

TEST_CASE("required anti-affinity leaves one pod for a node, or for a zone", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    const auto nodes = nodes_in(4, 2);
    auto request = shop(5, policy);
    request.scheduling.apart_by_node = {selecting("shop")};
    CHECK(counts(nodes, placed(nodes, request)) == Counts{1, 1, 1, 1});
    CHECK(why(placed(nodes, request)) == "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules");
    request.scheduling.apart_by_zone = {selecting("shop")};
    const Counts by_zone = counts(nodes, placed(nodes, request));
    CHECK(by_zone[0] + by_zone[2] == 1);
    CHECK(by_zone[1] + by_zone[3] == 1);
    // Without the selector's label the pods do not mind each other.
    request.scheduling.apart_by_zone = request.scheduling.apart_by_node = {selecting("cart")};
    CHECK_FALSE(why(placed(nodes, request)).size() > 0);
  }
}

TEST_CASE("anti-affinity binds both ways, and within one namespace only", "[unit]") {
  const auto nodes = nodes_in(3);
  PodsThere cart;
  cart.name_space = "default";
  cart.labels = {{"app", "cart"}};
  cart.on_nodes = {{0, 1}};
  auto request = shop(3);
  request.scheduling.apart_by_node = {selecting("cart")};
  CHECK(counts(nodes, placed(nodes, request, {cart}))[0] == 0);
  request.scheduling.apart_by_node.clear();
  cart.apart_by_node = {selecting("shop")};
  CHECK(counts(nodes, placed(nodes, request, {cart}))[0] == 0);
  request.cpu_millicores = 4000;
  CHECK(why(placed(nodes, request, {cart})) ==
        "0/3 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 Insufficient cpu");
  cart.name_space = "other";
  CHECK(counts(nodes, placed(nodes, request, {cart})) == Counts{1, 1, 1});
}

TEST_CASE("a hard spread constraint bounds the skew, and pods beyond it wait", "[unit]") {
  for (const PlacementPolicy policy : kPolicies) {
    auto nodes = nodes_in(3, 3);
    auto request = shop(7, policy);
    request.scheduling.spread = {spread_over("topology.kubernetes.io/zone", 1)};
    auto found = counts(nodes, placed(nodes, request));
    std::sort(found.begin(), found.end());
    CHECK(found == Counts{2, 2, 3});
    // Zone c is full after one: the others may be one ahead.
    nodes[2].free_pod_slots = 1;
    CHECK(counts(nodes, placed(nodes, request)) == Counts{2, 2, 1});
    CHECK(why(placed(nodes, request)) ==
          "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't match pod topology spread constraints");
    request.scheduling.spread[0].do_not_schedule = false;
    CHECK(why(placed(nodes, request)).empty());
    request.scheduling.spread = {spread_over("rack", 1)};
    CHECK(why(placed(nodes, request)) ==
          "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label)");
  }
}

TEST_CASE("a domain whose nodes the pod's selector excludes does not count for the spread", "[unit]") {
  auto nodes = nodes_in(3, 3);
  nodes[0].labels["disk"] = nodes[1].labels["disk"] = "ssd";
  auto request = shop(6);
  request.scheduling.node_selector = {{"disk", "ssd"}};
  request.scheduling.spread = {spread_over("topology.kubernetes.io/zone", 1)};
  CHECK(counts(nodes, placed(nodes, request)) == Counts{3, 3, 0});
}

TEST_CASE("a DaemonSet has one pod on each node that it may run on, named after it", "[unit]") {
  auto nodes = nodes_in(4);
  nodes[0].schedulable = false;
  nodes[1].taints = {{"dedicated", "db", Effect::no_schedule}};
  nodes[2].used_cpu_millicores = 3900;
  auto request = shop(1);
  request.is_daemon = true;
  request.cpu_millicores = 200;
  request.scheduling.tolerations = daemon_tolerations(false);
  const auto pods = placed(nodes, request);
  REQUIRE(pods.size() == 3);
  CHECK(pods[0].name == "shop-n-0");
  CHECK(*pods[0].node == 0);
  CHECK(pods[1].name == "shop-n-2");
  CHECK(pods[1].pending_reason ==
        "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) didn't match Pod's node affinity/selector");
  CHECK(*pods[2].node == 3);
  request.pins = {{"n-0", 1, {}}};
  CHECK_FALSE(place(nodes, request, draw));
}

#ifdef TOWTANK_HAS_RAPIDCHECK
TEST_CASE("whatever is asked, no placed pod breaks a rule and no pending pod could be placed", "[unit]") {
  rc::prop("host ports, anti-affinity, taints and hard spread hold under every policy", [] {
    auto nodes = nodes_in(*rc::gen::inRange<std::size_t>(1, 9), *rc::gen::inRange<std::size_t>(1, 4));
    for (PlacementNode& node : nodes) {
      if (*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) node.taints = {{"t", "", Effect::no_schedule}};
      node.free_pod_slots = *rc::gen::inRange<std::int64_t>(0, 4);
    }
    auto request = shop(*rc::gen::inRange<std::int64_t>(0, 20),
                        *rc::gen::elementOf(std::vector<PlacementPolicy>(std::begin(kPolicies), std::end(kPolicies))));
    const auto skew = *rc::gen::inRange<std::int64_t>(1, 3);
    const bool by_port = *rc::gen::arbitrary<bool>();
    request.scheduling.spread = {spread_over("topology.kubernetes.io/zone", skew)};
    if (by_port) request.host_ports = {{80, Protocol::tcp}};

    const auto pods = place(nodes, request, draw);
    RC_ASSERT(pods.has_value());
    RC_ASSERT(pods->size() == static_cast<std::size_t>(request.replicas));
    const Counts found = counts(nodes, *pods);
    std::map<std::string, std::int64_t> by_zone;
    for (std::size_t i = 0; i < nodes.size(); ++i) by_zone[nodes[i].zone] += found[i];
    std::int64_t least = INT64_MAX;
    for (const auto& [zone, there] : by_zone) least = std::min(least, there);
    const bool pending = !pods->empty() && !pods->back().node;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const bool fits = nodes[i].taints.empty() && found[i] < nodes[i].free_pod_slots && !(by_port && found[i] > 0);
      RC_ASSERT(found[i] == 0 || nodes[i].taints.empty());
      RC_ASSERT(found[i] <= nodes[i].free_pod_slots);
      RC_ASSERT(!by_port || found[i] <= 1);
      RC_ASSERT(by_zone[nodes[i].zone] - least <= skew);
      RC_ASSERT(!(pending && fits && by_zone[nodes[i].zone] + 1 - least <= skew));
    }
  });
}
#endif

}  // namespace
}  // namespace towtank
