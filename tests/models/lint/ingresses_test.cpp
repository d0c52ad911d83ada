#include "tests/models/lint/lines.hpp"

namespace towtank::test {
namespace {

/// @param port  of the backend, in flow style
std::string ingress(const std::string& name, const std::string& service, const std::string& port,
                    const std::string& class_line = "ingressClassName: nginx, ") {
  return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: " + name + "}, spec: {" + class_line +
         "rules: [{host: a.example.com, http: {paths: [{path: /api, pathType: Prefix, backend: {service: {name: " +
         service + ", port: {" + port + "}}}}]}}]}}";
}

Lines with_ingresses(const std::vector<std::string>& documents,
                     const std::string& section = "ingress: [{class: nginx, replicas: 2}]") {
  ScenarioText made = sound();
  made.spec = {section};
  made.documents.push_back(deployment("cart", 2));
  made.documents.push_back(cluster_service("cart", "app: cart", "name: http, port: 80, targetPort: 8080"));
  made.documents.insert(made.documents.end(), documents.begin(), documents.end());
  return warnings_of(made.text());
}

TEST_CASE("an Ingress whose Service is not there is found at its backend", "[unit]") {
  CHECK(
      with_ingresses({ingress("shop", "carts", "number: 80")}) ==
      Lines{
          "test.yaml:22:192: Ingress/shop sends a.example.com/api to Service/carts, which is not in namespace default, "
          "so its controller answers 503; there is cart, web; did you mean \"cart\"?"});
  CHECK(with_ingresses({ingress("shop", "cart", "number: 80")}).empty());
}

TEST_CASE("an Ingress whose Service has no such port is found, by number and by name", "[unit]") {
  const auto fault = [](const std::string& port) {
    const Lines lines = with_ingresses({ingress("shop", "cart", port)});
    REQUIRE(lines.size() == 1);
    return lines[0].substr(lines[0].find(" to ") + 4);
  };
  CHECK(fault("number: 81") ==
        "port 81 of Service/cart, which has no such port, so its controller answers 503; it has 80 (http)");
  CHECK(fault("name: web") ==
        "port web of Service/cart, which has no such port, so its controller answers 503; it has 80 (http)");
  CHECK(
      fault("number: 8080") ==
      "port 8080 of Service/cart, which has no such port, so its controller answers 503; that is the targetPort of its "
      "port, 80: `port: {number: 80}` would do");
  CHECK(with_ingresses({ingress("shop", "cart", "name: http")}).empty());
}

TEST_CASE("each controller's own answer is told, and an action of a load balancer is no Service", "[unit]") {
  const Lines lines = with_ingresses({ingress("shop", "carts", "number: 80")},
                                     "ingress: [{class: nginx, controller: nginx, replicas: 2}]");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("so its controller answers 502; there is"));
  const Lines action = with_ingresses({ingress("shop", "ssl-redirect", "name: use-annotation")});
  REQUIRE(action.size() == 1);
  CHECK_THAT(action[0], Catch::Matchers::Contains("actions.ssl-redirect), such as a redirect, which is not modelled"));
}

TEST_CASE("a Service of type ExternalName needs no port, and a default backend is looked at too", "[unit]") {
  CHECK(
      with_ingresses({"{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {type: ExternalName, externalName: "
                      "db.example.com}}",
                      ingress("shop", "db", "number: 443")})
          .empty());
  const auto with_default = [](const std::string& service) {
    return with_ingresses(
        {"{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, "
         "defaultBackend: {service: {name: " +
         service + ", port: {number: 80}}}}}"});
  };
  REQUIRE(with_default("none").size() == 1);
  CHECK_THAT(with_default("none")[0], Catch::Matchers::Contains("sends what no rule fits to Service/none"));
  CHECK(with_default("cart").empty());
}

TEST_CASE("a class without a controller is told once for all its Ingresses", "[unit]") {
  const std::vector<std::string> two = {ingress("a", "cart", "number: 80", "ingressClassName: ngimx, "),
                                        ingress("b", "cart", "number: 80", "ingressClassName: ngimx, ")};
  CHECK(with_ingresses(two) ==
        Lines{"test.yaml:22:1: Ingress/a, Ingress/b have class ngimx, for which there is no controller here, so "
              "no traffic goes by the rules; there is one for nginx; did you mean \"nginx\"?"});
  CHECK(with_ingresses(two, "ingress: [{class: ngimx, replicas: 2}]").empty());
}

TEST_CASE("without any controller the class is told with what its IngressClass says", "[unit]") {
  const std::string alb =
      "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: alb}, spec: {controller: "
      "ingress.k8s.aws/alb}}";
  const Lines lines = with_ingresses({alb, ingress("a", "cart", "number: 80", "ingressClassName: alb, ")}, "load: 1");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             Catch::Matchers::Contains("Ingress/a has class alb (ingress.k8s.aws/alb), for which there is no "
                                       "controller here, so no traffic goes by the rules; `ingress: [{class: alb}]`"));
}

TEST_CASE("an Ingress without a class is the default class's, or nobody's", "[unit]") {
  const std::string bare = ingress("a", "cart", "number: 80", "");
  CHECK(with_ingresses({bare}).empty());  // the one controller takes it
  const auto defaults = [&](const std::string& name) {
    return with_ingresses(
        {bare, "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: " + name +
                   ", annotations: {ingressclass.kubernetes.io/is-default-class: \"true\"}}, spec: {controller: "
                   "k8s.io/ingress-nginx}}"});
  };
  CHECK(defaults("nginx").empty());
  REQUIRE(defaults("other").size() == 1);
  CHECK_THAT(
      defaults("other")[0],
      Catch::Matchers::Contains("Ingress/a has class other (k8s.io/ingress-nginx), for which there is no controller"));
  const Lines two = with_ingresses({bare}, "ingress: [{class: nginx, replicas: 2}, {class: inner, replicas: 2}]");
  REQUIRE(two.size() == 1);
  CHECK_THAT(two[0], Catch::Matchers::Contains(
                         "Ingress/a has no class, and no IngressClass is the default, so no controller takes "
                         "the rules; `ingressClassName: nginx` would do"));
}

}  // namespace
}  // namespace towtank::test
