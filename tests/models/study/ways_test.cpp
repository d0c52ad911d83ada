#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "models/study/estimate.hpp"
#include "models/walk/walk.hpp"
#include "tests/models/study/studies.hpp"

/// Whole ways from scenario files: which pods are reached and how requests end, against what Kubernetes' rules say. The
/// intervals are so wide that a right one misses once in a million; each case has a wrong value that must lie outside.
namespace towtank::test {
namespace {

constexpr const char* kRun = "run: {duration: 20s, warmup: 1s, confidence: 99.9999%, replications: {min: 20, max: 20}}";
constexpr const char* kLoad = "arrivals: poisson(200/s), timeout: 3s, connections: {reuse: per_request}";

/// `shop` in zones of one node each, pinned as the list says.
ScenarioText shop_called(const std::vector<int>& pods_on_node, const std::string& policy, const std::string& to, const std::string& from = "internet") {
  ScenarioText made;
  std::string zones, pin;
  int pods = 0;
  for (std::size_t i = 0; i < pods_on_node.size(); ++i) {
    zones += (i > 0 ? ", z" : "z") + std::to_string(i);
    if (pods_on_node[i] > 0) pin += (pin.empty() ? "" : ", ") + ("worker-" + std::to_string(i)) + ": " + std::to_string(pods_on_node[i]);
    pods += pods_on_node[i];
  }
  made.cluster = {"nodePools: [{name: worker, count: " + std::to_string(pods_on_node.size()) + ", zones: [" + zones + "]}]",
                  "network: {preset: ideal}", "placement: {pin: {Deployment/shop: {" + pin + "}}}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: exponential(mean=1ms)}"};
  made.traffic = {"{name: api, to: \"" + to + "\", from: " + from + ", " + kLoad + "}"};
  made.spec = {kRun};
  made.documents = {deployment("shop", pods),
                    "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, externalTrafficPolicy: " + policy +
                        ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]}}"};
  return made;
}

report::Estimate metric(const report::Report& report, const std::string& name) {
  for (const report::SummaryRow& row : report.summary)
    if (row.metric == name) return row.estimate;
  FAIL("no metric " + name);
  return {};
}

report::Estimate share_of(const report::Report& report, const std::string& pod) {
  for (const report::EndpointRow& row : report.endpoints)
    if (row.endpoint == pod) return row.requests_share;
  FAIL("no endpoint " + pod);
  return {};
}

double share_of_outcome(const report::Report& report, const std::string& outcome) {
  double share = 0.0;
  for (const report::OutcomeRow& row : report.outcomes)
    if (row.outcome == outcome) share += row.share;
  return share;
}

bool covers(const report::Estimate& estimate, double value) { return estimate.low && *estimate.low <= value && value <= *estimate.high; }

/// @param expected  by pod: shop-0, shop-1, ...
void check_shares(const report::Report& report, const std::vector<double>& expected, double wrong_first) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("shop-" << i);
    CHECK(covers(share_of(report, "shop-" + std::to_string(i)), expected[i]));
  }
  CHECK_FALSE(covers(share_of(report, "shop-0"), wrong_first));
}

constexpr const char* kIngressOfApi =
    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, rules: "
    "[{host: shop.example.com, http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}";

ScenarioText shop_behind_ingress(const std::string& to, const std::string& ingress = "[{class: nginx, replicas: 2, workers: 2}]") {
  ScenarioText made = shop_called({2, 1, 1}, "Cluster", to);
  made.spec.push_back("ingress: " + ingress);
  made.documents.push_back(kIngressOfApi);
  return made;
}

}  // namespace

TEST_CASE("policy Local gives each pod 1/(K n) of the load, Cluster each the same and a second hop to all but 1/N", "[statistical]") {
  const report::Report local = run_text(shop_called({2, 1, 0}, "Local", "http://shop/").text());
  check_shares(local, {0.25, 0.25, 0.5}, 1.0 / 3.0);
  CHECK(covers(metric(local, "second_hop_share"), 0.0));
  const report::Report cluster = run_text(shop_called({2, 1, 0}, "Cluster", "http://shop/").text());
  check_shares(cluster, {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0}, 0.25);
  CHECK(covers(metric(cluster, "second_hop_share"), 2.0 / 3.0));
  CHECK_FALSE(covers(metric(cluster, "second_hop_share"), 0.5));
}

TEST_CASE("under Local a node without a pod drops what comes to its node port; other nodes serve", "[unit]") {
  const report::Report dropped = run_text(shop_called({2, 1, 0}, "Local", "http://worker-2:30904/").text());
  CHECK(share_of_outcome(dropped, "connect_timeout") == 1.0);
  CHECK(share_of_outcome(run_text(shop_called({2, 1, 0}, "Local", "http://worker-1:30904/").text()), "ok") == 1.0);
  CHECK(share_of_outcome(run_text(shop_called({2, 1, 0}, "Cluster", "http://worker-2:30904/").text()), "ok") == 1.0);
}

TEST_CASE("from inside the cluster no policy closes a node port", "[unit]") {
  const report::Report inside = run_text(shop_called({2, 1, 0}, "Local", "http://worker-2:30904/", "Node/worker-2").text());
  CHECK(share_of_outcome(inside, "ok") == 1.0);
}

TEST_CASE("a targetPort on which nothing listens is refused, although the endpoints are ready", "[unit]") {
  ScenarioText text = shop_called({1, 1}, "Cluster", "http://shop/");
  text.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 1ms, listen: [8081]}"};
  CHECK(share_of_outcome(run_text(text.text()), "refused") == 1.0);
  text.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 1ms, listen: [8081, 8080]}"};
  CHECK(share_of_outcome(run_text(text.text()), "ok") == 1.0);
}

TEST_CASE("another port of a cluster IP is lost with iptables and refused with nftables", "[unit]") {
  ScenarioText text = shop_called({1, 1}, "Cluster", "http://clusterip/shop:8080", "Node/worker-0");
  CHECK(share_of_outcome(run_text(text.text()), "connect_timeout") == 1.0);
  text.cluster.push_back("kubeProxy: {mode: nftables}");
  CHECK(share_of_outcome(run_text(text.text()), "refused") == 1.0);
  text = shop_called({1, 1}, "Cluster", "http://clusterip/shop:80", "Node/worker-0");
  CHECK(share_of_outcome(run_text(text.text()), "ok") == 1.0);
  text = shop_called({1, 1}, "Cluster", "http://clusterip/shop:80");  // from the internet no route leads there
  CHECK(share_of_outcome(run_text(text.text()), "connect_timeout") == 1.0);
}

TEST_CASE("a node answers at node ports only", "[unit]") {
  for (const char* port : {"80", "8080", "30905"}) {
    INFO(port);
    CHECK(share_of_outcome(run_text(shop_called({1, 1}, "Cluster", std::string{"http://worker-0:"} + port + "/").text()), "refused") == 1.0);
  }
}

TEST_CASE("without crossing zones each zone has the same share, whatever pods it holds", "[statistical]") {
  ScenarioText text = shop_called({1, 4}, "Local", "http://lb/");
  text.edges = {"{name: lb, kind: nlb, service: shop, crossZone: false, balance: random}"};
  // shop-0 is alone in its zone or shares its node with three others: the pin names nodes, not pods.
  const report::Report report = run_text(text.text());
  int alone = 0;
  for (const report::EndpointRow& row : report.endpoints) {
    const bool is_alone = row.node == "worker-0";
    alone += is_alone;
    CHECK(covers(row.requests_share, is_alone ? 0.5 : 0.125));
    CHECK_FALSE(covers(row.requests_share, 0.2));
  }
  CHECK(alone == 1);
}

TEST_CASE("callers inside the cluster reach every pod alike, under internalTrafficPolicy Local those of their node", "[statistical]") {
  ScenarioText text = shop_called({2, 1, 0}, "Cluster", "http://shop/", "Node/worker-0");
  check_shares(run_text(text.text()), {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0}, 0.5);
  text.documents[1] =
      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {internalTrafficPolicy: Local, selector: {app: shop}, ports: "
      "[{port: 80, targetPort: 8080}]}}";
  check_shares(run_text(text.text()), {0.5, 0.5, 0.0}, 1.0 / 3.0);
  text = shop_called({2, 1, 0}, "Cluster", "http://shop/", "Node/worker-2");
  text.documents[1] =
      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {internalTrafficPolicy: Local, selector: {app: shop}, ports: "
      "[{port: 80, targetPort: 8080}]}}";
  CHECK(share_of_outcome(run_text(text.text()), "connect_timeout") == 1.0);
}

TEST_CASE("a headless Service's port is not translated: the port dialled must listen", "[unit]") {
  const std::string headless =
      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {clusterIP: None, selector: {app: shop}, ports: "
      "[{port: 80, targetPort: 8080}]}}";
  ScenarioText text = shop_called({1, 1}, "Cluster", "http://shop:8080/", "Node/worker-0");
  text.documents[1] = headless;
  CHECK(share_of_outcome(run_text(text.text()), "ok") == 1.0);
  text = shop_called({1, 1}, "Cluster", "http://shop:80/", "Node/worker-0");
  text.documents[1] = headless;
  CHECK(share_of_outcome(run_text(text.text()), "refused") == 1.0);
}

TEST_CASE("an ingress leads by host and path to the pods of its backend, past node port and Service", "[statistical]") {
  const report::Report report = run_text(shop_behind_ingress("http://shop.example.com/api/items").text());
  CHECK(share_of_outcome(report, "ok") == 1.0);
  check_shares(report, {0.25, 0.25, 0.25, 0.25}, 0.2);
  for (const char* pod : {"ingress-nginx/ingress-nginx-controller-0", "ingress-nginx/ingress-nginx-controller-1"}) {
    CHECK(covers(share_of(report, pod), 0.5));
    CHECK_FALSE(covers(share_of(report, pod), 1.0 / 3.0));
  }
  for (const char* path : {"http://shop.example.com/", "http://shop.example.com/apix", "http://shop.example.com"}) {
    INFO(path);
    CHECK(share_of_outcome(run_text(shop_behind_ingress(path).text()), "http_4xx") == 1.0);
  }
}

TEST_CASE("a controller's two pods with policy Local on ten nodes leave eight out and share the load", "[statistical]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api", "[{class: nginx, replicas: 2, workers: 1}]");
  text.cluster = {"nodePools: [{name: worker, count: 10}]", "network: {preset: ideal}"};
  text.spec.push_back("variants: [{name: Local, patch: {Service/ingress-nginx/ingress-nginx-controller: {spec: {externalTrafficPolicy: Local}}}}]");
  const report::Report report = run_text(text.text());
  int healthy = 0;
  for (const report::NodeRow& row : report.nodes) healthy += row.lb_healthy && *row.lb_healthy ? 1 : 0;
  CHECK(healthy == 2);
  CHECK(covers(metric(report, "second_hop_share"), 0.0));
  for (const char* pod : {"ingress-nginx/ingress-nginx-controller-0", "ingress-nginx/ingress-nginx-controller-1"}) {
    CHECK(covers(share_of(report, pod), 0.5));
    CHECK_FALSE(covers(share_of(report, pod), 0.4));
  }
}

TEST_CASE("with service-upstream the controller dials the cluster IP and keeps to what kube-proxy chose", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.documents.back().insert(text.documents.back().find("name: shop"), "annotations: {nginx.ingress.kubernetes.io/service-upstream: \"true\"}, ");
  const report::Report report = run_text(text.text());
  CHECK(share_of_outcome(report, "ok") == 1.0);
  bool crossed = false;
  for (const report::HopRow& row : report.hops) crossed = crossed || row.kind == "cluster_ip";
  CHECK(crossed);
}

TEST_CASE("pods that refuse an ingress controller are a 502 to the client after its tries", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 1ms, listen: [9000]}"};
  CHECK(share_of_outcome(run_text(text.text()), "http_502") == 1.0);
}

TEST_CASE("a Service without endpoints behind an ingress is the controller's own answer, and a warning", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.cluster.pop_back();  // no pods, no pins
  text.documents[0] = deployment("shop", 0);
  CHECK(share_of_outcome(run_text(text.text()), "http_503") == 1.0);
  const Result<report::CheckReport> checked = check_study(loaded(text.text()));
  REQUIRE(checked);
  CHECK_THAT(checked->warnings[0], Catch::Matchers::Contains("the workload has 0 replicas; give it at least 1 (ingress-nginx answers 503 to "
                                                             "what Ingress/shop sends there)"));
  text.spec[1] = "ingress: [{class: nginx, controller: nginx, replicas: 2, workers: 2}]";
  CHECK(share_of_outcome(run_text(text.text()), "http_502") == 1.0);
  // Nobody answers a caller of the Service itself.
  text.traffic = {"{name: api, to: \"http://shop/\", from: Node/worker-0, arrivals: poisson(200/s), connections: {reuse: per_request}}"};
  const Result<report::CheckReport> direct = check_study(loaded(text.text()));
  REQUIRE_FALSE(direct);
  CHECK_THAT(direct.error()[0].message, Catch::Matchers::Contains("Service/shop has no endpoint, so every connection would be refused"));
}

TEST_CASE("with service-upstream a Service without endpoints is refused by kube-proxy: 502", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.cluster.pop_back();
  text.documents[0] = deployment("shop", 0);
  text.documents.back().insert(text.documents.back().find("name: shop"), "annotations: {nginx.ingress.kubernetes.io/service-upstream: \"true\"}, ");
  CHECK(share_of_outcome(run_text(text.text()), "http_502") == 1.0);
  const Result<report::CheckReport> checked = check_study(loaded(text.text()));
  REQUIRE(checked);
  CHECK_THAT(checked->warnings[0], Catch::Matchers::Contains("(ingress-nginx answers 502 to what Ingress/shop sends there, for kube-proxy refuses it)"));
}

TEST_CASE("annotations of AWS turn cross-zone balancing on and make pods the targets", "[unit]") {
  ScenarioText text = shop_called({2, 1, 0}, "Cluster", "http://shop/");
  const auto checked_with = [&](const std::string& annotations) {
    ScenarioText made = text;
    made.documents[1].insert(made.documents[1].find("name: shop"), "annotations: {" + annotations + "}, ");
    Result<report::CheckReport> checked = check_study(loaded(made.text()));
    REQUIRE(checked);
    return std::move(*checked);
  };
  const std::string aws = "service.beta.kubernetes.io/aws-load-balancer-";
  const auto says = [](const std::vector<std::string>& lines, const std::string& part) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; });
  };
  const std::string on = "edge nlb shop: cross-zone on (annotation of Service/shop)";
  CHECK(says(checked_with(aws + "cross-zone-load-balancing-enabled: \"true\"").findings, on));
  const report::CheckReport listed = checked_with(aws + "attributes: \"load_balancing.cross_zone.enabled=true,deletion_protection.enabled=true\"");
  CHECK(says(listed.findings, on));
  CHECK(says(listed.ignored, "aws-load-balancer-attributes deletion_protection.enabled: not modelled yet"));
  CHECK(says(checked_with(aws + "cross-zone-load-balancing-enabled: \"false\"").findings, "cross-zone off"));
  CHECK(says(checked_with(aws + "cross-zone-load-balancing-enabled: \"yes\"").ignored, "neither true nor false"));
  CHECK_FALSE(says(checked_with(aws + "nlb-target-type: ip").ignored, "nlb-target-type"));
  CHECK(says(checked_with(aws + "nlb-target-type: sideways").ignored, "nlb-target-type: not modelled yet"));
  const report::CheckReport health = checked_with(aws + "healthcheck-interval: \"10\"");
  CHECK(says(health.ignored, "annotation service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: not modelled yet"));
  CHECK(says(health.ignored_summary, "healthcheck-interval: not modelled yet (test.yaml:"));
  CHECK_FALSE(says(checked_with("a.example.com/b: c").ignored, "annotation"));
}

/// 8 pods in one zone and 2 in another behind an NLB.
ScenarioText eight_and_two(const std::string& edge) {
  ScenarioText text = shop_called({8, 2}, "Local", "http://lb/");
  text.edges = {"{name: lb, kind: nlb, service: shop, balance: random, " + edge + "}"};
  return text;
}

TEST_CASE("pods as an NLB's targets: 8 of one zone get 6.25 % each and 2 of another 25 %, across zones 10 % each", "[statistical]") {
  for (const bool crosses : {false, true}) {
    const report::Report report = run_text(eight_and_two(std::string{"targets: ip, crossZone: "} + (crosses ? "true" : "false")).text());
    CHECK(share_of_outcome(report, "ok") == 1.0);
    int rich = 0;
    for (const report::EndpointRow& row : report.endpoints) {
      const double share = crosses ? 0.1 : row.node == "worker-0" ? 0.0625 : 0.25;
      rich += row.node == "worker-1" ? 1 : 0;
      INFO(row.endpoint);
      CHECK(covers(row.requests_share, share));
      CHECK_FALSE(covers(row.requests_share, 0.16));
    }
    CHECK(rich == 2);
    CHECK(covers(metric(report, "second_hop_share"), 0.0));
    // Across zones half enter in another zone than their pod's, 0.5 x 0.2 + 0.5 x 0.8, with 9 KiB there and back.
    CHECK(covers(metric(report, "cross_zone_bytes"), crosses ? 0.5 * 9216.0 : 0.0));
    for (const report::NodeRow& row : report.nodes) CHECK_FALSE(row.lb_healthy.has_value());  // pods are probed, no nodes
  }
  // By nodes and policy Local the zones' shares are the same, those of pods not by the load balancer but by kube-proxy.
  check_shares(run_text(eight_and_two("targets: instance, crossZone: false").text()), {}, 0.16);
}

TEST_CASE("estimate, run and curl agree on an NLB that sends to pods, of which some do not listen", "[statistical]") {
  ScenarioText text = eight_and_two("targets: ip, crossZone: false");
  std::string other = deployment("other", 1);
  other.replace(other.find("labels: {app: other}"), 20, "labels: {app: shop, of: other}");
  other.replace(other.find("matchLabels: {app: other}"), 25, "matchLabels: {of: other}");
  other.replace(other.find("containerPort: 8080"), 19, "containerPort: 9090");
  text.documents.push_back(other);
  text.cluster.back().replace(text.cluster.back().find("Deployment/shop"), 15, "Deployment/other: {worker-1: 1}, Deployment/shop");
  const scenario::Study study = loaded(text.text());
  const Result<StudyEstimate> estimate = estimate_study(study);
  REQUIRE(estimate);
  CHECK(estimate->variants.at(0).traffic.at(0).refused_share == Approx(1.0 / 6.0));  // half of the load on three pods
  const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
  REQUIRE(ground);
  const Result<walk::Walk> walked = walk::walk(*ground, "http://lb/", "internet");
  REQUIRE(walked);
  double refused = 0.0;
  for (const walk::Branch& branch : walked->branches) refused += branch.ending.status == walk::CurlStatus::refused ? branch.probability : 0.0;
  CHECK(refused == Approx(1.0 / 6.0));
  const report::Report report = run_text(text.text());
  double requests = 0.0;
  for (const report::OutcomeRow& row : report.outcomes) requests += static_cast<double>(row.count);
  CHECK(std::abs(share_of_outcome(report, "refused") - 1.0 / 6.0) < 6.0 * std::sqrt(5.0 / 36.0 / requests));
}

TEST_CASE("settings of a controller: the scenario's before the annotation's before the ConfigMap's", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api", "[{class: nginx, replicas: 1}]");
  const auto workers_of = [](const ScenarioText& made) {
    const Result<report::CheckReport> checked = check_study(loaded(made.text()));
    REQUIRE(checked);
    for (const std::string& line : checked->findings)
      if (line.find("a pod (") != std::string::npos) return line;
    return std::string{};
  };
  CHECK(workers_of(text) == "baseline: ingress class nginx: 4 workers a pod (one for each core of its node)");
  text.documents.push_back(
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}, data: {worker-processes: \"3\"}}");
  CHECK(workers_of(text) == "baseline: ingress class nginx: 3 workers a pod (ConfigMap/ingress-nginx/ingress-nginx-controller)");
  text.spec[1] = "ingress: [{class: nginx, replicas: 1, workers: 2}]";
  CHECK(workers_of(text) == "baseline: ingress class nginx: 2 workers a pod (spec.ingress.workers)");
}

TEST_CASE("neither the order of documents nor an unrelated traffic moves a traffic behind an ingress", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.spec[0] = "run: {duration: 2s, warmup: 1s, replications: {min: 2, max: 2}}";
  const auto mean = [](const ScenarioText& made) {
    for (const report::SummaryRow& row : run_text(made.text()).summary)
      if (row.metric == "latency_mean" && row.traffic == "api") return row.estimate.value;
    return std::optional<double>{};
  };
  const std::optional<double> before = mean(text);
  REQUIRE(before);
  ScenarioText turned = text;
  std::reverse(turned.documents.begin(), turned.documents.end());
  CHECK(mean(turned) == before);
  ScenarioText more = text;  // a backend of its own, so that no pod is shared; its name comes before the other's
  more.documents.push_back(deployment("cart", 2));
  more.documents.push_back(service("cart", "ClusterIP"));
  more.documents.push_back(
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: cart}, spec: {ingressClassName: nginx, rules: "
      "[{host: cart.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]}}");
  more.pods.push_back("Deployment/cart: {model: workers, workers: 4, serviceTime: 1ms}");
  more.traffic.insert(more.traffic.begin(), "{name: aaa, to: \"http://cart.example.com/\", arrivals: poisson(5/s), connections: {reuse: per_request}}");
  CHECK(mean(more) == before);
}

TEST_CASE("a canary without weight that sends where the others send takes no traffic, and says so", "[unit]") {
  ScenarioText text = shop_behind_ingress("http://shop.example.com/api");
  text.documents.push_back(text.documents.back());
  text.documents.back().replace(text.documents.back().find("name: shop"), 10,
                                "name: a-canary, annotations: {nginx.ingress.kubernetes.io/canary: \"true\"}");
  const Result<report::CheckReport> checked = check_study(loaded(text.text()));
  REQUIRE(checked);
  REQUIRE(checked->warnings.size() == 2);
  CHECK_THAT(checked->warnings[0], Catch::Matchers::Contains("Ingress/a-canary is a canary for shop.example.com") && Catch::Matchers::Contains("or one sends to its Service, too: no traffic goes its way"));
  CHECK_THAT(checked->warnings[1], Catch::Matchers::Contains("Ingress/a-canary is a canary of no weight: no traffic goes its way"));
}

TEST_CASE("a TLS connection that a web server in front ends costs the controller no handshake", "[unit]") {
  ScenarioText text = shop_behind_ingress("https://web/api");
  text.cluster[1] = "network: {preset: aws}";
  text.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 500us}"};
  text.edges = {"{name: web, kind: nginx, hosts: [shop.example.com], upstream: {nodePort: \"ingress-nginx/ingress-nginx-controller:http\"}}"};
  text.traffic = {"{name: api, to: \"https://shop.example.com/api\", arrivals: poisson(8000/s), connections: {reuse: per_request}}"};
  text.spec[1] = "ingress: [{class: nginx, replicas: 1, workers: 1}]";
  const Result<report::CheckReport> checked = check_study(loaded(text.text()));
  INFO((checked ? "" : text_of(checked.error())));
  REQUIRE(checked);
  CHECK(checked->findings.back() == "baseline: busiest is pod ingress-nginx/ingress-nginx-controller-0 on worker-1 at 40 % of its capacity");
}

TEST_CASE("without `listen` an app listens where its containers declare, and where they declare nothing, where it is called", "[unit]") {
  ScenarioText text = shop_called({1, 1}, "Cluster", "http://shop/");
  const auto replace = [](std::string& where, const std::string& what, const std::string& by) {
    REQUIRE(where.find(what) != std::string::npos);
    where.replace(where.find(what), what.size(), by);
  };
  replace(text.documents[1], "targetPort: 8080", "targetPort: 8081");
  const report::Report refused = run_text(text.text());
  CHECK(share_of_outcome(refused, "refused") == 1.0);
  CHECK(std::any_of(refused.warnings.begin(), refused.warnings.end(), [](const std::string& line) {
    return line.find("sends to port 8081 of shop, whose containers declare 8080 only") != std::string::npos;
  }));
  replace(text.documents[0], "ports: [{containerPort: 8080}]", "ports: []");
  CHECK(share_of_outcome(run_text(text.text()), "ok") == 1.0);
}

TEST_CASE("of the pods behind a Service those that listen elsewhere refuse their part alone", "[statistical]") {
  ScenarioText text = shop_called({2, 1}, "Cluster", "http://shop/");
  std::string other = deployment("other", 1);
  other.replace(other.find("labels: {app: other}"), 20, "labels: {app: shop, of: other}");
  other.replace(other.find("matchLabels: {app: other}"), 25, "matchLabels: {of: other}");
  other.replace(other.find("containerPort: 8080"), 19, "containerPort: 9090");
  text.documents.push_back(other);
  const report::Report report = run_text(text.text());
  // The Service's four pods get a quarter each: a binomial share, six standard deviations about it.
  double requests = 0.0;
  for (const report::OutcomeRow& row : report.outcomes) requests += static_cast<double>(row.count);
  const double refused = share_of_outcome(report, "refused");
  CHECK(std::abs(refused - 0.25) < 6.0 * std::sqrt(0.25 * 0.75 / requests));
  CHECK(refused + share_of_outcome(report, "ok") == Approx(1.0));
}

TEST_CASE("a node that calls a LoadBalancer by its name comes to its address, as curl has it", "[unit]") {
  ScenarioText text = shop_called({1, 1, 0}, "Local", "http://shop/", "Node/worker-2");
  text.documents[1].replace(text.documents[1].find("externalTrafficPolicy: Local"), 28, "externalTrafficPolicy: Local, internalTrafficPolicy: Local");
  text.cluster[1] = "network: {preset: bare-metal}";
  // Its own kube-proxy knows the address and no policy decides; by the cluster IP the internal policy would lose it.
  CHECK(share_of_outcome(run_text(text.text()), "ok") == 1.0);
  text.traffic[0].replace(text.traffic[0].find("http://shop/"), 12, "http://clusterip/shop:80");
  CHECK(share_of_outcome(run_text(text.text()), "connect_timeout") == 1.0);
}

TEST_CASE("a controller without known labels is found by its image", "[unit]") {
  const auto controllers = [](const std::string& image) {
    ScenarioText text = shop_behind_ingress("http://shop.example.com/api", "[{class: nginx}]");
    std::string own = deployment("c", 1);
    own.replace(own.find("name: app, ports"), 16, "name: app, image: " + image + ", ports");
    own.replace(own.find("containerPort: 8080"), 19, "name: http, containerPort: 80");
    text.documents.push_back(own);
    text.documents.push_back("{apiVersion: v1, kind: Service, metadata: {name: c}, spec: {type: LoadBalancer, selector: {app: c}, ports: [{name: http, port: 80}]}}");
    std::vector<std::string> names;
    for (const model::Proxy& proxy : built_first(text.text()).cluster.proxies) names.push_back(proxy.name);
    return names;
  };
  const std::vector<std::string> own = {"default/c"}, made = {"ingress-nginx/ingress-nginx-controller"};
  CHECK(controllers("registry.k8s.io/ingress-nginx/controller:v1.13.0@sha256:abc") == own);
  CHECK(controllers("mirror.example.com:5000/ingress-nginx/controller") == own);
  CHECK(controllers("registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6") == made);
  CHECK(controllers("nginx:1.29") == made);
}

}  // namespace towtank::test
