#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/scenario/build.hpp"
#include "tests/models/study/studies.hpp"

// How an Ingress's annotations have ingress-nginx balance (models/SOURCES.md 3.3).

namespace towtank::test {
namespace {

const std::string kPrefix = "nginx.ingress.kubernetes.io/";

struct Annotated {
  model::Balance balance;
  std::vector<std::string> ignored, problems;
};

/// @param annotations  `NAME: VALUE, ...` without the prefix   @param ingress  further fields of spec.ingress
Annotated annotated(const std::vector<std::string>& annotations, const std::string& ingress = "") {
  std::string list;
  for (const std::string& each : annotations) list += (list.empty() ? "" : ", ") + kPrefix + each;
  ScenarioText text;
  text.cluster = {"nodePools: [{name: worker, count: 2}]"};
  text.pods = {"Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms)}"};
  text.traffic = {"{name: api, to: \"http://shop.example.com/\", arrivals: poisson(20/s)}"};
  text.spec = {"ingress: [{class: nginx" + ingress + "}]"};
  text.documents = {deployment("shop", 3), service("shop", "ClusterIP"),
                    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop, annotations: {" + list +
                        "}}, spec: {ingressClassName: nginx, rules: [{host: shop.example.com, http: {paths: [{path: /, "
                        "pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]}}"};
  const scenario::Study study = loaded(text.text());
  const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
  Annotated made;
  if (!built)
    for (const Problem& problem : built.error()) made.problems.push_back(problem.text());
  else
    made.balance = built->cluster.proxies.at(0).backends.at(0).balance;
  for (const scenario::IgnoredPart& part : study.ignored)
    if (part.kind == "Ingress") made.ignored.push_back(part.field);
  return made;
}

}  // namespace

TEST_CASE("annotations ask for a cookie, a ring, groups or an algorithm by name, in this order", "[unit]") {
  CHECK(annotated({}).balance.name == "ingress_nginx_round_robin");
  CHECK(annotated({"load-balance: ewma"}).balance.name == "ewma");
  CHECK(annotated({"upstream-hash-by: $remote_addr"}).balance.name == "chash");
  CHECK(annotated({"upstream-hash-by: $binary_remote_addr", "load-balance: ewma"}).balance.name == "chash");
  CHECK(annotated({"upstream-hash-by: $remote_addr", "upstream-hash-by-subset: \"false\""}).balance.name == "chash");
  const model::Balance groups = annotated({"upstream-hash-by: $remote_addr", "upstream-hash-by-subset: \"true\"",
                                           "upstream-hash-by-subset-size: \"2\""})
                                    .balance;
  CHECK(groups.name == "chashsubset");
  CHECK(groups.parameters == std::vector<std::pair<std::string, std::string>>{{"size", "2"}});
  CHECK(annotated({"affinity: cookie", "upstream-hash-by: $remote_addr"}).balance.name == "sticky_balanced");
  CHECK(annotated({"affinity: cookie"}, ", balance: ewma").balance.name == "ewma");  // the scenario's word counts
  CHECK(annotated({"upstream-hash-by: $remote_addr"}, ", controller: nginx").balance.name == "nginx_round_robin");
}

TEST_CASE("annotations that balance in ways that are not modelled are listed", "[unit]") {
  CHECK(annotated({"affinity: cookie", "affinity-mode: balanced", "upstream-hash-by: $remote_addr",
                   "upstream-hash-by-subset: \"true\"", "upstream-hash-by-subset-size: \"2\""})
            .ignored.empty());
  const Annotated key = annotated({"upstream-hash-by: $request_uri", "upstream-hash-by-subset: \"true\""});
  CHECK(key.balance.name == "ingress_nginx_round_robin");
  CHECK(key.ignored.size() == 2);
  const Annotated persistent = annotated({"affinity: cookie", "affinity-mode: persistent"});
  CHECK(persistent.balance.name == "sticky_persistent");
  CHECK(persistent.ignored.empty());
  const Annotated other = annotated({"affinity: cookie", "affinity-mode: sometimes"});
  CHECK(other.balance.name == "sticky_balanced");
  REQUIRE(other.ignored.size() == 1);
  CHECK(other.ignored[0] == "annotation " + kPrefix + "affinity-mode");
}

TEST_CASE("a group of size 0 has three, and one of a negative size is refused", "[unit]") {
  const auto of_size = [](const std::string& size) {
    return annotated({"upstream-hash-by: $remote_addr", "upstream-hash-by-subset: \"true\"",
                      "upstream-hash-by-subset-size: \"" + size + '"'});
  };
  const Annotated none = of_size("0");
  CHECK(none.problems.empty());
  CHECK(none.balance.name == "chashsubset");
  CHECK(none.balance.parameters.empty());  // of which 3 is the default
  const Annotated negative = of_size("-1");
  REQUIRE(negative.problems.size() == 1);
  CHECK(negative.problems[0].find("parameter `size` is `-1`: an integer from 1") != std::string::npos);
}

TEST_CASE("groups are asked for by whatever Go takes for true", "[unit]") {
  const auto name_for = [](const std::string& subset) {
    return annotated({"upstream-hash-by: $remote_addr", "upstream-hash-by-subset: \"" + subset + '"'}).balance.name;
  };
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) CHECK(name_for(yes) == "chashsubset");
  for (const char* no : {"0", "f", "False", "yes", "tRUE"}) CHECK(name_for(no) == "chash");
}

}  // namespace towtank::test
