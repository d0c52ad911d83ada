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

// A name of the nodes in place of a load balancer (models/SOURCES.md 3.9).

namespace towtank::test {
namespace {

/// Pods on two of four nodes.
struct Named {
  std::string kind = "dns", policy = "Cluster", clients = "4000", further{}, weights{};

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 4}]", "network: {preset: ideal}",
                    "placement: {pin: {Deployment/shop: {worker-0: 2, worker-1: 1}}}"};
    made.edges = {"{name: www, kind: " + kind + (kind == "dns" ? ", upstream: {nodePort: \"shop:80\"" + weights + "}" : ", service: shop") + further + "}"};
    made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: 1ms}"};
    made.traffic = {
        std::string{"{name: api, to: \"http://www"} + (kind == "dns" ? ":30080" : "") + "/\", arrivals: deterministic(1000/s), connections: {reuse: per_request}, timeout: "
        "1s, clients: " +
        clients + "}"};
    made.spec = {"run: {duration: 20s, warmup: 2s, replications: {min: 2, max: 2}}"};
    made.documents = {
        deployment("shop", 3),
        "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: NodePort, externalTrafficPolicy: " +
            policy + ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}}"};
    return made.text();
  }
  scenario::BuiltVariant built() const { return built_first(text()); }
};

ReplicationResult run_named(const scenario::BuiltVariant& variant) {
  Horizon horizon;
  horizon.window = horizon.bin = 20s;
  return World{variant.cluster, horizon, Draws{11, 0}}.run();
}

double lost(const ReplicationResult& result) {
  const TrafficTotals& traffic = result.traffic.at(0);
  return static_cast<double>(traffic.failed.count()) / static_cast<double>(traffic.offered);
}

}  // namespace

TEST_CASE("under Local a name sends half of the clients to nodes without a pod, and a load balancer that checks none",
          "[statistical]") {
  const scenario::BuiltVariant named = Named{.policy = "Local"}.built();
  CHECK(path_spread(named.cluster, named.cluster.traffic[0]).dropped == Approx(0.5));
  // Each of 4,000 clients is at a node without a pod or not; some change within the 20 s.
  const double spread = normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(0.25 / 4000.0);
  const double seen = lost(run_named(named));
  CHECK(std::abs(seen - 0.5) <= spread);
  CHECK_FALSE(std::abs(seen - 0.56) <= spread);  // the twin
  CHECK(lost(run_named(Named{.policy = "Cluster"}.built())) == 0.0);
  CHECK(lost(run_named(Named{.kind = "gclb-passthrough", .policy = "Local"}.built())) == 0.0);
}

TEST_CASE("a client stays at its node for the time to live", "[unit]") {
  const auto nodes_used = [](const Named& name) {
    const ReplicationResult result = run_named(name.built());
    return std::count_if(result.nodes.begin(), result.nodes.end(),
                         [](const NodeTotals& node) { return node.requests > 0; });
  };
  CHECK(nodes_used({.clients = "1", .further = ", balance: {name: round_robin, ttl: 24h}"}) == 1);
  CHECK(nodes_used({.clients = "1", .further = ", balance: {name: round_robin, ttl: 1s}"}) > 1);
  CHECK(nodes_used({.clients = "1", .further = ", balance: random"}) == 4);
  CHECK(nodes_used({}) == 4);
}

TEST_CASE("few clients of a name do not share the nodes alike, and the estimate says so", "[unit]") {
  const scenario::BuiltVariant few = Named{.clients = "3"}.built();
  const std::vector<std::string> said = spread_assumptions(few.cluster, few.cluster.traffic[0]);
  CHECK(std::any_of(said.begin(), said.end(), [](const std::string& line) {
    return line.find("www decides by the address it sees (those of 3 clients)") != std::string::npos;
  }));
  std::vector<double> entered = path_spread(few.cluster, few.cluster.traffic[0]).entered;
  CHECK(entered == std::vector<double>{0.25, 0.25, 0.25, 0.25});
}

TEST_CASE("names take neither weights nor algorithms of load balancers", "[unit]") {
  const auto problem = [](const Named& name) {
    const scenario::Study study = loaded(name.text());
    const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
    REQUIRE_FALSE(built);
    return built.error()[0].text();
  };
  CHECK(problem({.further = ", balance: flow_hash"})
            .find("edge www of kind dns cannot balance by `flow_hash`: random, round_robin would do") !=
        std::string::npos);
  CHECK(problem({.weights = ", weights: {worker-0: 2}"}).find("edge www, weights: names do not weigh their addresses") !=
        std::string::npos);
  CHECK(problem({.further = ", balance: {name: round_robin, ttl: 0s}"}).find("ttl") != std::string::npos);
  CHECK(problem({.further = ", targets: ip"}).find("`targets: instance` would do") != std::string::npos);
}

}  // namespace towtank::test
