#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "tests/models/study/studies.hpp"

/// What a study states of its own numbers: nothing unresolved is printed as a figure, and what must add up does.
namespace towtank::test {
namespace {

const char* const kMetrics[] = {"latency_mean",           "latency_p50",      "latency_p90",       "latency_p95",
                                "latency_p99",            "latency_p99.9",    "latency_all_p99",   "throughput",
                                "offered",                "error_rate",       "availability",      "second_hop_share",
                                "cross_zone_bytes",       "cost_per_month",   "endpoint_max_over_mean",
                                "utilization_max",        "latency_mean_diff", "latency_p99_diff"};

const report::SummaryRow* find_row(const report::Report& report, const std::string& variant, const std::string& metric,
                                   const std::string& traffic) {
  for (const report::SummaryRow& row : report.summary)
    if (row.variant == variant && row.metric == metric && row.traffic == traffic) return &row;
  return nullptr;
}

const report::VariantNote& note_of(const report::Report& report, const std::string& variant) {
  for (const report::VariantNote& note : report.notes)
    if (note.variant == variant) return note;
  FAIL("no note of " + variant);
  return report.notes.front();
}

bool is_empty(const report::Estimate& estimate) { return !estimate.value && !estimate.low && !estimate.high; }

using Status = report::ObjectiveResult::Status;

Status status_of(const report::Report& report, const std::string& text, const std::string& variant) {
  for (const report::ObjectiveResult& result : report.objectives)
    if (result.text == text && result.variant == variant) return result.status;
  FAIL("no objective " + text + " of " + variant);
  return Status::undecided;
}

/// One worker, 10 ms a job.
constexpr const char* kQuickWorker = "model: workers, workers: 1, serviceTime: exponential(mean=10ms)";
constexpr const char* kPerRequest = "connections: {reuse: per_request}";
constexpr const char* kShort = "run: {duration: 20s, warmup: 2s, replications: {min: 6, max: 6}}";

std::string rate(double per_s) { return "arrivals: poisson(" + std::to_string(per_s) + "/s), " + kPerRequest; }

/// An L4 path on which requests time out, are tried again, wait for connections, and meet a full queue.
ScenarioText troubled() {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 2, zones: [a, b]}]", "network: {preset: aws}"};
  made.edges = {"{name: proxy, kind: envoy, service: cart, balance: least_request}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 2, serviceTime: lognormal(mean=10ms p99=80ms), queue: {limit: 4, whenFull: 503}}",
               "Deployment/cart: {model: event_loop, serviceTime: exponential(mean=8ms), cpu: exponential(mean=2ms)}"};
  made.traffic = {"{name: api, to: \"https://shop:80/\", arrivals: poisson(450/s), clients: 20, timeout: 80ms, "
                  "connections: {reuse: keepalive, perClient: 1, maxRequests: 10}, "
                  "retries: {max: 2, when: [connect_failure, timeout, 5xx], backoff: exponential(5ms 50ms), budget: 50%}}",
                  "{name: carts, to: \"http://proxy/\", arrivals: closed(users=10 think=exponential(mean=20ms))}"};
  made.spec = {"run: {duration: 10s, warmup: 2s, replications: {min: 6, max: 6}}"};
  made.documents = {deployment("shop", 3), service("shop"), deployment("cart", 3), service("cart")};
  return made;
}

}  // namespace

TEST_CASE("an unstable variant has all its rows, empty, and says so", "[unit]") {
  ScenarioText scenario = station(kQuickWorker, rate(50), {kShort, "objectives: [\"jobs mean < 2s for steady\"]", "variants:",
                                                       "  - name: steady",
                                                       "  - {name: over, set: {\"scenario:spec.load\": 2.04}}"});
  const report::Report report = run_text(scenario.text());
  CHECK(note_of(report, "steady").state == "steady");
  CHECK(note_of(report, "over").state == "unstable");
  CHECK(note_of(report, "over").headroom.value() == Approx(1.0 / 1.02));
  for (const char* metric : kMetrics) {
    INFO(metric);
    const report::SummaryRow* row = find_row(report, "over", metric, "jobs");
    REQUIRE(row != nullptr);
    CHECK(is_empty(row->estimate));
    CHECK(row->verdict == "unstable");
    CHECK(row->samples == 0);
    REQUIRE(find_row(report, "steady", metric, "jobs") != nullptr);
    CHECK(find_row(report, "steady", metric, "jobs")->verdict != "unstable");
  }
  CHECK(report.objectives.size() == 1);  // it binds the steady variant only
  CHECK(status_of(report, "jobs mean < 2s for steady", "steady") == Status::met);
}

TEST_CASE("an overload of two percent gives no figure of a steady state, whatever the seed", "[unit]") {
  constexpr std::uint32_t kSeeds = 50;
  const ScenarioText scenario = station(kQuickWorker, rate(102), {kShort, "variants:", "  - name: over",
                                                              "  - {name: carried, set: {\"scenario:spec.load\": 0.5}}"});
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    scenario::LoadOptions options;
    options.seed = seed;
    const report::Report report = run_text(scenario.text(), options);
    INFO("seed " << seed);
    CHECK(note_of(report, "over").state == "unstable");
    for (const report::SummaryRow& row : report.summary)
      if (row.variant == "over" && row.metric.rfind("latency", 0) == 0) CHECK(is_empty(row.estimate));
    CHECK(find_row(report, "carried", "latency_p50", "jobs")->estimate.low);  // the twin
  }
}

TEST_CASE("an objective that binds an unstable variant is unstable, the others are judged", "[unit]") {
  ScenarioText scenario = station(kQuickWorker, rate(50), {kShort, "objectives: [\"jobs mean < 2s\"]", "variants:", "  - name: steady",
                                                       "  - {name: over, set: {\"scenario:spec.load\": 2.04}}"});
  const report::Report report = run_text(scenario.text());
  CHECK(status_of(report, "jobs mean < 2s", "steady") == Status::met);
  CHECK(status_of(report, "jobs mean < 2s", "over") == Status::unstable);
}

TEST_CASE("an unstable baseline leaves the others their figures without a verdict", "[unit]") {
  ScenarioText scenario = station(kQuickWorker, rate(102), {kShort, "variants:", "  - name: over",
                                                        "  - {name: half, set: {\"scenario:spec.load\": 0.5}}"});
  const report::Report report = run_text(scenario.text());
  CHECK(find_row(report, "half", "latency_mean", "jobs")->estimate.value);
  CHECK(find_row(report, "half", "latency_mean", "jobs")->verdict == "cannot_tell");
  CHECK(is_empty(find_row(report, "half", "latency_mean_diff", "jobs")->estimate));
}

TEST_CASE("an overload with a queue limit or a queue timeout of the user's is saturated and has figures", "[unit]") {
  for (const char* bound : {", queue: {limit: 10, whenFull: 503}", ", queueTimeout: 50ms"}) {
    INFO(bound);
    const report::Report report = run_text(station(std::string{kQuickWorker} + bound, rate(150), {kShort}).text());
    CHECK(report.notes.at(0).state == "saturated");
    CHECK(find_row(report, report.variants[0], "latency_p50", "jobs")->estimate.low);
    // No more than one worker can do gets through, and the rest is an error.
    CHECK(*find_row(report, report.variants[0], "throughput", "jobs")->estimate.low < 100.0);
    CHECK(*find_row(report, report.variants[0], "error_rate", "jobs")->estimate.value > 0.3);
  }
  CHECK(run_text(station(std::string{kQuickWorker} + ", queue: {limit: none}", rate(150), {kShort}).text()).notes.at(0).state ==
        "unstable");
}

TEST_CASE("objectives are met, missed or undecided by their intervals", "[unit]") {
  // M/M/1 at half load: the mean is 20 ms, within the interval of so short a run.
  const ScenarioText scenario = station(kQuickWorker, rate(50),
                                        {kShort, "objectives: [\"jobs mean < 100ms\", \"jobs mean < 5ms\", \"jobs mean < 20ms\", "
                                                 "\"jobs availability > 99%\", \"jobs throughput > 60/s\"]"});
  const report::Report report = run_text(scenario.text());
  const std::string only = report.variants.at(0);
  CHECK(status_of(report, "jobs mean < 100ms", only) == Status::met);
  CHECK(status_of(report, "jobs mean < 5ms", only) == Status::missed);
  CHECK(status_of(report, "jobs mean < 20ms", only) == Status::undecided);
  CHECK(status_of(report, "jobs availability > 99%", only) == Status::met);
  CHECK(status_of(report, "jobs throughput > 60/s", only) == Status::missed);
}

TEST_CASE("the columns of hops.csv add up to the mean latency", "[unit]") {
  const report::Report report = run_text(troubled().text());
  for (const char* traffic : {"api", "carts"}) {
    double sum = 0.0;
    std::set<std::string> names;
    for (const report::HopRow& row : report.hops) {
      if (row.traffic != traffic) continue;
      CHECK(names.insert(row.hop).second);
      sum += *row.wait_mean_ms.value + *row.service_mean_ms.value + *row.delay_mean_ms.value;
    }
    INFO(traffic);
    CHECK(names.size() >= 3);
    const report::SummaryRow* mean = find_row(report, report.variants[0], "latency_mean", traffic);
    REQUIRE(mean != nullptr);
    CHECK(sum == Approx(*mean->estimate.value).epsilon(1e-9));
  }
}

TEST_CASE("outcomes add up to what was offered, shares of endpoints to 1", "[unit]") {
  const report::Report report = run_text(troubled().text());
  std::set<std::string> outcomes;
  for (const char* traffic : {"api", "carts"}) {
    INFO(traffic);
    std::uint64_t count = 0;
    double share = 0.0;
    for (const report::OutcomeRow& row : report.outcomes) {
      if (row.traffic != traffic) continue;
      outcomes.insert(row.outcome);
      count += row.count;
      share += row.share;
    }
    CHECK(count == find_row(report, report.variants[0], "offered", traffic)->samples);
    CHECK(share == Approx(1.0).epsilon(1e-12));
  }
  CHECK(outcomes.count("request_timeout") == 1);
  for (const char* workload : {"shop-", "cart-"}) {
    double shares = 0.0, relative = 0.0;
    for (const report::EndpointRow& row : report.endpoints) {
      if (row.endpoint.rfind(workload, 0) != 0) continue;
      shares += *row.requests_share.value;
      relative += *row.relative_load.value;
    }
    INFO(workload);
    CHECK(shares == Approx(1.0).epsilon(1e-12));
    CHECK(relative == Approx(3.0).epsilon(1e-12));
  }
  double connections = 0.0;
  for (const report::NodeRow& row : report.nodes) connections += row.connections_share.value.value_or(0.0);
  CHECK(connections == Approx(1.0).epsilon(1e-12));
}

TEST_CASE("every metric has its row for every variant and traffic", "[unit]") {
  ScenarioText scenario = troubled();
  scenario.spec.insert(scenario.spec.end(), {"variants:", "  - name: one", "  - {name: two, set: {\"Deployment/shop:spec.replicas\": 4}}",
                                             "  - {name: over, set: {\"scenario:spec.load\": 9, \"scenario:spec.pods.Deployment/shop.queue\": {limit: none}}}"});
  const report::Report report = run_text(scenario.text());
  CHECK(report.summary.size() == 3 * 2 * std::size(kMetrics));
  for (const std::string& variant : report.variants)
    for (const char* traffic : {"api", "carts"})
      for (const char* metric : kMetrics) {
        INFO(variant << ' ' << traffic << ' ' << metric);
        CHECK(find_row(report, variant, metric, traffic) != nullptr);
      }
}

TEST_CASE("a tail of too few requests keeps its estimate and loses its interval", "[unit]") {
  const report::Report report =
      run_text(station(kQuickWorker, rate(10), {"run: {duration: 3s, warmup: 1s, replications: {min: 3, max: 3}}"}).text());
  const report::SummaryRow* p999 = find_row(report, report.variants[0], "latency_p99.9", "jobs");
  REQUIRE(p999 != nullptr);
  CHECK(p999->verdict == "unresolved");
  CHECK(p999->estimate.value.value_or(0.0) > 0.0);
  CHECK_FALSE(p999->estimate.low);
  CHECK_FALSE(p999->estimate.high);
}

TEST_CASE("where every request fails, latencies are empty and not 0", "[unit]") {
  // A deterministic job takes longer than anyone waits.
  const report::Report report = run_text(
      station("model: workers, workers: 4, serviceTime: 500ms, queue: {limit: 5}", rate(2) + ", timeout: 100ms", {kShort}).text());
  const std::string only = report.variants[0];
  for (const char* metric : {"latency_mean", "latency_p50", "latency_p99", "latency_p99.9", "second_hop_share", "cross_zone_bytes"}) {
    INFO(metric);
    CHECK(is_empty(find_row(report, only, metric, "jobs")->estimate));
    CHECK(find_row(report, only, metric, "jobs")->verdict == "unresolved");
  }
  CHECK(find_row(report, only, "availability", "jobs")->estimate.value == 0.0);
  CHECK(*find_row(report, only, "latency_all_p99", "jobs")->estimate.value == Approx(100.0).epsilon(0.001));
  for (const report::LatencyRow& row : report.latency) CHECK(is_empty(row.latency_ms));
}

TEST_CASE("replications grow until the precision asked for is there, or the lack is flagged", "[unit]") {
  const auto run = [](const char* precision, const char* most) {
    return run_text(station(kQuickWorker, rate(50),
                            {std::string{"run: {duration: 200s, warmup: 2s, precision: "} + precision + ", replications: {min: 5, max: " + most + "}}"})
                        .text());
  };
  const report::Report reached = run("10%", "200");
  CHECK(reached.notes[0].converged);
  CHECK(reached.notes[0].replications > 5);
  CHECK(reached.notes[0].replications < 200);
  for (const char* metric : {"latency_mean", "latency_p50", "latency_p90", "latency_p99"}) {
    INFO(metric);
    const report::Estimate& estimate = find_row(reached, reached.variants[0], metric, "jobs")->estimate;
    CHECK(0.5 * (*estimate.high - *estimate.low) <= 0.1 * *estimate.value);
  }
  const report::Report capped = run("0.5%", "8");
  CHECK_FALSE(capped.notes[0].converged);
  CHECK(capped.notes[0].replications == 8);
  REQUIRE_FALSE(capped.warnings.empty());
  CHECK_THAT(capped.warnings.back(), Catch::Matchers::Contains("not converged"));
}

TEST_CASE("precision that longer replications alone can bring is given up, or they are made longer", "[unit][slow]") {
  const auto run = [](const std::string& duration) {
    return run_text(station(kQuickWorker, rate(90), {"run: {" + duration + "warmup: 20s, precision: 25%}"}).text());
  };
  // 90 tail requests in each are few where 300 count for one.
  const report::Report given_up = run("duration: 100s, ");
  CHECK_FALSE(given_up.notes[0].converged);
  CHECK(given_up.notes[0].replications == 59);
  CHECK_THAT(given_up.warnings.back(), Catch::Matchers::Contains("given up, since replications of 100 s are too short for the p99"));
  CHECK(std::any_of(given_up.warnings.begin(), given_up.warnings.end(), [](const std::string& warning) {
    return warning.find("p99 of jobs is unresolved") != std::string::npos && warning.find("a duration of about") != std::string::npos;
  }));
  const report::Report lengthened = run("");
  CHECK(lengthened.notes[0].converged);
  CHECK(lengthened.notes[0].duration_s > 100.0);
}

}  // namespace towtank::test
