#include "tools/towtank/output/load_plan.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/commands/commands.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;
using test::TestFolder;

/// Two pods or four of one worker, 10 ms each, at random: M/M/1 each.
const char* const kTwoOrFourPods = R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: shop}
spec:
  cluster: {nodePools: [{name: worker, count: 2}], network: {preset: ideal}}
  pods:
    Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), queue: {limit: none}}
  traffic:
    - {name: api, to: "http://shop/", arrivals: poisson(100/s), connections: {reuse: per_request}}
  objectives: ["api mean < 20ms"]
  run: {duration: 10s, warmup: 1s, replications: {min: 10, max: 40}}
  variants: [{name: two}, {name: four, set: {"Deployment/shop:spec.replicas": 4}}]
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
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
)";

Ended plan_load(const TestFolder& folder, std::vector<std::string> words) {
  words.insert(words.begin(), {"plan", "-", "--out", folder / "out"});
  return test::towtank(words, kTwoOrFourPods);
}

/// Without a simulation: an answer of each kind.
StudyLoadPlan made_up() {
  StudyLoadPlan plan;
  plan.scenario = "made-up";
  plan.decisions = 24;
  VariantLoad found;
  found.variant = "A";
  found.objectives = {"api p99 < 1s"};
  found.answer = VariantLoad::Answer::found;
  found.low = 1.5;
  found.high = 1.53;
  found.ceiling = 2.0;
  found.rate_per_s = 100.0;
  found.breaks_first = {"pod a-0 on n-0", "pod a-1 on n-1", "pod a-2 on n-1"};
  found.waits_at = "default/a";
  VariantLoad missed = found;
  missed.variant = "B";
  missed.answer = VariantLoad::Answer::missed;
  missed.low = std::nullopt;
  missed.high = 0.04;
  missed.tried = {{0.04, TriedLoad::State::missed, 1, 20, {}}};
  VariantLoad unsteady = missed;
  unsteady.variant = "C";
  unsteady.answer = VariantLoad::Answer::unsteady;
  VariantLoad up_to_ceiling = found;
  up_to_ceiling.variant = "D";
  up_to_ceiling.high = up_to_ceiling.ceiling;
  plan.variants = {found, missed, unsteady, up_to_ceiling};
  LoadCurveRow row;
  row.variant = "A";
  row.traffic = "api";
  row.load = 1.5;
  row.rate_per_s = 150.0;
  row.utilization = 0.75;
  row.state = "steady";
  row.mean_ms = {10.0, 9.0, 11.0};
  row.p50_ms = {8.0, 7.5, 8.5};
  row.p99_ms.value = 70.0;
  row.error_rate = 0.0;
  row.replications = 20;
  row.samples = 1000;
  LoadCurveRow overloaded;
  overloaded.variant = "A";
  overloaded.traffic = "api";
  overloaded.load = 2.0;
  overloaded.state = "overloaded";
  plan.curve = {row, overloaded};
  return plan;
}

}  // namespace

TEST_CASE("plan --maximize tells what each variant bears, what breaks first and which bears more", "[unit][slow]") {
  const TestFolder folder;
  const Ended ended = plan_load(folder, {"--maximize", "spec.load", "--resolution", "10%"});
  CHECK(ended.err.empty());
  CHECK(ended.status == 0);
  // 20 ms of mean latency is half a pod's capacity: 1 for two pods, 2 for four.
  CHECK(holds(ended.out, "shop, how much load each variant bears"));
  CHECK(holds(ended.out, "all 4 pods of default/shop"));
  CHECK(holds(ended.out, "two bears between 0.9"));
  CHECK(holds(ended.out, "four bears more load than two."));
  CHECK(holds(ended.out, "/out/load_curve.csv; `towtank plot"));
  CHECK(test::count_entries(folder / "out") == 2);
  const std::string csv = test::get(folder / "out/load_curve.csv");
  CHECK(holds(csv, "\nshop,two,api,2,200,1,overloaded,,,,,,,,,,,0.95,0,0\n"));
  const TestFolder again;
  const Ended quiet = plan_load(again, {"--maximize", "load", "-q", "-j", "2", "--resolution", "10%"});
  CHECK_FALSE(holds(quiet.out, "union bound"));
  CHECK(test::get(again / "out/load_curve.csv") == csv);
}

TEST_CASE("plan --maximize -o json holds all loads that were tried and the curve, as load_plan.json does", "[unit][slow]") {
  const TestFolder folder;
  const Ended ended = plan_load(folder, {"--maximize", "scenario:spec.load", "-o", "json", "--variant", "four",
                                         "--resolution", "10%", "--probability", "90%"});
  REQUIRE(ended.status == 0);
  CHECK(ended.out == test::get(folder / "out/load_plan.json"));
  const nlohmann::json json = nlohmann::json::parse(ended.out);
  CHECK(json["complete"] == true);
  CHECK(json["probability"] == 0.9);
  CHECK(json["resolution"] == 0.1);
  REQUIRE(json["variants"].size() == 1);
  const nlohmann::json& four = json["variants"][0];
  CHECK(four["answer"] == "found");
  CHECK(four["ceiling"] == 4.0);
  CHECK(four["low"] <= 2.0);
  CHECK(four["high"] >= 2.0);
  CHECK(four["breaksFirst"][0] == "all 4 pods of default/shop");
  CHECK(four["tried"].size() >= 4);
  CHECK(json["curve"].size() >= 9);
  CHECK(json["curve"].back()["latency_p99_ms"]["estimate"].is_null());
}

TEST_CASE("plan --maximize ends by 1 when an objective is missed at any load, and by 0 without one", "[unit][slow]") {
  const TestFolder folder;
  const Ended missed = plan_load(
      folder, {"--maximize", "spec.load", "--variant", "two", "--objective", "api mean < 4ms", "--resolution", "10%"});
  CHECK(missed.status == 1);
  CHECK(holds(missed.out, "two misses an objective already at load 0.04"));
  const TestFolder other;
  const Ended capacity =
      plan_load(other, {"--maximize", "spec.load", "--variant", "two", "--objective", "api mean < 20ms for four"});
  CHECK(capacity.status == 0);
  CHECK(holds(capacity.out, "two: no objective binds it, so this is its capacity: at load 2.000 all 2 pods of"));
}

TEST_CASE("plan --maximize refuses what does not go with it, and writes nothing", "[unit]") {
  const TestFolder folder;
  const auto refused = [&](std::vector<std::string> words) {
    const Ended ended = plan_load(folder, std::move(words));
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    return ended.err;
  };
  CHECK(holds(refused({"--maximize", "spec.loads"}), "--maximize wants spec.load"));
  CHECK(holds(refused({"--maximize", "Deployment/shop:spec.replicas"}), "--maximize wants spec.load"));
  CHECK(holds(refused({"--maximize", "load", "--vary", "Deployment/shop:spec.replicas=2..4"}),
              "--vary does not go with --maximize"));
  CHECK(holds(refused({"--maximize", "load", "--cost", "usd"}), "--cost does not go with --maximize"));
  CHECK(holds(refused({"--maximize", "load", "--indifference", "1%"}), "--indifference does not go with --maximize"));
  CHECK(holds(refused({"--maximize", "load", "--resolution", "0"}), "--resolution wants"));
  CHECK(holds(refused({"--maximize", "load", "--set", "spec.load=0"}), "expected a factor above 0"));
  CHECK(holds(refused({"--maximize", "load", "-o", "csv"}), "table or json only"));
  CHECK(holds(refused({"--vary", "Deployment/shop:spec.replicas=2..4"}), "--out goes with --maximize"));
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("each kind of answer has its own words", "[unit]") {
  const std::string text = load_plan_text(made_up(), {}, "results/made-up");
  CHECK(holds(text, "A bears between 1.500 and 1.530 times the load, with probability 95 %; beyond, requests wait"));
  CHECK(holds(text, "pod a-0 on n-0 and 2 more"));
  CHECK(holds(text, "150.0 to 153.0"));
  CHECK(holds(text, "B misses an objective already at load 0.04000, "));
  CHECK(holds(text, "C has no steady state even at load 0.04000"));
  CHECK(holds(text, "D bears at least 1.500 times the load, with probability 95 %; by the closed form pod a-0"));
  CHECK(holds(text, "A bears more load than B."));
  CHECK(holds(text, "Whether A or D bears more: cannot tell."));
  StudyLoadPlan interrupted = made_up();
  interrupted.complete = false;
  CHECK(holds(load_plan_text(interrupted, {}, "x"), "Interrupted: "));
  CHECK(holds(load_plan_json(interrupted), "\"complete\": false"));
}

TEST_CASE("load_curve.csv leaves empty what is not resolved, and marks what is overloaded", "[unit]") {
  CHECK(load_curve_csv(made_up()) ==
        "scenario,variant,traffic,load,rate_per_s,utilization,state,latency_mean_ms,latency_mean_ci_low_ms,"
        "latency_mean_ci_high_ms,latency_p50_ms,latency_p50_ci_low_ms,latency_p50_ci_high_ms,latency_p99_ms,"
        "latency_p99_ci_low_ms,latency_p99_ci_high_ms,error_rate,confidence,replications,samples\n"
        "made-up,A,api,1.5,150,0.75,steady,10,9,11,8,7.5,8.5,70,,,0,0.95,20,1000\n"
        "made-up,A,api,2,,,overloaded,,,,,,,,,,,0.95,0,0\n");
}

TEST_CASE("a plan of loads that was interrupted ends by 5, and its files are there", "[unit]") {
  const TestFolder folder;
  const Loader loader = [](const std::string&, scenario::FileSource&, const scenario::LoadOptions&) {
    LoadedStudy study;
    study.name = "made-up";
    study.plan_load = [](const LoadPlanOptions&, Executor&, ProgressSink&) {
      StudyLoadPlan made = made_up();
      made.complete = false;
      return Result<StudyLoadPlan>{made};
    };
    return Result<LoadedStudy>{study};
  };
  std::istringstream in;
  std::ostringstream out, err;
  PlanRequest request;
  request.maximize = LoadPlanOptions{};
  request.out = folder / "out";
  CHECK(plan(request, loader, {in, out, err}) == ExitStatus::partial);
  CHECK(holds(test::get(folder / "out/load_plan.json"), "\"complete\": false"));
}

}  // namespace towtank::tool
