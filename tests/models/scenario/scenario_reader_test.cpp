#include "models/scenario/scenario_reader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "models/scenario/yaml_reader.hpp"
#include "tests/models/scenario/shop_text.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/sanitized.hpp"

namespace towtank::scenario {
namespace {

Result<Scenario> read_text(const std::string& text) {
  MemoryFiles files;
  const Result<std::vector<Value>> documents = read_yaml(text, "shop.yaml");
  REQUIRE(documents.has_value());
  REQUIRE(documents->size() == 1);
  return read_scenario(documents->front(), files);
}

/// The scenario with these lines below `spec:`, traffic included.
Scenario scenario_with(const std::string& lines) {
  const Result<Scenario> scenario = read_text(kHead + kTraffic + lines);
  INFO((scenario ? "" : scenario.error()[0].text()));
  REQUIRE(scenario.has_value());
  return *scenario;
}

/// All problems of the scenario with these lines below `spec:`, one text a line.
std::string problems_with(const std::string& lines) {
  const Result<Scenario> scenario = read_text(kHead + lines);
  REQUIRE_FALSE(scenario.has_value());
  std::string text;
  for (const Problem& problem : scenario.error()) text += problem.text() + '\n';
  return text;
}

}  // namespace

TEST_CASE("what the scenario leaves out stays empty", "[unit]") {
  const Scenario scenario = scenario_with("");
  CHECK(scenario.name == "shop");
  CHECK(scenario.load == 1.0);
  CHECK(scenario.edges.empty());
  CHECK_FALSE(scenario.cluster.network.client.has_value());
  CHECK_FALSE(scenario.run.duration.has_value());
  REQUIRE(scenario.traffic.size() == 1);
  CHECK(scenario.traffic[0].from == "internet");
  CHECK(scenario.traffic[0].method == "GET");
  CHECK_FALSE(scenario.traffic[0].timeout.has_value());
  CHECK_FALSE(scenario.traffic[0].retries.has_value());
}

TEST_CASE("the cluster is read with its units", "[unit]") {
  const Cluster cluster = scenario_with(R"(
  cluster:
    version: 1.30
    nodePools:
      - {name: worker, count: 4, zones: [a, b], cpu: 250m, memory: 16Gi, labels: {pool: web, tier: 1}, taints: ["a=b:NoSchedule"], role: edge}
    placement: {policy: packed, draw: per_replication, pin: {deploy/shop: {worker-0: 3, worker-1: 1}}}
    kubeProxy: {mode: nftables, services: 5000}
    network: {preset: bare-metal, sameNode: 60us, client: lognormal(median=30ms p99=150ms)}
)")
                              .cluster;
  CHECK(cluster.version == "1.30");
  REQUIRE(cluster.node_pools.size() == 1);
  const NodePool& pool = cluster.node_pools[0];
  CHECK(pool.count == 4);
  CHECK(pool.zones == std::vector<std::string>{"a", "b"});
  CHECK(pool.cpu == 0.25);
  CHECK(pool.memory_bytes == std::int64_t{16} << 30);
  CHECK(pool.labels == std::map<std::string, std::string>{{"pool", "web"}, {"tier", "1"}});
  CHECK(pool.taints.size() == 1);
  CHECK(pool.role == "edge");
  CHECK(cluster.placement.policy == PlacementPolicy::packed);
  CHECK(cluster.placement.draw == PlacementDraw::per_replication);
  REQUIRE(cluster.placement.pins.size() == 1);
  CHECK(cluster.placement.pins[0].workload.kind == "Deployment");
  CHECK(cluster.placement.pins[0].pods_on_node ==
        std::vector<std::pair<std::string, std::int64_t>>{{"worker-0", 3}, {"worker-1", 1}});
  CHECK(cluster.kube_proxy == KubeProxyMode::nftables);
  CHECK(cluster.kube_proxy_services == 5000);
  CHECK(cluster.network.preset == NetworkPreset::bare_metal);
  CHECK(cluster.network.same_node == Distribution::constant(60e-6));
  CHECK(cluster.network.client == Distribution::lognormal_median_p99(0.03, 0.15));
  CHECK_FALSE(cluster.network.same_zone.has_value());
}

TEST_CASE("edges send to a Service or to node ports", "[unit]") {
  const std::vector<EdgeSpec> edges = scenario_with(R"(
  edge:
    - {name: lb, kind: metallb-l2, service: web/shop, balance: random, crossZone: false, targets: ip}
    - name: web
      kind: nginx
      version: "1.22"
      listen: [80, 443]
      hosts: [shop.example.com]
      upstream: {nodePort: "shop:http", nodes: [worker-0]}
      balance: {name: least_request, choices: 2, distinct: true}
      upstreamKeepalive: 0
    - {name: all, kind: envoy, upstream: {nodePort: "shop:80", nodes: all}}
)")
                                          .edges;
  REQUIRE(edges.size() == 3);
  CHECK(edges[0].kind == EdgeKind::metallb_l2);
  CHECK(edges[0].service->name_space == "web");
  CHECK(edges[0].service->name == "shop");
  CHECK(edges[0].service->kind == "Service");
  CHECK(edges[0].balance->name == "random");
  CHECK(edges[0].cross_zone == false);
  CHECK(edges[0].targets == EdgeTargets::ip);
  CHECK(edges[1].kind == EdgeKind::nginx);
  CHECK(edges[1].version == "1.22");
  CHECK(edges[1].listen == std::vector<std::int64_t>{80, 443});
  CHECK(edges[1].hosts == std::vector<std::string>{"shop.example.com"});
  CHECK(edges[1].node_port == "shop:http");
  CHECK(edges[1].upstream_nodes == std::vector<std::string>{"worker-0"});
  CHECK(edges[1].balance->name == "least_request");
  CHECK(edges[1].balance->parameters ==
        std::vector<std::pair<std::string, std::string>>{{"choices", "2"}, {"distinct", "true"}});
  CHECK(edges[1].upstream_keepalive == 0);
  CHECK(edges[2].upstream_nodes.empty());
}

TEST_CASE("pods are read, and what needs a timeline is listed as ignored", "[unit]") {
  const Scenario scenario = scenario_with(R"(
  pods:
    Deployment/prod/shop:
      model: processor_sharing
      workers: 8
      serviceTime: lognormal(mean=20ms p99=90ms)
      cpu: 5ms
      listen: [8001, "127.0.0.1:9000"]
      queue: {limit: 128, whenFull: 503}
      queueTimeout: exponential(mean=5s)
      slow: {pod: 2, factor: 5}
      startup: 8s
      onSigterm: drain
    sts/db: {queue: {limit: none}, slow: [{pod: 0, factor: 2}, {pod: 1, factor: 0.5}]}
)");
  REQUIRE(scenario.pods.size() == 2);
  const PodModel& shop = scenario.pods[0];
  CHECK(shop.workload.kind == "Deployment");
  CHECK(shop.workload.name_space == "prod");
  CHECK(shop.workload.name == "shop");
  CHECK(shop.model == PodModelKind::processor_sharing);
  CHECK(shop.workers == 8);
  CHECK(shop.service_time == Distribution::lognormal_mean_p99(0.02, 0.09));
  CHECK(shop.cpu == Distribution::constant(0.005));
  CHECK(shop.listen == std::vector<std::string>{"8001", "127.0.0.1:9000"});
  CHECK(shop.queue->limit == 128);
  CHECK(shop.queue->when_full == WhenFull::http_503);
  CHECK(shop.queue_timeout == Distribution::exponential(5.0));
  REQUIRE(shop.slow.size() == 1);
  CHECK(shop.slow[0].pod == 2);
  CHECK(shop.slow[0].factor == 5.0);
  const PodModel& database = scenario.pods[1];
  CHECK(database.workload.kind == "StatefulSet");
  REQUIRE(database.queue.has_value());
  CHECK_FALSE(database.queue->limit.has_value());
  CHECK(database.slow.size() == 2);
  REQUIRE(scenario.ignored.size() == 2);
  CHECK(scenario.ignored[0].path == "spec.pods.Deployment/prod/shop.startup");
  CHECK(scenario.ignored[1].path == "spec.pods.Deployment/prod/shop.onSigterm");
}

TEST_CASE("traffic is read with connections, sizes and retries", "[unit]") {
  const Result<Scenario> scenario = read_text(kHead + R"(
  traffic:
    - name: api
      to: https://shop.example.com/api
      from: internet
      arrivals: poisson(600/min)
      clients: 2000
      connections: {protocol: http1, reuse: per_request, perClient: 1, maxRequests: 100, idleTimeout: 60s, maxAge: 5m, maxAgeJitter: 10%, tls: "1.3", setup: free}
      request: {method: POST, size: 1KiB, responseSize: 8KiB}
      timeout: 2s
      retries: {max: 2, when: [timeout, 5xx], backoff: exponential(25ms 250ms), budget: 20%}
    - {name: loop, to: "http://node:30080/", arrivals: closed(users=50 think=exponential(mean=1s)), retries: {max: 1}}
    - {name: steady, to: "http://shop/", arrivals: deterministic(5/s)}
)");
  REQUIRE(scenario.has_value());
  const Traffic& api = scenario->traffic[0];
  CHECK(api.to == "https://shop.example.com/api");
  CHECK(api.to_mark.line > 0);
  CHECK(api.arrivals.kind == ArrivalSpec::Kind::poisson);
  CHECK(api.arrivals.rate_per_s == 10.0);
  CHECK(api.clients == 2000);
  CHECK(api.connections.reuse == ConnectionSpec::Reuse::per_request);
  CHECK(api.connections.setup == ConnectionSpec::Setup::free);
  CHECK(api.connections.per_client == 1);
  CHECK(api.connections.max_requests == 100);
  CHECK(api.connections.idle_timeout == 60s);
  CHECK(api.connections.max_age == 5min);
  CHECK(api.connections.max_age_jitter == 0.1);
  CHECK(api.connections.tls == "1.3");
  CHECK(api.method == "POST");
  CHECK(api.request_bytes == 1024);
  CHECK(api.response_bytes == 8192);
  CHECK(api.timeout == 2s);
  CHECK(api.retries->max == 2);
  CHECK_FALSE(api.retries->on_connect_failure);
  CHECK(api.retries->on_timeout);
  CHECK(api.retries->on_5xx);
  CHECK(api.retries->backoff_base == 25ms);
  CHECK(api.retries->backoff_max == 250ms);
  CHECK(api.retries->budget == 0.2);
  const Traffic& loop = scenario->traffic[1];
  CHECK(loop.arrivals.kind == ArrivalSpec::Kind::closed);
  CHECK(loop.arrivals.users == 50);
  CHECK(loop.arrivals.think == Distribution::exponential(1.0));
  CHECK(loop.retries->on_connect_failure);
  CHECK_FALSE(loop.retries->on_timeout);
  CHECK(scenario->traffic[2].arrivals.kind == ArrivalSpec::Kind::deterministic);
}

TEST_CASE("run and load are read", "[unit]") {
  const Scenario scenario = scenario_with(R"(
  load: 1.5
  run: {duration: 60s, warmup: auto, seed: 4294967295, replications: {min: 5, max: 50}, precision: 5%, confidence: 0.9, interval: 1s}
)");
  CHECK(scenario.load == 1.5);
  CHECK(scenario.run.duration == 60s);
  CHECK_FALSE(scenario.run.warmup.has_value());
  CHECK(scenario.run.seed == 4294967295U);
  CHECK(scenario.run.min_replications == 5);
  CHECK(scenario.run.max_replications == 50);
  CHECK(scenario.run.precision == 0.05);
  CHECK(scenario.run.confidence == 0.9);
  CHECK(scenario.run.interval == 1s);
  CHECK(scenario_with("  run: {warmup: 10s}\n").run.warmup == 10s);
}

TEST_CASE("objectives are read with the unit of their metric", "[unit]") {
  const std::vector<Objective> objectives = scenario_with(R"(
  objectives:
    - "api p99 < 250ms"
    - api latency_p99.9<=1.5s for Local x8, Cluster
    - api availability > 99.9%
    - api throughput >= 600/min
    - api mean < 2ms
    - api error_rate < 0.1%
)")
                                                .objectives;
  REQUIRE(objectives.size() == 6);
  CHECK(objectives[0].text == "api p99 < 250ms");
  CHECK(objectives[0].traffic == "api");
  CHECK(objectives[0].metric == "latency_p99");
  CHECK(objectives[0].upper_bound);
  CHECK(objectives[0].bound == 250.0);
  CHECK(objectives[0].variants.empty());
  CHECK(objectives[1].metric == "latency_p99.9");
  CHECK(objectives[1].bound == 1500.0);
  CHECK(objectives[1].variants == std::vector<std::string>{"Local x8", "Cluster"});
  CHECK(objectives[2].metric == "availability");
  CHECK_FALSE(objectives[2].upper_bound);
  CHECK(objectives[2].bound == Approx(0.999).epsilon(1e-15));
  CHECK(objectives[3].metric == "throughput");
  CHECK(objectives[3].bound == 10.0);
  CHECK(objectives[4].metric == "latency_mean");
  CHECK(objectives[5].metric == "error_rate");
}

TEST_CASE("all problems of a scenario are gathered, each with its place", "[unit]") {
  const std::string problems = problems_with(R"(  traffic:
    - {name: api, to: "http://shop/", arrivals: poisson(40), timeout: 2}
    - {name: web, arrivals: poisson(4/s), clients: 0}
  load: -1
  run: {seed: -1}
  pods: {Deployment/shop: {workers: 0, serviceTime: 20}}
)");
  for (const char* part :
       {"shop.yaml:6:57: spec.traffic[0].arrivals", "shop.yaml:6:71: spec.traffic[0].timeout",
        "shop.yaml:7:7: spec.traffic[1]: the key `to` is missing", "shop.yaml:7:52: spec.traffic[1].clients",
        "shop.yaml:8:9: spec.load", "shop.yaml:9:15: spec.run.seed",
        "shop.yaml:10:37: spec.pods.Deployment/shop.workers", "shop.yaml:10:53: spec.pods.Deployment/shop.serviceTime"})
    CHECK_THAT(problems, Catch::Matchers::Contains(part));
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 8);
}

TEST_CASE("what this version does not model is refused, not ignored", "[unit]") {
  for (const char* line : {"timeline: [{at: 20s, fail: Node/worker-1}]",
                           "cluster: {kubeProxy: {mode: ipvs, scheduler: lblcr}}", "edge: [{name: a, kind: gclb, service: shop}]",
                           "pods: {Deployment/shop: {calls: [{to: \"http://cart/\"}]}}", "run: {coldStart: true}",
                           "objectives: [api p99 < 1s from 1s to 2s]"}) {
    INFO(line);
    const std::string problems = problems_with(kTraffic + "  " + line + "\n");
    CHECK_THAT(problems, Catch::Matchers::Contains("does not model it yet: leave it out"));
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  }
  for (const char* key : {"connections: {protocol: grpc}", "nat: {gateways: 10}", "arrivals: diurnal(1/s)"}) {
    INFO(key);
    const std::string arrivals = std::string{key}.substr(0, 8) == "arrivals" ? "" : "arrivals: poisson(1/s), ";
    CHECK_THAT(problems_with("  traffic: [{name: api, to: \"http://shop/\", " + arrivals + key + "}]\n"),
               Catch::Matchers::Contains("does not model it yet: leave it out"));
  }
}

TEST_CASE("a distribution torn by commas gives one problem, however many pieces it has", "[unit]") {
  for (const char* law : {"lognormal(mean=20ms, p99=90ms)", "uniform(1ms, 2ms)",
                          "mixture(0.9:exponential(mean=1ms), 0.1:uniform(1ms, 2ms))"}) {
    INFO(law);
    const std::string problems =
        problems_with(kTraffic + "  pods: {Deployment/shop: {workers: 2, serviceTime: " + law + ", cpu: 5ms}}\n");
    CHECK_THAT(problems, Catch::Matchers::Contains("separate the arguments by spaces"));
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  }
}

TEST_CASE("a scenario that is cut or mangled anywhere gives problems, never a crash", "[unit]") {
  const std::string text = kHead + kTraffic + R"(
  cluster: {nodePools: [{name: w, count: 4}], placement: {pin: {Deployment/shop: {w-0: 3}}}, network: {client: uniform(1ms 2ms)}}
  edge: [{name: lb, kind: nlb, service: shop, balance: {name: a, b: 1}, listen: [80]}]
  pods: {Deployment/shop: {serviceTime: mixture(0.5:exponential(mean=1ms) 0.5:5ms), slow: {pod: 1, factor: 2}}}
  objectives: [api p99 < 250ms for A]
  run: {replications: {min: 5, max: 50}}
)";
  MemoryFiles files;
  std::size_t read = 0;
  const auto try_text = [&](const std::string& mangled) {
    const Result<std::vector<Value>> documents = read_yaml(mangled, "shop.yaml");
    if (!documents) return;
    for (const Value& document : *documents) {
      const Result<Scenario> scenario = read_scenario(document, files);
      if (!scenario) CHECK_FALSE(scenario.error().empty());
      ++read;
    }
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    try_text(text.substr(0, at));
    try_text(text.substr(0, at) + text.substr(at + 1));
    constexpr std::string_view kOthers = "()-:[9<";
    for (std::size_t i = 0; i < kOthers.size(); ++i) {
      if (test::kSanitized && i != at % kOthers.size()) continue;  // one in each place: all of them take minutes there
      std::string changed = text;
      changed[at] = kOthers[i];
      try_text(changed);
    }
  }
  CHECK(read > (test::kSanitized ? 500 : 1000));
}

}  // namespace towtank::scenario
