#include "models/cluster/network_presets.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

namespace towtank {
namespace {

constexpr NetworkName kNetworks[] = {NetworkName::aws, NetworkName::gcp, NetworkName::azure, NetworkName::bare_metal,
                                     NetworkName::ideal};

/// Every default of a network, so that a new one cannot be forgotten by the checks that hold for all.
std::vector<CostDefault> all_costs(const NetworkPreset& network) {
  std::vector<CostDefault> costs;
  for (std::uint8_t leg = 0; leg < kLegKinds; ++leg) costs.push_back(network.round_trip(LegKind{leg}));
  for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(LoadBalancerKind::metallb); ++kind)
    costs.push_back(network.load_balancer(LoadBalancerKind{kind}));
  for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(ProxyKind::traefik); ++kind) {
    const ProxyCost proxy = network.proxy(ProxyKind{kind});
    costs.insert(costs.end(), {proxy.latency, proxy.cpu});
  }
  const FirstPacketCost first = network.first_packet();
  costs.insert(costs.end(), {first.base, first.conntrack, first.source_nat, first.socket});
  return costs;
}

void check_law(const Distribution& law, double median_us, double p99_us) {
  CHECK(law.quantile(0.5) * 1e6 == Approx(median_us).epsilon(1e-9));
  CHECK(law.quantile(0.99) * 1e6 == Approx(p99_us).epsilon(1e-9));
}

}  // namespace

TEST_CASE("round trips are those of the reference; one-way sources are doubled in median and p99", "[unit]") {
  for (const NetworkName name : {NetworkName::aws, NetworkName::gcp, NetworkName::azure, NetworkName::bare_metal}) {
    const NetworkPreset network{name};
    check_law(network.round_trip(LegKind::loopback).law, 20.0, 60.0);
    check_law(network.round_trip(LegKind::same_node).law, 24.0, 80.0);
    check_law(network.round_trip(LegKind::same_zone).law, 200.0, 600.0);
    check_law(network.round_trip(LegKind::cross_zone).law, 800.0, 2000.0);
    check_law(network.round_trip(LegKind::client).law, 30'000.0, 150'000.0);
  }
}

TEST_CASE("each default stands in the row of its own kind", "[unit]") {
  const NetworkPreset network{NetworkName::aws};
  check_law(network.load_balancer(LoadBalancerKind::nlb).law, 60.0, 400.0);
  check_law(network.load_balancer(LoadBalancerKind::alb).law, 2500.0, 12'000.0);
  check_law(network.load_balancer(LoadBalancerKind::gclb).law, 3000.0, 15'000.0);
  check_law(network.load_balancer(LoadBalancerKind::gclb_passthrough).law, 30.0, 200.0);
  check_law(network.load_balancer(LoadBalancerKind::azure_slb).law, 30.0, 200.0);
  CHECK(network.load_balancer(LoadBalancerKind::metallb).law == Distribution::constant(0.0));
  check_law(network.proxy(ProxyKind::nginx).latency.law, 150.0, 1000.0);
  check_law(network.proxy(ProxyKind::ingress_nginx).latency.law, 250.0, 2000.0);
  check_law(network.proxy(ProxyKind::haproxy).latency.law, 120.0, 1000.0);
  check_law(network.proxy(ProxyKind::envoy).latency.law, 300.0, 2000.0);
  check_law(network.proxy(ProxyKind::traefik).latency.law, 400.0, 3000.0);
  CHECK(network.proxy(ProxyKind::nginx).cpu.law.mean_s() == Approx(25e-6));
  CHECK(network.proxy(ProxyKind::envoy).cpu.law.mean_s() == Approx(60e-6));
  for (std::uint8_t leg = 0; leg < kLegKinds; ++leg)
    CHECK(network.round_trip(LegKind{leg}).what == "round trip " + std::string{name_of(LegKind{leg})});
}

TEST_CASE("the first packet of a connection walks the rules as the reference fits them", "[unit]") {
  const FirstPacketCost cost = NetworkPreset{NetworkName::aws}.first_packet();
  check_law(cost.base.law, 12.0, 37.0);
  check_law(cost.conntrack.law, 3.0, 15.0);
  check_law(cost.source_nat.law, 5.0, 20.0);
  check_law(cost.socket.law, 1.0, 2.0);
  CHECK(cost.rule_walk(0.25, 0.5, 10'000, 0) == 30us);    // 0.25^1.5 = 1/8 of 10,000 rules of 24 ns
  CHECK(cost.rule_walk(0.25, 0.5, 0, 1000) == 11'500ns);  // half of 1,000 rules of 23 ns
  CHECK(cost.rule_walk(0.25, 0.5, 10'000, 1000) == 41'500ns);
  CHECK(cost.rule_walk(0.9, 0.9, 0, 0) == 0ns);
}

TEST_CASE("the mean walk through the rules is the average of the walk over its uniforms", "[unit]") {
  const FirstPacketCost cost = NetworkPreset{NetworkName::aws}.first_packet();
  constexpr int kPoints = 1000;
  double sum_s = 0.0;
  for (int i = 0; i < kPoints; ++i) {
    const double u = (i + 0.5) / kPoints;  // midpoint rule; its error here is below 1e-6 of the value
    sum_s += to_seconds(cost.rule_walk(u, u, 20'000, 5000));
  }
  CHECK(sum_s / kPoints == Approx(cost.mean_rule_walk_s(20'000, 5000)).epsilon(1e-5));
}

TEST_CASE("the ideal network is free and assumes nothing", "[unit]") {
  const NetworkPreset ideal{NetworkName::ideal};
  for (const CostDefault& cost : all_costs(ideal)) {
    INFO(cost.what);
    CHECK(cost.law == Distribution::constant(0.0));
    CHECK_FALSE(cost.assumed);
  }
  CHECK(ideal.first_packet().rule_walk(0.5, 0.5, 10'000, 1000) == 0ns);
  CHECK_FALSE(ideal.first_packet().rules_assumed);
}

TEST_CASE("every default says where it comes from, and one whose source says assumed is flagged", "[unit]") {
  for (const NetworkName name : kNetworks) {
    for (const CostDefault& cost : all_costs(NetworkPreset{name})) {
      INFO(cost.sentence());
      CHECK_FALSE(cost.source.empty());
      CHECK(cost.assumed == (cost.source.find("assumed") != std::string::npos));
      CHECK(cost.sentence().find(cost.what) == 0);
    }
  }
}

TEST_CASE("an assumption is a sentence that a scenario can be mended with", "[unit]") {
  const NetworkPreset network{NetworkName::aws};
  CHECK(network.round_trip(LegKind::client).sentence() ==
        "round trip client = lognormal(median=30ms p99=150ms): assumed");
  CHECK(network.round_trip(LegKind::same_node).text == "lognormal(median=24us p99=80us)");
  CHECK(network.load_balancer(LoadBalancerKind::alb).text == "lognormal(median=2.5ms p99=12ms)");
  CHECK(network.proxy(ProxyKind::envoy).cpu.text == "60us");
}

TEST_CASE("networks are found by their names in the scenario", "[unit]") {
  for (const NetworkName name : kNetworks) CHECK(network_named(name_of(name)) == name);
  CHECK(name_of(NetworkName::bare_metal) == "bare-metal");
  CHECK_FALSE(network_named("bare_metal"));
}

}  // namespace towtank
