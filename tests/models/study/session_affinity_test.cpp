#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "models/hops/client_affinity.hpp"
#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/walk/walk.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

// sessionAffinity: ClientIP, from the manifest to the pods (models/SOURCES.md 2.8).

namespace towtank::test {
namespace {

Time at(Duration since_start) { return Time{} + since_start; }

struct Sticky {
  std::string to = "http://worker-0:30904/";
  std::string clients = "1";
  std::string affinity = ", sessionAffinity: ClientIP";
  std::string arrivals = "deterministic(20/s)";
  std::string mode = "nftables";
  std::string edges{};

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}",
                    "kubeProxy: {mode: " + mode + "}"};
    if (!edges.empty()) made.edges = {edges};
    made.pods = {"Deployment/shop: {model: workers, workers: 4, serviceTime: 1ms}"};
    made.traffic = {"{name: api, to: \"" + to + "\", arrivals: " + arrivals + ", clients: " + clients +
                    ", connections: {reuse: per_request}}"};
    made.spec = {"run: {duration: 30s, warmup: 1s, replications: {min: 2, max: 2}}"};
    made.documents = {deployment("shop", 4),
                      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: NodePort, selector: {app: "
                      "shop}, ports: [{port: 80, targetPort: "
                      "8080, nodePort: 30904}]" +
                          affinity + "}}"};
    return made.text();
  }

  scenario::BuiltVariant built() const { return built_first(text()); }

  /// How many of the four pods had requests, and how many each.
  std::vector<std::uint64_t> served(std::uint32_t replication = 0) const {
    const scenario::BuiltVariant variant = built();
    Horizon horizon;
    horizon.window = horizon.bin = 30s;
    const ReplicationResult result = World{variant.cluster, horizon, Draws{11, replication}}.run();
    std::vector<std::uint64_t> counts;
    for (const EndpointTotals& endpoint : result.endpoints)
      if (endpoint.requests > 0) counts.push_back(endpoint.requests);
    return counts;
  }
};

}  // namespace

TEST_CASE("an address is known until its timeout, which every connection begins anew", "[unit]") {
  ClientAffinity affinity{10s, UINT32_MAX};
  CHECK(affinity.recall(7, at(0s)) == ClientAffinity::kNone);
  affinity.remember(7, 2, at(0s));
  CHECK(affinity.recall(7, at(9s)) == 2);
  CHECK(affinity.recall(7, at(10s)) == ClientAffinity::kNone);
  CHECK(affinity.recall(8, at(9s)) == ClientAffinity::kNone);
  affinity.remember(7, 2, at(9s));
  CHECK(affinity.recall(7, at(18s)) == 2);
  affinity.remember(7, 0, at(30s));
  CHECK(affinity.recall(7, at(31s)) == 0);
}

TEST_CASE("of more addresses of a pod than its list holds the one not seen longest is forgotten", "[unit]") {
  ClientAffinity affinity{1h, 3};
  for (const std::uint32_t address : {1u, 2u, 3u}) affinity.remember(address, 0, at(1s));
  affinity.remember(9, 1, at(1s));  // another pod's list
  affinity.remember(1, 0, at(2s));  // seen again
  affinity.remember(4, 0, at(3s));
  CHECK(affinity.recall(2, at(4s)) == ClientAffinity::kNone);
  for (const std::uint32_t address : {1u, 3u, 4u}) CHECK(affinity.recall(address, at(4s)) == 0);
  CHECK(affinity.recall(9, at(4s)) == 1);
}

TEST_CASE("one client stays at one pod of a node; without affinity, or behind two nodes, not", "[unit]") {
  for (const char* mode : {"iptables", "nftables", "ipvs", "cilium"}) {
    INFO(mode);
    Sticky sticky;
    sticky.mode = mode;
    CHECK(sticky.served().size() == 1);
    sticky.affinity.clear();
    CHECK(sticky.served().size() == 4);
  }
  // Each node chooses for itself: two pods, but where both came to the same, one time in four.
  std::set<std::size_t> pods;
  for (std::uint32_t replication = 0; replication < 20; ++replication)
    pods.insert(Sticky{.to = "http://node:30904/"}.served(replication).size());
  CHECK(pods == std::set<std::size_t>{1, 2});
}

TEST_CASE("who comes seldom is forgotten in between", "[unit]") {
  const std::string one_second = ", sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 1}}";
  CHECK(Sticky{.affinity = one_second, .arrivals = "deterministic(20/s)"}.served().size() == 1);
  CHECK(Sticky{.affinity = one_second, .arrivals = "deterministic(0.8/s)"}.served().size() > 1);
}

TEST_CASE("iptables forgets clients when there are many, nftables does not", "[statistical]") {
  // Of 1,000 clients, each known by nftables from its first connection on, iptables' four lists hold 400: most are
  // drawn anew each time. What a client gets in a run is told by how evenly pods are served: draws of connections are
  // closer to even than draws of clients.
  const auto distance = [](const char* mode) {
    double sum = 0.0;
    for (std::uint32_t replication = 0; replication < 10; ++replication) {
      const std::vector<std::uint64_t> counts =
          Sticky{.clients = "1000", .arrivals = "deterministic(1000/s)", .mode = mode}.served(replication);
      REQUIRE(counts.size() == 4);
      for (const std::uint64_t count : counts)
        sum += (static_cast<double>(count) - 7'500.0) * (static_cast<double>(count) - 7'500.0);
    }
    return sum / 40.0;
  };
  // Variances of a pod's 30,000 x 1/4: of connections 5,625; of clients with 30 connections each some 30 times as much,
  // and of 39 sums of squares that ratio is off by half once in a million.
  const double of_clients = distance("nftables");
  CHECK(of_clients > 5'625.0 * 10.0);
  CHECK(distance("iptables") < of_clients / 2.0);
}

TEST_CASE("behind a proxy all clients have its address", "[unit]") {
  Sticky sticky{.to = "http://web/", .clients = "500"};
  sticky.edges =
      "{name: web, kind: haproxy, upstream: {nodePort: \"shop:80\", nodes: [worker-0]}, upstreamKeepalive: 0}";
  CHECK(sticky.served().size() == 1);
  std::string told;
  const scenario::BuiltVariant variant = sticky.built();
  for (const std::string& line : spread_assumptions(variant.cluster, variant.cluster.traffic[0])) told += line + '\n';
  CHECK_THAT(told, Catch::Matchers::Contains("of a proxy it is one address"));
  sticky.affinity.clear();
  CHECK(sticky.served().size() == 4);
}

TEST_CASE("curl tells whom sessionAffinity keeps", "[unit]") {
  const auto steps = [](const Sticky& sticky) {
    const scenario::Study study = loaded(sticky.text());
    const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
    REQUIRE(ground);
    const Result<walk::Walk> walked = walk::walk(*ground, sticky.to, "internet");
    REQUIRE(walked);
    std::string text;
    for (const walk::Step& step : walked->branches.at(0).steps) text += step.packets + '\n';
    return text;
  };
  CHECK_THAT(steps({}), Catch::Matchers::Contains("until 10800 s after its last connection"));
  CHECK_THAT(steps({.affinity = ""}), !Catch::Matchers::Contains("sessionAffinity"));
}

}  // namespace towtank::test
