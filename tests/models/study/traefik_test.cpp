#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/path_spread.hpp"
#include "models/walk/walk.hpp"
#include "models/world/world.hpp"
#include "tests/models/study/studies.hpp"

// Traefik as the controller of an ingress class (models/SOURCES.md 3.6).

namespace towtank::test {
namespace {

constexpr const char* kClass =
    "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: edge}, spec: {controller: "
    "traefik.io/ingress-controller}}";

std::string rule(const std::string& class_name, const std::string& annotation) {
  return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop, annotations: {" + annotation +
         "}}, spec: {ingressClassName: " + class_name +
         ", rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: "
         "shop, port: {number: 80}}}}]}}]}}";
}

/// Of Traefik's own chart: the labels, the names of the ports.
std::vector<std::string> chart() {
  return {
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: traefik, namespace: traefik}, spec: {replicas: 2, "
      "selector: {matchLabels: "
      "{app.kubernetes.io/name: traefik}}, template: {metadata: {labels: {app.kubernetes.io/name: traefik, "
      "app.kubernetes.io/instance: "
      "traefik-default}}, spec: {containers: [{name: traefik, ports: [{name: metrics, containerPort: 9100}, {name: "
      "web, containerPort: 8000}, "
      "{name: websecure, containerPort: 8443}]}]}}}}",
      "{apiVersion: v1, kind: Service, metadata: {name: traefik, namespace: traefik}, spec: {type: LoadBalancer, "
      "selector: {app.kubernetes.io/name: "
      "traefik}, ports: [{name: web, port: 80, targetPort: web}, {name: websecure, port: 443, targetPort: "
      "websecure}]}}"};
}

struct Behind {
  std::string ingress = "[{class: traefik, replicas: 2, workers: 4}]";  ///< empty: no such line
  std::string class_name = "traefik";
  std::string annotation{};  ///< of the Ingress
  std::string pods = "model: workers, workers: 4, serviceTime: 1ms";
  std::string traffic = "arrivals: poisson(200/s), connections: {reuse: per_request}";
  std::string shop = service("shop", "ClusterIP");
  std::vector<std::string> further{};
  int replicas = 3;

  std::string text() const {
    ScenarioText made;
    made.cluster = {"nodePools: [{name: worker, count: 2}]", "network: {preset: ideal}"};
    made.pods = {"Deployment/shop: {" + pods + "}"};
    made.traffic = {"{name: api, to: \"http://shop.example.com/\", " + traffic + "}"};
    made.spec = {"run: {duration: 10s, warmup: 1s, replications: {min: 2, max: 2}}"};
    if (!ingress.empty()) made.spec.push_back("ingress: " + ingress);
    made.documents = {deployment("shop", replicas), shop, rule(class_name, annotation)};
    made.documents.insert(made.documents.end(), further.begin(), further.end());
    return made.text();
  }

  scenario::BuiltVariant built() const { return built_first(text()); }

  std::vector<std::uint64_t> served() const {
    const scenario::BuiltVariant variant = built();
    Horizon horizon;
    horizon.window = horizon.bin = 10s;
    const ReplicationResult result = World{variant.cluster, horizon, Draws{11, 0}}.run();
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < variant.cluster.pods.size(); ++i)
      if (variant.cluster.pods[i].name.substr(0, 5) == "shop-") counts.push_back(result.endpoints[i].requests);
    return counts;
  }

  walk::Walk walked() const {
    const scenario::Study study = loaded(text());
    const Result<scenario::Ground> ground = scenario::ground_of(study.variants[0], scenario::kPlacedOnce);
    REQUIRE(ground);
    Result<walk::Walk> made = walk::walk(*ground, "http://shop.example.com/", "internet");
    REQUIRE(made);
    return std::move(*made);
  }
};

std::string balanced(const std::string& name) {
  return "[{class: traefik, replicas: 1, workers: 4, balance: " + name + "}]";
}

double value_of_share(const report::Report& report, const std::string& outcome) {
  double share = 0.0;
  for (const report::OutcomeRow& row : report.outcomes)
    if (row.outcome == outcome) share += row.share;
  return share;
}

}  // namespace

TEST_CASE("a class of Traefik is served by it: by name, by its IngressClass, or as the scenario says", "[unit]") {
  const auto is_traefik = [](const Behind& behind) {
    const scenario::BuiltVariant variant = behind.built();
    REQUIRE(variant.cluster.proxies.size() == 1);
    return variant.cluster.proxies[0].backends.at(0).balance.name == "traefik_wrr";
  };
  CHECK(is_traefik({}));
  CHECK(is_traefik({.ingress = "[{class: edge, workers: 4}]", .class_name = "edge", .further = {kClass}}));
  CHECK(is_traefik({.ingress = "[{class: any, controller: traefik, workers: 4}]", .class_name = "any"}));
  CHECK_FALSE(is_traefik({.ingress = "[{class: traefik, controller: ingress-nginx, workers: 4}]"}));
  CHECK_FALSE(is_traefik({.ingress = "[{class: nginx, workers: 4}]", .class_name = "nginx"}));
  CHECK_FALSE(is_traefik({.ingress = "[{class: edge, workers: 4}]", .class_name = "edge"}));
}

TEST_CASE("Traefik among the resources is found by its labels, and not taken for ingress-nginx", "[unit]") {
  Behind behind{.ingress = "", .further = chart()};
  CHECK(behind.built().cluster.proxies.at(0).name == "traefik/traefik");
  behind.further.push_back(kClass);
  behind.class_name = "edge";
  CHECK(behind.built().cluster.proxies.at(0).name == "traefik/traefik");
  behind.ingress = "[{class: edge}]";
  CHECK(behind.built().cluster.proxies.at(0).name == "traefik/traefik");
  // Beside it an ingress-nginx is made, of whose class the rule is.
  behind = {.ingress = "[{class: nginx}, {class: traefik}]", .class_name = "nginx", .further = chart()};
  const model::Proxy nginx = behind.built().cluster.proxies.at(0);
  CHECK(nginx.name == "ingress-nginx/ingress-nginx-controller");
  CHECK(nginx.backends.at(0).balance.name == "ingress_nginx_round_robin");
}

TEST_CASE("Traefik is one process on its cores, that tries once and keeps connections by server", "[unit]") {
  const model::Proxy proxy = Behind{}.built().cluster.proxies.at(0);
  CHECK(proxy.workers == 1);
  CHECK(proxy.cores == 4);
  CHECK(proxy.tries == 1);
  CHECK(proxy.connect_timeout == 30s);
  CHECK(proxy.keeps_upstream);
  CHECK(proxy.idles_by_pod);
  CHECK(proxy.upstream_max_idle == 200);
  CHECK(proxy.upstream_idle_timeout == 90s);
  CHECK(proxy.when_refused == Outcome::http_502);
  CHECK(proxy.when_timed_out == Outcome::http_504);
  CHECK(proxy.when_empty == Outcome::http_503);
  const scenario::BuiltVariant variant = Behind{}.built();
  for (const model::Pod& pod : variant.cluster.pods)
    if (variant.cluster.workloads[pod.workload].proxy) CHECK(servers_of(variant.cluster, pod) == 4);
}

TEST_CASE("its one process takes turns, whatever its cores; p2c draws", "[unit]") {
  const auto spread = [](const std::vector<std::uint64_t>& counts) {
    return *std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end());
  };
  CHECK(spread(Behind{.ingress = balanced("wrr")}.served()) <= 1);
  CHECK(spread(Behind{.ingress = balanced("p2c")}.served()) > 1);
}

TEST_CASE("p2c and leasttime pass a slow pod by, hrw keeps callers where they are", "[unit]") {
  const auto share = [](const std::string& name) {
    const std::vector<std::uint64_t> counts =
        Behind{.ingress = balanced(name),
               .pods = "model: workers, workers: 50, serviceTime: 5ms, slow: {pod: 0, factor: 30}",
               .traffic = "arrivals: poisson(400/s), connections: {reuse: per_request}"}
            .served();
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) sum += count;
    return static_cast<double>(counts[0]) / static_cast<double>(sum);
  };
  CHECK(share("wrr") == Approx(1.0 / 3.0).margin(0.01));
  CHECK(share("p2c") < 0.2);
  CHECK(share("leasttime") < 0.1);
  const Behind one{.ingress = balanced("hrw"),
                   .traffic = "arrivals: poisson(100/s), clients: 1, connections: {reuse: per_request}"};
  const std::vector<std::uint64_t> counts = one.served();
  CHECK(std::count(counts.begin(), counts.end(), 0u) >=
        1);  // two nodes put their addresses in place of the one caller's
}

TEST_CASE("what Traefik cannot reach it answers with 502, what has no endpoint with 503, in run as in curl", "[unit]") {
  const Behind deaf{.pods = "model: workers, workers: 4, serviceTime: 1ms, listen: [9999]"};
  CHECK(value_of_share(run_text(deaf.text()), "http_502") == 1.0);
  CHECK(deaf.walked().branches.at(0).ending.http == 502);
  const Behind empty{.replicas = 0};
  CHECK(value_of_share(run_text(empty.text()), "http_503") == 1.0);
  CHECK(empty.walked().branches.at(0).ending.http == 503);
  CHECK(value_of_share(run_text(Behind{}.text()), "ok") == 1.0);
  CHECK(Behind{}.walked().branches.at(0).ending.http == 200);
}

TEST_CASE("nativelb leads Traefik through the Service's address, ingress-nginx not", "[unit]") {
  const std::string native =
      "{apiVersion: v1, kind: Service, metadata: {name: shop, annotations: "
      "{traefik.ingress.kubernetes.io/service.nativelb: \"true\"}}, spec: "
      "{selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}}";
  const Behind behind{.shop = native};
  CHECK(behind.built().cluster.proxies.at(0).backends.at(0).through_service);
  std::string steps;
  const walk::Walk walked = behind.walked();
  for (const walk::Step& step : walked.branches.at(0).steps) steps += step.packets + '\n';
  CHECK_THAT(steps, Catch::Matchers::Contains("DNAT"));
  CHECK_FALSE(Behind{.ingress = "[{class: nginx, workers: 4}]", .class_name = "nginx", .shop = native}
                  .built()
                  .cluster.proxies.at(0)
                  .backends.at(0)
                  .through_service);
}

TEST_CASE("annotations of ingress-nginx do not move what Traefik serves, which says so", "[unit]") {
  Behind behind{.annotation = "nginx.ingress.kubernetes.io/canary: \"true\""};
  const scenario::BuiltVariant variant = behind.built();
  REQUIRE(variant.warnings.size() == 1);
  CHECK(variant.warnings[0] ==
        "Ingress/shop: annotation nginx.ingress.kubernetes.io/canary plays no part, for Traefik serves class traefik and "
        "reads its own");
  CHECK(variant.cluster.traffic.at(0).backend);
  CHECK(behind.walked().branches.at(0).ending.http == 200);
  // ingress-nginx takes it for a part of another Ingress's traffic.
  behind.ingress = "[{class: traefik, controller: ingress-nginx, workers: 4}]";
  const scenario::Study study = loaded(behind.text());
  const Result<scenario::BuiltVariant> hidden = scenario::build(study.variants[0], scenario::kPlacedOnce);
  REQUIRE_FALSE(hidden);
  CHECK_THAT(text_of(hidden.error()), Catch::Matchers::Contains("is served by Ingress/shop alone, which is a canary"));
}

TEST_CASE("an annotation of Traefik's is heeded as Go reads it, and listed where no Traefik is", "[unit]") {
  const auto shop_with = [](const std::string& value) {
    return "{apiVersion: v1, kind: Service, metadata: {name: shop, annotations: "
           "{traefik.ingress.kubernetes.io/service.nativelb: \"" +
           value + "\"}}, spec: {selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}}";
  };
  const auto is_through = [&](const std::string& value) {
    return Behind{.shop = shop_with(value)}.built().cluster.proxies.at(0).backends.at(0).through_service;
  };
  CHECK(is_through("True"));
  CHECK(is_through("1"));
  CHECK_FALSE(is_through("false"));
  CHECK_FALSE(is_through("yes"));
  const Behind other{.ingress = "[{class: nginx, workers: 4}]", .class_name = "nginx", .shop = shop_with("true")};
  const std::vector<std::string> warnings = other.built().warnings;
  CHECK(std::count(warnings.begin(), warnings.end(),
                   "Service/shop: annotation traefik.ingress.kubernetes.io/service.nativelb plays no part, for no "
                   "controller here is Traefik") == 1);
}

TEST_CASE("Traefik has algorithms of its own, and no ConfigMap", "[unit]") {
  MemoryFiles files{{{"test.yaml", Behind{.ingress = balanced("ewma")}.text()}}};
  const Result<scenario::Study> study = scenario::load_study("test.yaml", files, {});
  REQUIRE(study);
  const Result<scenario::BuiltVariant> built = scenario::build(study->variants[0], scenario::kPlacedOnce);
  REQUIRE_FALSE(built);
  CHECK_THAT(text_of(built.error()), Catch::Matchers::Contains("cannot balance by `ewma`: wrr, p2c, hrw, leasttime"));
  const Behind told{.further = {"{apiVersion: v1, kind: ConfigMap, metadata: {name: traefik, namespace: traefik}, "
                                "data: {load-balance: ewma}}"}};
  CHECK(told.built().cluster.proxies.at(0).backends.at(0).balance.name == "traefik_wrr");
}

}  // namespace towtank::test
