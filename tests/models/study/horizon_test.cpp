#include <catch2/catch.hpp>
#include <string>

#include "tests/models/study/studies.hpp"

/// How long a study runs when nobody says, and what it says when that is too short.
namespace towtank::test {
namespace {

constexpr const char* kWithoutReuse = ", connections: {reuse: per_request}";

report::Report at_load(const std::string& load, const std::string& run) {
  return run_text(station(kExponentialWorker, "arrivals: poisson(" + load + "/s)" + kWithoutReuse, {run}).text());
}

const report::SummaryRow& p99_of(const report::Report& report) {
  for (const report::SummaryRow& row : report.summary)
    if (row.metric == "latency_p99") return row;
  FAIL("no p99");
  return report.summary.front();
}

std::string warnings_of(const report::Report& report) {
  std::string all;
  for (const std::string& warning : report.warnings) all += warning + '\n';
  return all;
}

}  // namespace

TEST_CASE("a study of no given length runs until p99 has an interval", "[statistical][slow]") {
  const report::Report report = at_load("0.8", "run: {}");
  CHECK(report.notes[0].duration_s > 25'000.0);  // 20,000 requests, with which it has none
  CHECK(p99_of(report).estimate.low);
  CHECK(warnings_of(report).find("unresolved") == std::string::npos);
}

TEST_CASE("a length that was given stays, and the one is told that p99 would need", "[statistical]") {
  const report::Report shorter = at_load("0.8", "run: {duration: 10000s, warmup: 1000s}");
  CHECK(shorter.notes[0].duration_s == 10'000.0);
  CHECK_FALSE(p99_of(shorter).estimate.low);
  const std::string told = warnings_of(shorter);
  INFO(told);
  const std::string before =
      "p99 of jobs is unresolved, too few independent requests are beyond it: a duration of about ";
  const std::size_t at = told.find(before);
  REQUIRE(at != std::string::npos);
  const std::string duration_s = std::to_string(std::stol(told.substr(at + before.size())));
  CHECK(p99_of(at_load("0.8", "run: {warmup: 1000s, duration: " + duration_s + "s}")).estimate.low);
}

TEST_CASE("a study that p99 would make too long keeps its length, and says so", "[statistical][slow]") {
  const report::Report report = at_load("0.985", "run: {}");
  CHECK_FALSE(p99_of(report).estimate.low);
  CHECK(warnings_of(report).find("p99 of jobs is unresolved") != std::string::npos);
}

TEST_CASE("an overloaded station whose requests leave warms up for as long as they wait, not for a queue without end",
          "[statistical]") {
  const auto warmup_s = [](const std::string& bound) {
    const std::string pod = "model: workers, workers: 10, serviceTime: exponential(mean=1s), " + bound;
    const std::string load = "arrivals: poisson(11/s)" + std::string{kWithoutReuse};
    return run_text(station(pod, load, {"run: {duration: 200s, replications: {min: 20, max: 20}}"}).text()).notes[0].warmup_s;
  };
  CHECK(warmup_s("queue: {limit: none}, queueTimeout: exponential(mean=5s)") <= 200.0);
  CHECK(warmup_s("queue: {limit: 20, whenFull: 503}") <= 300.0);
}

}  // namespace towtank::test
