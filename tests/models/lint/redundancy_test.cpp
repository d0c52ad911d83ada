#include "tests/models/lint/lines.hpp"

namespace towtank::test {
namespace {

Lines with_replicas(int replicas, const std::string& placement = "{}", int nodes = 3) {
  ScenarioText made = sound();
  made.cluster = {"nodePools: [{name: worker, count: " + std::to_string(nodes) + "}]", "network: {preset: ideal}",
                  "placement: " + placement};
  made.documents[0] = deployment("web", replicas);
  return warnings_of(made.text());
}

TEST_CASE("one pod on the path of the traffic is found at its replicas", "[unit]") {
  CHECK(with_replicas(1) ==
        Lines{"test.yaml:14:81: Deployment/web has one pod, and traffic goes through it: while it or its node is down "
              "every such request fails; `replicas: 2`, on different nodes, would do"});
  CHECK(with_replicas(2).empty());
}

TEST_CASE("one pod of a canary is no finding where the Service has other pods", "[unit]") {
  const auto with_canary = [](const std::string& labels) {
    ScenarioText made = sound();
    made.documents.push_back(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: canary}, spec: {replicas: 1, selector: {matchLabels: "
        "{track: canary}}, template: {metadata: {labels: {track: canary, " +
        labels + "}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}}");
    made.documents.push_back(cluster_service("canary", "track: canary", "port: 80, targetPort: 8080"));
    return made;
  };
  CHECK(warnings_of(with_canary("app: web").text()).empty());
  ScenarioText alone = with_canary("app: web");
  alone.traffic.push_back("{name: trial, to: \"clusterip/canary:80\", from: Node/worker-0, arrivals: poisson(5/s)}");
  const Lines lines = warnings_of(alone.text());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("Deployment/canary has one pod"));
}

TEST_CASE("one pod is no finding off the path, on the only node, or where an autoscaler makes more", "[unit]") {
  CHECK(warnings_beside({deployment("cart", 1)}).empty());
  CHECK(with_replicas(1, "{}", 1).empty());
  const auto scaled = [](const std::string& least) {
    ScenarioText made = sound();
    made.documents[0] = deployment("web", 1);
    made.documents.push_back(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: "
        "{kind: Deployment, name: web}, minReplicas: " +
        least + ", maxReplicas: 4}}");
    const Lines lines = warnings_of(made.text());
    REQUIRE(lines.size() == 1);
    return lines[0];
  };
  CHECK_THAT(scaled("1"), Catch::Matchers::Contains("has one pod, and traffic goes through it"));
  CHECK_THAT(scaled("2"), Catch::Matchers::Contains("from 2 to 4 replicas, but here it has 1"));
}

TEST_CASE("an ingress controller of one replica is on the path too", "[unit]") {
  const auto behind = [](const std::string& replicas) {
    ScenarioText made = sound();
    made.spec = {"ingress: [{class: nginx, replicas: " + replicas + "}]"};
    made.traffic = {
        "{name: api, to: \"http://a.example.com/\", arrivals: poisson(5/s), connections: {reuse: per_request}}"};
    made.documents.push_back(
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {ingressClassName: nginx, "
        "rules: "
        "[{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: "
        "{number: "
        "80}}}}]}}]}}");
    return warnings_of(made.text());
  };
  REQUIRE(behind("1").size() == 1);
  CHECK_THAT(behind("1")[0],
             Catch::Matchers::Contains("Deployment/ingress-nginx/ingress-nginx-controller has one pod"));
  CHECK(behind("2").empty());
}

TEST_CASE("all pods on one node are found at their template", "[unit]") {
  CHECK(
      with_replicas(2, "{pin: {Deployment/web: {worker-1: 2}}}") ==
      Lines{
          "test.yaml:14:131: Deployment/web has all 2 pods on node worker-1, and traffic goes through them: while it "
          "is down "
          "every such request fails; topologySpreadConstraints or podAntiAffinity by kubernetes.io/hostname would do"});
  CHECK(with_replicas(2, "{pin: {Deployment/web: {worker-1: 1, worker-2: 1}}}").empty());
  CHECK(with_replicas(2, "{}", 1).empty());
}

}  // namespace
}  // namespace towtank::test
