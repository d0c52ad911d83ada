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

// Health checks, panics, priorities, weighed zones and subsets in scenarios (models/SOURCES.md 3.4, 3.5): what a run sees
// against closed forms.

namespace towtank::test {
namespace {

/// An edge before the node ports of eight nodes, of which some have a pod each.
struct Fronted {
  std::string edge = "kind: envoy, healthCheck: true";
  std::string upstream{};  ///< further entries
  int pods = 3;
  std::string policy = "Local";

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 8, zones: [a, b]}]", "network: {preset: ideal}",
                    "placement: {pin: {Deployment/shop: {"};
    for (int i = 0; i < pods; ++i) made.cluster.back() += (i > 0 ? ", worker-" : "worker-") + std::to_string(i) + ": 1";
    made.cluster.back() += "}}}";
    made.edges = {"{name: web, " + edge + ", upstream: {nodePort: \"shop:80\"" + upstream + "}}"};
    made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: 1ms}"};
    made.traffic = {"{name: api, to: \"http://web/\", arrivals: deterministic(1000/s), timeout: 1s, connections: {reuse: per_request, perClient: 1000000}}"};
    made.spec = {"run: {duration: 20s, warmup: 1s, replications: {min: 2, max: 2}}"};
    made.documents = {deployment("shop", pods), "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: NodePort, externalTrafficPolicy: " + policy +
                                                    ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}}"};
    return made.text();
  }
};

/// Shares of requests, as a run sees them.
struct Seen {
  double requests = 0.0;
  std::vector<double> at_nodes, at_pods;
  double failed = 0.0;

  /// Whether a share is this one, as far as chance lets it say.
  bool is(double seen, double share) const {
    return std::abs(seen - share) <= normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(share * (1.0 - share) / requests) + 1e-12;
  }
};

Seen seen_of(const scenario::BuiltVariant& variant) {
  Horizon horizon;
  horizon.window = horizon.bin = 20s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
  Seen seen;
  seen.requests = static_cast<double>(result.traffic.at(0).offered);
  for (const auto& node : result.nodes) seen.at_nodes.push_back(static_cast<double>(node.requests) / seen.requests);
  for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
    seen.at_pods.push_back(static_cast<double>(result.endpoints[i].requests) / seen.requests);
  seen.failed = 1.0 - static_cast<double>(result.traffic[0].count(Outcome::ok)) / seen.requests;
  return seen;
}

std::string warning_with(const scenario::BuiltVariant& variant, const std::string& part) {
  for (const std::string& each : variant.warnings)
    if (each.find(part) != std::string::npos) return each;
  return {};
}

/// Whether a run has these shares of nodes, and loses so much, as far as chance lets it say.
bool runs(const scenario::BuiltVariant& variant, const std::vector<double>& nodes, double lost) {
  const Seen seen = seen_of(variant);
  bool all = seen.is(seen.failed, lost);
  for (std::size_t i = 0; i < nodes.size(); ++i) all = all && seen.is(seen.at_nodes[i], nodes[i]);
  return all;
}

bool is_estimated(const scenario::BuiltVariant& variant, const std::vector<double>& nodes, double lost) {
  const PathSpread spread = path_spread(variant.cluster, variant.cluster.traffic[0]);
  bool all = std::abs(spread.dropped + spread.refused - lost) < 1e-9;
  for (std::size_t i = 0; i < nodes.size(); ++i) all = all && std::abs(spread.entered[i] - nodes[i]) < 1e-9;
  return all;
}

bool agrees(const scenario::BuiltVariant& variant, const std::vector<double>& nodes, double lost) {
  return runs(variant, nodes, lost) && is_estimated(variant, nodes, lost);
}

}  // namespace

TEST_CASE("an edge that checks health leaves nodes without a pod alone while enough pass", "[statistical]") {
  const scenario::BuiltVariant enough = built_first(Fronted{.pods = 4}.text());
  CHECK(agrees(enough, {0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0}, 0.0));
  CHECK(warning_with(enough, "health check").empty());
  const scenario::BuiltVariant unchecked = built_first(Fronted{.edge = "kind: envoy", .pods = 4}.text());
  CHECK(agrees(unchecked, std::vector<double>(8, 0.125), 0.5));  // the twin
  for (const std::string kind : {"haproxy", "envoy"}) {
    const std::string never = kind == "envoy" ? ", balance: {name: round_robin, panic: 0}" : "";
    CHECK(agrees(built_first(Fronted{.edge = "kind: " + kind + ", healthCheck: true" + never, .pods = 1}.text()), {1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, 0.0));
  }
}

TEST_CASE("an Envoy of which fewer than half the nodes pass sends to all", "[statistical]") {
  const scenario::BuiltVariant panics = built_first(Fronted{}.text());
  CHECK(agrees(panics, std::vector<double>(8, 0.125), 0.625));
  CHECK_FALSE(runs(panics, std::vector<double>(8, 0.125), 0.60));
  CHECK(warning_with(panics, "Envoy panics").find("edge web: 5 of the 8 nodes fail its health check (externalTrafficPolicy: Local, and no pod there that serves), so that Envoy panics (`healthy_panic_threshold`) and sends 100 % of the requests to nodes whether they pass or not: `balance: {name: round_robin, panic: 0}`, or externalTrafficPolicy: Cluster, would do") == 0);
  CHECK(agrees(built_first(Fronted{.edge = "kind: envoy, healthCheck: true, balance: {name: random, panic: 37}"}.text()), {1 / 3.0, 1 / 3.0, 1 / 3.0, 0.0}, 0.0));
  CHECK(agrees(built_first(Fronted{.policy = "Cluster"}.text()), std::vector<double>(8, 0.125), 0.0));
}

TEST_CASE("what a priority fails in its panic is lost, in run and closed form", "[statistical]") {
  // Of the first five nodes one has a pod, of the next two one: 29 and 71 %.
  std::string text = Fronted{.edge = "kind: envoy, healthCheck: true, balance: {name: random, fail_on_panic: true}", .upstream = ", nodes: [worker-0, worker-1, worker-2, worker-3, worker-4, worker-5, worker-6], priorities: {worker-5: 1, worker-6: 1}", .pods = 2}.text();
  text.replace(text.find("worker-1: 1}}}"), 8, "worker-5");
  const scenario::BuiltVariant variant = built_first(text);
  CHECK(agrees(variant, {0.0, 0.0, 0.0, 0.0, 0.0, 0.71, 0.0, 0.0}, 0.29));
  CHECK_FALSE(runs(variant, {0.0, 0.0, 0.0, 0.0, 0.0, 0.73, 0.0, 0.0}, 0.27));
  CHECK(warning_with(variant, "so that Envoy panics (`healthy_panic_threshold`) and answers 503 to 29 % of the requests: `balance: {name: random, panic: 0}`") != "");
}

TEST_CASE("an edge whose nodes all fail answers 503, and an Envoy asks them all the same", "[unit]") {
  // No pod listens on the targetPort.
  const auto deaf = [](const std::string& edge) {
    std::string text = Fronted{.edge = edge}.text();
    text.replace(text.find("targetPort: 8080"), 16, "targetPort: 9090");
    return built_first(text);
  };
  const scenario::BuiltVariant haproxy = deaf("kind: haproxy, healthCheck: true");
  CHECK(warning_with(haproxy, "health check").find("edge web: 8 of the 8 nodes fail its health check (no pod listens on its port), so that it answers 503 to 100 % of the requests: pods that listen on the targetPort would do") == 0);
  CHECK(seen_of(haproxy).failed == 1.0);
  CHECK(path_spread(haproxy.cluster, haproxy.cluster.traffic[0]).refused == 1.0);
  const std::string panics = warning_with(deaf("kind: envoy, healthCheck: true"), "Envoy panics");
  CHECK(panics.find("whether they pass or not: pods that listen on the targetPort would do") != std::string::npos);  // no cure but one
  CHECK_FALSE(warning_with(deaf("kind: envoy, healthCheck: true, balance: {name: random, fail_on_panic: true}"), "answers 503 to 100 %").empty());
}

TEST_CASE("priorities of nodes share what the first cannot bear", "[statistical]") {
  // Of the first three one passes: 140/3 % of the load. Of the others, two of five, what is left.
  const Fronted ranked{.edge = "kind: envoy, healthCheck: true", .upstream = ", priorities: {worker-1: 1, worker-2: 1, worker-3: 1, worker-4: 1, worker-5: 1}"};
  const scenario::BuiltVariant variant = built_first(ranked.text());
  CHECK(agrees(variant, {0.46, 0.27, 0.27, 0.0, 0.0, 0.0, 0.0, 0.0}, 0.0));
  CHECK_FALSE(runs(variant, {0.48, 0.26, 0.26, 0.0, 0.0, 0.0, 0.0, 0.0}, 0.0));
}

TEST_CASE("zones of nodes get as they weigh", "[statistical]") {
  const Fronted weighed{.edge = "kind: envoy, balance: {name: round_robin, zone_weights: \"a=3 b=1\"}", .pods = 8};
  CHECK(agrees(built_first(weighed.text()), {0.1875, 0.0625, 0.1875, 0.0625, 0.1875, 0.0625, 0.1875, 0.0625}, 0.0));
}

TEST_CASE("what an edge cannot have of health, priorities and zones is told", "[unit]") {
  const auto is_told = [](const Fronted& fronted, const std::string& what) {
    const std::vector<std::string> found = problems_of(fronted.text());
    INFO((found.empty() ? "" : found[0]));
    return found.size() == 1 && found[0].find(what) != std::string::npos;
  };
  CHECK(is_told({.edge = "kind: nginx", .upstream = ", priorities: {worker-1: 1}"}, "edge web, priorities: only Envoy has them"));
  CHECK(is_told({.edge = "kind: envoy, balance: join_idle_queue", .upstream = ", priorities: {worker-1: 1}"}, "is none of Envoy's own algorithms"));
  CHECK(is_told({.upstream = ", priorities: {worker-9: 1}"}, "gives a priority to node worker-9, which it does not dial"));
  CHECK(is_told({.edge = "kind: envoy, balance: {name: random, failover: true}"}, "in no zone in which `failover` could keep its requests"));
  CHECK(is_told({.edge = "kind: envoy, balance: {name: random, subset_labels: \"a=b\"}"}, "`subset_labels` goes by labels of pods, and it dials nodes"));
  for (const char* kind : {"nginx", "haproxy", "envoy"})  // a parameter of the same name
    CHECK(problems_of(Fronted{.edge = "kind: " + std::string{kind} + ", balance: {name: random_subset, subset: 3}"}.text()).empty());
  CHECK_FALSE(warning_with(built_first(Fronted{.edge = "kind: envoy", .upstream = ", priorities: {worker-1: 1}"}.text()), "`healthCheck: true` would find").empty());
  CHECK_FALSE(warning_with(built_first(Fronted{.edge = "kind: envoy, balance: {name: random, zone_weights: \"b=1\"}", .upstream = ", nodes: [worker-0, worker-2]"}.text()), "no zone with a weight (`zone_weights`) has a target").empty());
  CHECK(is_told({.edge = "kind: envoy, balance: {name: random, zone_weights: \"a=1 z=1\"}"}, "weighs zone z, in which no node is; there is a, b"));
}

namespace {

/// Pods of two versions in two zones, behind a controller of kind envoy with a pod in each.
scenario::BuiltVariant versions(const std::string& balance) {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 2, zones: [a, b]}]", "network: {preset: ideal}",
                  "placement: {pin: {Deployment/proxy: {worker-0: 1, worker-1: 1}, Deployment/old: {worker-0: 3}, Deployment/next: {worker-0: 1, worker-1: 2}}}"};
  made.pods = {"Deployment/old: {model: workers, workers: 8, serviceTime: 1ms}", "Deployment/next: {model: workers, workers: 8, serviceTime: 1ms}"};
  made.traffic = {"{name: api, to: \"http://node:30904/\", arrivals: deterministic(1000/s), connections: {reuse: per_request}}"};
  made.spec = {"run: {duration: 20s, warmup: 1s, replications: {min: 2, max: 2}}",
               "ingress: [{class: envoy, controller: envoy, deployment: proxy, workers: 2, balance: " + balance + "}]"};
  const auto pods = [](const std::string& name) {
    return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + "}, spec: {replicas: 3, selector: {matchLabels: {app: shop, version: " + name +
           "}}, template: {metadata: {labels: {app: shop, version: " + name + "}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}}";
  };
  made.documents = {deployment("proxy", 2), pods("old"), pods("next"), service("shop", "ClusterIP"),
                    "{apiVersion: v1, kind: Service, metadata: {name: proxy}, spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: proxy}, "
                    "ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30904}]}}",
                    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: envoy, rules: [{http: {paths: "
                    "[{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}"};
  return built_first(made.text());
}

/// Shares of the pods next-0 to next-2 and old-0 to old-2, in the run and in closed form.
/// @param in_run_only  of a twin that the run alone must tell
bool pods_get(const scenario::BuiltVariant& variant, const std::vector<double>& shares, bool in_run_only = false) {
  const Seen seen = seen_of(variant);
  const PathSpread spread = path_spread(variant.cluster, variant.cluster.traffic[0]);
  bool all = true;
  std::size_t of = 0;
  for (std::size_t pod = 0; pod < variant.cluster.pods.size(); ++pod) {
    if (variant.cluster.pods[pod].name.rfind("proxy", 0) == 0) continue;
    INFO(variant.cluster.pods[pod].name << " " << seen.at_pods[pod] << " " << spread.behind[pod]);
    all = all && seen.is(seen.at_pods[pod], shares.at(of)) && (in_run_only || std::abs(spread.behind[pod] - shares[of]) < 1e-9);
    ++of;
  }
  return all && of == shares.size();
}

}  // namespace

TEST_CASE("a controller chooses from a subset of pods by their labels", "[statistical]") {
  const double third = 1.0 / 3.0, sixth = 1.0 / 6.0;
  CHECK(pods_get(versions("{name: random, subset_labels: \"version=next\"}"), {third, third, third, 0.0, 0.0, 0.0}));
  CHECK(pods_get(versions("{name: least_request, subset_labels: \"version=none\", subset_fallback: any}"), {sixth, sixth, sixth, sixth, sixth, sixth}));
  const scenario::BuiltVariant nobody = versions("{name: random, subset_labels: \"version=none\"}");
  CHECK(seen_of(nobody).failed == 1.0);
  CHECK(path_spread(nobody.cluster, nobody.cluster.traffic[0]).refused == Approx(1.0));
  CHECK_FALSE(warning_with(nobody, "no pod has its `subset_labels`, version=none, so that it answers 503").empty());
}

TEST_CASE("with failover controllers keep to the pods of their zone", "[statistical]") {
  // In zone a next-0 and the old ones, in b the other new ones; half of the requests come to each.
  CHECK(pods_get(versions("{name: random, failover: true}"), {0.125, 0.25, 0.25, 0.125, 0.125, 0.125}));
  CHECK_FALSE(pods_get(versions("random"), {0.125, 0.25, 0.25, 0.125, 0.125, 0.125}, true));
}

TEST_CASE("controllers weigh zones", "[statistical]") {
  CHECK(pods_get(versions("{name: round_robin, zone_weights: \"a=9 b=1\"}"), {0.225, 0.05, 0.05, 0.225, 0.225, 0.225}));
}

TEST_CASE("client-side weights give a pod of half the speed half as much", "[statistical]") {
  const auto weighed = [](const std::string& balance) {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}"};
    made.edges = {"{name: web, kind: envoy, service: shop, targets: ip, balance: " + balance + "}"};
    made.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: exponential(mean=10ms), slow: {pod: 1, factor: 2}}"};
    made.traffic = {"{name: api, to: \"http://web/\", arrivals: poisson(400/s), connections: {reuse: per_request}}"};
    made.spec = {"run: {duration: 100s, warmup: 20s}"};
    made.documents = {deployment("shop", 2), service("shop", "ClusterIP")};
    const scenario::BuiltVariant variant = built_first(made.text());
    Horizon horizon;
    horizon.warmup = 20s;
    horizon.window = horizon.bin = 100s;
    const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
    const double slow = static_cast<double>(result.endpoints[1].requests) / static_cast<double>(result.traffic[0].offered);
    return std::pair{slow, path_spread(variant.cluster, variant.cluster.traffic[0]).at_first[1]};
  };
  const auto [seen, expected] = weighed("client_side_weighted_round_robin");
  CHECK(expected == Approx(1.0 / 3.0));
  // A weight is what a pod bears, servers over the mean of some 130 or 270 exponential services: each is off by a part of
  // 0.09 or 0.06, drawn anew each second; the share of the slow one by 2/9 of both, in the mean of 100 seconds.
  const double deviation = 2.0 / 9.0 * std::sqrt(1.0 / 133 + 1.0 / 267) / std::sqrt(100.0);
  CHECK(std::abs(seen - 1.0 / 3.0) < normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * deviation + 1.0 / 133);  // and 1/n of bias of a quotient
  CHECK(weighed("round_robin").first == Approx(0.5).margin(0.001));  // the twin
}

}  // namespace towtank::test
