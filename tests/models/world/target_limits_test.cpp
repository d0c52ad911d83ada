#include <catch2/catch.hpp>
#include <string>

#include "models/analytic/queues.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/reference_checks.hpp"

// A proxy that lets each pod have one request at a time is one queue in front of all of them: M/M/c, M/M/c+D.

namespace towtank::test {
namespace {

struct Limited {
  int pods = 4;
  std::string balance, rate = "3.2", queue = "{limit: none}", leg = "";
  std::string client = "";
};

report::Report run_limited(const Limited& given) {
  PlainFiles disk;
  const Result<std::string> station = disk.read(std::string{TOWTANK_SOURCE_DIR} + "/tests/oracle/manifests/station.yaml");
  REQUIRE(station);
  const std::string text =
      "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: limited}\nspec:\n"
      "  resources: [station.yaml]\n"
      "  cluster: {nodePools: [{name: worker, count: 4}], network: {preset: ideal" + given.leg + "}}\n"
      "  edge: [{name: lb, kind: haproxy, service: station, targets: ip, balance: " + given.balance + "}]\n"
      "  pods: {Deployment/station: {model: workers, workers: 1, serviceTime: exponential(mean=1s), queue: " + given.queue + "}}\n"
      "  traffic: [{name: jobs, to: \"http://lb/\", arrivals: poisson(" + given.rate + "/s), connections: {reuse: per_request}" + given.client + "}]\n"
      "  variants: [{name: all, set: {\"Deployment/station:spec.replicas\": " + std::to_string(given.pods) + "}}]\n"
      "  run: {duration: 20000s, warmup: 500s, seed: 31, replications: {min: 20, max: 20}}\n";
  MemoryFiles files{{{"scenario.yaml", text}, {"station.yaml", *station}}};
  const Result<scenario::Study> study = scenario::load_study("scenario.yaml", files, {});
  INFO((study ? "" : told(study.error())));
  REQUIRE(study);
  SerialExecutor executor;
  SilentProgress silence;
  Result<report::Report> report = run_study(*study, executor, silence);
  INFO((report ? "" : told(report.error())));
  REQUIRE(report);
  return *report;
}

/// Standard errors between an estimate and the truth; the interval's wider side counts.
double off(const report::Estimate& ours, double truth, const report::Report& report) {
  REQUIRE(ours.low);
  const double side = std::max(*ours.high - *ours.value, *ours.value - *ours.low);
  return std::abs(*ours.value - truth) * two_sided_t(20, report.confidence) / side;
}

double limit() { return two_sided_t(20, 1.0 - kReferenceFalseAlarm); }

report::Estimate edge_wait_s(const report::Report& report) {
  for (const report::HopRow& row : report.hops)
    if (row.hop == "lb") return scaled(row.wait_mean_ms, 1e-3);
  return {};
}

}  // namespace

TEST_CASE("pods that take one request at a time behind a proxy's queue are M/M/4", "[statistical]") {
  const double wait_s = analytic::mean_wait_mmc_s(3.2, 1.0, 4);
  for (const char* algorithm : {"roundrobin", "leastconn", "first"}) {
    INFO(algorithm);
    const report::Report report = run_limited({.balance = std::string{"{name: "} + algorithm + ", maxconn: 1, timeout_queue: 1h}"});
    const report::Estimate mean = measured(report, report.variants.front(), "sojourn.mean", 0.0);
    CHECK(off(mean, 1.0 + wait_s, report) < limit());
    CHECK(off(edge_wait_s(report), wait_s, report) < limit());  // all of the wait is in the proxy
    CHECK(report.notes.front().state == "steady");
    CHECK(*report.notes.front().headroom == Approx(1.25));
  }
  // The twin: two at a time wait in pods while others idle.
  const report::Report two = run_limited({.balance = "{name: roundrobin, maxconn: 2, timeout_queue: 1h}"});
  CHECK(off(measured(two, two.variants.front(), "sojourn.mean", 0.0), 1.0 + wait_s, two) > limit());
}

TEST_CASE("a random choice with a limit is no better than one queue, and better than a random choice without", "[statistical]") {
  const report::Report limited = run_limited({.balance = "{name: random, draws: 1, maxconn: 1, timeout_queue: 1h}"}),
                       open = run_limited({.balance = "{name: random, draws: 1}"});
  const report::Estimate ours = measured(limited, limited.variants.front(), "sojourn.mean", 0.0),
                         without = measured(open, open.variants.front(), "sojourn.mean", 0.0);
  CHECK(*ours.low > 1.0 + analytic::mean_wait_mmc_s(3.2, 1.0, 4));
  CHECK(*ours.high < *without.low);
}

TEST_CASE("a limit of places and a time to wait for one are M/M/8+D in overload", "[statistical]") {
  const ReferenceCase reference = reference_case("oracle", "timeout-det-c8-rho112");
  const report::Report report = run_limited({.pods = 8, .balance = "{name: leastconn, maxconn: 1, timeout_queue: 1s}", .rate = "9"});
  const std::string& variant = report.variants.front();
  CHECK(report.notes.front().state == "saturated");
  int checked = 0;
  for (const Quantity& quantity : reference.quantities)
    for (const char* metric : {"sojourn_served.mean", "sojourn_served.p50", "sojourn_served.p99", "throughput", "abandon.prob"})
      if (quantity.metric == metric) {
        INFO(metric);
        CHECK(off(measured(report, variant, metric, 0.0), quantity.value, report) < limit());
        ++checked;
      }
  CHECK(checked == 5);
  const report::Report longer = run_limited({.pods = 8, .balance = "{name: leastconn, maxconn: 1, timeout_queue: 1100ms}", .rate = "9"});
  CHECK(off(measured(longer, longer.variants.front(), "abandon.prob", 0.0), 0.143650745647791, longer) > limit());
}

TEST_CASE("a place also holds the way to the pod and back, which may leave too few of them", "[statistical]") {
  // 3.2 requests of 1 s and 0.5 s on the way: 4.8 are there in the mean, for four places.
  const Limited far{.balance = "{name: leastconn, maxconn: 1, timeout_queue: 1s}", .leg = ", sameZone: 500ms"};
  const report::Report report = run_limited(far);
  CHECK(report.notes.front().state == "saturated");
  CHECK(report.notes.front().bottleneck == "edge lb (maxconn)");
  CHECK(*report.notes.front().headroom == Approx(1.0 / 1.2));
  bool is_told = false;
  for (const std::string& warning : report.warnings) is_told = is_told || warning.find("120 % of the requests that `maxconn` lets") != std::string::npos;
  CHECK(is_told);
  const report::Report two = run_limited({.balance = "{name: leastconn, maxconn: 2, timeout_queue: 1s}", .leg = far.leg});
  CHECK(two.notes.front().state == "steady");
}

}  // namespace towtank::test
