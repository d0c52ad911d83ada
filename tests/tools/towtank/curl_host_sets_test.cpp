#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/towtank/support.hpp"

/// Health checks and Envoy's sets of hosts in `curl`.
namespace towtank::tool {
namespace {

using nlohmann::json;

/// Four nodes, of which one has a pod of each of two versions; `next` listens elsewhere.
std::string fronted(const std::string& edge, const std::string& policy = "Local") {
  const auto pods = [](const std::string& name, const std::string& port) {
    return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + "}\nspec: {replicas: 1, selector: {matchLabels: {version: " + name +
           "}}, template: {metadata: {labels: {app: shop, version: " + name + "}}, spec: {containers: [{name: app, ports: [{containerPort: " + port + "}]}]}}}\n";
  };
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: fronted}\nspec:\n"
         "  cluster: {nodePools: [{name: worker, count: 4, zones: [a, b]}], placement: {pin: {Deployment/old: {worker-0: 1}, Deployment/next: {worker-1: 1}}}}\n"
         "  edge: [{name: web, " +
         edge +
         "}]\n"
         "  traffic: [{name: api, to: \"http://web/\", arrivals: poisson(100/s)}]\n" +
         pods("old", "8080") + pods("next", "9090") +
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {type: NodePort, externalTrafficPolicy: " + policy +
         ", selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
}

/// Chance of an answer with this status.
double chance_of(const std::string& input, int status) {
  const test::Ended ended = test::towtank({"curl", "-", "http://web/", "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(!ended.out.empty());
  const json walked = json::parse(ended.out);
  double sum = 0.0, all = 0.0;
  for (const json& branch : walked["branches"]) {
    all += branch["probability"].get<double>();
    sum += branch["httpStatus"] == status ? branch["probability"].get<double>() : 0.0;
  }
  CHECK(all == Approx(1.0));
  return sum;
}

constexpr const char* kNodes = ", upstream: {nodePort: \"shop:http\"}";
constexpr const char* kPods = ", service: shop, targets: ip";

}  // namespace

TEST_CASE("curl asks nodes that pass the check of a proxy, and all of them in a panic", "[unit]") {
  const auto edge = [](const std::string& what) { return fronted(what + kNodes); };
  CHECK(chance_of(edge("kind: haproxy, healthCheck: true"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: haproxy"), 200) == Approx(0.25));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true"), 200) == Approx(0.25));  // one of four passes: a panic
  CHECK(chance_of(edge("kind: envoy, healthCheck: true, balance: {name: random, panic: 0}"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true, balance: {name: random, fail_on_panic: true}"), 503) == Approx(1.0));
}

TEST_CASE("curl asks priorities as often as they bear", "[unit]") {
  // worker-0 is half of the first priority; of the second no node serves.
  const std::string ranked = fronted("kind: envoy, healthCheck: true, balance: {name: random, panic: 0}, upstream: {nodePort: \"shop:http\", priorities: {worker-2: 1, worker-3: 1}}");
  CHECK(chance_of(ranked, 200) == Approx(1.0));
  const std::string blind = fronted("kind: envoy, upstream: {nodePort: \"shop:http\", priorities: {worker-2: 1, worker-3: 1}}");
  CHECK(chance_of(blind, 200) == Approx(0.5));
  const std::string last = fronted("kind: envoy, upstream: {nodePort: \"shop:http\", priorities: {worker-0: 1}}");
  CHECK(chance_of(last, 200) == Approx(0.0));
  // All four panic: half of the requests for each priority, and half of the first's come to worker-0.
  CHECK(chance_of(fronted("kind: envoy, healthCheck: true, balance: {name: random, panic: 60}, upstream: {nodePort: \"shop:http\", priorities: {worker-2: 1, worker-3: 1}}"), 200) == Approx(0.25));
  // One of three is healthy: 46 %, and none of the other: 46 of 46. As it fails in a panic at 50 %, all is lost; at 30 % nothing.
  const auto failing = [](const std::string& panic) {
    return fronted("kind: envoy, healthCheck: true, balance: {name: random, fail_on_panic: true, panic: " + panic + "}, upstream: {nodePort: \"shop:http\", priorities: {worker-3: 1}}");
  };
  CHECK(chance_of(failing("50"), 503) == Approx(1.0));
  CHECK(chance_of(failing("30"), 200) == Approx(1.0));
  const std::string zones = fronted("kind: envoy, balance: {name: random, zone_weights: \"a=9 b=1\"}, upstream: {nodePort: \"shop:http\"}");
  CHECK(chance_of(zones, 200) == Approx(0.45));
}

TEST_CASE("curl asks pods that pass the check of a proxy, and those of a subset", "[unit]") {
  const auto edge = [](const std::string& what) { return fronted(what + kPods, "Cluster"); };
  CHECK(chance_of(edge("kind: envoy"), 200) == Approx(0.5));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true, balance: {name: random, panic: 51}"), 200) == Approx(0.5));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset_labels: \"version=old\"}"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset_labels: \"version=next\"}"), 200) == Approx(0.0));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset_labels: \"version=gone\"}"), 503) == Approx(1.0));
  const test::Ended gone = test::towtank({"curl", "-", "http://web/"}, edge("kind: envoy, balance: {name: random, subset_labels: \"version=gone\"}"));
  CHECK(test::holds(gone.out, "has a subset to choose from, and no pod has its labels"));
  CHECK(test::holds(gone.out, "labels of the pods as `subset_labels`"));
  CHECK_FALSE(test::holds(gone.out, "panic"));
}

TEST_CASE("what an alb is told of health checks changes nothing in curl either", "[unit]") {
  const auto alb = [](const std::string& what) { return fronted("kind: alb, service: shop, targets: ip" + what, "Cluster"); };
  CHECK(chance_of(alb(", healthCheck: true"), 200) == Approx(chance_of(alb(""), 200)));
}

TEST_CASE("curl goes by the zone of each of a controller's pods", "[unit]") {
  // Controllers in a and b, the pods of b listen elsewhere.
  const auto behind = [](const std::string& balance) {
    const auto pods = [](const std::string& name, const std::string& port, const std::string& app, int replicas) {
      return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + "}\nspec: {replicas: " + std::to_string(replicas) + ", selector: {matchLabels: {name: " + name +
             "}}, template: {metadata: {labels: {app: " + app + ", name: " + name + "}}, spec: {containers: [{name: app, ports: [{name: http, containerPort: " + port + "}]}]}}}\n";
    };
    return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: behind}\nspec:\n"
           "  cluster: {nodePools: [{name: worker, count: 4, zones: [a, b]}], placement: {pin: {Deployment/proxy: {worker-0: 1, worker-1: 1, worker-3: 2}, Deployment/old: {worker-0: 3}, Deployment/next: {worker-1: 3}}}}\n"
           "  ingress: [{class: envoy, controller: envoy, deployment: proxy, balance: " +
           balance + "}]\n  traffic: [{name: api, to: \"http://node:30904/\", arrivals: poisson(100/s)}]\n" + pods("proxy", "8080", "proxy", 4) + pods("old", "8080", "shop", 3) + pods("next", "9090", "shop", 3) +
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]}\n"
           "---\napiVersion: v1\nkind: Service\nmetadata: {name: proxy}\nspec: {type: NodePort, selector: {app: proxy}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30904}]}\n"
           "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop}\nspec: {ingressClassName: envoy, rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: "
           "80}}}}]}}]}\n";
  };
  const auto chance = [&](const std::string& balance) {
    const test::Ended ended = test::towtank({"curl", "-", "http://node:30904/", "-o", "json"}, behind(balance));
    INFO(ended.err);
    REQUIRE(!ended.out.empty());
    const json walked = json::parse(ended.out);
    double sum = 0.0;
    for (const json& branch : walked["branches"]) sum += branch["httpStatus"] == 200 ? branch["probability"].get<double>() : 0.0;
    return sum;
  };
  CHECK(chance("random") == Approx(0.5));
  CHECK(chance("{name: random, failover: true}") == Approx(0.25));  // one controller of four stands in a
  // Half of the pods for three quarters of the callers: 2/3 of b's stay, and 1/3 leaves for a, as all of a's stay.
  CHECK(chance("{name: random, zone_aware: true}") == Approx(0.25 + 0.75 / 3.0).epsilon(1e-3));
}

}  // namespace towtank::tool
