#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/flag_values.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;

/// Random over pods of one worker, 10 ms each: M/M/1 each.
const char* const kFourPods = R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: shop}
spec:
  cluster: {nodePools: [{name: worker, count: 2, cpu: 64, memory: 64Gi}], network: {preset: ideal}}
  pods:
    Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), queue: {limit: none}}
  traffic:
    - {name: api, to: "http://shop/", arrivals: poisson(300/s), connections: {reuse: per_request}}
  objectives: ["api mean < 30ms"]
  run: {duration: 20s, warmup: 5s}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, resources: {requests: {cpu: 500m}}, ports: [{containerPort: 8080}]}]}
)";

const std::string kReplicas = "Deployment/shop:spec.replicas";

Ended plan(std::vector<std::string> words) {
  words.insert(words.begin(), {"plan", "-"});
  return test::towtank(words, kFourPods);
}

}  // namespace

TEST_CASE("plan names the least number of pods that meets the objective, its cost and the way there", "[unit]") {
  const Ended ended = plan({"--vary", kReplicas + "=2..12"});
  CHECK(ended.err.empty());
  CHECK(ended.status == 0);
  // 300/s over n pods of 100/s: 10 ms / (1 - 3/n) is 40 ms for 4, 25 ms for 5.
  CHECK(holds(ended.out,
              "\nreplicas=5 is the smallest value that meets the objectives (2.5 cores), with probability 95"));
  CHECK(holds(ended.out, "Searched by bisection, in this order: replicas=8, "));
  CHECK(holds(ended.out, "  replicas=3  1.5 cores        100 %"));
  CHECK(holds(ended.out, "overloaded"));
  CHECK(plan({"--vary", kReplicas + "=2..12", "-j", "2"}).out == ended.out);
  CHECK_FALSE(holds(plan({"--vary", kReplicas + "=2..12", "-q"}).out, "union bound"));
}

TEST_CASE("plan -o json holds every setting", "[unit]") {
  const Ended ended =
      plan({"--vary", kReplicas + "=3..9", "-o", "json", "--probability", "90%", "--indifference", "2%"});
  REQUIRE(ended.status == 0);
  const nlohmann::json json = nlohmann::json::parse(ended.out);
  CHECK(json["answer"] == "met");
  CHECK(json["chosen"] == "replicas=5");
  CHECK(json["nearest"].is_null());
  CHECK(json["probability"] == 0.9);
  CHECK(json["indifference"] == 0.02);
  CHECK(json["costUnit"] == "cores");
  CHECK(json["search"] == "bisection");
  REQUIRE(json["settings"].size() == 7);
  CHECK(json["settings"][0]["state"] == "overloaded");
  CHECK(json["settings"][1]["state"] == "missed");
  CHECK(json["settings"][2]["cost"] == 2.5);
  CHECK(json["settings"][2]["objectives"][0]["status"] == "met");
  CHECK(json["settings"][6]["state"] == "not_tried");
}

TEST_CASE("plan ends by 1 when nothing meets the objective and by 3 when it cannot tell", "[unit]") {
  const Ended missed = plan({"--vary", kReplicas + "=4..6", "--objective", "api mean < 11ms"});
  CHECK(missed.status == 1);
  CHECK(holds(missed.out, "No setting meets the objectives, with probability 95"));
  CHECK(holds(missed.out, "replicas=6 comes nearest."));
  const Ended overloaded = plan({"--vary", kReplicas + "=1..2"});
  CHECK(overloaded.status == 1);
  CHECK(holds(overloaded.out, "All are overloaded; replicas=2 least"));
  const Ended undecided =
      plan({"--vary", kReplicas + "=5", "--objective", "api mean < 25ms", "--set", "spec.run.replications.max=20"});
  CHECK(undecided.status == 3);
  CHECK(holds(undecided.out, "Undecided within the replications allowed"));
}

TEST_CASE("plan refuses what it cannot understand and runs nothing", "[unit]") {
  const Ended nothing = plan({});
  CHECK(nothing.status == 2);
  CHECK(holds(nothing.err, "--vary is missing"));
  for (const std::string wrong : {"replicas", "x=9..2", "x=1..", "x=1..2000", "x=1,,2", "x="}) {
    const Ended ended = plan({"--vary", wrong});
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, "--vary wants PATH=A..B"));
  }
  CHECK(holds(plan({"--vary", kReplicas + "=2..4", "--cost", "euro"}).err, "--cost wants replicas, nodes or usd"));
  CHECK(holds(plan({"--vary", kReplicas + "=2..4", "--probability", "40%"}).err, "--probability wants"));
  CHECK(holds(plan({"--vary", kReplicas + "=2..4", "--indifference", "0"}).err, "--indifference"));
  CHECK(holds(plan({"--vary", kReplicas + "=2..4", "-o", "csv"}).err, "table or json only"));
  const Ended unknown = plan({"--vary", "Deployment/shp:spec.replicas=2..4"});
  CHECK(unknown.status == 2);
  CHECK(holds(unknown.err, "--vary Deployment/shp:spec.replicas: "));
  const Ended objective = plan({"--vary", kReplicas + "=2..4", "--objective", "api p98 < 1s"});
  CHECK(objective.status == 2);
  CHECK(holds(objective.err, "unknown metric"));
}

TEST_CASE("variations are ranges or lists, and brackets hold their commas", "[unit]") {
  const auto range = parse_variation("spec.edge[name=lb].workers=2..4");
  REQUIRE(range);
  CHECK(range->path == "spec.edge[name=lb].workers");
  CHECK(range->values == std::vector<std::string>{"2", "3", "4"});
  CHECK(range->is_range);
  const auto list = parse_variation("x=random,{name: least_request, choices: 3},'a,b',normal(mean=1s, sd=2s)");
  REQUIRE(list);
  CHECK_FALSE(list->is_range);
  CHECK(list->values ==
        std::vector<std::string>{"random", "{name: least_request, choices: 3}", "'a,b'", "normal(mean=1s, sd=2s)"});
}

}  // namespace towtank::tool
