#include <catch2/catch.hpp>
#include <cmath>
#include <string>

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
  const auto md1_wait_ms = [](double rate_per_s, double service_s) {
    const double load = rate_per_s * service_s;
    return 1e3 * load * service_s / (2.0 * (1.0 - load));
  };
  const auto wait = [&](const std::string& variant) {
    for (const report::HopRow& one : report.hops)
      if (one.variant == variant && one.kind == "ingress") return one.wait_mean_ms;
    FAIL("no ingress hop of " + variant);
    return report::Estimate{};
  };
  CHECK(agrees(report, wait("one worker"), md1_wait_ms(2300.0, 350e-6), 3));
  CHECK(agrees(report, wait("two workers"), md1_wait_ms(1150.0, 350e-6), 3));
  CHECK(agrees(report, wait("two replicas"), md1_wait_ms(1150.0, 350e-6), 3));
  CHECK_FALSE(agrees(report, wait("one worker"), md1_wait_ms(2300.0, 340e-6), 3));  // the twin
  CHECK(*note(report, "one worker").headroom == Approx(1.0 / (2300.0 * 350e-6)).epsilon(1e-9));
  CHECK(row(report, "keep-alive", "latency_mean_diff").verdict == "better");
  CHECK(*row(report, "keep-alive", "utilization_max").estimate.value < 0.15);
  CHECK(report.warnings.empty());
}

}  // namespace towtank::test
