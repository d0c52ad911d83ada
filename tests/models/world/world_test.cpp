#include "models/world/world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "tests/sim/random/chi_square.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/result_fingerprint.hpp"

using namespace towtank;
using towtank::test::fingerprint_of;

namespace {

/// Nodes with so many pods each, alternately in two zones, behind one load balancer; ten milliseconds of work a
/// request.
model::Cluster cluster_of(const std::vector<std::uint32_t>& pods_on_node, double rate_per_s) {
  model::Cluster cluster;
  cluster.zones = {{"a"}, {"b"}};
  cluster.network.between_zones = {LegKind::same_zone, LegKind::cross_zone, LegKind::cross_zone, LegKind::same_zone};
  cluster.network.client = Distribution::lognormal_mean_cv(0.020, 0.5);
  cluster.network.same_node = Distribution::constant(0.0001);
  cluster.network.same_zone = Distribution::exponential(0.0003);
  cluster.network.cross_zone = Distribution::exponential(0.001);
  cluster.kube_proxy.conntrack = Distribution::constant(0.00001);
  model::Workload workload;
  workload.name = "default/shop";
  workload.servers = 2;
  workload.service = Distribution::exponential(0.010);
  cluster.workloads = {workload};
  model::ServicePort service{"default/shop:80", false, {}};
  model::Edge edge;
  edge.name = "lb";
  edge.balance.name = "random";
  for (std::uint32_t node = 0; node < pods_on_node.size(); ++node) {
    cluster.nodes.push_back({"node-" + std::to_string(node), node % 2});
    edge.nodes.push_back(node);
    for (std::uint32_t i = 0; i < pods_on_node[node]; ++i) {
      const auto pod = static_cast<std::uint32_t>(cluster.pods.size());
      cluster.pods.push_back({"shop-" + std::to_string(pod), 0, node, 1.0});
      service.pods.push_back(pod);
    }
  }
  cluster.services = {service};
  cluster.edges = {edge};
  model::Traffic traffic;
  traffic.name = "api";
  traffic.rate_per_s = rate_per_s;
  traffic.clients = 50;
  traffic.setup_round_trips = 1;
  cluster.traffic = {traffic};
  return cluster;
}

using Change = std::function<void(model::Cluster&)>;

/// Puts two proxies of two workers each, on the first two nodes, between the load balancer and the pods.
void add_ingress(model::Cluster& cluster) {
  model::Proxy proxy;
  proxy.name = "ingress/controller";
  proxy.workers = 2;
  proxy.backends = {{.service = 0, .through_service = false, .balance = {"round_robin", {}}}};
  proxy.upstream_idle_timeout = 200ms;
  proxy.upstream_setup_round_trips = 1;
  proxy.adder = Distribution::exponential(0.0005);
  proxy.cpu = Distribution::constant(0.0002);
  proxy.handshake = 300us;
  cluster.services[0].entry = model::ServicePort::Entry::cluster_ip;
  model::ServicePort front{"ingress/controller:443", false, {}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    front.pods.push_back(static_cast<std::uint32_t>(cluster.pods.size()));
    cluster.pods.push_back({"controller-" + std::to_string(i), 1, i, 1.0});
  }
  model::Workload workload;
  workload.name = "ingress/controller";
  workload.proxy = 0;
  cluster.workloads.push_back(workload);
  cluster.services.push_back(front);
  cluster.proxies = {proxy};
  cluster.edges[0].service = 1;
  cluster.traffic[0].proxy = cluster.traffic[0].backend = 0;
  cluster.traffic[0].tls = true;
  cluster.traffic[0].setup_round_trips = 2;
}

/// Ways in which the same cluster may be used, one for every path through the code.
std::vector<std::pair<std::string, Change>> uses() {
  const auto web_server = [](model::Edge::Upstream upstream, bool to_pods) {
    return [=](model::Cluster& cluster) {
      model::Edge& edge = cluster.edges[0];
      edge.l7 = true;
      edge.to_pods = to_pods;
      edge.balance = {"least_request", {}};
      edge.upstream = upstream;
      edge.upstream_setup_round_trips = upstream == model::Edge::Upstream::warm ? 0 : 1;
      edge.adder = Distribution::exponential(0.0005);
    };
  };
  return {
      {"a connection for each request", [](model::Cluster&) {}},
      {"keep-alive",
       [](model::Cluster& cluster) {
         cluster.traffic[0].keepalive = true;
         cluster.traffic[0].connections_per_client = 1;
         cluster.traffic[0].max_requests = 20;
         cluster.traffic[0].idle_timeout = 300ms;
       }},
      {"timeouts, retries and a budget",
       [](model::Cluster& cluster) {
         model::Traffic& traffic = cluster.traffic[0];
         traffic.rate_per_s *= 1.5;
         traffic.timeout = 60ms;
         traffic.retries = {
             .max = 2, .on_timeout = true, .on_5xx = true, .backoff_base = 5ms, .backoff_max = 50ms, .budget = 0.2};
       }},
      {"keep-alive with timeouts and retries",
       [](model::Cluster& cluster) {
         model::Traffic& traffic = cluster.traffic[0];
         traffic.keepalive = true;
         traffic.clients = 60;
         traffic.timeout = 60ms;
         traffic.retries = {.max = 2, .on_connect_failure = true, .on_timeout = true};
       }},
      {"short queues that answer 503",
       [](model::Cluster& cluster) {
         cluster.workloads[0].queue_limit = 1;
         cluster.workloads[0].when_full = model::WhenFull::http_503;
         cluster.traffic[0].retries = {.max = 1, .on_5xx = true};
       }},
      {"short queues that drop SYNs",
       [](model::Cluster& cluster) {
         cluster.workloads[0].queue_limit = 1;
         cluster.traffic[0].timeout = 1500ms;
       }},
      {"short queues that reset",
       [](model::Cluster& cluster) {
         cluster.workloads[0].queue_limit = 0;
         cluster.workloads[0].when_full = model::WhenFull::rst;
         cluster.traffic[0].setup_round_trips = 0;
       }},
      {"queue timeouts",
       [](model::Cluster& cluster) {
         cluster.workloads[0].queue_timeout = Distribution::constant(0.010);
         cluster.traffic[0].retries = {.max = 1, .on_5xx = true};
       }},
      {"queue timeouts that are drawn",
       [](model::Cluster& cluster) { cluster.workloads[0].queue_timeout = Distribution::exponential(0.010); }},
      {"processor sharing with timeouts",
       [](model::Cluster& cluster) {
         cluster.workloads[0].discipline = model::ServiceDiscipline::processor_sharing;
         cluster.traffic[0].timeout = 70ms;
       }},
      {"an event loop",
       [](model::Cluster& cluster) {
         cluster.workloads[0].discipline = model::ServiceDiscipline::event_loop;
         cluster.workloads[0].servers = 1;
         cluster.workloads[0].cpu = Distribution::exponential(0.002);
         cluster.traffic[0].timeout = 80ms;
       }},
      {"policy Local", [](model::Cluster& cluster) { cluster.services[0].local = true; }},
      {"closed loop",
       [](model::Cluster& cluster) {
         cluster.traffic[0].arrivals = model::Traffic::Arrivals::closed;
         cluster.traffic[0].users = 40;
         cluster.traffic[0].think = Distribution::exponential(0.1);
       }},
      {"a web server before the pods", web_server(model::Edge::Upstream::warm, true)},
      {"a web server that dials node ports for each request", web_server(model::Edge::Upstream::per_request, false)},
      {"a web server that keeps connections to node ports", web_server(model::Edge::Upstream::pooled, false)},
      {"an ingress controller that keeps connections", add_ingress},
      {"an ingress controller and clients that keep connections",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.traffic[0].keepalive = true;
         cluster.traffic[0].idle_timeout = 300ms;
       }},
      {"an ingress controller that dials for each request",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].keeps_upstream = false;
         cluster.proxies[0].backends[0].balance = {"least_request", {}};
       }},
      {"an ingress controller by ewma, timeouts and retries",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].backends[0].balance = {"ewma", {}};
         cluster.traffic[0].timeout = 150ms;
         cluster.traffic[0].retries = {.max = 2, .on_timeout = true};
       }},
      {"an ingress controller of nginx with a zone",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].backends[0].balance = {"least_conn", {{"zone", "true"}}};
       }},
      {"an ingress controller by its callers' addresses",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].backends[0].balance = {"ip_hash", {}};
         cluster.services[1].local = true;
         cluster.edges[0].nodes = {0, 1};
         cluster.traffic[0].clients = 1'000;
       }},
      {"an ingress controller that dials the cluster IP",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].backends[0].through_service = true;
       }},
      {"a web server before an ingress controller",
       [=](model::Cluster& cluster) {
         web_server(model::Edge::Upstream::pooled, false)(cluster);
         add_ingress(cluster);
       }},
      {"a web server that asks pods of event loops",
       [=](model::Cluster& cluster) {
         web_server(model::Edge::Upstream::pooled, true)(cluster);
         cluster.edges[0].balance = {"prequal", {}};
         cluster.workloads[0].discipline = model::ServiceDiscipline::event_loop;
         cluster.workloads[0].cpu = Distribution::constant(0.002);
         cluster.traffic[0].timeout = 60ms;
         cluster.traffic[0].retries = {.max = 2, .on_timeout = true};
       }},
      {"an ingress controller that asks pods",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.proxies[0].backends[0].balance = {"c3", {}};
       }},
      {"an ingress controller, timeouts and retries",
       [](model::Cluster& cluster) {
         add_ingress(cluster);
         cluster.traffic[0].timeout = 60ms;
         cluster.traffic[0].retries = {.max = 2, .on_timeout = true};
       }},
      {"callers inside the cluster",
       [](model::Cluster& cluster) {
         cluster.services[0].entry = model::ServicePort::Entry::cluster_ip;
         cluster.traffic[0].entry = model::Traffic::Entry::service;
         cluster.traffic[0].nodes = {1, 3};
         cluster.traffic[0].inside = true;
         cluster.traffic[0].clients = 2;
       }},
      {"a web server, timeouts and short queues",
       [=](model::Cluster& cluster) {
         web_server(model::Edge::Upstream::per_request, true)(cluster);
         cluster.workloads[0].queue_limit = 1;
         cluster.traffic[0].timeout = 100ms;
         cluster.traffic[0].retries = {.max = 1, .on_timeout = true, .on_5xx = true};
       }},
  };
}

Horizon drained(Duration window) { return {.warmup = Duration{0}, .window = window, .bin = 1s, .arrivals_end = true}; }

std::uint64_t count_of(const TrafficTotals& traffic) {
  std::uint64_t sum = 0;
  for (const auto& by_hop : traffic.outcomes)
    for (const std::uint64_t count : by_hop) sum += count;
  return sum;
}

ReplicationResult run(const model::Cluster& cluster, const Horizon& horizon, std::uint32_t replication = 0) {
  World world{cluster, horizon, Draws{11, replication}};
  return world.run();
}

/// Where requests went, by pod.
std::vector<std::int64_t> visits(const model::Cluster& cluster, Duration window) {
  std::vector<std::int64_t> counts;
  for (const EndpointTotals& pod : run(cluster, drained(window)).endpoints)
    counts.push_back(static_cast<std::int64_t>(pod.requests));
  return counts;
}

}  // namespace

TEST_CASE("every request that was offered ends in exactly one outcome, and a drained system is empty", "[unit]") {
  for (const auto& [name, change] : uses()) {
    INFO(name);
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
    change(cluster);
    World world{cluster, drained(4s), Draws{5, 0}};
    const ReplicationResult result = world.run();
    CHECK_FALSE(result.censored);
    CHECK_FALSE(result.overflowed);
    CHECK(world.requests_in_flight() == 0);
    CHECK(world.stations().all_jobs() == 0);
    const TrafficTotals& traffic = result.traffic[0];
    CHECK(traffic.offered > 500);
    CHECK(count_of(traffic) == traffic.offered);
    CHECK(traffic.ok.count() + traffic.failed.count() == traffic.offered);
    CHECK(result.requests == traffic.offered);
    CHECK(traffic.count(Outcome::ok) > traffic.offered / 10);
    std::uint64_t offered = 0, ended = 0;
    std::int64_t in_flight = 0;
    for (const SeriesBin& bin : traffic.series) {
      offered += bin.offered;
      ended += bin.completed + bin.errors;
      in_flight += bin.starts;
      CHECK(in_flight >= 0);
    }
    CHECK(offered == traffic.offered);
    CHECK(ended == traffic.offered);
  }
}

TEST_CASE("failures that a use is meant to bring about do come about", "[unit]") {
  const auto outcomes_of = [](std::string_view wanted) {
    for (const auto& [name, change] : uses()) {
      if (name != wanted) continue;
      model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
      change(cluster);
      return run(cluster, drained(4s)).traffic[0];
    }
    FAIL("no such use");
    return TrafficTotals{};
  };
  CHECK(outcomes_of("timeouts, retries and a budget").count(Outcome::request_timeout) > 20);
  CHECK(outcomes_of("short queues that answer 503").count(Outcome::queue_full) > 20);
  CHECK(outcomes_of("short queues that drop SYNs").count(Outcome::connect_timeout) > 0);
  CHECK(outcomes_of("short queues that reset").count(Outcome::refused) > 20);
  CHECK(outcomes_of("queue timeouts").count(Outcome::queue_timeout) > 20);
  CHECK(outcomes_of("queue timeouts that are drawn").count(Outcome::queue_timeout) > 20);
  CHECK(outcomes_of("processor sharing with timeouts").count(Outcome::request_timeout) > 20);
}

TEST_CASE("a request whose web server could not dial in time has timed out, it was connected", "[unit]") {
  for (const auto& [name, change] : uses()) {
    if (name != "a web server, timeouts and short queues") continue;
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
    change(cluster);
    cluster.network.client = Distribution::constant(0.001);  // the two round trips to the edge take 2 of the 50 ms
    cluster.traffic[0].timeout = 50ms;
    cluster.traffic[0].retries = {};
    const TrafficTotals traffic = run(cluster, drained(4s)).traffic[0];
    CHECK(traffic.count(Outcome::request_timeout) > 20);
    CHECK(traffic.count(Outcome::connect_timeout) == 0);
  }
}

TEST_CASE("a proxy asks another pod when one refuses, each once, and says 502 when its tries are over", "[unit]") {
  const auto outcomes_with = [](std::uint32_t tries) {
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 200.0);
    add_ingress(cluster);
    cluster.proxies[0].tries = tries;
    cluster.proxies[0].keeps_upstream = false;
    cluster.workloads[0].servers = 1;
    cluster.workloads[0].queue_limit = 0;
    cluster.workloads[0].when_full = model::WhenFull::rst;
    World world{cluster, drained(4s), Draws{5, 0}};
    ReplicationResult result = world.run();
    CHECK(world.requests_in_flight() == 0);
    CHECK(world.stations().all_jobs() == 0);
    return result.traffic[0];
  };
  const TrafficTotals once = outcomes_with(1), thrice = outcomes_with(3), all = outcomes_with(100);
  CHECK(once.count(Outcome::http_502) > once.offered / 8);
  CHECK(once.count(Outcome::refused) == 0);
  CHECK(2 * thrice.count(Outcome::http_502) < once.count(Outcome::http_502));
  CHECK(all.count(Outcome::http_502) < thrice.count(Outcome::http_502));
  CHECK(all.attempts == all.offered);  // the client knows nothing of it
}

TEST_CASE("a proxy gives up dialling a full pod after its own patience, and its caller reads 504", "[unit]") {
  model::Cluster cluster = cluster_of({1, 0}, 300.0);
  add_ingress(cluster);
  cluster.proxies[0].keeps_upstream = false;
  cluster.proxies[0].connect_timeout = 1500ms;
  cluster.workloads[0].servers = 1;
  cluster.workloads[0].queue_limit = 0;
  const TrafficTotals traffic = run(cluster, drained(4s)).traffic[0];
  CHECK(traffic.count(Outcome::http_504) > 20);
  CHECK(traffic.count(Outcome::ok) + traffic.count(Outcome::http_504) == traffic.offered);
  CHECK(traffic.failed.quantile_ns(0.5) > 1.5e9);
  CHECK(traffic.failed.quantile_ns(0.5) < 1.7e9);
}

TEST_CASE(
    "the workers of an ingress controller share its connections, and the first request of each brings the handshake",
    "[unit]") {
  for (const bool keepalive : {false, true}) {
    model::Cluster cluster = cluster_of({2, 2}, 300.0);
    add_ingress(cluster);
    cluster.traffic[0].keepalive = keepalive;
    cluster.traffic[0].clients = 20;
    cluster.traffic[0].connections_per_client = 1;
    World world{cluster, drained(5s), Draws{5, 0}};
    const ReplicationResult result = world.run();
    Area busy = 0;
    std::uint64_t requests = 0;
    for (const std::uint32_t pod : cluster.services[1].pods) {
      busy += world.station_totals(pod).busy_area;
      requests += result.endpoints[pod].requests;
      CHECK(world.station_totals(pod).servers == 2);
    }
    CHECK(requests == result.traffic[0].offered);
    const std::uint64_t connections = keepalive ? 20 : requests;
    CHECK((busy == static_cast<Area>(requests) * 200'000 + static_cast<Area>(connections) * 300'000));
  }
}

TEST_CASE("with a zone the workers of a pod take turns together, without one each begins with the first server",
          "[unit]") {
  for (const bool zone : {true, false}) {
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 6.0);
    add_ingress(cluster);
    cluster.services[1].pods.resize(1);  // one controller pod of two workers
    cluster.proxies[0].backends[0].balance = {"nginx_round_robin", {{"zone", zone ? "true" : "false"}}};
    cluster.traffic[0].arrivals = model::Traffic::Arrivals::deterministic;
    const std::vector<std::int64_t> counts = visits(cluster, 1s);
    CHECK((std::vector<std::int64_t>(counts.begin(), counts.begin() + 6) == std::vector<std::int64_t>(6, 1)) == zone);
  }
}

TEST_CASE("behind a kube-proxy that masquerades ip_hash sees nodes, under policy Local it sees clients", "[unit]") {
  model::Cluster cluster = cluster_of({3, 1, 0, 2}, 500.0);
  add_ingress(cluster);
  cluster.proxies[0].backends[0].balance = {"ip_hash", {}};
  cluster.edges[0].nodes = {2};  // where all connections arrive
  const auto pods_reached = [&] {
    const std::vector<std::int64_t> counts = visits(cluster, 4s);
    return std::count_if(counts.begin(), counts.begin() + 6, [](std::int64_t count) { return count > 0; });
  };
  CHECK(pods_reached() == 1);
  cluster.services[1].local = true;
  cluster.edges[0].nodes = {0};
  CHECK(pods_reached() == 6);
  cluster.traffic[0].clients = 1;
  CHECK(pods_reached() == 1);
}

TEST_CASE("ways that end in nothing end every request as the packets would", "[unit]") {
  model::Cluster cluster = cluster_of({1, 1}, 100.0);
  cluster.traffic[0].entry = model::Traffic::Entry::refused;
  const TrafficTotals refused = run(cluster, drained(1s)).traffic[0];
  CHECK(refused.count(Outcome::refused) == refused.offered);
  CHECK(refused.offered > 50);
  cluster.traffic[0].is_reset = true;
  const TrafficTotals reset = run(cluster, drained(1s)).traffic[0];
  CHECK(reset.count(Outcome::reset) == reset.offered);
  cluster.traffic[0].is_reset = false;
  cluster.traffic[0].entry = model::Traffic::Entry::lost;
  const TrafficTotals lost = run(cluster, drained(1s)).traffic[0];
  CHECK(lost.count(Outcome::connect_timeout) == lost.offered);
  CHECK(lost.failed.quantile_ns(0.5) > 130e9);  // the kernel's own patience
  cluster.traffic[0].timeout = 3s;
  const TrafficTotals cut = run(cluster, drained(1s)).traffic[0];
  CHECK(cut.count(Outcome::connect_timeout) == cut.offered);
  CHECK(cut.failed.quantile_ns(0.5) < 3.1e9);
  cluster.traffic[0].entry = model::Traffic::Entry::edge;
  cluster.services[0].deaf.assign(cluster.services[0].pods.size(), true);
  const TrafficTotals closed = run(cluster, drained(1s)).traffic[0];
  CHECK(closed.count(Outcome::refused) == closed.offered);
}

TEST_CASE("the workers of all replicas are numbered through, so that their subsets do not meet", "[unit]") {
  // Twelve pods, four subsets of three: as many workers use all pods, half as many half of them.
  const auto pods_used = [](std::uint32_t workers) {
    model::Cluster cluster = cluster_of({6, 6}, 700.0);
    add_ingress(cluster);
    cluster.proxies[0].workers = workers;
    cluster.proxies[0].backends[0].balance = {"deterministic_subset", {{"subset", "3"}}};
    const std::vector<std::int64_t> counts = visits(cluster, 4s);
    return std::count_if(counts.begin(), counts.begin() + 12, [](std::int64_t count) { return count > 0; });
  };
  CHECK(pods_used(2) == 12);
  CHECK(pods_used(1) == 6);
}

TEST_CASE("Little's law holds at every station to the nanosecond", "[unit]") {
  for (const auto& [name, change] : uses()) {
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
    change(cluster);
    cluster.traffic[0].timeout.reset();  // what is given up leaves its work behind
    cluster.workloads[0].queue_timeout.reset();
    if (cluster.workloads[0].discipline == model::ServiceDiscipline::event_loop)
      continue;  // it sleeps outside its station
    INFO(name);
    World world{cluster, drained(4s), Draws{5, 1}};
    const ReplicationResult result = world.run();
    for (std::uint32_t pod = 0; pod < result.endpoints.size(); ++pod) {
      const StationTotals totals = world.station_totals(pod);
      CHECK(result.endpoints[pod].requests > 100);
      CHECK((static_cast<WideInteger>(totals.busy_area + totals.queue_area) == result.endpoints[pod].sojourn_ns));
      if (cluster.workloads[0].discipline == model::ServiceDiscipline::workers)
        CHECK((static_cast<WideInteger>(totals.queue_area) == result.endpoints[pod].wait_ns));
    }
  }
}

TEST_CASE("the parts of the latency by hop sum to it exactly", "[unit]") {
  for (const auto& [name, change] : uses()) {
    INFO(name);
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
    change(cluster);
    const TrafficTotals traffic = run(cluster, {.warmup = 1s, .window = 3s}).traffic[0];
    WideInteger sum = 0;
    const auto add = [&sum](const HopTotals& hop) {
      sum += hop.wait.sum_ns() + hop.service.sum_ns() + hop.delay.sum_ns();
    };
    for (const HopTotals* part : {&traffic.retries, &traffic.client_pool, &traffic.connect}) add(*part);
    for (const HopTotals& hop : traffic.hops) add(hop);
    CHECK(traffic.ok_sum.count() > 500);
    CHECK((sum == traffic.ok_sum.sum_ns()));
  }
}

TEST_CASE("a replication repeats itself, and no other is like it", "[unit]") {
  for (const auto& [name, change] : uses()) {
    INFO(name);
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 700.0);
    change(cluster);
    const Horizon horizon{.warmup = 500ms, .window = 1s};
    CHECK(fingerprint_of(run(cluster, horizon, 3)) == fingerprint_of(run(cluster, horizon, 3)));
    CHECK(fingerprint_of(run(cluster, horizon, 3)) != fingerprint_of(run(cluster, horizon, 4)));
  }
}

TEST_CASE("traffic that is alone in its use of pods is not moved by another traffic", "[unit]") {
  model::Cluster alone = cluster_of({2, 2}, 300.0);
  alone.workloads[0].servers = 10'000;  // nobody ever waits: the traffics share nothing but the event loop
  alone.traffic[0].clients = 1'000;
  alone.traffic[0].keepalive = true;
  model::Cluster both = alone;
  model::Traffic other = alone.traffic[0];
  other.name = "other";
  other.rate_per_s = 500.0;
  other.clients = 1;  // its requests stand in slots that had clients of the first
  other.connections_per_client = 1'000;
  both.traffic.push_back(other);
  const ReplicationResult one = run(alone, drained(2s)), two = run(both, drained(2s));
  CHECK(one.traffic[0].ok_sum == two.traffic[0].ok_sum);
  CHECK(one.traffic[0].second_hops == two.traffic[0].second_hops);
  CHECK(two.traffic[1].ok.count() == two.traffic[1].offered);
}

TEST_CASE("all requests of a kept connection reach one pod", "[unit]") {
  for (const std::uint32_t trips : {0u, 1u, 2u}) {
    std::set<std::size_t> pods;
    for (std::uint32_t replication = 0; replication < 20; ++replication) {
      model::Cluster cluster = cluster_of({2, 2, 2}, 50.0);
      cluster.traffic[0].clients = 1;
      cluster.traffic[0].keepalive = true;
      cluster.traffic[0].setup_round_trips = trips;
      const ReplicationResult result = run(cluster, drained(1s), replication);
      std::vector<std::size_t> used;
      for (std::size_t pod = 0; pod < result.endpoints.size(); ++pod)
        if (result.endpoints[pod].requests > 0) used.push_back(pod);
      REQUIRE(used.size() == 1);
      CHECK(result.endpoints[used[0]].requests == result.traffic[0].offered);
      pods.insert(used[0]);
    }
    CHECK(pods.size() >= 3);  // and not always the first
  }
}

TEST_CASE("under policy Cluster all but 1/N of the connections take a second hop, for any placement", "[statistical]") {
  for (const std::vector<std::uint32_t>& placement : {std::vector<std::uint32_t>{2, 2, 2}, {6, 0, 0}, {3, 1, 0}}) {
    const TrafficTotals traffic = run(cluster_of(placement, 500.0), drained(20s)).traffic[0];
    const auto second = static_cast<std::int64_t>(traffic.second_hops),
               all = static_cast<std::int64_t>(traffic.ok.count());
    CHECK(chi_square({all - second, second}, {1.0 / 3, 2.0 / 3}).fits());
    CHECK_FALSE(chi_square({all - second, second}, {0.38, 0.62}).fits());
  }
}

TEST_CASE("under policy Cluster every pod has the same share, under Local 1/(K n) of its node's", "[statistical]") {
  const std::vector<double> equal(3, 1.0 / 3), by_node = {0.25, 0.25, 0.5};
  model::Cluster cluster = cluster_of({2, 1, 0}, 300.0);
  const std::vector<std::int64_t> spread = visits(cluster, 20s);
  CHECK(chi_square(spread, equal).fits());
  CHECK_FALSE(chi_square(spread, by_node).fits());
  cluster.services[0].local = true;
  const std::vector<std::int64_t> local = visits(cluster, 20s);
  CHECK(chi_square(local, by_node).fits());
  CHECK_FALSE(chi_square(local, equal).fits());
  CHECK(run(cluster, drained(2s)).traffic[0].second_hops == 0);
}

TEST_CASE("without crossing zones each zone with a target has the same share", "[statistical]") {
  model::Cluster cluster = cluster_of({1, 1, 1}, 300.0);  // two nodes in zone a, one in b
  cluster.services[0].local = true;
  cluster.edges[0].zonal = true;
  cluster.edges[0].cross_zone = false;
  CHECK(chi_square(visits(cluster, 20s), {0.25, 0.5, 0.25}).fits());
  CHECK_FALSE(chi_square(visits(cluster, 20s), {1.0 / 3, 1.0 / 3, 1.0 / 3}).fits());
}

TEST_CASE("the slices in which the warm-up is looked for are the same in every replication", "[unit]") {
  for (std::uint32_t replication = 0; replication < 5; ++replication) {
    // At this rate nothing is in flight when the window ends: the run stops there, after its last slice.
    const ReplicationResult result = run(cluster_of({1}, 1.0), {.warmup = 2s, .window = 8s}, replication);
    CHECK(result.jobs_series.size() == 400);
    CHECK(result.traffic[0].latency_series.size() == 400);
  }
}

TEST_CASE("a service without any pod refuses, and load balancers that find no healthy node try all", "[unit]") {
  model::Cluster cluster = cluster_of({0, 0}, 100.0);
  const TrafficTotals traffic = run(cluster, drained(1s)).traffic[0];
  CHECK(traffic.count(Outcome::refused) == traffic.offered);
  CHECK(traffic.offered > 50);
}

TEST_CASE("once warm, requests need no memory of their own: only a new maximum makes a histogram or a slab grow",
          "[unit]") {
  if (!test::counts_allocations()) {
    WARN("sanitizers bring an allocator of their own: not counted");
    return;
  }
  for (const auto& [name, change] : uses()) {
    INFO(name);
    model::Cluster cluster = cluster_of({3, 1, 0, 2}, 200.0);
    change(cluster);
    // As many bins and slices in both, so that only the requests differ.
    const auto run_for = [&](Duration window) {
      World world{cluster, {.warmup = 100s, .window = window, .bin = window / 4}, Draws{3, 0}};
      const std::uint64_t before = test::allocations();
      const std::uint64_t requests = world.run().requests;
      return std::pair{requests, test::allocations() - before};
    };
    const auto [few, allocations_of_few] = run_for(5s);
    const auto [many, allocations_of_many] = run_for(45s);
    CHECK(many > few + 2'000);
    CHECK(100 * (allocations_of_many - allocations_of_few) < many - few);
  }
}
