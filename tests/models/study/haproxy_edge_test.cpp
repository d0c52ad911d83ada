#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "models/scenario/build.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

// An HAProxy in front of the cluster (models/SOURCES.md 3.5).

namespace towtank::test {
namespace {

ScenarioText behind(const std::string& edge) {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: aws}"};
  made.edges = {"{name: web, kind: haproxy, " + edge + "}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms)}"};
  made.traffic = {"{name: api, to: \"http://web/\", arrivals: poisson(100/s), connections: {reuse: per_request}}"};
  made.spec = {"run: {duration: 5s, warmup: 1s, replications: {min: 2, max: 2}}"};
  made.documents = {deployment("shop", 3), service("shop")};
  return made;
}

scenario::BuiltVariant built_behind(const std::string& edge) { return built_first(behind(edge).text()); }

std::string balance_of(const std::string& edge) {
  return built_behind("service: shop, " + edge).cluster.edges.at(0).balance.name;
}

}  // namespace

TEST_CASE("an haproxy edge takes turns, and from 3.3 on draws at random", "[unit]") {
  CHECK(balance_of("listen: [80]") == "haproxy_roundrobin");
  for (const char* version : {"1.8", "2.9.1", "3.2"})
    CHECK(balance_of("version: \"" + std::string{version} + "\"") == "haproxy_roundrobin");
  CHECK(balance_of("version: \"3.3\"") == "haproxy_random");
  CHECK(balance_of("version: \"3.10\"") == "haproxy_random");
  CHECK(balance_of("balance: leastconn") == "haproxy_leastconn");
  CHECK(balance_of("balance: {name: source, consistent: true}") == "haproxy_source");
  CHECK(balance_of("balance: random") == "haproxy_random");
}

TEST_CASE("an haproxy edge asks one server and answers 503 by itself", "[unit]") {
  const model::Edge edge = built_behind("upstream: {nodePort: \"shop:80\"}").cluster.edges.at(0);
  CHECK(edge.l7);
  CHECK(edge.tries == 1);
  CHECK(edge.when_refused == Outcome::http_503);
  CHECK(edge.when_timed_out == Outcome::http_503);
  CHECK(edge.upstream == model::Edge::Upstream::pooled);
  CHECK(edge.upstream_idle_timeout == 5s);
  CHECK(edge.adder.mean_s() > 120e-6);  // of HAProxy: median 0.12 ms
}

TEST_CASE("requests behind an haproxy edge go round", "[unit]") {
  const scenario::BuiltVariant variant = built_behind("service: shop");
  Horizon horizon;
  horizon.warmup = 1s;
  horizon.window = 20s;
  horizon.bin = 20s;
  const ReplicationResult result = World{variant.cluster, horizon, Draws{7, 0}}.run();
  std::uint64_t least = UINT64_MAX, most = 0;
  for (const EndpointTotals& endpoint : result.endpoints) {
    least = std::min(least, endpoint.requests);
    most = std::max(most, endpoint.requests);
  }
  CHECK(least > 500);
  // The edge takes turns to one; who is on the way at either end of the window adds at most what is in flight then.
  CHECK(most - least < 15);
}

TEST_CASE("with a limit that moves who waits for a server is not overtaken, but where the algorithm is asked all the same", "[unit]") {
  const auto mean_ns = [](const std::string& name) {
    ScenarioText text = behind("service: shop, targets: ip, balance: {name: " + name + ", minconn: 1, maxconn: 50, fullconn: 100, timeout_queue: 30s}");
    text.cluster.back() = "network: {preset: ideal}";
    text.pods = {"Deployment/shop: {model: workers, workers: 100, serviceTime: exponential(mean=36ms)}"};
    text.documents = {deployment("shop", 1), service("shop")};
    const scenario::BuiltVariant variant = built_first(text.text());
    Horizon horizon;
    horizon.warmup = 1s;
    horizon.window = horizon.bin = 40s;
    return World{variant.cluster, horizon, Draws{3, 0}}.run().traffic.at(0).ok_sum.mean_ns();
  };
  const double in_line = mean_ns("roundrobin"), overtaking = mean_ns("random");
  for (const char* name : {"static-rr", "first", "source", "uri"}) CHECK(mean_ns(name) == in_line);
  CHECK(mean_ns("leastconn") == overtaking);
  CHECK(overtaking < in_line);
}

}  // namespace towtank::test
