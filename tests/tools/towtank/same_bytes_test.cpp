#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/models/study/studies.hpp"
#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/result_files.hpp"
#include "tools/towtank/thread_pool.hpp"

/// Same seed, same bytes: from the text of a scenario to the text of its result files.
namespace towtank::tool {
namespace {

namespace studies = towtank::test;
using studies::ScenarioText;

const char* const kRun = "run: {duration: 6s, warmup: 1s, replications: {min: 6, max: 6}}";

/// Connections kept alive through an nlb and kube-proxy, with time-outs that hit and retries, under both policies.
ScenarioText layer4() {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3, zones: [a, b, c]}]", "network: {preset: aws}"};
  made.edges = {"{name: lb, kind: nlb, service: shop, crossZone: true}", "{name: side, kind: nlb, service: cart}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 2, serviceTime: lognormal(mean=10ms p99=60ms)}",
               "Deployment/cart: {model: processor_sharing, workers: 2, serviceTime: exponential(mean=5ms)}"};
  made.traffic = {
      "{name: api, to: \"http://lb/\", arrivals: poisson(500/s), clients: 40, timeout: 60ms, "
      "connections: {reuse: keepalive, perClient: 2, maxRequests: 20, idleTimeout: 200ms}, "
      "retries: {max: 2, when: [connect_failure, timeout], backoff: exponential(5ms 50ms), budget: 20%}}",
      "{name: carts, to: \"http://side/\", arrivals: poisson(200/s), connections: {reuse: per_request}}"};
  made.spec = {kRun, "variants:", "  - name: Cluster",
               "  - {name: Local, patch: {Service/shop: {spec: {externalTrafficPolicy: Local}}}}"};
  made.documents = {studies::deployment("shop", 5), studies::service("shop"), studies::deployment("cart", 3),
                    studies::service("cart")};
  return made;
}

/// An envoy that counts requests in flight, beside one that deals them out in turn, with a slow pod.
ScenarioText layer7() {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 2, zones: [a, b]}]", "network: {preset: aws}"};
  made.edges = {"{name: proxy, kind: envoy, service: shop, balance: least_request}",
                "{name: second, kind: nginx, upstream: {nodePort: \"cart:80\"}, upstreamKeepalive: 8}"};
  made.pods = {
      "Deployment/shop: {model: workers, workers: 2, serviceTime: exponential(mean=10ms), slow: {pod: 1, factor: 3}}",
      "Deployment/cart: {model: event_loop, serviceTime: exponential(mean=8ms), cpu: exponential(mean=2ms)}"};
  made.traffic = {
      "{name: api, to: \"https://proxy/\", arrivals: poisson(200/s), clients: 30, connections: {reuse: keepalive}}",
      "{name: users, to: \"http://second/\", arrivals: closed(users=20 think=exponential(mean=50ms))}"};
  made.spec = {kRun, "variants:", "  - name: least_request",
               "  - {name: in turn, set: {\"scenario:spec.edge[name=proxy].balance\": round_robin}}"};
  made.documents = {studies::deployment("shop", 4), studies::service("shop"), studies::deployment("cart", 3),
                    studies::service("cart", "NodePort")};
  return made;
}

std::string bytes(const report::Report& report) {
  std::string text;
  for (const ResultFile& file : result_files(report)) text += "== " + file.name + '\n' + file.text;
  return text;
}

/// Catch would print both texts whole.
bool same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  std::istringstream left{a}, right{b};
  std::string one, other;
  while (std::getline(left, one) && std::getline(right, other))
    if (one != other) {
      UNSCOPED_INFO("first difference:\n" << one << '\n' << other);
      break;
    }
  return false;
}

ScenarioText reversed(ScenarioText scenario) {
  for (auto* list : {&scenario.cluster, &scenario.edges, &scenario.pods, &scenario.traffic, &scenario.documents})
    std::reverse(list->begin(), list->end());
  return scenario;
}

/// The lines that speak of a traffic, without the verdicts: those share their error budget with the other traffic's.
std::string lines_about(const std::string& traffic, const report::Report& report) {
  std::string text;
  for (const ResultFile& file : result_files(report)) {
    if (file.name != "summary.csv" && file.name != "latency.csv" && file.name != "hops.csv" &&
        file.name != "outcomes.csv" && file.name != "timeseries.csv")
      continue;
    std::istringstream lines{file.text};
    std::string line;
    while (std::getline(lines, line)) {
      if (line.find("," + traffic + ",") == std::string::npos) continue;
      text += (file.name == "summary.csv" ? line.substr(0, line.rfind(',')) : line) + '\n';
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the result files have the same bytes on a second run and on two threads", "[unit]") {
  for (const ScenarioText& scenario : {layer4(), layer7()}) {
    const std::string first = bytes(studies::run_text(scenario.text()));
    CHECK(same(first, bytes(studies::run_text(scenario.text()))));
    ThreadPool threads{2};
    CHECK(same(first, bytes(studies::run_text(scenario.text(), threads))));
  }
}

TEST_CASE("the order of a scenario's lists and documents moves no byte", "[unit]") {
  for (const ScenarioText& scenario : {layer4(), layer7()}) {
    REQUIRE(reversed(scenario).text() != scenario.text());
    CHECK(same(bytes(studies::run_text(scenario.text())), bytes(studies::run_text(reversed(scenario).text()))));
  }
}

TEST_CASE("another seed gives other figures, and only --seed need say so", "[unit]") {
  for (const ScenarioText& scenario : {layer4(), layer7()}) {
    const report::Report first = studies::run_text(scenario.text());
    scenario::LoadOptions options;
    options.seed = 2;
    const report::Report second = studies::run_text(scenario.text(), options);
    for (std::size_t i = 0; i < first.notes.size(); ++i)
      CHECK(first.notes[i].fingerprint != second.notes[i].fingerprint);
    ScenarioText written = scenario;
    written.spec[0].replace(written.spec[0].find('{'), 1, "{seed: 2, ");
    CHECK(same(bytes(second), bytes(studies::run_text(written.text()))));
  }
}

TEST_CASE("a Service and a Deployment that no traffic reaches move no byte", "[unit]") {
  for (const ScenarioText& scenario : {layer4(), layer7()}) {
    ScenarioText more = scenario;
    more.documents.insert(more.documents.begin(), {studies::service("aaa"), studies::deployment("aaa", 3)});
    more.documents.insert(more.documents.end(), {studies::deployment("zzz", 4), studies::service("zzz", "NodePort")});
    CHECK(same(bytes(studies::run_text(scenario.text())), bytes(studies::run_text(more.text()))));
  }
}

TEST_CASE("a traffic to a Service of its own leaves the figures of the others as they were", "[unit]") {
  for (const ScenarioText& scenario : {layer4(), layer7()}) {
    ScenarioText more = scenario;
    more.documents.insert(more.documents.begin(), {studies::service("aaa"), studies::deployment("aaa", 3)});
    more.pods.insert(more.pods.begin(), "Deployment/aaa: {model: workers, workers: 4, serviceTime: 3ms}");
    more.traffic.insert(more.traffic.begin(),
                        "{name: aaa, to: \"http://aaa/\", arrivals: deterministic(300/s), timeout: 1s}");
    const report::Report alone = studies::run_text(scenario.text()), beside = studies::run_text(more.text());
    CHECK_FALSE(lines_about("api", alone).empty());
    for (const char* traffic : {"api", "carts", "users"})
      CHECK(same(lines_about(traffic, alone), lines_about(traffic, beside)));
  }
}

TEST_CASE("a traffic to the same Service does move the others", "[unit]") {
  ScenarioText more = layer7();
  more.traffic.push_back("{name: extra, to: \"http://proxy/\", arrivals: poisson(50/s)}");
  CHECK(lines_about("api", studies::run_text(layer7().text())) != lines_about("api", studies::run_text(more.text())));
}

TEST_CASE("variants of equal content differ by nothing at all", "[unit][slow]") {
  for (ScenarioText scenario : {layer4(), layer7()}) {
    scenario.spec = {"run: {duration: 30s, warmup: 1s, replications: {min: 8, max: 8}}", "variants:",
                     "  - name: first"};  // long enough for p99 to be resolved
    scenario.spec.insert(scenario.spec.end(), {"  - name: twin", "  - {name: spelled out, set: {\"scenario:spec.load\": 1.0}}"});
    const report::Report report = studies::run_text(scenario.text());
    std::size_t differences = 0;
    for (const report::SummaryRow& row : report.summary) {
      if (row.variant == report.variants.front()) continue;
      INFO(row.variant << ' ' << row.traffic << ' ' << row.metric);
      if (row.verdict != "unresolved") CHECK(row.verdict == "same");
      if (row.metric != "latency_mean_diff" && row.metric != "latency_p99_diff") continue;
      ++differences;
      CHECK(row.verdict == "same");
      CHECK(row.estimate.value == 0.0);
      CHECK(row.estimate.low == 0.0);
      CHECK(row.estimate.high == 0.0);
    }
    CHECK(differences == 8);
    for (const report::VariantNote& note : report.notes) CHECK(note.fingerprint == report.notes[0].fingerprint);
  }
}

}  // namespace towtank::tool
