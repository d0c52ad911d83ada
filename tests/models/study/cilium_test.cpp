#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "models/balancers/maglev_table.hpp"
#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/study/path_text.hpp"
#include "models/walk/walk.hpp"
#include "models/world/world.hpp"
#include "sim/random/mix.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

// Cilium in place of kube-proxy, from the scenario to the pods (models/SOURCES.md 3.1).

namespace towtank::test {
namespace {

constexpr std::uint64_t kConnections = 3000;

/// Pods of `shop` on worker-1, of four nodes; one connection for each request.
struct ByCilium {
  std::string kube_proxy = "mode: cilium";
  std::string to = "http://clusterip/shop/";
  std::string from = "Node/worker-0";
  std::string policy{};  ///< of the Service
  std::string clients = "1";
  std::string service_time = "1ms";
  std::string arrivals = "deterministic(100/s)";
  std::string preset = "ideal";
  std::string edges{};
  int replicas = 3;
  bool is_spread = false;  ///< pods over all nodes

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 4}]", "network: {preset: " + preset + "}",
                    "kubeProxy: {" + kube_proxy + "}"};
    if (!is_spread)
      made.cluster.push_back("placement: {pin: {Deployment/shop: {worker-1: " + std::to_string(replicas) + "}}}");
    if (!edges.empty()) made.edges = {edges};
    made.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: " + service_time + "}"};
    made.traffic = {"{name: api, to: \"" + to + "\", from: " + from + ", arrivals: " + arrivals +
                    ", clients: " + clients + ", connections: {reuse: per_request}}"};
    made.spec = {"run: {duration: 30s, warmup: 1s, replications: {min: 2, max: 2}}"};
    made.documents = {deployment("shop", replicas), deployment("client", 3),
                      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, selector: "
                      "{app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]" +
                          policy + "}}"};
    return made.text();
  }

  scenario::BuiltVariant built() const { return built_first(text()); }

  walk::Walk walked() const {
    const scenario::Study study = loaded(text());
    const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
    REQUIRE(ground);
    Result<walk::Walk> made = walk::walk(*ground, to, from);
    REQUIRE(made);
    return std::move(*made);
  }

  /// Its steps in one text.
  std::string way() const {
    std::string steps;
    const walk::Walk walk = walked();
    for (const walk::Step& step : walk.branches.at(0).steps) steps += step.chain + " | " + step.packets + '\n';
    return steps;
  }
};

ReplicationResult run(const model::Cluster& cluster, std::uint32_t replication = 0) {
  Horizon horizon;
  horizon.window = horizon.bin = 30s;
  return World{cluster, horizon, Draws{11, replication}}.run();
}

/// Of shop-0, shop-1, ...
std::vector<std::uint64_t> served(const model::Cluster& cluster, const ReplicationResult& result) {
  std::vector<std::uint64_t> counts;
  for (std::size_t i = 0; i < cluster.pods.size(); ++i)
    if (cluster.pods[i].name.substr(0, 5) == "shop-") counts.push_back(result.endpoints[i].requests);
  return counts;
}

std::vector<std::uint64_t> served(const ByCilium& given, std::uint32_t replication = 0) {
  const scenario::BuiltVariant variant = given.built();
  return served(variant.cluster, run(variant.cluster, replication));
}

std::int64_t used(const std::vector<std::uint64_t>& counts) {
  return std::count_if(counts.begin(), counts.end(), [](std::uint64_t count) { return count > 0; });
}

/// Costs of other magnitudes each, so that a sum tells which of them were paid.
model::Cluster with_costs(model::Cluster cluster) {
  cluster.kube_proxy.socket = Distribution::constant(1e-6);
  cluster.kube_proxy.lookup = Distribution::constant(1e-5);
  cluster.kube_proxy.conntrack = Distribution::constant(1e-4);
  cluster.kube_proxy.snat = Distribution::constant(1e-3);
  return cluster;
}

/// What all the requests of a run took beside the service of 1 ms, microseconds.
std::int64_t beside_service_us(const ReplicationResult& result) {
  const TrafficTotals& traffic = result.traffic[0];
  REQUIRE(traffic.ok.count() == kConnections);
  return static_cast<std::int64_t>(traffic.ok_sum.sum_ns() / 1000) - static_cast<std::int64_t>(kConnections) * 1000;
}

}  // namespace

TEST_CASE("callers in the cluster pay a socket's choice for each connection, and nothing else", "[unit]") {
  const std::int64_t all = kConnections;
  for (const char* to :
       {"http://clusterip/shop/", "http://worker-0:30904/", "http://worker-2:30904/", "http://127.0.0.1:30904/"}) {
    INFO(to);
    model::Cluster cluster = with_costs(ByCilium{.to = to}.built().cluster);
    const ReplicationResult result = run(cluster);
    CHECK(beside_service_us(result) == all);
    // No node port is crossed, whichever was dialled.
    CHECK(std::all_of(result.nodes.begin(), result.nodes.end(),
                      [](const NodeTotals& node) { return node.requests == 0; }));
    cluster.kube_proxy.at_socket = false;
    CHECK(beside_service_us(run(cluster)) == 110 * all);
  }
  CHECK(used(served(ByCilium{})) == 3);
  const std::string way = ByCilium{.to = "http://worker-2:30904/"}.way();
  CHECK_THAT(way, Catch::Matchers::Contains("nothing is sent to the node"));
  CHECK_THAT(way, Catch::Matchers::Contains("Cilium, at the caller's socket: connect() goes to 10."));
}

TEST_CASE("what comes from outside pays lookup and conntrack at its node, and with snat the second hop's address",
          "[unit]") {
  const std::int64_t all = kConnections;
  for (const char* forwarding : {"snat", "dsr", "hybrid"}) {
    INFO(forwarding);
    const bool is_dsr = std::string{forwarding} != "snat";
    const ByCilium given{.kube_proxy = std::string{"mode: cilium, forwarding: "} + forwarding,
                         .to = "http://worker-0:30904/",
                         .from = "internet"};
    model::Cluster cluster = with_costs(given.built().cluster);
    CHECK(beside_service_us(run(cluster)) == all * (is_dsr ? 110 : 1110));
    // Every connection goes on to worker-1, 1 ms each way. By DSR the answer does not come back that way.
    cluster.network.same_zone = Distribution::constant(0.002);
    const ReplicationResult result = run(cluster);
    CHECK(result.traffic[0].second_hops == kConnections);
    CHECK(beside_service_us(result) == all * (is_dsr ? 1110 : 3110));
    CHECK_THAT(given.way(),
               Catch::Matchers::Contains(is_dsr ? "source stays client (DSR: the pod's node answers by itself)"
                                                : "source becomes 10."));
    CHECK((path_text(cluster, cluster.traffic[0]).find(", dsr)") != std::string::npos) == is_dsr);
  }
  // curl's trip to the pod: half of the way there, half of that from the pod to its own node.
  const auto trip_s = [](const std::string& forwarding, const std::string& node) {
    const walk::Walk walk = ByCilium{.kube_proxy = "mode: cilium, forwarding: " + forwarding,
                                     .to = "http://" + node + ":30904/",
                                     .from = "internet",
                                     .preset = "aws"}
                                .walked();
    return walk.branches.at(0).steps.at(2).rtt_s.value();
  };
  CHECK(trip_s("dsr", "worker-0") == (trip_s("snat", "worker-0") + trip_s("snat", "worker-1")) / 2.0);
  CHECK(trip_s("dsr", "worker-1") == trip_s("snat", "worker-1"));
  // At the pods' own node the two are one.
  const ByCilium at_home{
      .kube_proxy = "mode: cilium, forwarding: dsr", .to = "http://worker-1:30904/", .from = "internet"};
  model::Cluster cluster = with_costs(at_home.built().cluster);
  cluster.network.same_node = Distribution::constant(0.002);
  const std::int64_t directly = beside_service_us(run(cluster));
  cluster.kube_proxy.answers_directly = false;
  CHECK(directly == beside_service_us(run(cluster)));
  CHECK(directly == all * 2110);
}

TEST_CASE(
    "of callers in the cluster internalTrafficPolicy decides, of others externalTrafficPolicy; who has no pod refuses",
    "[unit]") {
  using walk::CurlStatus;
  struct Row {
    const char *to, *from, *policy;
    bool is_refused;
  };
  const char* const in = ", internalTrafficPolicy: Local";
  const char* const out = ", externalTrafficPolicy: Local";
  const Row rows[] = {
      {"http://clusterip/shop/", "Node/worker-0", in, true},   {"http://clusterip/shop/", "Node/worker-1", in, false},
      {"http://clusterip/shop/", "Node/worker-0", out, false}, {"http://worker-2:30904/", "Node/worker-0", out, false},
      {"http://worker-1:30904/", "Node/worker-0", in, true},   {"http://worker-2:30904/", "Node/worker-1", in, false},
      {"http://worker-0:30904/", "internet", out, true},       {"http://worker-1:30904/", "internet", out, false},
      {"http://worker-0:30904/", "internet", in, false}};
  for (const Row& row : rows) {
    INFO(row.to << " from " << row.from << row.policy);
    const ByCilium given{.to = row.to, .from = row.from, .policy = row.policy};
    const model::Cluster cluster = given.built().cluster;
    const TrafficTotals traffic = run(cluster).traffic[0];
    CHECK(traffic.count(row.is_refused ? Outcome::refused : Outcome::ok) == kConnections);
    const PathSpread spread = path_spread(cluster, cluster.traffic[0]);
    CHECK(spread.refused == (row.is_refused ? 1.0 : 0.0));
    CHECK(spread.dropped == 0.0);
    const walk::Walk walk = given.walked();
    for (const walk::Branch& branch : walk.branches)
      CHECK(branch.ending.status == (row.is_refused ? CurlStatus::refused : CurlStatus::done));
    // iptables drops instead.
    if (!row.is_refused || std::string{row.to} == "http://worker-1:30904/") continue;
    const ByCilium iptables{.kube_proxy = "mode: iptables", .to = row.to, .from = row.from, .policy = row.policy};
    CHECK(iptables.walked().branches.at(0).ending.status == CurlStatus::timed_out);
  }
}

TEST_CASE("nodes have no addresses of Services under Cilium: their other ports are nobody's", "[unit]") {
  using walk::CurlStatus;
  struct Row {
    const char *to, *from;
    CurlStatus status;
    bool has_run = true;  ///< else the scenario is an error
  };
  constexpr CurlStatus kLost = CurlStatus::timed_out, kRefused = CurlStatus::refused, kDone = CurlStatus::done;
  const Row rows[] = {
      {"http://clusterip/shop:8080", "Node/worker-0", kLost}, {"http://203.0.113.9:8080/", "Pod/client-0", kLost},
      {"http://203.0.113.9:80/", "internet", kDone},          {"http://203.0.113.9:80/", "Pod/client-0", kDone},
      {"http://127.0.0.1:30904/", "Node/worker-0", kDone},    {"http://127.0.0.1:30904/", "Pod/client-0", kRefused},
      {"http://worker-0:8080/", "internet", kRefused},        {"http://shop:8080/", "internet", kLost, false}};
  for (const Row& row : rows) {
    INFO(row.to << " from " << row.from);
    const ByCilium given{
        .to = row.to, .from = row.from, .policy = ", externalIPs: [203.0.113.9]", .preset = "bare-metal"};
    const walk::Walk walk = given.walked();
    for (const walk::Branch& branch : walk.branches) CHECK(branch.ending.status == row.status);
    const scenario::Study study = loaded(given.text());
    const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
    CHECK(built.has_value() == row.has_run);
    if (!built) continue;
    using Entry = model::Traffic::Entry;
    CHECK(built->cluster.traffic.at(0).entry == (row.status == kLost      ? Entry::lost
                                                 : row.status == kRefused ? Entry::refused
                                                                          : Entry::service));
  }
}

TEST_CASE("a load balancer's address is known at the callers' sockets, whoever loadBalancerSourceRanges let in",
          "[unit]") {
  const auto outcome = [](const char* mode) {
    const ByCilium given{.kube_proxy = std::string{"mode: "} + mode,
                         .to = "http://lb/",
                         .policy = ", loadBalancerSourceRanges: [192.0.2.0/24]",
                         .edges = "{name: lb, kind: metallb-l2, service: shop}"};
    const bool is_ok = run(given.built().cluster).traffic[0].count(Outcome::ok) == kConnections;
    CHECK((given.walked().branches.at(0).ending.status == walk::CurlStatus::done) == is_ok);
    return is_ok;
  };
  CHECK(outcome("cilium"));
  CHECK_FALSE(outcome("nftables"));
}

TEST_CASE("estimate knows how many places of a Maglev table each pod has", "[unit]") {
  const auto shares = [](const std::string& kube_proxy, int replicas, const char* from = "internet") {
    const ByCilium given{.kube_proxy = kube_proxy, .to = "http://worker-0:30904/", .from = from, .replicas = replicas};
    const scenario::BuiltVariant built = given.built();
    std::vector<double> found;
    const std::vector<double> at_first = path_spread(built.cluster, built.cluster.traffic[0]).at_first;
    for (std::size_t i = 0; i < built.cluster.pods.size(); ++i)
      if (built.cluster.pods[i].name.substr(0, 5) == "shop-") found.push_back(at_first[i]);
    return found;
  };
  for (const auto& [size, places] :
       {std::pair{"", 16381u}, {", maglevTableSize: 251", 251u}, {", maglevTableSize: 131071", 131071u}})
    for (const std::uint32_t replicas : {1u, 3u, 7u}) {
      INFO(places << " places of " << replicas);
      std::vector<MaglevWish> wishes;
      for (std::uint32_t i = 0; i < replicas; ++i)
        wishes.push_back({static_cast<std::uint32_t>(mixed(i) % places),
                          static_cast<std::uint32_t>(mixed(i + 100) % (places - 1) + 1), 1});
      std::vector<double> owned(replicas, 0.0);
      for (const std::uint32_t owner : maglev_table(wishes, places)) owned[owner] += 1.0;
      const std::vector<double> foretold =
          shares(std::string{"mode: cilium, scheduler: maglev"} + size, static_cast<int>(replicas));
      REQUIRE(foretold.size() == replicas);
      for (std::uint32_t i = 0; i < replicas; ++i) CHECK(foretold[i] * places == Approx(owned[i]).epsilon(1e-12));
    }
  CHECK(shares("mode: cilium", 7) == std::vector<double>(7, 1.0 / 7.0));
  CHECK(shares("mode: cilium, scheduler: maglev", 7, "Node/worker-0") ==
        std::vector<double>(7, 1.0 / 7.0));  // sockets draw
}

TEST_CASE("a run shares connections as the places of the Maglev table", "[statistical]") {
  // Of 251 places and 100 pods 51 have three, the others two.
  const ByCilium given{.kube_proxy = "mode: cilium, scheduler: maglev, maglevTableSize: 251",
                       .to = "http://node:30904/",
                       .from = "internet",
                       .replicas = 100};
  const scenario::BuiltVariant variant = given.built();
  const std::vector<std::uint64_t> counts = served(variant.cluster, run(variant.cluster));
  const std::vector<double> foretold = path_spread(variant.cluster, variant.cluster.traffic[0]).at_first;
  std::uint64_t thick = 0, all = 0;
  for (std::size_t i = 0, shop = 0; i < variant.cluster.pods.size(); ++i) {
    if (variant.cluster.pods[i].name.substr(0, 5) != "shop-") continue;
    all += counts[shop];
    if (foretold[i] > 2.5 / 251.0) thick += counts[shop];
    ++shop;
  }
  REQUIRE(all == kConnections);
  const auto is_likely = [&](double p) {
    const double n = static_cast<double>(all);
    return std::abs(static_cast<double>(thick) - n * p) < normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm) * std::sqrt(n * p * (1.0 - p));
  };
  CHECK(is_likely(51.0 * 3.0 / 251.0));
  CHECK_FALSE(is_likely(51.0 / 100.0));  // were all alike
}

TEST_CASE("by Maglev with sessionAffinity all nodes send an address to the same pod, at random each to its own",
          "[unit]") {
  const auto pods_of_one_client = [](const std::string& scheduler) {
    return used(served(ByCilium{.kube_proxy = "mode: cilium, scheduler: " + scheduler,
                                .to = "http://node:30904/",
                                .from = "internet",
                                .policy = ", sessionAffinity: ClientIP",
                                .replicas = 40}));
  };
  CHECK(pods_of_one_client("maglev") == 1);
  CHECK(pods_of_one_client("random") > 1);
  // Inside, a node keeps its callers' choices, and of many addresses none is forgotten.
  CHECK(used(served(ByCilium{.policy = ", sessionAffinity: ClientIP"})) == 1);
  CHECK(ByCilium{}.built().cluster.kube_proxy.affinity_list == UINT32_MAX);
  CHECK_THAT(
      (ByCilium{.kube_proxy = "mode: cilium, scheduler: maglev", .to = "http://worker-0:30904/", .from = "internet"}
           .way()),
      Catch::Matchers::Contains(
          "(Maglev: by the connection's addresses and ports, on every node that has the same pods; 1 of 3, 33.3 % each)"));
}

TEST_CASE("closed forms hold for Cilium's ways as for chance", "[unit]") {
  for (const char* kube_proxy : {"mode: cilium", "mode: cilium, scheduler: maglev", "mode: ipvs"}) {
    INFO(kube_proxy);
    const ByCilium given{.kube_proxy = kube_proxy,
                         .to = "http://worker-0:30904/",
                         .from = "internet",
                         .service_time = "exponential(mean=1ms)",
                         .arrivals = "poisson(300/s)"};
    const report::Report report = run_text(given.text());
    REQUIRE(report.theory.size() == 1);
    CHECK(report.theory[0].failing_assumption.empty() == (std::string{kube_proxy} != "mode: ipvs"));
  }
}

TEST_CASE("of what Cilium is told each mode takes its own, and names the rest", "[unit]") {
  const auto lists = [](const std::string& kube_proxy, const std::string& key) {
    const std::string begin = "spec.cluster.kubeProxy." + key + ": plays no part";
    const scenario::Study study = loaded(ByCilium{.kube_proxy = kube_proxy}.text());
    return std::any_of(study.ignored.begin(), study.ignored.end(),
                       [&](const scenario::IgnoredPart& part) { return part.text().substr(0, begin.size()) == begin; });
  };
  CHECK(lists("mode: iptables, forwarding: dsr", "forwarding"));
  const ByCilium iptables{
      .kube_proxy = "mode: iptables, forwarding: dsr", .to = "http://worker-0:30904/", .from = "internet"};
  CHECK_THAT(iptables.way(), Catch::Matchers::Contains("source becomes 10."));
  CHECK_FALSE(iptables.built().cluster.kube_proxy.answers_directly);
  CHECK_FALSE(lists("mode: cilium, forwarding: dsr", "forwarding"));
  CHECK(lists("mode: cilium, maglevTableSize: 251", "maglevTableSize"));
  CHECK_FALSE(lists("mode: cilium, scheduler: maglev, maglevTableSize: 251", "maglevTableSize"));
  CHECK(lists("mode: cilium, services: 5000", "services"));
  CHECK(lists("mode: nftables, scheduler: maglev", "scheduler"));
  CHECK(lists("mode: cilium, scheduler: sh", "scheduler"));
  CHECK(lists("mode: ipvs, scheduler: maglev", "scheduler"));
  CHECK_FALSE(lists("mode: cilium, scheduler: maglev", "scheduler"));
  const auto problem = [](const std::string& kube_proxy) {
    MemoryFiles files{{{"test.yaml", ByCilium{.kube_proxy = kube_proxy}.text()}}};
    const Result<scenario::Study> study = scenario::load_study("test.yaml", files, {});
    return study ? std::string{} : text_of(study.error());
  };
  CHECK_THAT(problem("mode: cilium, scheduler: maglev, maglevTableSize: 1000"),
             Catch::Matchers::Contains("251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071 would do"));
}

}  // namespace towtank::test
