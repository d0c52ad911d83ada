#include "models/cluster/network_presets.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>

namespace towtank {
namespace {

/// A line of the tables below: a lognormal law by its median and p99, both in microseconds.
struct Line {
  const char* what;
  double median_us;
  double p99_us;
  bool assumed;
  const char* source;
};

// In the order of the enumerators. One-way times of the first two are doubled by `round_trip`.
constexpr std::array<Line, kLegKinds> kLegs{{
    {"round trip loopback", 10.0, 30.0, true, "assumed"},
    {"round trip sameNode", 12.0, 40.0, true,
     "one way about 9 us through a bridge by qperf (yangwwei.github.io, Docker network tests, 2017), rounded up for a "
     "second virtual interface; p99 assumed"},
    {"round trip sameZone", 200.0, 600.0, true,
     "0.26 to 0.41 ms measured on EC2 (orensol.com, 2009), lowered for today's network cards; p99 assumed"},
    {"round trip crossZone", 800.0, 2000.0, true,
     "0.94 to 1.13 ms (orensol.com, 2009), mean 0.82 ms (lukasliesis, 2022), 0.25 to 3.37 ms over all pairs of zones "
     "(xkyle.com): the pair matters; p99 assumed"},
    {"round trip client", 30'000.0, 150'000.0, true, "assumed"},
}};

constexpr std::array<Line, 6> kLoadBalancers{{
    {"nlb, each direction", 60.0, 400.0, true, "10 to 100 us by a blog (rikkisnah.github.io); p99 assumed"},
    {"alb, latency added", 2500.0, 12'000.0, true, "assumed; the same blog says about 5 ms in all"},
    {"gclb, each direction", 3000.0, 15'000.0, true, "assumed"},
    {"gclb-passthrough, each direction", 30.0, 200.0, true, "assumed"},
    {"azure-slb, each direction", 30.0, 200.0, true, "assumed"},
    {"metallb, each direction", 0.0, 0.0, false, "the node's kernel forwards; no machine in between"},
}};

constexpr std::array<Line, 5> kProxyLatencies{{
    {"nginx, latency added", 150.0, 1000.0, true, "assumed"},
    {"ingress-nginx, latency added", 250.0, 2000.0, true, "assumed"},
    {"haproxy, latency added", 120.0, 1000.0, true,
     "160 us at low load and 560 us near saturation, round trip of the test included (haproxy.com, two million "
     "requests "
     "a second); median and p99 assumed"},
    {"envoy, latency added", 300.0, 2000.0, true, "assumed; the project declines to publish a figure"},
    {"traefik, latency added", 400.0, 3000.0, true, "assumed"},
}};

// Constant: the spread of a request's work in a proxy is not published.
constexpr std::array<Line, 5> kProxyWork{{
    {"nginx, CPU of a request", 25.0, 25.0, true,
     "74,091 static answers of 1 kB a second and core (F5 sizing table); that forwarding halves it is assumed"},
    {"ingress-nginx, CPU of a request", 50.0, 50.0, true, "assumed"},
    {"haproxy, CPU of a request", 16.0, 16.0, false,
     "64,000 requests a second and thread: 1.03 million on 16 threads of 8 cores (haproxy.com)"},
    {"envoy, CPU of a request", 60.0, 60.0, true, "assumed"},
    {"traefik, CPU of a request", 80.0, 80.0, true, "assumed"},
}};

constexpr Line kFirstPacketBase{"kube-proxy, first packet of a connection", 12.0, 37.0, false,
                                "fit to the nftables percentiles of Kubernetes KEP-3866"};
constexpr Line kConntrack{"new conntrack entry", 3.0, 15.0, true, "assumed"};
constexpr Line kSourceNat{"source NAT of a connection", 5.0, 20.0, true, "assumed"};
constexpr Line kSocket{"Cilium, connect() of a caller in the cluster", 1.0, 2.0, true, "assumed"};
constexpr const char* kIdealSource = "the ideal network is free";
constexpr const char* kRulesSource =
    "iptables, 24 ns a Service fitted to Kubernetes KEP-3866; 23 ns an endpoint assumed from the same slope";

constexpr std::array<std::string_view, 5> kNetworkNames{"aws", "gcp", "azure", "bare-metal", "ideal"};

std::string duration_text(double us) {
  return us < 1000.0 ? fmt::format("{}us", us) : fmt::format("{}ms", us / 1000.0);
}

/// @param scale 2 makes a round trip of one way
CostDefault cost_of(const Line& line, NetworkName network, double scale = 1.0) {
  if (network == NetworkName::ideal)
    return {line.what, Distribution::constant(0.0), duration_text(0.0), false, kIdealSource};
  const double median_us = scale * line.median_us;
  const double p99_us = scale * line.p99_us;
  if (p99_us == median_us)
    return {line.what, Distribution::constant(median_us * 1e-6), duration_text(median_us), line.assumed, line.source};
  return {line.what, Distribution::lognormal_median_p99(median_us * 1e-6, p99_us * 1e-6),
          fmt::format("lognormal(median={} p99={})", duration_text(median_us), duration_text(p99_us)), line.assumed,
          line.source};
}

template <std::size_t size, class Kind>
const Line& line_of(const std::array<Line, size>& table, Kind kind) {
  return table[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string CostDefault::sentence() const { return what + " = " + text + ": " + source; }

std::string_view name_of(NetworkName name) { return kNetworkNames[static_cast<std::size_t>(name)]; }

std::optional<NetworkName> network_named(std::string_view name) {
  for (std::size_t i = 0; i < kNetworkNames.size(); ++i)
    if (kNetworkNames[i] == name) return static_cast<NetworkName>(i);
  return std::nullopt;
}

Duration FirstPacketCost::rule_walk(double service_u, double endpoint_u, std::int64_t services,
                                    std::int64_t endpoints) const {
  // u^1.5 as u * sqrt(u): sqrt is exact to the last bit everywhere, pow is not.
  const double services_s = service_u * std::sqrt(service_u) * static_cast<double>(services) * service_rule_s;
  return from_seconds(services_s + endpoint_u * static_cast<double>(endpoints) * endpoint_rule_s);
}

double FirstPacketCost::mean_rule_walk_s(std::int64_t services, std::int64_t endpoints) const {
  return 0.4 * static_cast<double>(services) * service_rule_s + 0.5 * static_cast<double>(endpoints) * endpoint_rule_s;
}

CostDefault NetworkPreset::round_trip(LegKind leg) const {
  const bool is_one_way = leg == LegKind::loopback || leg == LegKind::same_node;
  return cost_of(line_of(kLegs, leg), name_, is_one_way ? 2.0 : 1.0);
}

CostDefault NetworkPreset::load_balancer(LoadBalancerKind kind) const {
  return cost_of(line_of(kLoadBalancers, kind), name_);
}

FirstPacketCost NetworkPreset::first_packet() const {
  FirstPacketCost cost{.base = cost_of(kFirstPacketBase, name_),
                       .conntrack = cost_of(kConntrack, name_),
                       .source_nat = cost_of(kSourceNat, name_),
                       .socket = cost_of(kSocket, name_),
                       .service_rule_s = 24e-9,
                       .endpoint_rule_s = 23e-9,
                       .rules_assumed = true,
                       .rules_source = kRulesSource};
  if (name_ != NetworkName::ideal) return cost;
  cost.service_rule_s = cost.endpoint_rule_s = 0.0;
  cost.rules_assumed = false;
  cost.rules_source = kIdealSource;
  return cost;
}

ProxyCost NetworkPreset::proxy(ProxyKind kind) const {
  return {cost_of(line_of(kProxyLatencies, kind), name_), cost_of(line_of(kProxyWork, kind), name_)};
}

}  // namespace towtank
