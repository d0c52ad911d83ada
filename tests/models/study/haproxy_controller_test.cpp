#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/support/reference_checks.hpp"

// HAProxy as an ingress controller (models/SOURCES.md 3.5): what its processes and threads share, and its limits.

namespace towtank::test {
namespace {

/// Two controllers of four threads each in front of a shop.
struct Behind {
  std::string balance{};      ///< `, balance: ...`
  std::string annotations{};  ///< of the Ingress
  std::string pod = "model: workers, workers: 1, serviceTime: exponential(mean=10ms)";
  std::string rate = "100/s";
  int pods = 4, replicas = 2;

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}"};
    made.pods = {"Deployment/shop: {" + pod + "}"};
    made.traffic = {"{name: api, to: \"http://node:30904/\", arrivals: poisson(" + rate + "), connections: {reuse: per_request}}"};
    made.spec = {"run: {duration: 40s, warmup: 4s, replications: {min: 2, max: 2}}",
                 "ingress: [{class: haproxy, controller: haproxy, deployment: proxy, workers: 4" + balance + "}]"};
    made.documents = {deployment("proxy", replicas), deployment("shop", pods), service("shop", "ClusterIP"),
                      "{apiVersion: v1, kind: Service, metadata: {name: proxy}, spec: {type: NodePort, selector: {app: proxy}, ports: [{port: 80, targetPort: 8080, nodePort: 30904}]}}",
                      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop, annotations: {" + annotations +
                          "}}, spec: {ingressClassName: haproxy, rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}"};
    return made.text();
  }
  scenario::BuiltVariant built() const { return built_first(text()); }
};

ReplicationResult result_of(const scenario::BuiltVariant& variant, std::uint32_t replication = 0, Duration window = 40s) {
  Horizon horizon;
  horizon.warmup = 4s;
  horizon.window = horizon.bin = window;
  return World{variant.cluster, horizon, Draws{11, replication}}.run();
}

std::vector<std::uint64_t> requests_of_pods(const scenario::BuiltVariant& variant) {
  const ReplicationResult result = result_of(variant);
  std::vector<std::uint64_t> requests;
  for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
    if (variant.cluster.pods[i].name.rfind("shop-", 0) == 0) requests.push_back(result.endpoints[i].requests);
  return requests;
}

}  // namespace

TEST_CASE("an haproxy controller takes turns unless it is told otherwise", "[unit]") {
  const auto balance_of = [](const Behind& behind) { return behind.built().cluster.proxies.at(0).backends.at(0).balance.name; };
  CHECK(balance_of({}) == "haproxy_roundrobin");
  CHECK(balance_of({.annotations = "haproxy.org/load-balance: leastconn"}) == "haproxy_leastconn");
  CHECK(balance_of({.balance = ", balance: random", .annotations = "haproxy.org/load-balance: leastconn"}) == "haproxy_random");
  CHECK(balance_of({.annotations = "nginx.ingress.kubernetes.io/load-balance: ewma"}) == "haproxy_roundrobin");
  const scenario::BuiltVariant foreign = Behind{.annotations = "nginx.ingress.kubernetes.io/load-balance: ewma"}.built();
  CHECK(std::any_of(foreign.warnings.begin(), foreign.warnings.end(), [](const std::string& each) {
    return each.find("annotation nginx.ingress.kubernetes.io/load-balance plays no part, for HAProxy serves class haproxy") != std::string::npos;
  }));
  const model::Proxy proxy = Behind{}.built().cluster.proxies.at(0);
  CHECK(proxy.workers == 4);
  CHECK(proxy.tries == 1);
  CHECK(proxy.when_refused == Outcome::http_503);
  CHECK(proxy.upstream_idle_timeout == 5s);
}

TEST_CASE("threads of an haproxy controller share their turns, its replicas do not", "[unit]") {
  const auto spread = [](const Behind& behind) {
    const std::vector<std::uint64_t> requests = requests_of_pods(behind.built());
    return *std::max_element(requests.begin(), requests.end()) - *std::min_element(requests.begin(), requests.end());
  };
  // What began or ended outside of the measured time may be one turn of each replica.
  CHECK(spread({.replicas = 1}) <= 2);
  CHECK(spread({.replicas = 2}) <= 4);
}

TEST_CASE("first sends all to the first pod, in run and closed form", "[unit]") {
  const scenario::BuiltVariant variant = Behind{.balance = ", balance: first", .pod = "model: workers, workers: 8, serviceTime: 1ms"}.built();
  const std::vector<std::uint64_t> requests = requests_of_pods(variant);
  CHECK(requests[0] > 3'000);
  CHECK(requests[1] + requests[2] + requests[3] == 0);
  const PathSpread spread = path_spread(variant.cluster, variant.cluster.traffic[0]);
  for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
    if (variant.cluster.pods[i].name == "shop-0") CHECK(spread.behind[i] == Approx(1.0));
}

TEST_CASE("limits of a controller's pods are refused, not forgotten", "[unit]") {
  for (const char* limit : {"maxconn: 4", "minconn: 2, maxconn: 4, fullconn: 100"}) {
    const std::vector<std::string> problems = problems_of(Behind{.balance = ", balance: {name: leastconn, " + std::string{limit} + "}"}.text());
    REQUIRE_FALSE(problems.empty());
    CHECK(problems[0].find("of a controller is not modelled yet, only of an edge: without it, or an edge of kind haproxy, would do") != std::string::npos);
  }
}

TEST_CASE("annotations of HAProxy are read as it writes them, and those that are not modelled are told", "[unit]") {
  const auto balance_of = [](const std::string& text) { return Behind{.annotations = "haproxy.org/load-balance: \"" + text + "\""}.built().cluster.proxies.at(0).backends.at(0).balance; };
  CHECK(balance_of("random(3)").parameters == std::vector<std::pair<std::string, std::string>>{{"draws", "3"}});
  CHECK(balance_of("hdr(User-Agent)").name == "haproxy_uri");
  CHECK(balance_of("url_param id").name == "haproxy_uri");
  CHECK(balance_of("uri depth 2").name == "haproxy_uri");
  CHECK(balance_of("static-rr").name == "haproxy_static_rr");
  const scenario::BuiltVariant other = Behind{.annotations = "haproxy.org/load-balance: rdp-cookie"}.built();
  CHECK(other.cluster.proxies.at(0).backends.at(0).balance.name == "haproxy_roundrobin");
  CHECK(std::any_of(other.warnings.begin(), other.warnings.end(), [](const std::string& each) { return each.find("annotation haproxy.org/load-balance: rdp-cookie") == 0; }));
  std::string text = Behind{.annotations = "haproxy.org/load-balance: leastconn"}.text();
  const std::string to_class = "class: haproxy, controller: haproxy";
  text.replace(text.find(to_class), to_class.size(), "class: haproxy");
  CHECK(built_first(text).cluster.proxies.at(0).backends.at(0).balance.name == "haproxy_leastconn");  // by its class
}

TEST_CASE("source behind a masquerading kube-proxy spreads over nodes", "[unit]") {
  std::string text = Behind{.balance = ", balance: source", .pod = "model: workers, workers: 8, serviceTime: 1ms"}.text();
  text.replace(text.find("count: 2}"), 9, "count: 16}");
  const std::vector<std::uint64_t> requests = requests_of_pods(built_first(text));
  CHECK(std::count(requests.begin(), requests.end(), 0u) < 3);
}

TEST_CASE("where all pods refuse an haproxy controller it answers 503", "[unit]") {
  std::string text = Behind{}.text();
  text.replace(text.find("targetPort: 8080}]}}"), 16, "targetPort: 9090");
  const ReplicationResult result = result_of(built_first(text));
  CHECK(result.traffic[0].count(Outcome::http_503) == result.traffic[0].offered);
}

}  // namespace towtank::test
