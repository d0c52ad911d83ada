#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/analytic/queues.hpp"
#include "models/study/estimate.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/reference_checks.hpp"

// A proxy that lets each pod have one request at a time is one queue in front of all of them: M/M/c, M/M/c+D.

namespace towtank::test {
namespace {

struct Limited {
  int pods = 4;
  std::string balance, rate = "3.2", queue = "{limit: none}", leg = "", client = "";
  std::string network = "ideal", service = "exponential(mean=1s)", duration = "5000s";
};

Result<scenario::Study> limited_study(const Limited& given, MemoryFiles& files) {
  PlainFiles disk;
  const Result<std::string> station = disk.read(std::string{TOWTANK_SOURCE_DIR} + "/tests/oracle/manifests/station.yaml");
  REQUIRE(station);
  const std::string text =
      "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: limited}\nspec:\n"
      "  resources: [station.yaml]\n"
      "  cluster: {nodePools: [{name: worker, count: 4}], network: {preset: " + given.network + given.leg + "}}\n"
      "  edge: [{name: lb, kind: haproxy, service: station, targets: ip, balance: " + given.balance + "}]\n"
      "  pods: {Deployment/station: {model: workers, workers: 1, serviceTime: " + given.service + ", queue: " + given.queue + "}}\n"
      "  traffic: [{name: jobs, to: \"http://lb/\", arrivals: poisson(" + given.rate + "/s), connections: {reuse: per_request}" + given.client + "}]\n"
      "  variants: [{name: all, set: {\"Deployment/station:spec.replicas\": " + std::to_string(given.pods) + "}}]\n"
      "  run: {duration: " + given.duration + ", warmup: 100s, seed: 31, replications: {min: 20, max: 20}}\n";
  files = MemoryFiles{{{"scenario.yaml", text}, {"station.yaml", *station}}};
  return scenario::load_study("scenario.yaml", files, {});
}

report::Report run_limited(const Limited& given) {
  MemoryFiles files;
  return run_loaded(limited_study(given, files));
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

/// Share of each pod, in closed form; of the first pod four times as slow as the others.
std::vector<double> shares_of(const std::string& balance, const std::string& rate, std::string& state) {
  MemoryFiles files;
  const Result<scenario::Study> study = limited_study({.balance = balance, .rate = rate, .queue = "{limit: none}, slow: {pod: 0, factor: 4}"}, files);
  REQUIRE(study);
  const Result<StudyEstimate> made = estimate_study(*study);
  REQUIRE(made);
  state = made->variants.front().state;
  std::vector<double> shares;
  for (const PodEstimate& pod : made->variants.front().traffic.front().pods) shares.push_back(pod.requests_share.value_or(-1.0));
  return shares;
}

}  // namespace

TEST_CASE("pods get their turns up to what they can take, and what is over goes to the others", "[unit]") {
  const auto near = [](const std::vector<double>& shares, const std::vector<double>& expected) {
    REQUIRE(shares.size() == expected.size());
    for (std::size_t i = 0; i < shares.size(); ++i) CHECK(shares[i] == Approx(expected[i]).epsilon(1e-9).margin(1e-12));
  };
  std::string state;
  near(shares_of("{name: roundrobin, maxconn: 4}", "0.8", state), {0.25, 0.25, 0.25, 0.25});
  const double slow = 0.25 / 2.4, others = (1.0 - slow) / 3.0;
  near(shares_of("{name: roundrobin, maxconn: 4}", "2.4", state), {slow, others, others, others});
  CHECK(state == "steady");  // the slow one has all it can take, and the others the rest
  near(shares_of("{name: roundrobin, maxconn: 1000000000}", "2.4", state), {0.25, 0.25, 0.25, 0.25});  // no server has so many
  CHECK(state == "unstable");
  near(shares_of("{name: source, maxconn: 4}", "2.4", state), {0.25, 0.25, 0.25, 0.25});
  CHECK(state == "saturated");  // what is for the slow one waits for it
  near(shares_of("{name: roundrobin, maxconn: 4}", "3.9", state), {0.25 / 3.25, 1.0 / 3.25, 1.0 / 3.25, 1.0 / 3.25});
  CHECK(state == "saturated");
  const double first = 0.25 / 1.5, next = 1.0 / 1.5;
  near(shares_of("{name: first, maxconn: 1}", "1.5", state), {first, next, 1.0 - first - next, 0.0});
  near(shares_of("first", "0.1", state), {1.0, 0.0, 0.0, 0.0});
  near(shares_of("{name: leastconn, maxconn: 2}", "1.3", state), {0.25 / 3.25, 1.0 / 3.25, 1.0 / 3.25, 1.0 / 3.25});
}

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
  const report::Report longer = run_limited({.pods = 8, .balance = "{name: leastconn, maxconn: 1, timeout_queue: 1300ms}", .rate = "9"});
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
  // What the proxy itself takes is on the way, too: headroom knows it as the hop's own delay says.
  const report::Report slow = run_limited(
      {.balance = "{name: leastconn, maxconn: 1}", .rate = "1000", .leg = ", sameZone: 0ms", .network = "aws", .service = "constant(1ms)", .duration = "20s"});
  for (const report::HopRow& row : slow.hops) {
    if (row.hop != "lb") continue;
    CHECK(*slow.notes.front().headroom <= 4.0 / (1000.0 * (1.0 + *row.delay_mean_ms.low) * 1e-3));
    CHECK(*slow.notes.front().headroom >= 4.0 / (1000.0 * (1.0 + *row.delay_mean_ms.high) * 1e-3));
    CHECK(*row.delay_mean_ms.low > 0.05);
  }
}

}  // namespace towtank::test
