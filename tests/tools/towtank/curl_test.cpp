#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/towtank/support.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;
using test::with;

/// Three nodes, of which two have a pod of `shop`; one pod of `client` on worker-2, where no shop is.
constexpr const char* kCluster = R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: rows}
spec:
  cluster:
    nodePools: [{name: worker, count: 3, zones: [a]}]
    placement: {pin: {Deployment/shop: {worker-0: 1, worker-1: 1}, Deployment/client: {worker-2: 1}}}
  ingress: [{class: nginx, replicas: 1}]
  edge:
    - {name: web, kind: nginx, listen: [80], upstream: {nodePort: "shop:http"}}
    - {name: mesh, kind: envoy, listen: [80], upstream: {nodePort: "shop:http"}}
    - {name: tier, kind: haproxy, listen: [80], upstream: {nodePort: "shop:http"}}
  pods:
    Deployment/shop: {listen: ["8001"]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  type: NodePort
  selector: {app: shop}
  ports: [{name: http, port: 5001, targetPort: 8001, nodePort: 30904}]
---
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec:
  type: NodePort
  selector: {app: gone}
  ports: [{port: 80, nodePort: 30905}]
---
apiVersion: v1
kind: Service
metadata: {name: names}
spec:
  clusterIP: None
  selector: {app: shop}
  ports: [{port: 80, targetPort: 8001}]
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: db.example.net, ports: [{port: 1}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /api, pathType: Prefix, backend: {service: {name: shop, port: {number: 5001}}}}
          - {path: /none, pathType: Prefix, backend: {service: {name: nobody, port: {number: 80}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, ports: [{containerPort: 8001, hostPort: 9001}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client}
spec:
  replicas: 1
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}
    spec: {containers: [{name: app}]}
)";

Ended curl(std::vector<std::string> words, const std::string& input = kCluster) {
  words.insert(words.begin(), "curl");
  return test::towtank(words, input);
}

nlohmann::json walk_of(std::vector<std::string> words, const std::string& input = kCluster) {
  words.insert(words.end(), {"-o", "json"});
  return nlohmann::json::parse(curl(std::move(words), input).out);
}

const std::vector<std::string> kLocal = {"--set", "Service/shop:spec.externalTrafficPolicy=Local"};
const std::vector<std::string> kInside = {"--from", "Deployment/client"};

std::vector<std::string> in_mode(const char* mode, std::vector<std::string> words) {
  return with(std::move(words), {"--set", std::string{"scenario:spec.cluster.kubeProxy.mode="} + mode});
}

TEST_CASE("what a request meets at each kind of port, row by row", "[unit]") {
  struct Row {
    const char* name;
    std::vector<std::string> words;
    int status;
    const char* why;
  };
  const std::vector<std::string> local_inside = {"--set", "Service/shop:spec.internalTrafficPolicy=Local"};
  const Row rows[] = {
      {"1", with({"-", "clusterip/shop:5001"}, kInside), 0, "the app answers"},
      {"2", with({"-", "clusterip/nobody:80"}, kInside), 7, "no pod that runs fits its selector"},
      {"3", with(with({"-", "clusterip/shop:5001"}, kInside), local_inside), 28, "internalTrafficPolicy Local"},
      {"3, with a pod", with({"-", "clusterip/shop:5001", "--from", "Node/worker-0"}, local_inside), 0,
       "the app answers"},
      {"4, iptables", in_mode("iptables", with({"-", "clusterip/shop:8001"}, kInside)), 28, "has no port 8001"},
      {"4, nftables", in_mode("nftables", with({"-", "clusterip/shop:8001"}, kInside)), 7, "has no port 8001"},
      {"4, cilium", in_mode("cilium", with({"-", "clusterip/shop:8001"}, kInside)), 28, "has no port 8001"},
      {"3, cilium", in_mode("cilium", with(with({"-", "clusterip/shop:5001"}, kInside), local_inside)), 7,
       "internalTrafficPolicy Local"},
      {"13, cilium", in_mode("cilium", with({"-", "worker-2:30904"}, kLocal)), 7, "externalTrafficPolicy Local"},
      {"16, another node, cilium", in_mode("cilium", with({"-", "worker-2:30904", "--from", "Node/worker-0"}, kLocal)),
       0, "the app answers"},
      {"5", with({"-", "10.111.222.33:80"}, kInside), 28, "no node, pod or Service has the address"},
      {"6", {"-", "clusterip/shop:5001"}, 28, "known to the cluster's nodes only"},
      {"7", with({"-", "shop-0:8001"}, kInside), 0, "the app answers"},
      {"8", with({"-", "shop-0:8002"}, kInside), 7, "no process listens on 8002: it is 8001"},
      {"9", with(with({"-", "shop:5001"}, kInside), {"--set", "Service/shop:spec.ports[0].targetPort=8002"}), 7,
       "no process listens on 8002"},
      {"10", {"-", "worker-2:30904"}, 0, "the app answers"},
      {"11", {"-", "node:30905"}, 7, "has no endpoint"},
      {"12", with({"-", "worker-0:30904"}, kLocal), 0, "the app answers"},
      {"13", with({"-", "worker-2:30904"}, kLocal), 28, "externalTrafficPolicy Local"},
      {"14", {"-", "node:30905", "--set", "Service/nobody:spec.externalTrafficPolicy=Local"}, 7, "has no endpoint"},
      {"15", with(with({"-", "worker-2:30904"}, kInside), kLocal), 0, "the app answers"},
      {"15b", with({"-", "worker-2:30904", "--from", "Pod/shop-0"}, kLocal), 0, "the app answers"},
      {"16", with({"-", "worker-2:30904", "--from", "Node/worker-2"}, kLocal), 0, "the app answers"},
      {"16, another node", with({"-", "worker-2:30904", "--from", "Node/worker-0"}, kLocal), 28,
       "externalTrafficPolicy Local"},
      {"20", {"-", "node:8001"}, 7, "8001 is the targetPort of Service/shop"},
      {"20b", {"-", "node:5001"}, 7, "5001 is the port of Service/shop"},
      {"21", {"-", "worker-0:9001"}, 0, "the app answers"},
      {"21, elsewhere", {"-", "worker-2:9001"}, 7, "nothing listens on port 9001"},
      {"23", with({"-", "names:8001"}, kInside), 0, "the app answers"},
      {"23, not translated", with({"-", "names:80"}, kInside), 7, "no process listens on 80"},
      {"24", with({"-", "elsewhere:5432"}, kInside), 0, "leaves the cluster for db.example.net:5432"},
      {"28", with({"-", "http://shop.example.com/none"}, kInside), 22, "Service/nobody has no endpoint"},
      {"29",
       {"-", "http://web/", "--set", "Service/shop:spec.ports[0].targetPort=8002"},
       22,
       "no process listens on 8002"},
      {"30", {"-", "http://shop.example.com/other"}, 22, "no rule of ingress class nginx fits"},
      {"the name of a Service from outside", {"-", "http://shop/"}, 6, "means nothing outside of the cluster"},
      {"no name at all", {"-", "http://shopp/"}, 6, "did you mean \"shop\"?"},
      {"a port where no edge listens", {"-", "http://web:8080/"}, 7, "listens on 80 only"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const nlohmann::json answer = walk_of(row.words);
    CHECK(answer["branches"][0]["curlExitStatus"] == row.status);
    const std::string why = answer["branches"][0]["why"];
    INFO(why);
    CHECK(holds(why, row.why));
    CHECK(curl(row.words).status == row.status);
    // What fails has a cure; what is the Service's fault names its line.
    const std::string cure = answer["branches"][0]["cure"];
    CHECK(cure.empty() == (row.status == 0));
    double sum = 0.0;
    for (const auto& branch : answer["branches"]) sum += branch["probability"].get<double>();
    CHECK(sum == Approx(1.0).epsilon(1e-12));
  }
}

TEST_CASE("proxies answer for what is behind them, each in its own way", "[unit]") {
  const std::vector<std::string> broken = {"--set", "Service/shop:spec.ports[0].targetPort=8002"};
  CHECK(walk_of(with({"-", "http://web/"}, broken))["branches"][0]["httpStatus"] == 502);
  CHECK(walk_of(with({"-", "http://mesh/"}, broken))["branches"][0]["httpStatus"] == 503);
  CHECK(walk_of(with({"-", "http://tier/"}, broken))["branches"][0]["httpStatus"] == 503);
  CHECK(walk_of({"-", "http://tier/"})["branches"][0]["httpStatus"] == 200);
  CHECK(walk_of(with({"-", "http://shop.example.com/api"}, broken))["branches"][0]["httpStatus"] == 502);
  CHECK(walk_of({"-", "http://shop.example.com/none"})["branches"][0]["httpStatus"] == 503);
  CHECK(walk_of({"-", "http://shop.example.com/other"})["branches"][0]["httpStatus"] == 404);
  CHECK(walk_of({"-", "http://shop.example.com/api"})["branches"][0]["httpStatus"] == 200);
}

TEST_CASE("nginx asks another node when one drops, Envoy does not", "[unit]") {
  const nlohmann::json nginx = walk_of(with({"-", "http://web/"}, kLocal));
  REQUIRE(nginx["branches"].size() == 1);
  CHECK(nginx["branches"][0]["probability"] == Approx(1.0));
  CHECK(nginx["branches"][0]["httpStatus"] == 200);
  CHECK(holds(nginx["branches"][0]["steps"][1]["packets"],
              "1 of 3 nodes do not answer: nginx asks another one after its connect timeout"));
  const nlohmann::json envoy = walk_of(with({"-", "http://mesh/"}, kLocal));
  REQUIRE(envoy["branches"].size() == 2);
  CHECK(envoy["branches"][1]["probability"] == Approx(1.0 / 3.0));
  CHECK(envoy["branches"][1]["httpStatus"] == 503);
}

TEST_CASE("the pod sees the client, the node or the proxy, as policy and way have it", "[unit]") {
  const auto source = [](const std::vector<std::string>& words) {
    const nlohmann::json answer = walk_of(words);
    const std::string last = answer["branches"][0]["steps"].back()["packets"];
    return last.substr(last.rfind(' ') + 1);
  };
  const auto address = [](const char* what, std::size_t column) {
    const Ended ended = test::towtank({"get", "-", what, "-o", "json"}, kCluster);
    REQUIRE(ended.status == 0);
    return nlohmann::json::parse(ended.out)[what][column];
  };
  CHECK(source(with({"-", "worker-0:30904"}, kLocal)) == "client");
  CHECK(source({"-", "worker-2:30904"}) == address("nodes", 2)["internalIP"]);
  const nlohmann::json client_pod = address("pods", 0);
  REQUIRE(client_pod["name"] == "client-0");
  CHECK(source(with({"-", "clusterip/shop:5001"}, kInside)) == client_pod["ip"]);
  // A pod that reaches itself by its Service is masqueraded; where there is another pod as well it would be one of two.
  const std::vector<std::string> alone = {"--set", "Deployment/shop:spec.replicas=1", "--set",
                                          "scenario:spec.cluster.placement.pin={}"};
  const std::string hairpin = source(with({"-", "clusterip/shop:5001", "--from", "Pod/shop-0"}, alone));
  CHECK(hairpin.rfind("10.0.", 0) == 0);  // of the nodes
  CHECK(source(with({"-", "shop-0:8001", "--from", "Pod/shop-0"}, alone)).rfind("10.244.", 0) == 0);
}

TEST_CASE("branches have their probabilities, and --strict ends as the worst", "[unit]") {
  const nlohmann::json answer = walk_of(with({"-", "node:30904"}, kLocal));
  REQUIRE(answer["branches"].size() == 2);
  CHECK(answer["branches"][0]["probability"] == Approx(2.0 / 3.0));
  CHECK(answer["branches"][0]["curlExitStatus"] == 0);
  CHECK(answer["branches"][1]["probability"] == Approx(1.0 / 3.0));
  CHECK(answer["branches"][1]["curlExitStatus"] == 28);
  CHECK(curl(with({"-", "node:30904"}, kLocal)).status == 0);
  CHECK(curl(with({"-", "node:30904", "--strict"}, kLocal)).status == 28);
}

TEST_CASE("the type of the Service decides who may come in", "[unit]") {
  const auto status = [](const char* type, const char* url) {
    return curl({"-", url, "--set", std::string{"Service/shop:spec.type="} + type}).status;
  };
  CHECK(status("NodePort", "node:30904") == 0);
  CHECK(status("LoadBalancer", "node:30904") == 0);
  CHECK(status("LoadBalancer", "http://shop:5001/") == 0);
  CHECK(status("LoadBalancer", "http://shop:8001/") == 28);
  CHECK(status("NodePort", "http://shop:5001/") == 6);
}

TEST_CASE("callers and addresses that are none are wrong input", "[unit]") {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"-", "ftp://shop/"}, "http or https would do"},
      {{"-", "shop:99999"}, "a number from 1 to 65535"},
      {{"-", "http://"}, "names no host"},
      {{"-"}, "the URL"},
      {{"-", "shop", "--from", "Node/worker-9"}, "is not in the cluster; there is"},
      {{"-", "shop", "--from", "Deployment/shpo"}, "did you mean"},
      {{"-", "shop", "--from", "somewhere"}, "expected internet, Node/NAME"}};
  for (const auto& [words, message] : cases) {
    const Ended ended = curl(words);
    INFO(ended.err);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, message));
  }
}

// ---- scenarios/six-ports.yaml, word for word
// -------------------------------------------------------------------------

/// Each golden file: the words behind `towtank curl scenarios/six-ports.yaml`, the exit status, an empty line, the
/// answer.
TEST_CASE("six-ports: every answer word for word, with and without a Service that has nothing to do with it",
          "[unit]") {
  const std::filesystem::path root{TOWTANK_SOURCE_DIR};
  const std::string scenario = test::get((root / "scenarios/six-ports.yaml").string());
  REQUIRE_FALSE(scenario.empty());
  const std::string unrelated =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: aaa}\nspec: {type: NodePort, selector: {app: other}, "
      "ports: "
      "[{port: 7000, targetPort: 7001}]}\n";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{root / "tests/golden/six-ports"}) {
    INFO(entry.path().filename().string());
    ++files;
    const std::string golden = test::get(entry.path().string());
    std::istringstream lines{golden};
    std::string command, status;
    std::getline(lines, command);
    std::getline(lines, status);
    std::vector<std::string> words{"-"};
    std::istringstream each{command};
    for (std::string word; each >> word;) words.push_back(word);
    for (const std::string& input : {scenario, scenario + unrelated}) {
      const Ended ended = curl(words, input);
      CHECK(command + "\nexit " + std::to_string(ended.status) + "\n\n" + ended.out == golden);
    }
  }
  CHECK(files >= 10);
}

}  // namespace
}  // namespace towtank::tool
