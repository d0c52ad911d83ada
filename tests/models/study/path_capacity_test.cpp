#include "models/study/path_capacity.hpp"

#include <catch2/catch.hpp>

#include "models/study/offered_load.hpp"
#include "tests/support/small_numbers.hpp"

namespace towtank {
namespace {

/// Services of one workload each, behind load balancers and for callers inside, policies and placement by chance.
model::Cluster random_cluster(std::uint64_t seed) {
  test::SmallNumbers numbers{seed};
  model::Cluster made;
  const std::uint32_t zones = 1 + numbers.below(3), nodes = 1 + numbers.below(6), workloads = 1 + numbers.below(3);
  made.zones.resize(zones);
  for (std::uint32_t node = 0; node < nodes; ++node)
    made.nodes.push_back({"node-" + std::to_string(node), numbers.below(zones)});
  for (std::uint32_t workload = 0; workload < workloads; ++workload) {
    model::Workload one;
    one.servers = 1 + numbers.below(4);
    one.service = Distribution::constant(0.001 * (1 + numbers.below(20)));
    made.workloads.push_back(one);
    const std::uint32_t pods = 1 + numbers.below(5);
    for (std::uint32_t pod = 0; pod < pods; ++pod)
      made.pods.push_back({"pod", workload, numbers.below(nodes), numbers.below(4) == 0 ? 3.0 : 1.0});
  }
  for (std::uint32_t t = 0; t < 1 + numbers.below(4); ++t) {
    model::ServicePort service;
    service.local = numbers.coin();
    const std::uint32_t workload = numbers.below(workloads);
    for (std::uint32_t pod = 0; pod < made.pods.size(); ++pod)
      if (made.pods[pod].workload == workload || numbers.below(4) == 0) service.pods.push_back(pod);
    model::Traffic traffic;
    traffic.rate_per_s = 1 + numbers.below(300);
    traffic.clients = 1 + numbers.below(7);
    if (numbers.coin()) {
      model::Edge edge;
      edge.service = static_cast<std::uint32_t>(made.services.size());
      edge.zonal = numbers.coin();
      edge.cross_zone = numbers.coin();
      edge.one_node = numbers.below(5) == 0;
      edge.l7 = numbers.below(3) == 0;
      edge.to_pods = edge.l7 && numbers.coin();
      edge.balance.name = numbers.coin() ? "least_request" : "random";
      for (std::uint32_t node = 0; node < nodes; ++node)
        if (node == 0 || numbers.below(3) > 0) edge.nodes.push_back(node);
      traffic.edge = static_cast<std::uint32_t>(made.edges.size());
      made.edges.push_back(edge);
    } else {
      traffic.entry = model::Traffic::Entry::service;
      traffic.service = static_cast<std::uint32_t>(made.services.size());
      traffic.inside = numbers.coin();
      service.entry = traffic.inside ? model::ServicePort::Entry::cluster_ip : model::ServicePort::Entry::node_port;
      for (std::uint32_t place = 0; place < 1 + numbers.below(4); ++place)
        traffic.nodes.push_back(numbers.below(nodes));
    }
    made.services.push_back(service);
    made.traffic.push_back(traffic);
  }
  return made;
}

std::vector<PathSpread> spreads_of(const model::Cluster& cluster) {
  std::vector<PathSpread> spreads;
  for (const model::Traffic& traffic : cluster.traffic) spreads.push_back(path_spread(cluster, traffic));
  return spreads;
}

double total_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

TEST_CASE("every request is served, dropped or refused, whatever the path", "[unit]") {
  double dropped = 0.0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const model::Cluster cluster = random_cluster(seed);
    for (const PathSpread& spread : spreads_of(cluster)) {
      INFO("seed " << seed);
      CHECK(total_of(spread.at_first) + spread.dropped + spread.refused == Approx(1.0).epsilon(1e-12));
      CHECK(total_of(spread.second_hops) <= total_of(spread.entered) + 1e-12);
      dropped += spread.dropped;
    }
  }
  CHECK(dropped > 1.0);  // the cases are not all easy ones
}

TEST_CASE("no spread bears more than the max-flow over the same pods, and uneven ones bear less", "[unit]") {
  int wasteful = 0, ideal = 0, broken = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const model::Cluster cluster = random_cluster(seed);
    const std::vector<PathSpread> spreads = spreads_of(cluster);
    const OfferedLoad load = offered_load(cluster, spreads);
    const analytic::IdealCapacity most = ideal_path_capacity(cluster, spreads);
    INFO("seed " << seed);
    REQUIRE(load.headroom().has_value() == most.factor.has_value());
    if (!most.factor) continue;
    CHECK(*load.headroom() <= *most.factor * (1.0 + 1e-8));
    model::Cluster twin = cluster;  // of which every pod does a hundredth less
    for (model::Pod& pod : twin.pods) pod.slowdown *= 1.01;
    broken += *load.headroom() > *ideal_path_capacity(twin, spreads).factor * (1.0 + 1e-8);
    (*load.headroom() < *most.factor * (1.0 - 1e-8) ? wasteful : ideal) += 1;
  }
  CHECK(wasteful > 50);
  CHECK(ideal > 20);
  CHECK(broken >= ideal);
}

TEST_CASE("TLS set-ups weigh on a controller, and more so without keep-alive", "[unit]") {
  model::Cluster cluster;
  cluster.zones.resize(1);
  cluster.nodes.push_back({"node-0", 0});
  model::Workload controller, shop;
  controller.proxy = 0;
  shop.service = Distribution::constant(0.002);
  cluster.workloads = {controller, shop};
  cluster.pods = {{"controller", 0, 0, 1.0}, {"shop", 1, 0, 1.0}};
  model::Proxy proxy;
  proxy.cpu = Distribution::constant(0.001);
  proxy.handshake = std::chrono::milliseconds{4};
  proxy.backends.push_back({1, false, {"random", {}}});
  cluster.proxies.push_back(proxy);
  model::ServicePort front, back;
  front.pods = {0};
  back.pods = {1};
  cluster.services = {front, back};
  model::Edge edge;
  edge.nodes = {0};
  cluster.edges.push_back(edge);
  model::Traffic traffic;
  traffic.rate_per_s = 100.0;
  traffic.proxy = 0;
  traffic.backend = 0;
  cluster.traffic.push_back(traffic);
  const auto factors = [&] {
    const std::vector<PathSpread> spreads = spreads_of(cluster);
    return std::pair{offered_load(cluster, spreads).headroom().value(),
                     ideal_path_capacity(cluster, spreads).factor.value()};
  };
  CHECK(factors().first == Approx(5.0));  // 2 ms a request at the shop
  CHECK(factors().second == Approx(5.0));
  cluster.traffic[0].tls = true;
  CHECK(factors().first == Approx(2.0));  // 1 + 4 ms at the controller
  CHECK(factors().second == Approx(2.0));
  cluster.traffic[0].keepalive = true;
  CHECK(factors().first == Approx(5.0));
  CHECK(factors().second == Approx(5.0));
}

}  // namespace towtank
