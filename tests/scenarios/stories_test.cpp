#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/analytic/queues.hpp"
#include "models/balancers/balancer.hpp"
#include "models/request/request_key_law.hpp"
#include "sim/random/distribution.hpp"
#include "sim/stats/student_t.hpp"
#include "tests/support/reference_checks.hpp"

/// What scenarios/README.md tells of the stories, checked against the files themselves.
namespace towtank::test {
namespace {

std::string story(const std::string& name) { return std::string{TOWTANK_SOURCE_DIR} + "/scenarios/" + name + ".yaml"; }

const report::SummaryRow& row(const report::Report& report, const std::string& variant, const std::string& metric) {
  for (const report::SummaryRow& one : report.summary)
    if (one.variant == variant && one.metric == metric) return one;
  FAIL("there is no " + metric + " of " + variant);
  return report.summary.front();
}

const report::EndpointRow& endpoint(const report::Report& report, const std::string& variant, const std::string& name) {
  for (const report::EndpointRow& one : report.endpoints)
    if (one.variant == variant && one.endpoint == name) return one;
  FAIL("there is no " + name + " of " + variant);
  return report.endpoints.front();
}

const report::VariantNote& note(const report::Report& report, const std::string& variant) {
  for (const report::VariantNote& one : report.notes)
    if (one.variant == variant) return one;
  FAIL("there is no variant " + variant);
  return report.notes.front();
}

const report::HopRow& hop(const report::Report& report, const std::string& variant, const std::string& kind) {
  for (const report::HopRow& one : report.hops)
    if (one.variant == variant && one.kind == kind) return one;
  FAIL("no " + kind + " hop of " + variant);
  return report.hops.front();
}

/// How many nodes pass the check of the load balancer.
std::ptrdiff_t healthy_nodes(const report::Report& report, const std::string& variant) {
  return std::count_if(report.nodes.begin(), report.nodes.end(), [&](const report::NodeRow& one) {
    return one.variant == variant && one.lb_healthy.value_or(false);
  });
}

/// Mean wait of an M/D/1 queue (Pollaczek and Khinchine).
double md1_wait_ms(double rate_per_s, double service_s) {
  const double load = rate_per_s * service_s;
  return 1e3 * load * service_s / (2.0 * (1.0 - load));
}

/// Of the lognormal law that models/SOURCES.md 7.1 and 7.2 give by median and p99, in microseconds.
double mean_ms(double median_us, double p99_us) {
  return 1e3 * Distribution::lognormal_median_p99(median_us * 1e-6, p99_us * 1e-6).mean_s();
}

/// Round trips between nodes, and what only the first packet of a connection pays, as models/SOURCES.md has them.
struct Network {
  double same_node = mean_ms(24.0, 80.0), same_zone = mean_ms(200.0, 600.0), cross_zone = mean_ms(800.0, 2000.0);
  double source_nat = mean_ms(5.0, 20.0);
  /// Lookup, conntrack entry and a walk along the rules: 100 Services, 3 endpoints.
  double first_packet = mean_ms(12.0, 37.0) + mean_ms(3.0, 15.0) + 0.4 * 100.0 * 24e-6 + 0.5 * 3.0 * 23e-6;
};

/// Whether the estimate lies as near to theory as its own spread lets it but once in a million.
/// @param checks  that share the budget
bool agrees(const report::Report& report, const report::Estimate& ours, double theory, double checks) {
  REQUIRE(ours.value);
  REQUIRE(ours.low);
  const std::size_t replications = report.notes.front().replications;
  const double standard_error = 0.5 * (*ours.high - *ours.low) / two_sided_t(replications, report.confidence);
  const double limit = two_sided_t(replications, 1.0 - kReferenceFalseAlarm / checks);
  CAPTURE(*ours.value, theory, standard_error, limit);
  return std::abs(*ours.value - theory) <= limit * standard_error;
}

report::ObjectiveResult::Status objective(const report::Report& report, const std::string& variant) {
  for (const report::ObjectiveResult& one : report.objectives)
    if (one.variant == variant) return one.status;
  FAIL("no objective binds " + variant);
  return {};
}

}  // namespace

TEST_CASE("quickstart: Local loads the lone pod with a third of the requests, is slower and has less headroom",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("quickstart"));
  CHECK(row(report, "Local", "latency_p99_diff").verdict == "worse");
  CHECK(row(report, "Local", "latency_mean_diff").verdict == "worse");
  CHECK(agrees(report, endpoint(report, "Local", "shop-2").requests_share, 1.0 / 3.0, 4));
  CHECK(agrees(report, endpoint(report, "Local", "shop-0").requests_share, 1.0 / 6.0, 4));
  CHECK(agrees(report, endpoint(report, "Cluster", "shop-2").requests_share, 0.2, 4));
  CHECK(agrees(report, row(report, "Cluster", "second_hop_share").estimate, 2.0 / 3.0, 4));
  CHECK(*row(report, "Local", "second_hop_share").estimate.value == 0.0);
  CHECK(*note(report, "Cluster").headroom == Approx(2000.0 / 1100.0).epsilon(1e-9));
  CHECK(*note(report, "Local").headroom == Approx(1200.0 / 1100.0).epsilon(1e-9));
  for (const report::ObjectiveResult& one : report.objectives)
    CHECK(one.status == report::ObjectiveResult::Status::met);
  CHECK(report.warnings.empty());

  CHECK_FALSE(agrees(report, endpoint(report, "Cluster", "shop-2").requests_share, 1.0 / 3.0, 4));  // the twin
}

TEST_CASE(
    "tournament: who counts its own requests wins, a cookie and ewma lose, and a hash sees only the nodes' addresses",
    "[statistical][slow]") {
  const report::Report report = run_scenario(story("tournament"));
  const auto cell = [](const std::string& algorithm) { return "baseline balance=" + algorithm; };
  std::vector<std::string> cells;
  for (const std::string& name : balancer_names("ingress-nginx")) cells.push_back(cell(name));
  CHECK(report.variants == cells);
  for (const char* winner : {"join_idle_queue", "peak_ewma"})
    CHECK(row(report, cell(winner), "latency_p99_diff").verdict == "better");
  for (const char* loser : {"stale_least_request", "sticky_balanced", "ewma"})
    CHECK(row(report, cell(loser), "latency_p99_diff").verdict == "worse");
  CHECK(*row(report, cell("chash"), "endpoint_max_over_mean").estimate.value > 1.5);
  CHECK(*row(report, cell("chash"), "utilization_max").estimate.value > 0.99);

  scenario::LoadOptions options;
  options.set = {{"Service/ingress-nginx/ingress-nginx-controller:spec.externalTrafficPolicy", "Local"}};
  options.only_variants = {cell("round_robin"), cell("chash")};
  options.duration = 30s;
  const report::Report local = run_scenario(story("tournament"), options);
  CHECK(*row(local, cell("chash"), "endpoint_max_over_mean").estimate.value < 1.5);
  CHECK(*row(local, cell("chash"), "utilization_max").estimate.value < 0.9);
}

TEST_CASE("local-vs-cluster: shares, mean, p99 and second hops are those of paper and pencil, and Local is worse",
          "[statistical]") {
  const report::Report report = run_scenario(story("local-vs-cluster"));
  constexpr double kChecks = 12;
  for (const char* pod : {"echo-0", "echo-1", "echo-2"}) {
    const report::EndpointRow& local = endpoint(report, "Local", pod);
    CHECK(agrees(report, endpoint(report, "Cluster", pod).requests_share, 1.0 / 3.0, kChecks));
    CHECK(agrees(report, local.requests_share, local.node == "worker-1" ? 0.5 : 0.25, kChecks));
  }
  CHECK(agrees(report, row(report, "Cluster", "latency_mean").estimate, 2000.0, kChecks));
  CHECK(agrees(report, row(report, "Local", "latency_mean").estimate, 2800.0, kChecks));
  CHECK(agrees(report, row(report, "Cluster", "latency_p99").estimate, 9210.340, kChecks));
  CHECK(agrees(report, row(report, "Local", "latency_p99").estimate, 15659.342, kChecks));
  CHECK(agrees(report, row(report, "Cluster", "second_hop_share").estimate, 0.5, kChecks));
  CHECK(agrees(report, row(report, "Local", "latency_mean_diff").estimate, 800.0, kChecks));
  CHECK(*row(report, "Local", "second_hop_share").estimate.value == 0.0);
  CHECK(row(report, "Local", "latency_mean_diff").verdict == "worse");
  CHECK(row(report, "Local", "latency_p99_diff").verdict == "worse");
}

TEST_CASE("local-vs-cluster: a second hop of 1.6 s makes both policies alike in the mean, one of 1.2 s does not",
          "[statistical][slow]") {
  scenario::LoadOptions options;
  options.set = {{"spec.cluster.network.sameZone", "1600ms"}};
  const report::Report report = run_scenario(story("local-vs-cluster"), options);
  CHECK(agrees(report, row(report, "Local", "latency_mean_diff").estimate, 0.0, 1));

  options.set = {{"spec.cluster.network.sameZone", "1200ms"}};
  const report::Report cheaper = run_scenario(story("local-vs-cluster"), options);
  CHECK_FALSE(agrees(cheaper, row(cheaper, "Local", "latency_mean_diff").estimate, 0.0, 1));
}

TEST_CASE("mm1: latency at loads 0.5, 0.8, 0.9 is that of M/M/1, mean and p99", "[statistical][slow]") {
  const report::Report report = run_scenario(story("mm1"));
  for (const auto& [variant, load] :
       {std::pair{"baseline load=0.5", 0.5}, {"baseline load=0.8", 0.8}, {"baseline load=0.9", 0.9}}) {
    const double mean_ms = 10.0 / (1.0 - load);
    CHECK(agrees(report, row(report, variant, "latency_mean").estimate, mean_ms, 9));
    CHECK(agrees(report, row(report, variant, "latency_p50").estimate, mean_ms * std::log(2.0), 9));
    CHECK(agrees(report, row(report, variant, "latency_p99").estimate, mean_ms * std::log(100.0), 9));
  }
  const double of_half_load_ms = 20.0;
  CHECK_FALSE(
      agrees(report, row(report, "baseline load=0.8", "latency_mean").estimate, of_half_load_ms, 9));  // the twin
}

TEST_CASE("replicas: four do with Cluster, Local needs six, and the fourth and fifth buy it no headroom",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("replicas"));
  using Status = report::ObjectiveResult::Status;
  for (const char* good : {"Cluster replicas=4", "Cluster replicas=5", "Cluster replicas=6", "Local replicas=6"})
    CHECK(objective(report, good) == Status::met);
  for (const char* bad : {"Cluster replicas=3", "Local replicas=3", "Local replicas=4", "Local replicas=5"})
    CHECK(objective(report, bad) == Status::missed);
  const double headroom_of_three = *note(report, "Local replicas=3").headroom;
  CHECK(*note(report, "Local replicas=4").headroom == Approx(headroom_of_three).epsilon(1e-9));
  CHECK(*note(report, "Local replicas=5").headroom == Approx(headroom_of_three).epsilon(1e-9));
  CHECK(*note(report, "Local replicas=6").headroom == Approx(2.0 * headroom_of_three).epsilon(1e-9));
  CHECK(*note(report, "Cluster replicas=4").headroom > 1.3 * headroom_of_three);
}

TEST_CASE("ingress-replicas: handshakes fill the worker, whose queue is that of an M/D/1; kept connections empty it",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("ingress-replicas"));
  // 2,300 connections a second, each 50 us of request and 300 us of handshake for the worker on which it lands.
  const auto wait = [&](const std::string& variant) { return hop(report, variant, "ingress").wait_mean_ms; };
  CHECK(agrees(report, wait("one worker"), md1_wait_ms(2300.0, 350e-6), 3));
  CHECK(agrees(report, wait("two workers"), md1_wait_ms(1150.0, 350e-6), 3));
  CHECK(agrees(report, wait("two replicas"), md1_wait_ms(1150.0, 350e-6), 3));
  CHECK_FALSE(agrees(report, wait("one worker"), md1_wait_ms(2300.0, 340e-6), 3));  // the twin
  CHECK(*note(report, "one worker").headroom == Approx(1.0 / (2300.0 * 350e-6)).epsilon(1e-9));
  CHECK(row(report, "keep-alive", "latency_mean_diff").verdict == "better");
  CHECK(*row(report, "keep-alive", "utilization_max").estimate.value < 0.15);
  CHECK(report.warnings.empty());
}

TEST_CASE("canary: one pod bears its part of seven, and not what a weight of 25 gives it", "[statistical][slow]") {
  const report::Report report = run_scenario(story("canary"));
  // 8 workers of 22 ms bear 364 requests a second, six pods of 8 workers of 20 ms 2,400.
  CHECK(*note(report, "weight 5").headroom == Approx(2400.0 / (0.95 * 1500.0)).epsilon(1e-6));
  CHECK(*note(report, "weight 10").headroom == Approx(2400.0 / (0.90 * 1500.0)).epsilon(1e-6));
  CHECK(*note(report, "weight 20").headroom == Approx(8.0 / 0.022 / 300.0).epsilon(1e-6));
  CHECK(note(report, "weight 20").bottleneck.find("shop-next-0") != std::string::npos);
  CHECK(note(report, "weight 25").state == "unstable");
  const report::Estimate busy = endpoint(report, "weight 20", "shop-next-0").utilization;
  CHECK(agrees(report, busy, 0.2 * 1500.0 * 0.022 / 8.0, 1));
  CHECK_FALSE(agrees(report, busy, 0.21 * 1500.0 * 0.022 / 8.0, 1));  // the twin
  CHECK(row(report, "weight 20", "latency_mean_diff").verdict == "worse");
}

TEST_CASE("haproxy-maxconn: a queue in the proxy is one for all pods, and a place on the way is lost to them", "[statistical][slow]") {
  const report::Report report = run_scenario(story("haproxy-maxconn"));
  const auto mean = [&](const std::string& variant) { return row(report, variant, "latency_mean").estimate; };
  CHECK(*mean("maxconn 1").high < *mean("leastconn").low);
  CHECK(*mean("leastconn").high < *mean("maxconn 2").low);
  CHECK(*mean("maxconn 2").high < *mean("maxconn 4").low);
  CHECK(*mean("maxconn 4").high < *mean("no limit").low);
  CHECK(*hop(report, "maxconn 1", "l7_edge").wait_mean_ms.low > 0.0);
  CHECK(*hop(report, "maxconn 1", "pod").wait_mean_ms.value == 0.0);
  CHECK(*hop(report, "no limit", "l7_edge").wait_mean_ms.value == 0.0);
  CHECK(*note(report, "maxconn 1").headroom == Approx(10.0 / (400.0 * 0.021)).epsilon(1e-9));
  CHECK(*note(report, "maxconn 2").headroom == Approx(1.25).epsilon(1e-9));
  constexpr double kServed_per_s = 50.0, kChecks = 1;
  scenario::LoadOptions without_way;
  without_way.set = {{"spec.cluster.network.sameZone", "0ms"}};
  const report::Report near = run_scenario(story("haproxy-maxconn"), without_way);
  const double one_queue_ms = 1e3 * (1.0 / kServed_per_s + analytic::mean_wait_mmc_s(400.0, 1.0 / kServed_per_s, 10));
  CHECK(agrees(near, row(near, "maxconn 1", "latency_mean").estimate, one_queue_ms, kChecks));
  CHECK_FALSE(agrees(near, row(near, "leastconn", "latency_mean").estimate, one_queue_ms, kChecks));  // the twin
  CHECK(report.warnings.empty());
}

TEST_CASE("least-conn-workers: eight balancers with counts of their own lose a third of what counting gains",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("least-conn-workers"));
  const auto mean = [&](const std::string& variant) { return row(report, variant, "latency_mean").estimate; };
  const auto loss = [&](const std::string& variant) { return row(report, variant, "latency_mean_diff"); };
  // 400 requests a second for ten pods of 50 a second. At random each is M/M/1; nothing is better than one queue.
  constexpr double kServed_per_s = 50.0, kChecks = 5;
  CHECK(agrees(report, mean("random"), 1e3 / (kServed_per_s - 40.0), kChecks));
  CHECK_FALSE(agrees(report, mean("random"), 1e3 / (kServed_per_s - 41.0), kChecks));  // the twin: 2.5 % more load
  const double one_queue_ms = 1e3 * (1.0 / kServed_per_s + analytic::mean_wait_mmc_s(400.0, 1.0 / kServed_per_s, 10));
  CHECK(*mean("1 x 1").low > one_queue_ms);
  CHECK(*mean("1 x 1").high < *mean("1 x 4").low);
  CHECK(*mean("1 x 4").high < *mean("2 x 4").low);
  CHECK(*mean("2 x 4").high < *mean("random").low);
  for (const char* variant : {"1 x 4", "2 x 4", "4 x 2", "random"}) {
    CHECK(loss(variant).verdict == "worse");
    CHECK(row(report, variant, "latency_p99_diff").verdict == "worse");
  }
  // Eight are eight, however they are spread over replicas: the spread of both losses bounds that of their difference.
  const auto are_equal = [&](const std::string& a, const std::string& b) {
    const report::Estimate one = loss(a).estimate, other = loss(b).estimate;
    const report::Estimate difference{*one.value - *other.value, *one.low - *other.high, *one.high - *other.low};
    return agrees(report, difference, 0.0, kChecks);
  };
  CHECK(are_equal("2 x 4", "4 x 2"));
  CHECK_FALSE(are_equal("2 x 4", "1 x 4"));
  for (const char* variant : {"1 x 1", "2 x 4"})
    CHECK(agrees(report, endpoint(report, variant, "api-0").utilization, 0.8, kChecks));
  CHECK(report.warnings.empty());
}

TEST_CASE("ingress-local-12-nodes: Cluster pays three second hops of 11 connections in 12, replicas shorten the queue",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("ingress-local-12-nodes"));
  CHECK(healthy_nodes(report, "Local x1") == 1);
  CHECK(healthy_nodes(report, "Local x3") == 3);
  for (const char* all : {"Local x12", "Cluster x1", "Cluster x3"}) CHECK(healthy_nodes(report, all) == 12);
  for (const char* local : {"Local x1", "Local x3", "Local x12"})
    CHECK(*row(report, local, "second_hop_share").estimate.value == 0.0);

  constexpr double kChecks = 7;
  CHECK(agrees(report, row(report, "Cluster x1", "second_hop_share").estimate, 11.0 / 12.0, kChecks));
  CHECK(agrees(report, row(report, "Cluster x3", "second_hop_share").estimate, 11.0 / 12.0, kChecks));
  // 1 of 12 nodes is the controller's own, 3 lie in its zone, 8 in others. TCP, TLS and the request
  // cross, one after another.
  const Network network;
  const double crossing = (3.0 * network.same_zone + 8.0 * network.cross_zone - 11.0 * network.same_node) / 12.0;
  const double masquerade = 11.0 / 12.0 * network.source_nat;
  const report::Estimate& cost = row(report, "Cluster x1", "latency_mean_diff").estimate;
  CHECK(agrees(report, cost, 3.0 * crossing + masquerade, kChecks));
  // 4,000 connections a second, 350 us each for one of two workers a replica.
  const auto wait = [&](const std::string& variant) { return hop(report, variant, "ingress").wait_mean_ms; };
  for (const auto& [variant, workers] :
       {std::pair{"Local x1", 2.0}, {"Cluster x1", 2.0}, {"Local x3", 6.0}, {"Local x12", 24.0}})
    CHECK(agrees(report, wait(variant), md1_wait_ms(4000.0 / workers, 350e-6), kChecks));
  CHECK(*note(report, "Local x1").headroom == Approx(2.0 / (4000.0 * 350e-6)).epsilon(1e-9));
  CHECK(*note(report, "Local x3").headroom == Approx(6.0 / (4000.0 * 350e-6)).epsilon(1e-9));
  CHECK(row(report, "Cluster x1", "latency_mean_diff").verdict == "worse");
  CHECK(row(report, "Local x3", "latency_mean_diff").verdict == "better");
  CHECK(report.warnings.empty());

  CHECK_FALSE(agrees(report, cost, 2.0 * crossing + masquerade, kChecks));  // the twins
  CHECK_FALSE(agrees(report, row(report, "Cluster x1", "second_hop_share").estimate, 10.0 / 12.0, kChecks));
}

TEST_CASE("six-ports: nodes without the pod pass on what they get", "[statistical][slow]") {
  const report::Report report = run_scenario(story("six-ports"));
  constexpr double kChecks = 2;
  // Any of three nodes, then one of two pods on two of them; and one node that announces the address.
  CHECK(agrees(report, row(report, "external nginx", "second_hop_share").estimate, 2.0 / 3.0, kChecks));
  CHECK(agrees(report, row(report, "load balancer", "second_hop_share").estimate, 1.0 / 2.0, kChecks));
  CHECK_FALSE(agrees(report, row(report, "external nginx", "second_hop_share").estimate, 1.0 / 2.0, kChecks));  // twin
  for (const char* variant : {"external nginx", "load balancer", "ingress"})
    CHECK(*note(report, variant).headroom == Approx(2.0 * 4.0 / (200.0 * 10e-3)).epsilon(1e-9));
}

TEST_CASE("nodeport-external-nginx: set-ups cost a round trip, 1.29.7 keeps connections as told, Local drops a third",
          "[statistical][slow]") {
  const report::Report report = run_scenario(story("nodeport-external-nginx"));
  constexpr double kChecks = 8;
  constexpr double kCut = 2.0;  // nginx takes turns: only the cycles that either end of a replication cuts are uneven
  const double requests = 150.0 * 480.0;
  for (const char* pod : {"shop-0", "shop-1", "shop-2"}) {
    const report::EndpointRow& local = endpoint(report, "Local to 2 nodes", pod);
    CHECK(agrees(report, endpoint(report, "nginx 1.28", pod).requests_share, 1.0 / 3.0, kChecks));
    if (local.node == "worker-1")
      CHECK(*local.requests_share.value == Approx(0.5).margin(kCut / requests));
    else
      CHECK(agrees(report, local.requests_share, 0.25, kChecks));
  }
  CHECK(agrees(report, row(report, "nginx 1.28", "second_hop_share").estimate, 2.0 / 3.0, kChecks));
  CHECK(*row(report, "Local to 2 nodes", "second_hop_share").estimate.value == 0.0);

  // nginx itself and the request's way to the node; in front of it one round trip as far as the pod, which sets up.
  const Network network;
  const double request = mean_ms(150.0, 1000.0) + network.same_zone;
  const double second_hop = 2.0 / 3.0 * (network.same_zone + network.source_nat) + network.same_node / 3.0;
  const report::Estimate& web = hop(report, "nginx 1.28", "l7_edge").delay_mean_ms;
  CHECK(agrees(report, web, request + network.same_zone + second_hop + network.first_packet, kChecks));
  CHECK(agrees(report, hop(report, "Local to 2 nodes", "l7_edge").delay_mean_ms,
               request + network.same_zone + network.same_node + network.first_packet, kChecks));
  CHECK_FALSE(agrees(report, web, request, kChecks));  // the twin: as if connections were kept

  for (const char* metric : {"latency_mean", "latency_p99", "second_hop_share", "endpoint_max_over_mean"})
    CHECK(*row(report, "nginx 1.29.7", metric).estimate.value == *row(report, "keepalive 32", metric).estimate.value);
  CHECK(row(report, "keepalive 32", "latency_mean_diff").verdict == "better");

  for (const report::OutcomeRow& one : report.outcomes) {
    const bool drops = one.variant == "Local to 3 nodes";
    const double share = !drops ? 1.0 : one.outcome == "ok" ? 2.0 / 3.0 : 1.0 / 3.0;
    CAPTURE(one.variant, one.outcome);
    CHECK(one.share == Approx(share).margin(kCut / requests));
  }
  CHECK(report.warnings.empty());
}

TEST_CASE("nodeport-external-nginx: patient clients load the nodes that serve with what the others drop, one idle connection is not 32",
          "[statistical][slow]") {
  scenario::LoadOptions options;
  options.duration = 30s;
  options.only_variants = {"keepalive 32", "Local to 3 nodes"};
  const auto headroom = [&](const char* timeout) {
    options.set = {{"spec.traffic[name=api].timeout", timeout}};
    return *note(run_scenario(story("nodeport-external-nginx"), options), "Local to 3 nodes").headroom;
  };
  // 150/s on three nodes, or on the two with pods, of which worker-1 has one with two workers of 20 ms.
  CHECK(headroom("5s") == Approx(100.0 / 50.0).epsilon(1e-9));
  CHECK(headroom("2m") == Approx(100.0 / 75.0).epsilon(1e-9));

  options.set = {};
  options.only_variants = {"keepalive 32"};
  const report::Report many = run_scenario(story("nodeport-external-nginx"), options);
  options.set = {{"spec.edge[name=web].upstreamKeepalive", "1"}};
  options.only_variants = {"nginx 1.28"};
  const report::Report one = run_scenario(story("nodeport-external-nginx"), options);
  const auto delay = [](const report::Report& report, const char* variant) {
    return *hop(report, variant, "l7_edge").delay_mean_ms.value;
  };
  const Network network;
  CHECK(delay(one, "nginx 1.28") > delay(many, "keepalive 32") + 0.5 * network.same_zone);
}

TEST_CASE("envoy-panic: with too few healthy nodes Envoy sends to those that drop, unless it believes its checks", "[statistical]") {
  const report::Report report = run_scenario(story("envoy-panic"));
  const auto errors = [&](const std::string& variant) { return row(report, variant, "error_rate").estimate; };
  constexpr double kChecks = 3.0;
  // Round robin over seven nodes: four of seven requests, but for what the ends of the measured time cut off a round.
  CHECK(agrees(report, errors("Local"), 4.0 / 7.0, kChecks));
  CHECK_FALSE(agrees(report, errors("Local"), 0.57, kChecks));  // the twin
  CHECK(*errors("Local unchecked").value == *errors("Local").value);
  for (const char* variant : {"Local panic 0", "Local 5 nodes", "Cluster"}) CHECK(*errors(variant).value == 0.0);
  CHECK(*row(report, "Local 5 nodes", "latency_mean").estimate.value == *row(report, "Local panic 0", "latency_mean").estimate.value);
  CHECK(*note(report, "Local").headroom == Approx(7.0).epsilon(1e-9));
  CHECK(*note(report, "Local panic 0").headroom == Approx(3.0).epsilon(1e-9));
  CHECK(std::count_if(report.warnings.begin(), report.warnings.end(), [](const std::string& each) { return each.find("so that Envoy panics") != std::string::npos; }) == 1);
}

TEST_CASE("hot-key: the pod of the most frequent item gets its requests beside a fifth of the others", "[statistical]") {
  const report::Report report = run_scenario(story("hot-key"));
  const auto uneven = [&](const std::string& variant) { return *row(report, variant, "endpoint_max_over_mean").estimate.value; };
  const double first = RequestKeyLaw{.keys = 10'000, .exponent = 1.1}.most_frequent();
  CHECK(uneven("hash") > 5.0 * (first + (1.0 - first) / 5.0) - 0.05);  // the busiest has at least this one in the mean
  CHECK(uneven("least_request") < 1.02);
  CHECK(uneven("hash") > uneven("hash bound 150"));
  CHECK(uneven("hash bound 150") > uneven("hash bound 110"));
  CHECK(uneven("hash bound 110") > uneven("least_request"));
  CHECK(row(report, "hash bound 150", "latency_mean_diff").verdict == "better");
  CHECK(*note(report, "least_request").headroom == Approx(20.0 / 7.0).epsilon(1e-9));
  CHECK(*note(report, "hash").headroom < 2.0);
}

}  // namespace towtank::test
