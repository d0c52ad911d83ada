#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/resources.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;

constexpr const char* kShopInZones = R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: shop}
spec:
  cluster:
    nodePools:
      - {name: worker, count: 2, zones: [a, b]}
      - {name: master, count: 1, role: control-plane}
    placement: {pin: {Deployment/shop: {worker-0: 2, worker-1: 1}}}
  variants:
    - {name: small}
    - {name: large, set: {"Deployment/shop:spec.replicas": 5}}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: LoadBalancer, selector: {app: shop}, ports: [{name: http, port: 5001, nodePort: 30904, targetPort: 8001}, {name: admin, port: 90, nodePort: 30905}]}
---
apiVersion: v1
kind: Service
metadata: {name: names}
spec: {clusterIP: None, selector: {app: shop}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: app}]}}
)";

Ended get(std::vector<std::string> words, const std::string& input = kShopInZones) {
  words.insert(words.begin(), "get");
  return test::towtank(words, input);
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("get svc shows the columns of kubectl, ports as PORT:NODEPORT/PROTOCOL", "[unit]") {
  const Ended ended = get({"-", "svc"});
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  const CsvTable table = *parse_csv(get({"-", "svc", "-o", "csv"}).out, "svc");
  CHECK(table.header == std::vector<std::string>{"NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "SELECTOR"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][2] == "None");
  CHECK(table.rows[0][3].empty());
  CHECK(table.rows[0][4] == "80/TCP");
  CHECK(table.rows[1][1] == "LoadBalancer");
  CHECK(table.rows[1][4] == "5001:30904/TCP,90:30905/TCP");
  CHECK(table.rows[1][5] == "app=shop");
  CHECK(ended.out.substr(0, 5) == "NAME ");
  CHECK(holds(ended.out, "  PORT(S)\n"));
  CHECK(holds(ended.out, "names  ClusterIP     None"));
  CHECK(holds(ended.out, table.rows[1][2] + "  " + table.rows[1][3]));
  CHECK(count_lines(ended.out) == 3);
}

TEST_CASE("get pods and ep tell that their places are modelled, get svc and nodes have nothing to tell", "[unit]") {
  const std::string note = "note: placement is modelled (policy even), not observed";
  CHECK(holds(get({"-", "pods"}).err, note));
  CHECK(holds(get({"-", "ep"}).err, note));
  CHECK(get({"-", "nodes"}).err.empty());
  CHECK(get({"-", "pods", "-q"}).err.empty());
}

TEST_CASE("get pods shows node and address in the wide form", "[unit]") {
  const CsvTable table = *parse_csv(get({"-", "po", "-o", "csv"}).out, "pods");
  CHECK(table.header == std::vector<std::string>{"NAME", "READY", "STATUS", "IP", "NODE"});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0][0] == "shop-0");
  CHECK(table.rows[0][1] == "1/1");
  CHECK(table.rows[0][2] == "Running");
  CHECK(table.rows[0][3].substr(0, 7) == "10.244.");
  CHECK(table.rows[0][4] == "worker-0");
  CHECK(table.rows[2][4] == "worker-1");
  CHECK(holds(get({"-", "pods", "-o", "wide"}).out, table.rows[2][3] + "  worker-1\n"));
  CHECK_FALSE(holds(get({"-", "pods"}).out, "worker-1"));
}

TEST_CASE("get nodes shows roles and, wide, addresses and zones", "[unit]") {
  const std::string text = get({"-", "no", "-o", "wide"}).out;
  CHECK(holds(text, "NAME      STATUS  ROLES          VERSION  INTERNAL-IP"));
  CHECK(holds(text, "master-0  Ready   control-plane  v1.33    10.0."));
  CHECK(holds(text, "<none>       b\n"));
}

TEST_CASE("get ep lists three endpoints and how many more, in the wide form all", "[unit]") {
  const std::string text = get({"-", "endpoints"}).out;
  CHECK(holds(text, ":8001,"));
  CHECK(holds(text, " + 3 more...\n"));  // three pods behind two ports
  CHECK_FALSE(holds(get({"-", "ep", "-o", "wide"}).out, "more..."));
}

TEST_CASE("get without a resource shows all that there is, each name with its kind", "[unit]") {
  const std::string text = get({"-"}).out;
  CHECK(text == get({"-", "all"}).out);
  for (const char* name : {"node/worker-0 ", "pod/shop-2 ", "service/shop ", "endpoints/names "})
    CHECK(holds(text, name));
  CHECK_FALSE(holds(text, "CLASS"));
  CHECK(get({"-", "ing"}).out == "no ingresses in the cluster\n");
}

TEST_CASE("get shows the first variant, or the one asked for", "[unit]") {
  CHECK(count_lines(get({"-", "pods"}).out) == 4);
  CHECK(count_lines(get({"-", "pods", "--variant", "large"}).out) == 6);
  CHECK(get({"-", "pods", "--variant", "big"}).status == 2);
  CHECK(get({"-", "pods", "--variant", "large", "--variant", "small"}).status == 2);
}

TEST_CASE("get takes kubectl's names and its order of words", "[unit]") {
  const std::string services = get({"-", "svc"}).out;
  for (const char* name : {"service", "services", "Service", "SVC"}) CHECK(get({"-", name}).out == services);
  CHECK(get({"svc", "-"}).out == services);
  CHECK(get({"svc,po", "-"}).out == get({"-", "services,pods"}).out);
  const Ended unknown = get({"-", "svcs"});
  CHECK(unknown.status == 2);
  CHECK(unknown.out.empty());
  CHECK(holds(
      unknown.err,
      "'svcs' is no resource of the cluster; there are svc, pods, nodes, ep, ing and all; did you mean \"svc\"?"));
  CHECK(get({}).status == 2);
}

TEST_CASE("a column NAMESPACE appears when there are several", "[unit]") {
  const std::string more = std::string{kShopInZones} +
                           "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: other}\n"
                           "spec: {selector: {app: shop}, ports: [{port: 80}]}\n";
  const std::string text = get({"-", "svc"}, more).out;
  CHECK(text.substr(0, 16) == "NAMESPACE  NAME ");
  CHECK(holds(text, "\nother      shop "));
  CHECK(get({"-", "no"}, more).out == get({"-", "no"}).out);
  CHECK(holds(get({"-"}, more).out, "other      service/shop "));
}

TEST_CASE("get answers as JSON, CSV and Markdown", "[unit]") {
  const auto answer = nlohmann::json::parse(get({"-", "-o", "json"}).out);
  CHECK(answer["schemaVersion"] == 1);
  CHECK(answer["placementPolicy"] == "even");
  CHECK(answer["nodes"][0]["loadBalancerTarget"] == false);
  CHECK(answer["nodes"][0]["taints"][0]["key"] == "node-role.kubernetes.io/control-plane");
  CHECK(answer["nodes"][1]["loadBalancerTarget"] == true);
  CHECK(answer["pods"].size() == 3);
  CHECK(answer["services"][1]["ports"][0]["nodePort"] == 30904);
  CHECK(answer["endpoints"][1]["ports"][0]["endpoints"].size() == 3);
  CHECK_FALSE(nlohmann::json::parse(get({"-", "svc", "-o", "json"}).out).contains("pods"));
  CHECK(holds(get({"-", "pods", "-o", "markdown"}).out,
              "| NAME | READY | STATUS |\n| --- | --- | --- |\n| shop-0 | 1/1 | Running |\n"));
  CHECK(holds(get({"-", "-o", "markdown"}).out, "\n### services\n"));
  CHECK(get({"-", "-o", "csv"}).status == 2);
}

TEST_CASE("pods that stay Pending are shown, with the reason as a warning", "[unit]") {
  const Ended ended = get({"-", "pods", "--set", "Deployment/shop:spec.replicas=4", "-q", "--set",
                           "scenario:spec.cluster.nodePools[name=worker].taints=[\"dedicated=db:NoSchedule\"]"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "shop-3  0/1    Pending\n"));
  CHECK(
      ended.err ==
      "warning: Deployment/default/shop: 1 of 4 pods stay Pending: 0/3 nodes are available: 1 node(s) had untolerated "
      "taint {node-role.kubernetes.io/control-plane: }, 2 node(s) had untolerated taint {dedicated: db}\n");
}

/// As `kubectl get nodes,deploy,pods,svc -o yaml` tells it; the ReplicaSet between was not asked for.
constexpr const char* kObserved = R"(
apiVersion: towtank/v1
kind: Scenario
metadata: {name: observed}
spec: {}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/zone: a}}
status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}, addresses: [{type: InternalIP, address: 192.168.0.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {topology.kubernetes.io/zone: b}}
spec: {taints: [{key: dedicated, value: db, effect: NoSchedule}]}
status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: shop-6d4cf-x2x9z
  labels: {app: shop, pod-template-hash: 6d4cf}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: shop-6d4cf, uid: u1, controller: true}]
spec: {nodeName: n2, containers: [{name: c, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.9.9.9, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
)";

TEST_CASE("pods that were observed keep node and address; only the others are placed", "[unit]") {
  const Ended pods = get({"-", "pods", "-o", "csv"}, kObserved);
  CHECK(pods.status == 0);
  CHECK(holds(pods.out, "shop-6d4cf-x2x9z,1/1,Running,10.9.9.9,n2"));
  CHECK(holds(pods.out, "shop-0,1/1,Running,10.244."));
  CHECK(holds(pods.out, ",n1"));
  CHECK_FALSE(holds(pods.out, "shop-1,"));
  CHECK(
      holds(pods.err, "Deployment/default/shop: 1 of 2 pods are where they were observed, 1 by the placement policy"));
  CHECK(holds(get({"-", "nodes", "-o", "csv"}, kObserved).out, "192.168.0.11"));
}

// ---- what is there already, and what rules count -------------------------------------------------------------------

constexpr const char* kNothingSent = "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {}\n";

std::string node_object(const std::string& name, const std::string& labels, int cpu = 4) {
  return "---\napiVersion: v1\nkind: Node\nmetadata: {name: " + name + ", labels: {" + labels +
         "}}\nstatus: {allocatable: {cpu: \"" + std::to_string(cpu) + "\", memory: 16Gi, pods: \"110\"}}\n";
}

std::string workload_with_cpu(const std::string& kind, const std::string& name, int replicas, const std::string& spec,
                              const std::string& cpu) {
  return "---\napiVersion: apps/v1\nkind: " + kind + "\nmetadata: {name: " + name +
         "}\nspec:\n  replicas: " + std::to_string(replicas) + "\n  selector: {matchLabels: {app: " + name + "}}\n" +
         (kind == "StatefulSet" ? "  serviceName: " + name + "\n" : "") +
         "  template:\n    metadata: {labels: {app: " + name + "}}\n    spec: {" + spec +
         "containers: [{name: c, resources: {requests: {cpu: " + cpu + "}}}]}\n";
}

std::string pod_of(const std::string& kind, const std::string& owner, const std::string& name, const std::string& node,
                   const std::string& meta = "") {
  const bool is_deployment = kind == "Deployment";
  return "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n" + meta + "  labels: {app: " + owner +
         (is_deployment ? ", pod-template-hash: h1" : "") + "}\n  ownerReferences: [{apiVersion: apps/v1, kind: " +
         (is_deployment ? "ReplicaSet, name: " + owner + "-h1" : kind + ", name: " + owner) +
         ", uid: u1, controller: true}]\nspec: {nodeName: " + node +
         ", containers: [{name: c}]}\nstatus: {phase: Running, conditions: [{type: Ready, status: \"True\"}]}\n";
}

/// How many pods of this prefix are on a node.
std::size_t pods_on(const std::string& input, const std::string& prefix, const std::string& node) {
  const Ended ended = get({"-", "pods", "-o", "json", "-q"}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  std::size_t count = 0;
  const auto answer = nlohmann::json::parse(ended.out);
  for (const auto& pod : answer["pods"])
    if (pod["name"].get<std::string>().rfind(prefix, 0) == 0 && pod["node"] == node) ++count;
  return count;
}

TEST_CASE("pods that are somewhere have their room before others are placed, whatever their names", "[unit]") {
  for (const char* other : {"b", "0b"}) {
    const std::string input =
        kNothingSent + node_object("n1", "a: b", 1) + node_object("n2", "a: b", 1) +
        workload_with_cpu("Deployment", "a", 2, "", "500m") + workload_with_cpu("Deployment", other, 1, "", "\"1\"") +
        pod_of("Deployment", "a", "a-h1-x", "n2") + pod_of("Deployment", other, other + std::string{"-h1-y"}, "n1");
    CHECK(pods_on(input, "a-", "n2") == 2);
    CHECK(pods_on(input, "a-", "n1") == 0);
  }
}

TEST_CASE("hard topology spread counts pods only on nodes where this one may go and that have all its labels",
          "[unit]") {
  const std::string by_zone =
      "topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: "
      "DoNotSchedule, "
      "labelSelector: {matchLabels: {app: a}}}], nodeSelector: {ok: \"yes\"}, ";
  std::string input = kNothingSent + node_object("n1", "topology.kubernetes.io/zone: a, ok: \"yes\"") +
                      node_object("n2", "topology.kubernetes.io/zone: a") +
                      node_object("n3", "topology.kubernetes.io/zone: b, ok: \"yes\"") +
                      workload_with_cpu("Deployment", "a", 7, by_zone, "100m");
  for (const char* name : {"a-h1-1", "a-h1-2", "a-h1-3"}) input += pod_of("Deployment", "a", name, "n2");
  CHECK(pods_on(input, "a-", "n2") == 3);
  CHECK(pods_on(input, "a-", "n1") == 2);
  CHECK(pods_on(input, "a-", "n3") == 2);

  const std::string by_both =
      "topologySpreadConstraints: [{maxSkew: 5, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: "
      "{matchLabels: {app: a}}}, {maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: "
      "{matchLabels: {app: a}}}], ";
  const std::string racks = kNothingSent + node_object("n1", "zone: a, rack: r1") + node_object("n2", "rack: r2") +
                            workload_with_cpu("Deployment", "a", 3, by_both, "100m");
  CHECK(pods_on(racks, "a-", "n1") == 3);
}

TEST_CASE("a pod of a StatefulSet that ends keeps its place until it is gone", "[unit]") {
  const std::string input =
      kNothingSent + node_object("n1", "a: b") + workload_with_cpu("StatefulSet", "web", 2, "", "100m") +
      pod_of("StatefulSet", "web", "web-0", "n1") +
      pod_of("StatefulSet", "web", "web-1", "n1", "  deletionTimestamp: \"2026-01-01T00:00:00Z\"\n");
  CHECK(pods_on(input, "web-", "n1") == 2);
  CHECK(pods_on(input, "web-2", "n1") == 0);
}

TEST_CASE("a term of node affinity that is not modelled lets pods run, and is listed", "[unit]") {
  const std::string input =
      kNothingSent + node_object("n1", "gen: \"5\"") +
      workload_with_cpu("Deployment", "a", 1,
                        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
                        "[{matchExpressions: [{key: gen, operator: Gt, values: [\"3\"]}]}]}}}, ",
                        "100m");
  CHECK(pods_on(input, "a-", "n1") == 1);
}

TEST_CASE("of two slices that tell of one endpoint the order of files decides nothing", "[unit]") {
  const auto slice = [](const char* name, const char* ready, const char* type, const char* address) {
    return std::string{"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: "} + name +
           ", labels: {kubernetes.io/service-name: ext}}\naddressType: " + type +
           "\nports: [{port: 8080}]\nendpoints: [{addresses: [\"" + address + "\"], conditions: {ready: " + ready +
           "}}]\n";
  };
  const std::string service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: ext}\nspec: {ports: [{port: 80, targetPort: 8080}]}\n";
  const std::string first = slice("s-1", "false", "IPv4", "1.2.3.4"), second = slice("s-2", "true", "IPv4", "1.2.3.4");
  const std::string six = slice("s-6", "true", "IPv6", "fd00::1"), name = slice("s-n", "true", "FQDN", "x.example.com");
  const auto endpoints = [&](const std::string& more) {
    return get({"-", "ep", "-q"}, kNothingSent + service + more).out;
  };
  CHECK(holds(endpoints(first + second), "1.2.3.4:8080"));
  CHECK(endpoints(first + second) == endpoints(second + first));
  CHECK(endpoints(first + second + six + name) == endpoints(first + second));
}

TEST_CASE("a broken scenario is told of, and nothing is shown", "[unit]") {
  const Ended ended =
      get({"-", "svc"}, "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {clustr: {}}\n");
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "clustr"));
}

TEST_CASE("names from a file cannot rewrite the screen", "[unit]") {
  ClusterState state;
  state.nodes.resize(1);
  state.nodes[0].name = "n\x1b[2J";
  CHECK_FALSE(holds(resources_text({resource_table(state, Resource::nodes, true)}), "\x1b"));
}

}  // namespace
}  // namespace towtank::tool
