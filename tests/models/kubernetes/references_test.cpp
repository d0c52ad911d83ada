#include "models/kubernetes/references.hpp"

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

std::vector<Value> shop_documents() {
  return yaml_documents(
      "{kind: Service, metadata: {name: shop, namespace: prod}}\n---\n{kind: Service, metadata: {name: shop}}\n---\n"
      "kind: List\nitems:\n- {kind: Deployment, metadata: {name: cart}}\n- {kind: HTTPRoute, metadata: {name: "
      "route}}\n");
}

std::string complaint_about(const char* reference) {
  std::vector<Value> documents = shop_documents();
  return all_problems(find_object(documents, reference, {"s.yaml", 3, 5}));
}

TEST_CASE("kubectl's short and plural names are understood in any case", "[unit]") {
  CHECK(full_kind("svc") == "Service");
  CHECK(full_kind("Services") == "Service");
  CHECK(full_kind("deploy") == "Deployment");
  CHECK(full_kind("DEPLOYMENT") == "Deployment");
  CHECK(full_kind("po") == "Pod");
  CHECK(full_kind("sts") == "StatefulSet");
  CHECK(full_kind("ds") == "DaemonSet");
  CHECK(full_kind("rs") == "ReplicaSet");
  CHECK(full_kind("ing") == "Ingress");
  CHECK(full_kind("no") == "Node");
  CHECK(full_kind("cm") == "ConfigMap");
  CHECK(full_kind("ep") == "Endpoints");
  CHECK(full_kind("").empty());
  CHECK(full_kind("HTTPRoute").empty());
}

TEST_CASE("an object is found by kind and name, in lists too", "[unit]") {
  std::vector<Value> documents = shop_documents();
  const auto cart = find_object(documents, "deploy/cart", {});
  REQUIRE(cart);
  CHECK((*cart)->at({"metadata", "name"})->scalar == "cart");
  CHECK(find_object(documents, "HTTPRoute/route", {}));
  const auto prod = find_object(documents, "svc/prod/shop", {});
  REQUIRE(prod);
  CHECK(*prod == &documents[0]);
  const auto by_default = find_object(documents, "Service/default/shop", {});
  REQUIRE(by_default);
  CHECK(*by_default == &documents[1]);
}

TEST_CASE("a name that fits two objects is an error that lists both", "[unit][golden]") {
  CHECK(complaint_about("Service/shop") ==
        "s.yaml:3:5: `Service/shop` fits several objects; name one of Service/prod/shop (test.yaml:1), "
        "Service/default/shop (test.yaml:3)\n");
}

TEST_CASE("a name that fits nothing is an error with the nearest one", "[unit][golden]") {
  CHECK(complaint_about("deploy/kart") ==
        "s.yaml:3:5: no object is named `deploy/kart`; did you mean \"Deployment/cart\"?\n");
  CHECK(complaint_about("Deploymint/cart") ==
        "s.yaml:3:5: no object is named `Deploymint/cart`; did you mean \"Deployment\"?\n");
  CHECK(complaint_about("svc/prd/shop") ==
        "s.yaml:3:5: no object is named `svc/prd/shop`; did you mean \"Service/prod/shop\"?\n");
}

TEST_CASE("a reference has two or three parts", "[unit]") {
  for (const char* bad : {"shop", "a/b/c/d", "svc/", "/shop", "svc//shop", ""})
    CHECK_THAT(complaint_about(bad), has_text("expected KIND/NAME or KIND/NAMESPACE/NAME"));
}

}  // namespace
}  // namespace towtank
