#pragma once

#include <cmath>
#include <string>

#include "models/world/report.hpp"

/// Reports as a study would give them, with made-up numbers.
namespace towtank::tool::test {

inline report::Estimate estimate(double value, double half) { return {value, value - half, value + half}; }

inline void add_metric(report::Report& report, const std::string& variant, const std::string& metric,
                       const std::string& unit, report::Estimate value, const std::string& verdict = "baseline",
                       const std::string& traffic = "api") {
  report.summary.push_back({variant, traffic, metric, unit, value, 20, 720000, verdict});
}

/// One variant's rows. @param factor  stretches its latencies
inline void add_variant(report::Report& report, const std::string& variant, double factor, double errors,
                        double second_hop) {
  const auto latency = [&](const char* metric, double ms, double half) {
    add_metric(report, variant, metric, "ms", estimate(ms * factor, half));
  };
  latency("latency_mean", 23.12, 0.204);
  latency("latency_p50", 20.13, 0.11);
  latency("latency_p90", 44.9, 0.41);
  latency("latency_p95", 58.8, 0.66);
  latency("latency_p99", 91.24, 1.12);
  add_metric(report, variant, "latency_p99.9", "ms", {180.0 * factor, std::nullopt, std::nullopt});
  latency("latency_all_p99", 95.0, 1.2);
  add_metric(report, variant, "throughput", "1/s", estimate(600.3 * (1 - errors), 1.5));
  add_metric(report, variant, "error_rate", "1", estimate(errors, errors / 10));
  add_metric(report, variant, "second_hop_share", "1", estimate(second_hop, second_hop / 100));
  add_metric(report, variant, "endpoint_max_over_mean", "1", estimate(1.0 + 0.3 * (1 - second_hop), 0.01));
  add_metric(report, variant, "utilization_max", "1", estimate(0.61, 0.01));
  for (int i = 0; i < 4; ++i) {
    report::EndpointRow row;
    row.variant = variant;
    row.endpoint = "shop-" + std::to_string(i);
    row.node = "worker-" + std::to_string(i % 2);
    row.zone = i % 2 == 0 ? "a" : "b";
    row.requests_share = estimate(0.25, 0.002);
    row.relative_load = estimate(1.0 + 0.1 * (i - 1.5) * factor, 0.02);
    row.utilization = estimate(0.5 + 0.03 * i, 0.004);
    row.queue_mean = estimate(0.42, 0.01);
    row.wait_mean_ms = estimate(3.21, 0.05);
    row.sojourn_mean_ms = estimate(23.2, 0.2);
    row.errors = estimate(0, 0);
    report.endpoints.push_back(row);
  }
  for (int i = 0; i <= 100; ++i) {
    const double percentile = 100.0 * (1.0 - std::pow(10.0, -i / 25.0));
    const double ms = factor * (8.0 + 18.0 * i / 25.0);
    report::Estimate value = estimate(ms, 0.1 + 0.0006 * i * i);
    if (i > 90) value.low = value.high = std::nullopt;
    report.latency.push_back({variant, "api", percentile, value});
  }
}

/// Cluster (baseline), Local (worse), and one that is over capacity.
inline report::Report shop_report() {
  report::Report report;
  report.scenario = "shop";
  report.seed = 7;
  report.variants = {"Cluster", "Local", "Local replicas=2"};
  add_variant(report, "Cluster", 1.0, 0.0, 0.75);
  add_variant(report, "Local", 1.0707, 0.0, 0.0);
  add_metric(report, "Local", "latency_mean_diff", "ms", {-0.6, -0.71, -0.49}, "better");
  add_metric(report, "Local", "latency_p99_diff", "ms", {6.45, 6.3, 6.6}, "worse");
  add_metric(report, "Local replicas=2", "latency_mean", "ms", {}, "unstable");
  const auto note = [&](const char* variant, const char* state, double headroom, const char* bottleneck) {
    report::VariantNote one;
    one.variant = variant;
    one.state = state;
    one.replications = 20;
    one.warmup_s = 4.5;
    one.duration_s = 60;
    one.headroom = headroom;
    one.bottleneck = bottleneck;
    one.fingerprint = "9f86d081884c7d65";
    report.notes.push_back(one);
  };
  note("Cluster", "steady", 1.63, "Deployment/shop pod shop-0 on worker-0");
  note("Local", "steady", 1.254, "Deployment/shop pod shop-3 on worker-1");
  note("Local replicas=2", "unstable", 0.8333, "Deployment/shop pod shop-1 on worker-1");
  using Status = report::ObjectiveResult::Status;
  report.objectives = {{"api p99 < 250ms", "Cluster", Status::met, {91.24, 90.12, 92.36}},
                       {"api p99 < 95ms", "Local", Status::missed, {97.69, 96.57, 98.81}},
                       {"api availability > 99.9%", "Local", Status::undecided, {0.99905, 0.9988, 0.9993}}};
  report.assumptions = {"Deployment/shop serves with 8 workers (models/SOURCES.md 7.6)",
                        "kube-proxy takes 20 us per packet"};
  report.ignored = report.ignored_summary = {"HorizontalPodAutoscaler/shop: behavior"};
  report.warnings = {"NodePort 30904 is open on all nodes, also those without a pod"};
  return report;
}

}  // namespace towtank::tool::test
