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

// GKE's load balancer that gives nodes flows by the pods on them (models/SOURCES.md 3.9).

namespace towtank::test {
namespace {

scenario::BuiltVariant shop_behind(const std::string& annotations, const std::string& policy = "Local",
                                   const std::string& kind = "gclb-passthrough") {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 4}]", "network: {preset: ideal}",
                  "placement: {pin: {Deployment/shop: {worker-0: 2, worker-1: 1}}}"};
  made.edges = {"{name: lb, kind: " + kind + ", service: shop}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: 1ms}"};
  made.traffic = {
      "{name: api, to: \"http://lb/\", arrivals: deterministic(1000/s), connections: {reuse: per_request}}"};
  made.spec = {"run: {duration: 20s, warmup: 2s, replications: {min: 2, max: 2}}"};
  made.documents = {deployment("shop", 3), "{apiVersion: v1, kind: Service, metadata: {name: shop, annotations: {" +
                                               annotations +
                                               "}}, spec: {type: LoadBalancer, externalTrafficPolicy: " + policy +
                                               ", selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}}"};
  return built_first(made.text());
}

constexpr const char* kWeighted = "networking.gke.io/weighted-load-balancing: pods-per-node";

/// Whether node worker-0 gets this share, in run and in closed form.
bool gets(const scenario::BuiltVariant& variant, double share) {
  CHECK(path_spread(variant.cluster, variant.cluster.traffic[0]).entered[0] == Approx(share));
  Horizon horizon;
  horizon.window = horizon.bin = 20s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
  const double requests = static_cast<double>(result.traffic[0].offered);
  const double seen = static_cast<double>(result.nodes[0].requests) / requests;
  return std::abs(seen - share) <=
         normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(share * (1.0 - share) / requests);
}

std::string warning_of(const scenario::BuiltVariant& variant) {
  for (const std::string& each : variant.warnings)
    if (each.find("weighted-load-balancing") != std::string::npos) return each;
  return {};
}

}  // namespace

TEST_CASE("with pods-per-node each pod under Local gets as much as any other", "[statistical]") {
  const scenario::BuiltVariant weighted = shop_behind(kWeighted), plain = shop_behind("");
  CHECK(gets(weighted, 2.0 / 3.0));
  CHECK(gets(plain, 0.5));  // the twin
  CHECK(warning_of(weighted).empty());
  CHECK(warning_of(plain).empty());
}

TEST_CASE("pods-per-node plays no part under Cluster, with other load balancers, or with another value", "[unit]") {
  CHECK(gets(shop_behind(kWeighted, "Cluster"), 0.25));
  CHECK(warning_of(shop_behind(kWeighted, "Cluster")).find("it takes externalTrafficPolicy: Local") !=
        std::string::npos);
  CHECK(gets(shop_behind(kWeighted, "Local", "azure-slb"), 0.5));
  CHECK(warning_of(shop_behind(kWeighted, "Local", "azure-slb"))
            .find("edge lb is no passthrough load balancer of Google's") != std::string::npos);
  CHECK(gets(shop_behind("networking.gke.io/weighted-load-balancing: none"), 0.5));
}

}  // namespace towtank::test
