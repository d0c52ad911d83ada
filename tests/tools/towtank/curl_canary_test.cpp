#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/towtank/support.hpp"

/// A canary of ingress-nginx in `curl`, `check` and `estimate`.
namespace towtank::tool {
namespace {

using nlohmann::json;
using test::holds;

std::string workload(const std::string& name, int replicas) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec: {replicas: " + std::to_string(replicas) + ", selector: {matchLabels: {app: " + name +
         "}}, template: {metadata: {labels: {app: " + name +
         "}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}\n"
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: " +
         name + "}\nspec: {selector: {app: " + name + "}, ports: [{port: 80, targetPort: 8080}]}\n";
}

std::string rule(const std::string& name, const std::string& annotations, const std::string& service) {
  return "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name + ", annotations: {" +
         annotations +
         "}}\nspec: {ingressClassName: nginx, rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: "
         "Prefix, backend: {service: {name: " +
         service + ", port: {number: 80}}}}]}}]}\n";
}

/// @param annotations  of the canary beside `canary`   @param listen  of the new version's pods
std::string rollout(const std::string& annotations, int stable = 3, int next = 1, const std::string& listen = "9090") {
  const std::string prefix = "nginx.ingress.kubernetes.io/";
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: rollout}\nspec:\n"
         "  cluster: {nodePools: [{name: worker, count: 2}]}\n  ingress: [{class: nginx}]\n"
         "  pods: {Deployment/shop: {serviceTime: 5ms}, Deployment/next: {serviceTime: 5ms, listen: [" +
         listen +
         "]}}\n"
         "  traffic: [{name: api, to: \"http://shop.example.com/\", arrivals: poisson(100/s)}]\n" +
         workload("shop", stable) + workload("next", next) + rule("shop", "", "shop") +
         rule("next", prefix + "canary: \"true\", " + prefix + annotations, "next");
}

/// Chance that curl gets an answer with this status. Ways that end alike are one.
double chance(const std::string& input, int status) {
  const test::Ended ended = test::towtank({"curl", "-", "http://shop.example.com/", "-o", "json"}, input);
  INFO(ended.err);
  REQUIRE(!ended.out.empty());
  const json walked = json::parse(ended.out);
  double sum = 0.0;
  for (const json& branch : walked["branches"])
    sum += branch["httpStatus"] == status ? branch["probability"].get<double>() : 0.0;
  return sum;
}

}  // namespace

TEST_CASE("curl comes to a canary with the chance of its weight", "[unit]") {
  // The new version listens on another port than its Service leads to.
  const std::string tenth = rollout("canary-weight: \"10\"");
  CHECK(chance(tenth, 502) == Approx(0.1));
  CHECK(chance(tenth, 200) == Approx(0.9));
  const test::Ended shown = test::towtank({"curl", "-", "http://shop.example.com/"}, tenth);
  CHECK(holds(shown.out, "canary Ingress/next"));
  CHECK(holds(shown.out, "takes 10 of 100 requests"));
  CHECK(chance(rollout("canary-weight: \"100\""), 502) == Approx(1.0));
  CHECK(chance(rollout("canary-weight: \"5\", nginx.ingress.kubernetes.io/canary-weight-total: \"1000\""), 502) ==
        Approx(0.005));
}

TEST_CASE("curl passes a canary by that has no pods or no weight, and meets 503 where the stable one has none",
          "[unit]") {
  CHECK(chance(rollout("canary-weight: \"10\"", 3, 0), 200) == Approx(1.0));
  CHECK(chance(rollout("canary-by-header: x-next"), 200) == Approx(1.0));
  CHECK(chance(rollout("canary-weight: \"10\"", 0, 1), 503) == Approx(1.0));
}

TEST_CASE("check tells of the canary on the way, estimate of its rate", "[unit]") {
  const test::Ended checked = test::towtank({"check", "-"}, rollout("canary-weight: \"10\""));
  CHECK(holds(checked.out, "10 of 100 requests go to a canary"));
  const test::Ended ended =
      test::towtank({"estimate", "-", "-o", "json"}, rollout("canary-weight: \"10\"", 3, 1, "8080"));
  const json estimated = json::parse(ended.out);
  for (const json& pod : estimated["variants"][0]["traffic"][0]["pods"])
    if (pod["name"] == "next-0") CHECK(pod["rate_per_s"].get<double>() == Approx(10.0));
  CHECK(holds(ended.out, "next-0"));
}

}  // namespace towtank::tool
