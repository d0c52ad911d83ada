#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/towtank/support.hpp"

/// An ALB and MetalLB's BGP mode, in `curl`, `estimate` and `run` alike.
namespace towtank::tool {
namespace {

using Words = std::vector<std::string>;
using nlohmann::json;
using test::holds;

/// Four nodes, pods on two of them. @param edge  `kind: alb, targets: ip`   @param policy  of the Service
std::string shop_behind(const std::string& edge, const std::string& policy = "Cluster", const std::string& listen = "8080",
                        const std::string& type = "NodePort") {
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: clouds}\nspec:\n"
         "  cluster: {nodePools: [{name: worker, count: 4, zones: [a, b]}], placement: {pin: {Deployment/shop: {worker-0: 2, worker-1: 1}}}, network: {preset: aws}}\n"
         "  edge: [{name: front, service: shop, " + edge + "}]\n"
         "  pods: {Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=5ms), listen: [" + listen + "]}}\n"
         "  traffic: [{name: t, to: \"http://front/\", arrivals: poisson(100/s), clients: 50, timeout: 30s}]\n"
         "  run: {duration: 20s, warmup: 5s, replications: {min: 3, max: 3}}\n"
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {type: " + type + (type == "ClusterIP" ? "" : ", externalTrafficPolicy: " + policy) +
         ", selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]}\n"
         "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 3, selector: {matchLabels: {app: shop}}, template: {metadata: {labels: {app: shop}}, "
         "spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}\n";
}

json cloud_walk(const std::string& input, const std::string& to) {
  const test::Ended ended = test::towtank({"curl", "-", to, "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(!ended.out.empty());
  return json::parse(ended.out);
}

json cloud_estimate(const std::string& input) {
  const test::Ended ended = test::towtank({"estimate", "-", "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  return json::parse(ended.out)["variants"][0]["traffic"][0];
}

/// How requests ended: outcomes.csv.
std::string outcomes_of(const std::string& input) {
  const test::TestFolder folder;
  const test::Ended ended = test::towtank({"run", "-", "--out", folder.path()}, input);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  return test::get(folder / "outcomes.csv");
}

}  // namespace

TEST_CASE("an ALB dials node ports by default, pods with `targets: ip`, and answers for them", "[unit]") {
  const json to_nodes = cloud_walk(shop_behind("kind: alb"), "http://front/"), to_pods = cloud_walk(shop_behind("kind: alb, targets: ip"), "http://front/");
  CHECK(to_nodes["branches"][0]["httpStatus"] == 200);
  CHECK(holds(to_nodes.dump(), "load balancer port 80 of front"));
  CHECK(holds(to_nodes.dump(), "\"node port 3"));
  CHECK(to_pods["branches"][0]["httpStatus"] == 200);
  CHECK_FALSE(holds(to_pods.dump(), "\"node port 3"));
  CHECK(cloud_estimate(shop_behind("kind: alb, targets: ip"))["second_hop_share"] == 0.0);
  CHECK(cloud_estimate(shop_behind("kind: alb"))["second_hop_share"].get<double>() > 0.5);
  // A ClusterIP has no node port: only pods can be targets.
  CHECK(cloud_walk(shop_behind("kind: alb, targets: ip", "Cluster", "8080", "ClusterIP"), "http://front/")["branches"][0]["httpStatus"] == 200);
  CHECK(holds(cloud_walk(shop_behind("kind: alb", "Cluster", "8080", "ClusterIP"), "http://front/").dump(), "dials node ports"));
}

TEST_CASE("an ALB turns a refused connection into 502, and a closed listener into a reset", "[unit]") {
  const std::string deaf = shop_behind("kind: alb, targets: ip", "Cluster", "9090");
  CHECK(cloud_walk(deaf, "http://front/")["branches"][0]["httpStatus"] == 502);
  CHECK(holds(outcomes_of(deaf), "http_502"));
  CHECK(cloud_walk(shop_behind("kind: envoy, targets: ip", "Cluster", "9090"), "http://front/")["branches"][0]["httpStatus"] == 503);  // the twin
  CHECK(cloud_walk(shop_behind("kind: alb"), "http://front:8443/")["branches"][0]["curlExitStatus"] == 7);
}

TEST_CASE("an ALB sends to nodes that pass their check under policy Local, with nobody lost", "[unit]") {
  const json walked = cloud_walk(shop_behind("kind: alb", "Local"), "http://front/");
  REQUIRE(walked["branches"].size() == 1);
  CHECK(walked["branches"][0]["httpStatus"] == 200);
  const json local = cloud_estimate(shop_behind("kind: alb", "Local"));
  CHECK(local["dropped_share"] == 0.0);
  CHECK(cloud_estimate(shop_behind("kind: envoy, targets: instance", "Local"))["dropped_share"].get<double>() > 0.4);  // the twin checks nobody
  // Two nodes share alike, so that the pod that is alone on its node gets half.
  for (const json& pod : local["pods"])
    CHECK(pod["requests_share"].get<double>() == Approx(pod["node"] == "worker-1" ? 0.5 : 0.25));
}

TEST_CASE("an ALB takes the names of its own three algorithms, and no others", "[unit]") {
  for (const char* name : {"round_robin", "least_outstanding", "random"}) {
    INFO(name);
    const std::string outcomes = outcomes_of(shop_behind(std::string{"kind: alb, targets: ip, balance: "} + name));
    CHECK(holds(outcomes, ",ok,"));
    CHECK_FALSE(holds(outcomes, "http_"));
  }
  const test::Ended wrong = test::towtank({"run", "-"}, shop_behind("kind: alb, balance: flow_hash"));
  CHECK(wrong.status == 2);
  CHECK(holds(wrong.err, "cannot balance by `flow_hash`"));
  CHECK(holds(wrong.err, "least_outstanding"));
}

TEST_CASE("an ALB's targets that do not answer are a 504 after its ten seconds", "[unit]") {
  std::string to_empty = shop_behind("kind: alb", "Local");
  const std::string service = "name: front, service: shop,";
  to_empty.replace(to_empty.find(service), service.size(), "name: front, upstream: {nodePort: \"shop:http\", nodes: [worker-2]},");
  const json walked = cloud_walk(to_empty, "http://front/");
  REQUIRE(walked["branches"].size() == 1);
  CHECK(walked["branches"][0]["httpStatus"] == 504);
  CHECK(holds(outcomes_of(to_empty), "http_504"));
}

TEST_CASE("the first target that refuses leaves nothing for the others, in numbers", "[unit]") {
  std::string text = shop_behind("kind: haproxy, targets: ip, balance: first");
  const std::string deaf = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1, selector: {matchLabels: {name: a}}, template: {metadata: {labels: {name: a, app: shop}}, "
                           "spec: {containers: [{name: app, ports: [{containerPort: 9090}]}]}}}\n";
  const json found = cloud_estimate(text + deaf);
  CHECK(found["refused_share"] == 1.0);
  for (const json& pod : found["pods"]) CHECK(pod["requests_share"].get<double>() == 0.0);
  CHECK(cloud_estimate(text)["refused_share"] == 0.0);  // the twin
}

TEST_CASE("MetalLB in BGP mode enters by every node that announces, and by none without a pod under Local", "[unit]") {
  const auto behind = [](const std::string& kind, const std::string& policy) { return shop_behind("kind: " + kind, policy, "8080", "LoadBalancer"); };
  const json all = cloud_estimate(behind("metallb-bgp", "Cluster")), one = cloud_estimate(behind("metallb-l2", "Cluster"));
  std::size_t entered = 0, entered_by_one = 0;
  for (const json& node : all["nodes"]) entered += node["entered_share"].get<double>() > 0.0 ? 1u : 0u;
  for (const json& node : one["nodes"]) entered_by_one += node["entered_share"].get<double>() > 0.0 ? 1u : 0u;
  CHECK(entered == 4);
  CHECK(entered_by_one == 1);
  const json local = cloud_estimate(behind("metallb-bgp", "Local"));
  CHECK(local["dropped_share"] == 0.0);
  for (const json& pod : local["pods"]) CHECK(pod["requests_share"].get<double>() == Approx(pod["node"] == "worker-1" ? 0.5 : 0.25));
  const json walked = cloud_walk(behind("metallb-bgp", "Local"), "http://front/");
  CHECK(walked["branches"][0]["httpStatus"] == 200);
  CHECK_FALSE(holds(walked.dump(), "\"node port 3"));
}

}  // namespace towtank::tool
