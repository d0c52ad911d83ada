#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/world/request_sample.hpp"
#include "tests/models/study/studies.hpp"

/// Requests written down one by one (`--requests N`).
namespace towtank::test {
namespace {

ScenarioText shop_with_variants() {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3}]"};
  made.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=50ms), queue: {limit: 2, whenFull: 503}}"};
  made.traffic = {"{name: api, to: \"http://shop/\", arrivals: poisson(40/s)}"};
  made.spec = {"run: {duration: 30s, warmup: 5s, replications: {min: 2, max: 2}}",
               "variants: [{name: Cluster}, {name: Local, patch: {Service/shop: {spec: {externalTrafficPolicy: Local}}}}]"};
  made.documents = {deployment("shop", 4), service("shop")};
  return made;
}

report::Report with_requests(std::size_t requests) {
  scenario::LoadOptions options;
  options.requests = requests;
  return run_text(shop_with_variants().text(), options);
}

std::vector<const report::RequestRow*> rows_of(const report::Report& report, const std::string& variant) {
  std::vector<const report::RequestRow*> rows;
  for (const report::RequestRow& row : report.requests)
    if (row.variant == variant) rows.push_back(&row);
  return rows;
}

TEST_CASE("nobody asked for requests: none are written down", "[unit]") { CHECK(with_requests(0).requests.empty()); }

TEST_CASE("as many requests as were asked for, the same in every variant, spread over the measured time", "[unit]") {
  const report::Report report = with_requests(50);
  const auto cluster = rows_of(report, "Cluster"), local = rows_of(report, "Local");
  REQUIRE(cluster.size() == 50);
  REQUIRE(local.size() == 50);
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    CHECK(cluster[i]->request == local[i]->request);
    CHECK(cluster[i]->arrived_s == local[i]->arrived_s);
    if (i > 0) CHECK(cluster[i]->arrived_s > cluster[i - 1]->arrived_s);
  }
  // Of 50 instants in 30 s that none is in the first third or none in the last has a chance of 2 (2/3)^50 < 1e-8.
  CHECK(cluster.front()->arrived_s >= 0.0);
  CHECK(cluster.front()->arrived_s < 10.0);
  CHECK(cluster.back()->arrived_s > 20.0);
}

TEST_CASE("the parts of a request's latency sum to it, and its route leads to its pod", "[unit]") {
  const report::Report report = with_requests(200);
  std::size_t failed = 0, forwarded = 0;
  for (const report::RequestRow& row : report.requests) {
    INFO(row.variant << ' ' << row.request << ": " << row.route);
    CHECK(row.attempts == 1);
    CHECK(row.route.rfind("client > ", 0) == 0);
    failed += row.outcome != "ok";
    CHECK(row.failed_at.empty() == (row.outcome == "ok"));
    REQUIRE(row.before_ms.has_value() == (row.outcome == "ok"));
    if (row.outcome != "ok") continue;
    const double sum = *row.before_ms + *row.wait_ms + *row.service_ms + *row.delay_ms;
    CHECK(std::abs(sum - row.latency_ms) < 1e-6);
    CHECK(*row.service_ms > 0.0);
    CHECK(row.route.find("@" + row.pod) != std::string::npos);
    const bool stays = row.route.find("kube-proxy default/shop:80@" + row.node + " ") != std::string::npos;
    if (row.variant == "Local") CHECK(stays);
    forwarded += !stays;
  }
  CHECK(failed > 0);
  CHECK(forwarded > 0);
}

TEST_CASE("asked for more than there were, all of them are written down", "[unit]") {
  const report::Report some = with_requests(200), all = with_requests(100'000);
  const auto rows = rows_of(all, "Cluster");
  CHECK(rows.size() > 900);
  std::set<std::uint64_t> known;
  for (const report::RequestRow* row : rows) known.insert(row->request);
  CHECK(known.size() == rows.size());
  for (const report::RequestRow* row : rows_of(some, "Cluster")) CHECK(known.count(row->request) == 1);
}

TEST_CASE("writing requests down changes no other number", "[unit]") {
  CHECK(with_requests(0).notes[0].fingerprint == with_requests(100).notes[0].fingerprint);
}

TEST_CASE("a sample keeps the same requests whatever the order in which they end", "[unit]") {
  const auto sampled = [](bool backwards) {
    RequestSample sample{1, 5};
    for (std::uint64_t i = 0; i < 100; ++i) {
      Request request;
      request.key = backwards ? 99 - i : i;
      request.arrived = Time{} + Duration{static_cast<std::int64_t>(request.key)};
      sample.add(request, request.arrived);
    }
    std::vector<std::uint64_t> keys;
    const std::vector<std::vector<EndedRequest>> taken = sample.take();
    for (const EndedRequest& ended : taken[0]) keys.push_back(ended.request.key);
    return keys;
  };
  CHECK(sampled(false).size() == 5);
  CHECK(sampled(false) == sampled(true));
}

}  // namespace
}  // namespace towtank::test
