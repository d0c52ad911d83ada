#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

// Envoy's zone-aware routing in scenarios (models/SOURCES.md 3.4): an ingress controller with a pod in each of three
// zones.

namespace towtank::test {
namespace {

/// Twelve pods behind three of a controller's, which are reached without a way between zones.
struct Envoys {
  std::string balance = "{name: round_robin, zone_aware: true}";
  std::string pods = "{worker-0: 2, worker-1: 5, worker-2: 5}";
  int replicas = 12;
  std::string annotations{};  ///< of the Ingress
  std::string controller = "envoy";

  std::string text() const {
    ScenarioText made;
    made.cluster = {
        "nodePools: [{name: worker, count: 3, zones: [a, b, c]}]", "network: {preset: ideal}",
        "placement: {pin: {Deployment/proxy: {worker-0: 1, worker-1: 1, worker-2: 1}, Deployment/shop: " + pods + "}}"};
    made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: 1ms}"};
    made.traffic = {
        "{name: api, to: \"http://node:30904/\", arrivals: deterministic(1000/s), connections: {reuse: per_request}}"};
    made.spec = {"run: {duration: 40s, warmup: 1s, replications: {min: 2, max: 2}}",
                 "ingress: [{class: envoy, controller: " + controller +
                     ", deployment: proxy, workers: 2, balance: " + balance + "}]"};
    made.documents = {deployment("proxy", 3), deployment("shop", replicas), service("shop", "ClusterIP"),
                      "{apiVersion: v1, kind: Service, metadata: {name: proxy}, spec: {type: NodePort, "
                      "externalTrafficPolicy: Local, selector: "
                      "{app: proxy}, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30904}]}}",
                      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop, annotations: {" +
                          annotations +
                          "}}, spec: {ingressClassName: envoy, rules: [{http: {paths: [{path: /, pathType: Prefix, "
                          "backend: {service: {name: "
                          "shop, port: {number: 80}}}}]}}]}}"};
    return made.text();
  }

  scenario::BuiltVariant built() const { return built_first(text()); }
};

struct Crossing {
  double run = 0.0, estimated = 0.0, requests = 0.0;
  std::vector<double> of_pods;  ///< share of each of the shop's pods

  /// Whether `run` crosses zones with a share of its requests, as far as chance lets it say.
  bool is(double share) const {
    return std::abs(run - share) <=
           normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(share * (1.0 - share) / requests);
  }
};

Crossing crossing(const Envoys& envoys) {
  const scenario::BuiltVariant variant = envoys.built();
  Horizon horizon;
  horizon.window = horizon.bin = 40s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
  Crossing made;
  made.requests = static_cast<double>(result.traffic.at(0).offered);
  made.run = static_cast<double>(result.traffic[0].zone_crossings) / made.requests;
  made.estimated = path_spread(variant.cluster, variant.cluster.traffic[0]).zone_crossings;
  for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
    if (variant.cluster.pods[i].name.rfind("shop-", 0) == 0)
      made.of_pods.push_back(static_cast<double>(result.endpoints[i].requests) / made.requests);
  return made;
}

std::vector<std::string> warnings_of_zones(const Envoys& envoys) {
  std::vector<std::string> found;
  for (const std::string& warning : envoys.built().warnings)
    if (warning.find("zone_aware") != std::string::npos) found.push_back(warning);
  return found;
}

}  // namespace

TEST_CASE("zone_aware sends between zones only what the pods of one cannot bear, in run and estimate",
          "[statistical]") {
  // The callers of a have 1/3 of the requests and 1/6 of the pods: half of theirs leave.
  for (const char* name : {"round_robin", "random", "least_request"}) {
    INFO(name);
    const Crossing aware = crossing({.balance = "{name: " + std::string{name} + ", zone_aware: true}"});
    CHECK(aware.is(aware.estimated));
    CHECK(aware.estimated == Approx(1.0 / 6.0).margin(1e-4));  // of Envoy's units
    CHECK_FALSE(aware.is(0.18));
    for (const double share : aware.of_pods)
      CHECK(std::abs(share - 1.0 / 12) <=
            normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm / 12) * std::sqrt(11.0 / 144 / aware.requests) + 1e-4);
    const Crossing unaware = crossing({.balance = name});
    CHECK(unaware.is(2.0 / 3.0));
    CHECK(unaware.estimated == Approx(2.0 / 3.0));
  }
}

TEST_CASE("pods spread evenly over the zones of the controller's get no request from another zone", "[unit]") {
  const Crossing even = crossing({.pods = "{worker-0: 4, worker-1: 4, worker-2: 4}"});
  CHECK(even.run == 0.0);
  CHECK(even.estimated == 0.0);
}

TEST_CASE("of pods in other zones than the controller's those zones get what they have too much", "[statistical]") {
  const Crossing away = crossing({.pods = "{worker-1: 6, worker-2: 6}"});
  CHECK(away.estimated == Approx(1.0 / 3.0).margin(1e-4));
  CHECK(away.is(away.estimated));
}

TEST_CASE("where zone_aware is off it changes no request", "[unit]") {
  const Crossing few = crossing({.balance = "{name: round_robin, zone_aware: true, min_cluster: 13}"}),
                 plain = crossing({.balance = "round_robin"});
  CHECK(few.of_pods == plain.of_pods);
  CHECK(few.run == plain.run);
  CHECK(few.estimated == Approx(plain.estimated));
  CHECK(crossing({}).run != plain.run);  // the twin: it is on
}

TEST_CASE("where zone_aware plays no part a warning says why", "[unit]") {
  CHECK(warnings_of_zones({}).empty());
  CHECK(warnings_of_zones({.balance = "{name: round_robin, zone_aware: false, min_cluster: 13}"}).empty());
  const std::string about = "ingress class envoy: `zone_aware` plays no part for Service/shop: ";
  using Lines = std::vector<std::string>;
  CHECK(warnings_of_zones({.balance = "{name: round_robin, zone_aware: true, min_cluster: 13}"}) ==
        Lines{about + "12 pods are ready, and it begins with 13 (`min_cluster`)"});
  CHECK(warnings_of_zones({.pods = "{worker-0: 1}", .replicas = 1}) ==
        Lines{about + "1 pod is ready, and it begins with 6 (`min_cluster`)"});
  CHECK(warnings_of_zones({.pods = "{worker-2: 12}"}) == Lines{about + "12 pods are ready, all in one zone"});
  CHECK(warnings_of_zones({.annotations = "nginx.ingress.kubernetes.io/service-upstream: \"true\""}) ==
        Lines{about + "the controller dials the address of the Service, and kube-proxy chooses the pod"});
}

TEST_CASE("min_cluster without zone_aware is listed as playing no part", "[unit]") {
  const auto listed = [](const std::string& balance) {
    for (const scenario::IgnoredPart& part : loaded(Envoys{.balance = balance}.text()).ignored)
      if (part.text().find("min_cluster: plays no part without `zone_aware: true`") != std::string::npos) return true;
    return false;
  };
  CHECK(listed("{name: round_robin, min_cluster: 13}"));
  CHECK(listed("{name: round_robin, zone_aware: false, min_cluster: 13}"));
  CHECK_FALSE(listed("{name: round_robin, zone_aware: true, min_cluster: 13}"));
}

TEST_CASE("no edge is zone_aware, and of other controllers' balancers none", "[unit]") {
  ScenarioText text;
  text.cluster = {"nodePools: [{name: worker, count: 3}]"};
  text.traffic = {"{name: api, to: \"http://web/\", arrivals: poisson(10/s)}"};
  text.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: 1ms}"};
  text.documents = {deployment("shop", 3), service("shop", "NodePort")};
  const auto problems = [&](const std::string& edge) {
    text.edges = {"{name: web, service: shop, " + edge + "}"};
    return problems_of(text.text());
  };
  const std::vector<std::string> outside = problems("kind: envoy, balance: {name: least_request, zone_aware: true}");
  REQUIRE(outside.size() == 1);
  CHECK(outside[0].find("edge web, balance: an edge stands outside of the cluster, in no zone") != std::string::npos);
  const std::vector<std::string> of_nlb = problems("kind: nlb, balance: {name: random, zone_aware: true}");
  REQUIRE(of_nlb.size() == 1);
  CHECK(of_nlb[0].find("edge web, balance: parameter `zone_aware` of `random` is Envoy's, and no load balancer of connections has it") != std::string::npos);
  CHECK(problems("kind: envoy, balance: {name: least_request, zone_aware: false}").empty());
  const std::vector<std::string> nginx = problems("kind: nginx, balance: {name: round_robin, zone_aware: true}");
  REQUIRE(nginx.size() == 1);
  CHECK(nginx[0].find("has no parameter `zone_aware`") != std::string::npos);
  const std::vector<std::string> controller = problems_of(Envoys{.controller = "nginx"}.text());
  REQUIRE_FALSE(controller.empty());
  CHECK(controller[0].find("has no parameter `zone_aware`") != std::string::npos);
}

}  // namespace towtank::test
