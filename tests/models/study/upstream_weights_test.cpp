#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/walk/walk.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

// Weights of a proxy's upstream, and other settings that may have nothing to say.

namespace towtank::test {
namespace {

/// Three nodes with a pod each, behind a proxy that weighs them 5, 1 and 1.
ScenarioText weighed(const std::string& kind_and_balance, const std::string& weights = "weights: {worker-0: 5}") {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3}]", "network: {preset: ideal}",
                  "placement: {pin: {Deployment/shop: {worker-0: 1, worker-1: 1, worker-2: 1}}}"};
  made.edges = {"{name: web, " + kind_and_balance + ", upstream: {nodePort: \"shop:80\"" +
                (weights.empty() ? "" : ", " + weights) + "}}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 1ms}"};
  made.traffic = {
      "{name: api, to: \"http://web/\", arrivals: deterministic(100/s), clients: 500, connections: {reuse: "
      "per_request}}"};
  made.spec = {"run: {duration: 70s, warmup: 1s, replications: {min: 2, max: 2}}"};
  made.documents = {deployment("shop", 3),
                    "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: NodePort, "
                    "externalTrafficPolicy: Local, selector: {app: shop}, "
                    "ports: [{port: 80, targetPort: 8080, nodePort: 30904}]}}"};
  return made;
}

scenario::BuiltVariant built(const ScenarioText& text) { return built_first(text.text()); }

/// The share of worker-0, by `run` and by `estimate`.
std::pair<double, double> shares(const ScenarioText& text) {
  const scenario::BuiltVariant variant = built(text);
  Horizon horizon;
  horizon.window = horizon.bin = 70s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
  double all = 0.0, first = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    all += static_cast<double>(result.endpoints[i].requests);
    if (variant.cluster.nodes[variant.cluster.pods[i].node].name == "worker-0")
      first = static_cast<double>(result.endpoints[i].requests);
  }
  return {first / all, path_spread(variant.cluster, variant.cluster.traffic[0]).entered[0]};
}

std::vector<std::string> ignored(const std::string& text) {
  std::vector<std::string> lines;
  for (const scenario::IgnoredPart& part : loaded(text).ignored) lines.push_back(part.text());
  return lines;
}

bool has(const std::vector<std::string>& lines, const std::string& begin) {
  for (const std::string& line : lines)
    if (line.substr(0, begin.size()) == begin) return true;
  return false;
}

}  // namespace

TEST_CASE("a proxy's upstream gets what its weights say, in run and estimate", "[unit]") {
  for (const char* turns : {"kind: nginx", "kind: envoy", "kind: haproxy", "kind: haproxy, balance: static-rr"}) {
    INFO(turns);
    const auto [run, estimate] = shares(weighed(turns));
    CHECK(run == Approx(5.0 / 7.0).margin(0.001));  // turns: a period at most is not whole
    CHECK(estimate == Approx(5.0 / 7.0).margin(1e-12));
    CHECK(shares(weighed(turns, "")).first == Approx(1.0 / 3.0).margin(0.001));
  }
  for (const char* drawn : {"kind: nginx, balance: random", "kind: nginx, balance: ip_hash",
                            "kind: nginx, balance: hash", "kind: envoy, balance: maglev"}) {
    INFO(drawn);
    CHECK(shares(weighed(drawn)).first > 0.5);
    CHECK(shares(weighed(drawn, "")).first < 0.5);
  }
}

TEST_CASE("curl gives nodes that fail the chance of their weights", "[unit]") {
  ScenarioText text = weighed("kind: haproxy");
  text.cluster[2] = "placement: {pin: {Deployment/shop: {worker-0: 3}}}";  // the others drop
  const scenario::Study study = loaded(text.text());
  const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
  REQUIRE(ground);
  const Result<walk::Walk> walked = walk::walk(*ground, "http://web/", "internet");
  REQUIRE(walked);
  double ok = 0.0;
  for (const walk::Branch& branch : walked->branches)
    if (branch.ending.http == 200) ok += branch.probability;
  CHECK(ok == Approx(5.0 / 7.0));
  CHECK(path_spread(built(text).cluster, built(text).cluster.traffic[0]).dropped == Approx(2.0 / 7.0));
}

TEST_CASE("what an edge says that plays no part is listed with its line", "[unit]") {
  const auto lines = [](const std::string& edge) {
    ScenarioText text = weighed("", "");
    text.edges = {"{name: web, " + edge + "}"};
    return ignored(text.text());
  };
  const std::string to_nodes = ", upstream: {nodePort: \"shop:80\"}", path = "spec.edge[0].";
  CHECK(has(lines("kind: envoy, balance: {name: round_robin, slow_start: 60s, aggression: 2}" + to_nodes),
            path + "balance.slow_start: plays no part"));
  CHECK(has(lines("kind: envoy, balance: {name: round_robin, slow_start: 60s, aggression: 2}" + to_nodes),
            path + "balance.aggression: plays no part"));
  CHECK(has(lines("kind: envoy, balance: {name: least_request, bias: 2}" + to_nodes),
            path + "balance.bias: plays no part"));
  CHECK_FALSE(has(lines("kind: envoy, balance: {name: least_request, bias: 2}, upstream: {nodePort: \"shop:80\", "
                        "weights: {worker-1: 2}}"),
                  path + "balance"));
  CHECK_FALSE(has(lines("kind: envoy, balance: {name: least_request, choices: 3}" + to_nodes), path + "balance"));
  CHECK(has(lines("kind: envoy, version: \"1.30\"" + to_nodes), path + "version: plays no part"));
  CHECK_FALSE(has(lines("kind: nginx, version: \"1.22\"" + to_nodes), path + "version"));
  CHECK(has(lines("kind: azure-slb, crossZone: false, service: shop"), path + "crossZone: plays no part"));
  CHECK_FALSE(has(lines("kind: nlb, crossZone: false, service: shop"), path + "crossZone"));
  CHECK(has(lines("kind: nlb, upstreamKeepalive: 3, service: shop"), path + "upstreamKeepalive: plays no part"));
  CHECK(has(lines("kind: nginx, upstreamKeepalive: 3, service: shop"), path + "upstreamKeepalive: plays no part"));
  CHECK_FALSE(has(lines("kind: nginx, upstreamKeepalive: 3" + to_nodes), path + "upstreamKeepalive"));
  CHECK_FALSE(
      has(lines("kind: nginx, upstreamKeepalive: 3, service: shop, targets: instance"), path + "upstreamKeepalive"));
}

TEST_CASE("slow_start of an ingress controller changes nothing, and is listed", "[unit]") {
  ScenarioText text = weighed("", "");
  text.edges.clear();
  text.traffic = {"{name: api, to: \"http://node:30904/\", arrivals: poisson(10/s)}"};
  text.spec.push_back("ingress: [{class: envoy, controller: envoy, balance: {name: round_robin, slow_start: 60s}}]");
  CHECK(has(ignored(text.text()), "spec.ingress[0].balance.slow_start: plays no part"));
}

}  // namespace towtank::test
