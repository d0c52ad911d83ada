#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/analytic/queues.hpp"
#include "models/stations/reference_queue.hpp"
#include "models/study/theory.hpp"
#include "sim/stats/control.hpp"
#include "tests/models/study/studies.hpp"

// The queue that runs beside the pods as a control of mean latencies.

namespace towtank::test {
namespace {

constexpr double kFalseAlarmOfTest = 1e-6;
constexpr int kPods = 8;
constexpr double kLoad = 0.9;

/// A web server that joins the shortest of eight queues.
struct Pool {
  std::string balance = "least_conn";
  std::string pods = kExponentialWorker;
  std::string traffic = "arrivals: poisson(7.2/s), connections: {reuse: per_request}";
  std::string edge = "kind: nginx, service: station";
  std::vector<std::string> further{};

  std::string text() const {
    ScenarioText made = station(pods, traffic, {"run: {duration: 20000s, warmup: 2000s, replications: {min: 20, max: 20}}"});
    made.documents[0] = deployment("station", kPods);
    made.edges = {"{name: web, " + edge + ", balance: " + balance + "}"};
    made.traffic[0].replace(made.traffic[0].find("http://station/"), 15, "http://web/");
    made.spec.insert(made.spec.end(), further.begin(), further.end());
    return made.text();
  }

  struct Built {
    scenario::Study study;  ///< to which the run points
    VariantRun run;
  };

  Built built() const {
    Built made{loaded(text()), {}};
    BuiltStudy runs = build_variants(made.study);
    INFO(text() << text_of(runs.problems));
    REQUIRE(runs.problems.empty());
    made.run = std::move(runs.runs.front());
    return made;
  }
};

bool has_reference(const Pool& pool) {
  const Pool::Built built = pool.built();
  const VariantRun& run = built.run;
  const bool found = coupled_reference(run, 0).has_value();
  CHECK(found == std::any_of(run.cluster().workloads.begin(), run.cluster().workloads.end(),
                             [](const model::Workload& each) { return each.has_reference; }));
  return found;
}

/// What the replications of a pool saw.
struct Seen {
  Seen(const VariantRun& run, std::size_t replications, std::uint32_t seed) {
    Horizon horizon;
    horizon.warmup = 1000s;
    horizon.window = horizon.bin = 3000s;
    for (std::uint32_t r = 0; r < replications; ++r) {
      const ReplicationResult result = replicate_once(run, horizon, Draws{seed, r}, r);
      means_s.push_back(result.traffic[0].ok_sum.mean_ns() * 1e-9);
      stays_s.push_back(result.reference[0].mean_ns() * 1e-9);
    }
  }
  std::vector<double> means_s, stays_s;
};

double reduction_of(const Seen& seen, double expected_s) {
  const std::array<Control, 1> control{Control{seen.stays_s, expected_s}};
  return controlled_mean(seen.means_s, control, 0.95).reduction;
}

}  // namespace

TEST_CASE("a reference queue of two servers by hand", "[unit]") {
  ReferenceQueue queue{2, 1};
  const auto pass = [&](std::int64_t at_s, std::int64_t work_s) { return queue.pass(Time{} + at_s * 1s, work_s * 1s); };
  CHECK(pass(0, 5) == 5s);
  CHECK(pass(1, 1) == 1s);
  CHECK(pass(2, 3) == 3s);  // the second server is free again
  CHECK(pass(3, 1) == 3s);  // both are busy until 5
  CHECK(pass(3, 2) == 4s);  // behind the job of 2
  CHECK(pass(20, 0) == 0s);
  CHECK(queue.sojourns()[0].count() == 0);
  queue.measure(0, 3s);
  queue.measure(0, 5s);
  CHECK(queue.sojourns()[0].mean_ns() == 4e9);
}

TEST_CASE("the reference queue beside eight pods is M/M/8, whoever deals the requests out", "[statistical][slow]") {
  for (const char* balance : {"least_conn", "random", "round_robin"}) {
    const Pool::Built built = Pool{.balance = balance}.built();
    const VariantRun& run = built.run;
    const std::optional<CoupledReference> reference = coupled_reference(run, 0);
    REQUIRE(reference);
    CHECK(reference->model == "M/M/8");
    CHECK(reference->mean_s == Approx(1.0 + analytic::mean_wait_mmc_s(kLoad * kPods, 1.0, kPods)));
    const Seen seen{run, 60, 5};
    const Interval stays = mean_interval(seen.stays_s, 1.0 - kFalseAlarmOfTest / 3);
    INFO(balance << " " << stays.low << " " << stays.high << " " << reference->mean_s);
    CHECK(stays.low <= reference->mean_s);
    CHECK(reference->mean_s <= stays.high);
    // The twin: the queue of 1.4 % more arrivals is another one.
    CHECK(1.0 + analytic::mean_wait_mmc_s(7.3, 1.0, kPods) > stays.high);
  }
}

TEST_CASE("arrivals and work are the same for the reference queue, whichever balancer deals them out", "[unit]") {
  const Pool::Built joining = Pool{}.built(), random = Pool{.balance = "random"}.built();
  const Seen by_load{joining.run, 2, 9}, by_chance{random.run, 2, 9};
  CHECK(by_load.stays_s == by_chance.stays_s);
  CHECK(by_load.means_s != by_chance.means_s);
}

TEST_CASE("a reference queue moves nothing", "[unit]") {
  const Pool::Built built = Pool{}.built();
  const VariantRun& with = built.run;
  VariantRun without = with;
  for (model::Workload& workload : without.built.cluster.workloads) workload.has_reference = false;
  Horizon horizon;
  horizon.window = horizon.bin = 500s;
  const ReplicationResult a = replicate_once(with, horizon, Draws{3, 0}, 0), b = replicate_once(without, horizon, Draws{3, 0}, 0);
  CHECK(a.traffic[0].ok == b.traffic[0].ok);
  CHECK(a.events == b.events);
  CHECK(a.reference[0].count() == a.traffic[0].offered);
  CHECK(b.reference[0].count() == 0);
}

TEST_CASE("the coupled M/M/8 takes the variance of joining the shortest queue down by 1.8 and more", "[statistical]") {
  const Pool::Built built = Pool{}.built();
  const VariantRun& run = built.run;
  Seen seen{run, 60, 6};
  const double expected_s = coupled_reference(run, 0)->mean_s;
  const double reduction = reduction_of(seen, expected_s);
  CHECK(reduction >= 1.8);
  // The twin: the queue of the replication before tells nothing of this one.
  std::rotate(seen.stays_s.begin(), seen.stays_s.begin() + 1, seen.stays_s.end());
  CHECK(reduction_of(seen, expected_s) < 1.8);
}

TEST_CASE("a report has the reference queue beside the load, and the interval is narrower", "[statistical][slow]") {
  const report::Report report = run_text(Pool{}.text());
  REQUIRE(report.controls.size() == 1);
  const report::ControlRow& row = report.controls[0];
  CHECK(row.reference == "M/M/8");
  REQUIRE(row.reference_expected_ms);
  CHECK(*row.reference_expected_ms == Approx(1e3 * (1.0 + analytic::mean_wait_mmc_s(kLoad * kPods, 1.0, kPods))));
  CHECK(row.reduction >= 1.8);
}

TEST_CASE("there is a reference queue only where its law is known", "[unit]") {
  CHECK(has_reference({}));
  CHECK(has_reference({.balance = "random"}));
  // Service times of another law, pods that limit or share, kept connections, who gives up or comes again.
  CHECK_FALSE(has_reference({.pods = "model: workers, workers: 1, serviceTime: 900ms, queue: {limit: none}"}));
  CHECK_FALSE(has_reference({.pods = "model: processor_sharing, workers: 1, serviceTime: exponential(mean=1s), queue: {limit: none}"}));
  CHECK_FALSE(has_reference({.pods = "model: workers, workers: 1, serviceTime: exponential(mean=1s), queue: {limit: 5, whenFull: 503}"}));
  CHECK_FALSE(has_reference({.traffic = "arrivals: poisson(7.2/s), connections: {reuse: keepalive}, clients: 10"}));
  CHECK_FALSE(has_reference({.traffic = "arrivals: poisson(7.2/s), connections: {reuse: per_request}, timeout: 10s"}));
  CHECK_FALSE(has_reference({.traffic = "arrivals: deterministic(7.2/s), connections: {reuse: per_request}"}));
  CHECK_FALSE(has_reference({.traffic = "arrivals: closed(users=8 think=exponential(mean=1s)), connections: {reuse: per_request}"}));
}

}  // namespace towtank::test
