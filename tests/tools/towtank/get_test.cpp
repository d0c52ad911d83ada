#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/towtank/cli.hpp"
#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/resources.hpp"

namespace towtank::tool {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* kShop = R"(apiVersion: towtank/v1
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

struct Ended {
  int status = 0;
  std::string out, err;
};

Ended get(std::vector<std::string> words, const std::string& input = kShop) {
  words.insert(words.begin(), {"towtank", "get"});
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::istringstream in{input};
  std::ostringstream out, err;
  const int status = run_cli(static_cast<int>(argv.size()), argv.data(), in, out, err, load_real_study);
  return {status, out.str(), err.str()};
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
  CHECK(
      holds(unknown.err,
            "'svcs' is no resource of the cluster; there are svc, pods, nodes, ep, ing and all; did you mean \"svc\"?"));
  CHECK(get({}).status == 2);
}

TEST_CASE("a column NAMESPACE appears when there are several", "[unit]") {
  const std::string more = std::string{kShop} +
                           "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: other}\n"
                           "spec: {selector: {app: shop}, ports: [{port: 80}]}\n";
  const std::string text = get({"-", "svc"}, more).out;
  CHECK(text.substr(0, 16) == "NAMESPACE  NAME ");
  CHECK(holds(text, "\nother      shop "));
  CHECK(get({"-", "no"}, more).out == get({"-", "no"}).out);
  CHECK(holds(get({"-"}, more).out, "other      service/shop "));
}

TEST_CASE("get answers as JSON, CSV and Markdown", "[unit]") {
  const auto json = nlohmann::json::parse(get({"-", "-o", "json"}).out);
  CHECK(json["schemaVersion"] == 1);
  CHECK(json["placementPolicy"] == "even");
  CHECK(json["nodes"][0]["loadBalancerTarget"] == false);
  CHECK(json["nodes"][0]["taints"][0]["key"] == "node-role.kubernetes.io/control-plane");
  CHECK(json["nodes"][1]["loadBalancerTarget"] == true);
  CHECK(json["pods"].size() == 3);
  CHECK(json["services"][1]["ports"][0]["nodePort"] == 30904);
  CHECK(json["endpoints"][1]["ports"][0]["endpoints"].size() == 3);
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
  CHECK(holds(pods.err, "Deployment/default/shop: 1 of 2 pods are where they were observed, 1 by the placement policy"));
  CHECK(holds(get({"-", "nodes", "-o", "csv"}, kObserved).out, "192.168.0.11"));
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
