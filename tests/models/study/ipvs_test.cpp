#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/walk/walk.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

// kube-proxy in mode ipvs, from the scenario to the pods (models/SOURCES.md 3.1).

namespace towtank::test {
namespace {

/// Three pods of `shop` on other nodes than the caller, who calls the cluster IP.
struct Called {
  std::string scheduler{};  ///< empty: mode iptables
  std::string traffic = "arrivals: deterministic(100/s), connections: {reuse: per_request}";
  std::string from = "Node/worker-0";
  std::string to = "http://clusterip/shop/";
  std::string pods = "model: workers, workers: 4, serviceTime: 1ms";
  std::string policy{};  ///< of the Service
  int replicas = 3;

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}",
                    "placement: {pin: {Deployment/shop: {worker-1: " + std::to_string(replicas) + "}}}"};
    if (!scheduler.empty()) made.cluster.push_back("kubeProxy: {mode: ipvs, scheduler: " + scheduler + "}");
    made.pods = {"Deployment/shop: {" + pods + "}"};
    made.traffic = {"{name: api, to: \"" + to + "\", from: " + from + ", " + traffic + "}"};
    made.spec = {"run: {duration: 30s, warmup: 1s, replications: {min: 2, max: 2}}"};
    made.documents = {deployment("shop", replicas), deployment("client", 3),
                      "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, selector: "
                      "{app: shop}, ports: "
                      "[{port: 80, targetPort: 8080, nodePort: 30904}]" +
                          policy + "}}"};
    return made.text();
  }

  scenario::BuiltVariant built() const { return built_first(text()); }

  /// Requests of one replication that reached shop-0, shop-1, ...
  std::vector<std::uint64_t> served(std::uint32_t replication = 0) const {
    const scenario::BuiltVariant variant = built();
    Horizon horizon;
    horizon.warmup = 0s;
    horizon.window = horizon.bin = 30s;
    const ReplicationResult result = World{variant.cluster, horizon, Draws{11, replication}}.run();
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
      if (variant.cluster.pods[i].name.substr(0, 5) == "shop-") counts.push_back(result.endpoints[i].requests);
    REQUIRE(counts.size() == static_cast<std::size_t>(replicas));
    return counts;
  }
};

std::uint64_t spread(const std::vector<std::uint64_t>& counts) {
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return *most - *least;
}

std::uint64_t all(const std::vector<std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("by rr and wrr the pods of a node's connections take turns; iptables draws them", "[unit]") {
  for (const char* scheduler : {"rr", "wrr"}) CHECK(spread(Called{.scheduler = scheduler}.served()) <= 1);
  CHECK(spread(Called{}.served()) > 5);  // 3,000 draws among three miss by 26 one time in two
}

TEST_CASE("every node takes turns of its own", "[unit]") {
  // Behind a load balancer that sends every other connection to either node, each of them goes around.
  Called called{.scheduler = "rr", .from = "internet", .to = "http://shop/"};
  std::string text = called.text();
  text.replace(text.find("  pods:\n"), 0,
               "  edge:\n    - {name: lb, kind: gclb-passthrough, service: shop, balance: round_robin}\n");
  const scenario::Study study = loaded(text);
  const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
  REQUIRE(built);
  Horizon horizon;
  horizon.window = horizon.bin = 60ms;  // six connections, 1 to 6
  const ReplicationResult result = World{built->cluster, horizon, Draws{11, 0}}.run();
  // Both begin at the first pod: 0 0 1 1 2 2. One that all nodes shared would end as evenly, but not after four.
  horizon.window = horizon.bin = 40ms;
  const ReplicationResult four = World{built->cluster, horizon, Draws{11, 0}}.run();
  const auto served = [&](const ReplicationResult& of, std::size_t i) { return of.endpoints[i].requests; };
  CHECK(served(result, 0) == served(result, 2));
  CHECK(served(four, 2) == 0);
  CHECK(served(four, 0) == served(four, 1));
}

TEST_CASE("connections that ended weigh a little with lc and wlc, not with sed and nq", "[unit]") {
  // No connection is open when another comes: the first pod of the list is as good as any.
  const Called calm{.traffic = "arrivals: deterministic(10/s), connections: {reuse: per_request}"};
  for (const char* scheduler : {"lc", "wlc"}) {
    Called called = calm;
    called.scheduler = scheduler;
    CHECK(spread(called.served()) <= 1);
  }
  for (const char* scheduler : {"sed", "nq", "lblc"}) {
    Called called = calm;
    called.scheduler = scheduler;
    const std::vector<std::uint64_t> counts = called.served();
    CHECK(counts[0] == all(counts));
  }
}

TEST_CASE("a connection counts as long as it is open, whether requests are on it or not", "[unit]") {
  const auto kept = [](const std::string& scheduler, const std::string& more) {
    return Called{
        .scheduler = scheduler,
        .traffic =
            "arrivals: deterministic(10/s), clients: 60, connections: {reuse: keepalive, perClient: 1, " + more + "}"};
  };
  for (const char* scheduler : {"sed", "nq", "lc", "wlc"}) {
    INFO(scheduler);
    // Sixty clients open one each and keep it: twenty at each pod.
    const std::vector<std::uint64_t> counts = kept(scheduler, "idleTimeout: 1h").served();
    CHECK(*std::min_element(counts.begin(), counts.end()) > all(counts) / 5);
  }
  for (const char* scheduler : {"sed", "nq"}) {
    INFO(scheduler);
    // Each ends 50 ms after its request, long before the next comes on another client's: nobody would notice by looking
    // at his own connections only.
    const std::vector<std::uint64_t> counts = kept(scheduler, "idleTimeout: 50ms").served();
    CHECK(counts[0] == all(counts));
    const std::vector<std::uint64_t> aged = kept(scheduler, "idleTimeout: 1h, maxAge: 50ms").served();
    CHECK(aged[0] == all(aged));
    const std::vector<std::uint64_t> once = kept(scheduler, "idleTimeout: 1h, maxRequests: 1").served();
    CHECK(once[0] == all(once));
  }
}

TEST_CASE("a slow pod keeps its connections longer, and those who count give it fewer", "[unit]") {
  const auto share = [](const std::string& scheduler) {
    const std::vector<std::uint64_t> counts =
        Called{.scheduler = scheduler,
               .traffic = "arrivals: poisson(200/s), connections: {reuse: per_request}",
               .pods = "model: workers, workers: 50, serviceTime: 10ms, slow: {pod: 0, factor: 20}"}
            .served();
    return static_cast<double>(counts[0]) / static_cast<double>(all(counts));
  };
  CHECK(share("rr") == Approx(1.0 / 3.0).margin(0.01));
  for (const char* scheduler : {"lc", "wlc", "sed", "nq"}) {
    INFO(scheduler);
    CHECK(share(scheduler) < 0.2);
  }
}

TEST_CASE("who gives up before an answer, and who is refused, leaves no connection behind", "[unit]") {
  // Were they still counted, they would even out: each pod would have as many. So all go to the first.
  Called called{.scheduler = "sed", .pods = "model: workers, workers: 1000, serviceTime: 5s"};
  called.traffic =
      "arrivals: deterministic(10/s), timeout: 40ms, retries: {max: 1, when: [timeout]}, connections: {reuse: "
      "per_request}";
  const std::vector<std::uint64_t> late = called.served();
  CHECK(all(late) == late[0]);
  called.pods = "model: workers, workers: 1, serviceTime: 1h, queue: {limit: 0, whenFull: rst}";
  called.traffic =
      "arrivals: deterministic(10/s), timeout: 20ms, connections: {reuse: keepalive, perClient: 1, idleTimeout: 1h}, "
      "clients: 40";
  const std::vector<std::uint64_t> refused = called.served();
  CHECK(all(refused) == refused[0]);
}

TEST_CASE("by sh every node gives an address the pod that curl names, by dh all get one", "[unit]") {
  const Called base{.scheduler = "sh", .replicas = 7};
  std::vector<std::string> named;
  for (const char* from : {"Pod/client-0", "Pod/client-1", "Pod/client-2", "Node/worker-0", "Node/worker-1"}) {
    INFO(from);
    Called called = base;
    called.from = from;
    const scenario::Study study = loaded(called.text());
    const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
    REQUIRE(ground);
    const Result<walk::Walk> walked = walk::walk(*ground, "http://clusterip/shop/", from);
    REQUIRE(walked);
    REQUIRE(walked->branches.size() == 1);
    std::string where;
    for (const walk::Step& step : walked->branches[0].steps) where += step.chain + " | " + step.packets + '\n';
    CHECK_THAT(where, Catch::Matchers::Contains("(ipvs sh: of 7 the one of the caller's address)"));
    const std::vector<std::uint64_t> counts = called.served();
    const auto most = static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
    CHECK(counts[most] == all(counts));
    CHECK_THAT(where, Catch::Matchers::Contains("of pod shop-" + std::to_string(most)));
    named.push_back("shop-" + std::to_string(most));
  }
  CHECK(std::any_of(named.begin(), named.end(), [&](const std::string& each) { return each != named[0]; }));
  Called called = base;
  called.scheduler = "dh";
  called.from = "Deployment/client";
  std::vector<bool> found(7, false);
  for (std::uint32_t replication = 0; replication < 20; ++replication) {
    const std::vector<std::uint64_t> counts = called.served(replication);
    const auto most = std::max_element(counts.begin(), counts.end());
    CHECK(*most == all(counts));
    found[static_cast<std::size_t>(most - counts.begin())] = true;
  }
  CHECK(std::count(found.begin(), found.end(), true) > 2);  // another replication, another address of the Service
}

TEST_CASE("under policy Local a scheduler chooses among the node's own pods, and by chance no more", "[unit]") {
  Called called{.scheduler = "rr", .from = "Node/worker-1", .policy = ", internalTrafficPolicy: Local"};
  CHECK(spread(called.served()) <= 1);
  called.from = "Node/worker-0";
  CHECK(all(called.served()) == 0);
}

TEST_CASE("estimate knows the buckets of sh and the one pod of dh, and says what it takes for granted", "[unit]") {
  const auto shares = [](const std::string& scheduler, std::vector<std::string>* told = nullptr) {
    const scenario::BuiltVariant built =
        Called{.scheduler = scheduler, .from = "internet", .to = "http://node:30904/"}.built();
    if (told != nullptr) *told = spread_assumptions(built.cluster, built.cluster.traffic[0]);
    return path_spread(built.cluster, built.cluster.traffic[0]);
  };
  CHECK(shares("sh").at_first == std::vector<double>{86.0 / 256.0, 85.0 / 256.0, 85.0 / 256.0});
  CHECK(shares("dh").at_first == std::vector<double>{1.0, 0.0, 0.0});
  CHECK(shares("rr").at_first == std::vector<double>(3, 1.0 / 3.0));
  // All pods stand on worker-1: who comes in by the other node goes on, whatever the pod.
  for (const char* scheduler : {"sh", "dh", "rr"}) {
    CHECK(shares(scheduler).second_hops[0] == Approx(0.5));
    CHECK(shares(scheduler).second_hops[1] == Approx(0.0).margin(1e-12));
  }
  for (const auto& [scheduler, word] : std::map<std::string, std::string>{{"sh", "address"},
                                                                          {"dh", "one pod"},
                                                                          {"lc", "connections"},
                                                                          {"wlc", "connections"},
                                                                          {"sed", "first pods"},
                                                                          {"nq", "first pods"},
                                                                          {"lblc", "one pod"}}) {
    std::vector<std::string> told;
    shares(scheduler, &told);
    CHECK(std::any_of(told.begin(), told.end(),
                      [&](const std::string& line) { return line.find(word) != std::string::npos; }));
  }
  // Of the clients' random addresses sh takes just those shares.
  Called called{.scheduler = "sh", .from = "internet", .to = "http://node:30904/"};
  called.traffic = "arrivals: deterministic(1000/s), clients: 5000000, connections: {reuse: per_request}";
  const std::vector<std::uint64_t> counts = called.served();
  const double n = static_cast<double>(all(counts)), p = 86.0 / 256.0;
  CHECK(std::abs(static_cast<double>(counts[0]) - n * p) < 4.9 * std::sqrt(n * p * (1.0 - p)));  // one in a million
}

TEST_CASE("in mode ipvs every node has the addresses of Services, and refuses their other ports", "[unit]") {
  using walk::CurlStatus;
  struct Row {
    const char *to, *from;
    CurlStatus iptables, nftables, ipvs;
    bool has_run = true;  ///< else the scenario is an error
  };
  constexpr CurlStatus kLost = CurlStatus::timed_out, kRefused = CurlStatus::refused, kDone = CurlStatus::done;
  const Row rows[] = {{"http://clusterip/shop:8080", "Node/worker-0", kLost, kRefused, kRefused},
                      {"http://clusterip/shop:80", "Node/worker-0", kDone, kDone, kDone},
                      {"http://203.0.113.9:8080/", "internet", kLost, kLost, kRefused},
                      {"http://203.0.113.9:8080/", "Pod/client-0", kLost, kLost, kRefused},
                      {"http://203.0.113.9:80/", "internet", kDone, kDone, kDone},
                      {"http://127.0.0.1:30904/", "Node/worker-0", kDone, kRefused, kRefused},
                      {"http://worker-0:30904/", "internet", kDone, kDone, kDone},
                      {"http://worker-0:8080/", "internet", kRefused, kRefused, kRefused},
                      {"http://shop:8080/", "internet", kLost, kLost, kRefused, false}};
  for (const Row& row : rows)
    for (const auto& [mode, expected] :
         {std::pair{"iptables", row.iptables}, {"nftables", row.nftables}, {"ipvs", row.ipvs}}) {
      INFO(row.to << " from " << row.from << " in mode " << mode);
      Called called{.from = row.from, .to = row.to, .policy = ", externalIPs: [203.0.113.9]"};
      std::string text = called.text();
      text.replace(text.find("preset: ideal"), 13, "preset: bare-metal");
      text.replace(text.find("    placement:"), 0, "    kubeProxy: {mode: " + std::string{mode} + "}\n");
      const scenario::Study study = loaded(text);
      const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
      REQUIRE(ground);
      const Result<walk::Walk> walked = walk::walk(*ground, row.to, row.from);
      REQUIRE(walked);
      for (const walk::Branch& branch : walked->branches) CHECK(branch.ending.status == expected);
      const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
      CHECK(built.has_value() == row.has_run);
      if (!built) continue;
      using Entry = model::Traffic::Entry;
      const Entry entry = built->cluster.traffic.at(0).entry;
      CHECK(entry == (expected == kLost ? Entry::lost : expected == kRefused ? Entry::refused : Entry::service));
    }
}

TEST_CASE("what kube-proxy is told for another mode is listed", "[unit]") {
  const auto lists = [](const std::string& kube_proxy, const std::string& key) {
    std::string text = Called{}.text();
    text.replace(text.find("    placement:"), 0, "    kubeProxy: {" + kube_proxy + "}\n");
    const std::string begin = "spec.cluster.kubeProxy." + key + ": plays no part";
    for (const scenario::IgnoredPart& part : loaded(text).ignored)
      if (part.text().substr(0, begin.size()) == begin) return true;
    return false;
  };
  CHECK(lists("mode: nftables, services: 5000", "services"));
  CHECK(lists("mode: ipvs, services: 5000, scheduler: lc", "services"));
  CHECK_FALSE(lists("services: 5000", "services"));
  CHECK(lists("scheduler: lc", "scheduler"));
  CHECK_FALSE(lists("mode: ipvs, scheduler: lc", "scheduler"));
}

TEST_CASE("no closed form is claimed where kube-proxy does not choose at random", "[unit]") {
  const auto theory = [](const std::string& scheduler) {
    const report::Report report =
        run_text(Called{.scheduler = scheduler,
                        .traffic = "arrivals: poisson(100/s), connections: {reuse: per_request}",
                        .pods = "model: workers, workers: 1, serviceTime: exponential(mean=1ms)"}
                     .text());
    REQUIRE(report.theory.size() == 1);
    return report.theory[0].failing_assumption;
  };
  CHECK(theory("").empty());
  CHECK_THAT(theory("rr"), Catch::Matchers::Contains("kube-proxy does not choose each request's pod by chance alone"));
}

}  // namespace towtank::test
