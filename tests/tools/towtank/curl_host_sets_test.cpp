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
  // worker-0 is half of the first priority, which bears 70 %; no other node serves.
  const std::string ranked = fronted("kind: envoy, healthCheck: true, balance: {name: random, panic: 0}, upstream: {nodePort: \"shop:http\", priorities: {worker-2: 1, worker-3: 1}}");
  CHECK(chance_of(ranked, 200) == Approx(1.0));
  const std::string blind = fronted("kind: envoy, upstream: {nodePort: \"shop:http\", priorities: {worker-2: 1, worker-3: 1}}");
  CHECK(chance_of(blind, 200) == Approx(0.5));
  const std::string last = fronted("kind: envoy, upstream: {nodePort: \"shop:http\", priorities: {worker-0: 1}}");
  CHECK(chance_of(last, 200) == Approx(0.0));
  const std::string zones = fronted("kind: envoy, balance: {name: random, zone_weights: \"a=9 b=1\"}, upstream: {nodePort: \"shop:http\"}");
  CHECK(chance_of(zones, 200) == Approx(0.45));
}

TEST_CASE("curl asks pods that pass the check of a proxy, and those of a subset", "[unit]") {
  const auto edge = [](const std::string& what) { return fronted(what + kPods, "Cluster"); };
  CHECK(chance_of(edge("kind: envoy"), 200) == Approx(0.5));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: envoy, healthCheck: true, balance: {name: random, panic: 51}"), 200) == Approx(0.5));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset: \"version=old\"}"), 200) == Approx(1.0));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset: \"version=next\"}"), 200) == Approx(0.0));
  CHECK(chance_of(edge("kind: envoy, balance: {name: random, subset: \"version=gone\"}"), 503) == Approx(1.0));
}

}  // namespace towtank::tool
