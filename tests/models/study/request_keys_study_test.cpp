#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

// What requests carry, and balancers that hash it, in scenarios.

namespace towtank::test {
namespace {

std::string hashed(const std::string& edge, const std::string& key, const std::string& rate = "1000/s") {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3}]", "network: {preset: ideal}"};
  made.edges = {"{name: web, service: shop, targets: ip, " + edge + "}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 8, serviceTime: exponential(mean=10ms)}"};
  made.traffic = {"{name: api, to: \"http://web/\", arrivals: poisson(" + rate + "), connections: {reuse: per_request}" +
                  (key.empty() ? "" : ", request: {key: " + key + "}") + "}"};
  made.spec = {"run: {duration: 20s, warmup: 1s, replications: {min: 4, max: 4}}"};
  made.documents = {deployment("shop", 3), service("shop", "ClusterIP")};
  return made.text();
}

/// Shares of the pods, the largest first.
std::vector<double> shares_of(const std::string& edge, const std::string& key) {
  const scenario::BuiltVariant variant = built_first(hashed(edge, key));
  Horizon horizon;
  horizon.window = horizon.bin = 20s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
  std::vector<double> shares;
  for (const auto& pod : result.endpoints) shares.push_back(static_cast<double>(pod.requests) / static_cast<double>(result.traffic[0].offered));
  std::sort(shares.rbegin(), shares.rend());
  return shares;
}

bool has(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& each) { return each.find(part) != std::string::npos; });
}

constexpr const char* kHashes[] = {"kind: haproxy, balance: uri", "kind: haproxy, balance: {name: uri, consistent: true}", "kind: nginx, balance: {name: hash, key: request}",
                                   "kind: nginx, balance: {name: hash, key: request, consistent: true}", "kind: envoy, balance: {name: ring_hash, key: request}",
                                   "kind: envoy, balance: {name: maglev, key: request}"};

}  // namespace

TEST_CASE("requests that carry one key come to one pod, and many keys spread", "[statistical]") {
  for (const char* edge : kHashes) {
    INFO(edge);
    CHECK(shares_of(edge, "uniform(1)").front() == Approx(1.0).epsilon(1e-12));
    const std::vector<double> two = shares_of(edge, "uniform(2)");
    CHECK(two.back() == 0.0);
    // Circles are uneven by themselves: each pod still gets some of 10,000 keys.
    CHECK(shares_of(edge, "uniform(10000)").back() > 0.1);
  }
  // Of a modulo a pod's part of K keys is binomial, and so are the requests over them.
  const std::vector<double> fair = shares_of("kind: haproxy, balance: uri", "uniform(100000)");
  const double deviation = std::sqrt(2.0 / 9.0 * (1.0 / 100'000 + 1.0 / 20'000));
  for (const double share : fair) CHECK(std::abs(share - 1.0 / 3.0) < normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm / 3) * deviation);
  const std::vector<double> few = shares_of("kind: haproxy, balance: uri", "zipf(100000 1.5)");
  CHECK(few.front() > 0.383 - 0.02);  // the twin: the most frequent key alone, 1 / zeta(1.5)
}

TEST_CASE("a bound keeps the pod of a frequent key from taking more than its part", "[statistical]") {
  const std::string edge = "kind: envoy, balance: {name: maglev, key: request";
  const double unbounded = shares_of(edge + "}", "zipf(10000 2)").front(), bounded = shares_of(edge + ", bound: 110}", "zipf(10000 2)").front();
  CHECK(unbounded > 0.6);  // the most frequent key: 6 / pi^2
  CHECK(bounded < 0.5);
}

TEST_CASE("who hashes keys that nobody gave, or gives keys that nobody hashes, is told", "[unit]") {
  const scenario::BuiltVariant none = built_first(hashed("kind: haproxy, balance: uri", ""));
  CHECK(has(none.warnings, "traffic api carries one key in all its requests, and `uri` of edge web hashes it, so that one target, or one group of them, gets them all"));
  const scenario::BuiltVariant given = built_first(hashed("kind: haproxy, balance: uri", "uniform(100)"));
  CHECK_FALSE(has(given.warnings, "one key"));
  const scenario::BuiltVariant unused = built_first(hashed("kind: haproxy, balance: source", "uniform(100)"));
  CHECK(has(unused.findings, "traffic api: its request.key plays no part"));
  CHECK_FALSE(has(given.findings, "request.key"));
  CHECK(has(spread_assumptions(given.cluster, given.cluster.traffic[0]), "web decides by what requests carry (100 keys, the most frequent one of 1 % of the requests): the shares are a mean over where keys fall; `run` draws where"));
}

TEST_CASE("where a frequent key loads one pod, headroom goes by what was seen", "[unit]") {
  std::string text = hashed("kind: envoy, balance: {name: maglev, key: request}", "zipf(10000 2)");
  text.replace(text.find("{min: 4, max: 4}"), 16, "{min: 20, max: 20}");
  const report::Report report = run_text(text);
  CHECK(has(report.warnings, "few addresses, or frequent keys, load it more, and headroom goes by what was seen"));
  REQUIRE(report.notes.front().headroom);
  CHECK(*report.notes.front().headroom < 8.0 / 10.0 / 0.6);  // of 800/s a pod can serve, at least 0.6 of 1000/s come to one
}

}  // namespace towtank::test
