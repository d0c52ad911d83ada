#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/study/last_service.hpp"
#include "models/study/variant_run.hpp"
#include "tests/models/study/studies.hpp"

// Percentiles that few requests reach, by the law of the last service.

namespace towtank::test {
namespace {

constexpr const char* kNotKept = ", connections: {reuse: per_request}";

std::string queue_text(const std::string& pods, const std::string& traffic, const std::string& run = {}) {
  return station(pods, traffic, run.empty() ? std::vector<std::string>{} : std::vector{run}).text();
}

bool has_last_service(const std::string& text) {
  const scenario::Study study = loaded(text);
  const BuiltStudy built = build_variants(study);
  INFO(text << text_of(built.problems));
  REQUIRE(built.problems.empty());
  const model::Cluster& cluster = built.runs.front().cluster();
  const bool found = last_service(cluster, cluster.traffic.front()).has_value();
  CHECK(cluster.traffic.front().records_rest == found);
  return found;
}

const report::RareRow& rare_of(const report::Report& report, double percentile) {
  for (const report::RareRow& row : report.rare)
    if (row.percentile == percentile) return row;
  FAIL("there is no such percentile");
  return report.rare.front();
}

}  // namespace

TEST_CASE("rare percentiles of M/M/1 are those of theory, with less variance than by counting", "[statistical]") {
  // At load 0.1 most of a long stay is a long service. Sojourn: exponential with mean 1 s / 0.9.
  const std::string run =
      "run: {replications: {min: 20, max: 20}, duration: 300000s, warmup: 50s, confidence: 0.999999}";
  const auto text = [&](const char* mean) {
    return queue_text(
        std::string{"model: workers, workers: 1, serviceTime: exponential(mean="} + mean + "), queue: {limit: none}",
        std::string{"arrivals: poisson(0.1/s)"} + kNotKept, run);
  };
  const report::Report report = run_text(text("1s")), other = run_text(text("1.06s"));
  for (const double percentile : {99.9, 99.99}) {
    INFO(percentile);
    const double exact_ms = -1e3 / 0.9 * std::log1p(-percentile / 100.0);
    const report::RareRow& row = rare_of(report, percentile);
    REQUIRE(row.latency_ms.low);
    CHECK(*row.latency_ms.low <= exact_ms);
    CHECK(exact_ms <= *row.latency_ms.high);
    if (percentile == 99.9) CHECK(row.reduction.value() > 1.5);
    // The twin: pods that take 6 % longer.
    REQUIRE(rare_of(other, percentile).latency_ms.low);
    CHECK(*rare_of(other, percentile).latency_ms.low > exact_ms);
  }
}

TEST_CASE("what the rests are recorded for moves nothing", "[unit]") {
  const scenario::Study study =
      loaded(queue_text(kExponentialWorker, std::string{"arrivals: poisson(0.7/s)"} + kNotKept));
  const BuiltStudy built = build_variants(study);
  VariantRun with = built.runs.front();
  REQUIRE(with.cluster().traffic.front().records_rest);
  VariantRun without = with;
  without.built.cluster.traffic.front().records_rest = false;
  Horizon horizon;
  horizon.window = horizon.bin = 1000s;
  const ReplicationResult a = replicate_once(with, horizon, Draws{1, 0}, 0),
                          b = replicate_once(without, horizon, Draws{1, 0}, 0);
  const TrafficTotals &ours = a.traffic.front(), &theirs = b.traffic.front();
  CHECK(ours.ok == theirs.ok);
  CHECK(theirs.ok_rest.count() == 0);
  REQUIRE(ours.ok_rest.count() == ours.ok.count());
  // Without a network the rest is the wait: its longest is no longer than the longest stay, and some wait not at all.
  CHECK(ours.ok_rest.max_ns() < ours.ok.max_ns());
  CHECK(ours.ok_rest.min_ns() == 0);
}

TEST_CASE("requests that might have waited as none of them did leave a rare percentile open", "[unit]") {
  // Where a SYN is dropped that finds four workers busy, 0.03 % wait for a second: some of the 2,400 requests, or none.
  const std::string pods = "model: workers, workers: 4, serviceTime: exponential(mean=100ms), queue: {limit: 0}";
  for (const char* seed : {"1", "2", "3", "4"}) {
    const report::Report report = run_text(queue_text(
        pods, std::string{"arrivals: poisson(3/s)"} + kNotKept,
        std::string{"run: {replications: {min: 20, max: 20}, duration: 40s, warmup: 5s, seed: "} + seed + "}"));
    CHECK_FALSE(rare_of(report, 99.9).latency_ms.low);
    CHECK_FALSE(rare_of(report, 99.99).latency_ms.low);
    CHECK_FALSE(rare_of(report, 99.9).reduction);
  }
}

TEST_CASE("percentiles from p99.9 on are the same in every file", "[unit]") {
  const report::Report report =
      run_text(queue_text(kExponentialWorker, std::string{"arrivals: poisson(0.5/s)"} + kNotKept,
                          "run: {replications: {min: 20, max: 20}, duration: 300s, warmup: 20s}"));
  const double p999 = *rare_of(report, 99.9).latency_ms.value;
  for (const report::SummaryRow& row : report.summary)
    if (row.metric == "latency_p99.9") CHECK(*row.estimate.value == Approx(p999).epsilon(1e-12));
  double before = 0.0;
  for (const report::LatencyRow& row : report.latency) {
    INFO(row.percentile);
    CHECK(*row.latency_ms.value >= before);
    before = *row.latency_ms.value;
    if (std::abs(row.percentile - 99.9) < 1e-9) CHECK(*row.latency_ms.value == Approx(p999).epsilon(1e-6));
  }
}

TEST_CASE("the last service is known only where nothing else follows from it", "[unit]") {
  const std::string poisson = std::string{"arrivals: poisson(0.5/s)"} + kNotKept;
  CHECK(has_last_service(queue_text(kExponentialWorker, poisson)));
  CHECK(
      has_last_service(queue_text("model: workers, workers: 2, serviceTime: lognormal(mean=20ms p99=90ms)", poisson)));
  CHECK(has_last_service(queue_text(kExponentialWorker, "arrivals: closed(users=2 think=exponential(mean=1s))")));
  CHECK_FALSE(has_last_service(queue_text(kExponentialWorker, poisson + ", timeout: 20s")));
  CHECK_FALSE(has_last_service(queue_text("model: workers, workers: 1, serviceTime: gamma(mean=10ms cv=10)", poisson)));
  CHECK_FALSE(has_last_service(queue_text("model: workers, workers: 1, serviceTime: 900ms", poisson)));
  CHECK_FALSE(
      has_last_service(queue_text("model: processor_sharing, workers: 1, serviceTime: exponential(mean=1s)", poisson)));
  CHECK_FALSE(
      has_last_service(queue_text("model: event_loop, serviceTime: exponential(mean=1s), cpu: 100ms", poisson)));
}

}  // namespace towtank::test
