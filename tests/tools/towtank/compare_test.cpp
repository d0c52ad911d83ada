#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/stats/student_t.hpp"
#include "tests/tools/towtank/support.hpp"

namespace towtank::tool {
namespace {

using nlohmann::json;
using test::Ended;
using test::holds;
using test::metric;
using test::put;
using test::TestFolder;

std::string manifests(int replicas, const std::string& further = "") {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
         "spec: {type: LoadBalancer, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}\n"
         "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: " +
         std::to_string(replicas) +
         "\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n"
         "    spec: {containers: [{name: app, image: shop:1, ports: [{containerPort: 8080}]}]}\n" +
         further;
}

/// Random over pods of one worker, 10 ms each: M/M/1 each. @param spec  further lines under spec
std::string scenario_of_shop(const std::string& spec = "", const std::string& name = "api") {
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: shop}\nspec:\n"
         "  cluster: {nodePools: [{name: worker, count: 2, cpu: 64, memory: 64Gi}], network: {preset: ideal}}\n"
         "  pods:\n    Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=10ms), queue: "
         "{limit: none}}\n"
         "  traffic:\n    - {name: " +
         name +
         ", to: \"http://shop/\", arrivals: poisson(120/s), connections: {reuse: per_request}}\n"
         "  run: {duration: 40s, warmup: 5s}\n" +
         spec + "---\n";
}

std::string shop(int replicas, const std::string& spec = "", const std::string& name = "api") {
  return scenario_of_shop(spec, name) + manifests(replicas);
}

/// Two scenarios side by side in files a.yaml and b.yaml of a folder.
struct Sides {
  Sides(const std::string& a, const std::string& b) {
    put(folder / "a.yaml", a);
    put(folder / "b.yaml", b);
  }

  Ended compare(std::vector<std::string> further = {}, bool reversed = false) const {
    std::vector<std::string> words{"compare", folder / (reversed ? "b.yaml" : "a.yaml"),
                                   folder / (reversed ? "a.yaml" : "b.yaml")};
    words.insert(words.end(), further.begin(), further.end());
    return test::towtank(words, "");
  }

  json compared(std::vector<std::string> further = {}, bool reversed = false) const {
    further.insert(further.end(), {"-o", "json"});
    const Ended ended = compare(further, reversed);
    INFO(ended.err);
    REQUIRE(!ended.out.empty());
    return json::parse(ended.out);
  }

  TestFolder folder;
};

}  // namespace

TEST_CASE("compare finds no difference between a scenario and itself, to the last digit", "[unit]") {
  const Sides sides{shop(4), shop(4)};
  const Ended ended = sides.compare();
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  CHECK(holds(ended.out, "no setting differs"));
  CHECK(holds(ended.out, "A and B are the same: nothing that decides differs by more than 1 %."));
  const json result = sides.compared();
  CHECK(result["changes"].empty());
  for (const json& row : result["variants"][0]["traffic"][0]["metrics"]) {
    CHECK(row["verdict"] == "same");
    CHECK(row["difference"]["estimate"] == 0.0);
    CHECK(row["difference"]["ci_low"] == 0.0);
    CHECK(row["difference"]["ci_high"] == 0.0);
    CHECK(row["a"] == row["b"]);
  }
}

TEST_CASE("compare is the same simulation as run, so that A and B are the baseline and the variant there", "[unit]") {
  const Sides sides{shop(4), shop(3)};
  const json result = sides.compared();
  put(sides.folder / "both.yaml",
      shop(4, "  variants: [{name: A}, {name: B, set: {\"Deployment/shop:spec.replicas\": 3}}]\n"));
  const Ended ended =
      test::towtank({"run", sides.folder / "both.yaml", "--out", sides.folder / "out", "-o", "json"}, "");
  REQUIRE(ended.status == 0);
  const json rows = json::parse(ended.out)["summary"];
  const auto row = [&](const std::string& variant, const std::string& name) {
    for (const json& one : rows)
      if (one["variant"] == variant && one["metric"] == name) return one;
    return json{};
  };
  CHECK(metric(result, "latency_p99")["a"]["estimate"] == row("A", "latency_p99")["estimate"]);
  CHECK(metric(result, "latency_p99")["b"]["ci_high"] == row("B", "latency_p99")["ci_high"]);
  CHECK(metric(result, "latency_mean")["difference"]["ci_low"].get<double>() ==
        Approx(row("B", "latency_mean_diff")["ci_low"].get<double>()).epsilon(1e-12));
}

TEST_CASE("compare ends by 1 when B is worse, names what differs, and its reverse is better", "[unit]") {
  const Sides sides{shop(4), shop(3)};
  const Ended worse = sides.compare();
  CHECK(worse.status == 1);
  CHECK(holds(worse.out, "Deployment/shop spec.replicas: 4 -> 3 (" + sides.folder / "b.yaml:"));
  CHECK(holds(worse.out, "B is worse: latency_mean of api, latency_p99 of api."));
  CHECK(sides.compare({"-j", "2"}).out == worse.out);
  CHECK_FALSE(holds(sides.compare({"-q"}).out, "simulation noise"));
  const json there = sides.compared();
  const json back = sides.compared({}, true);
  for (const char* name : {"latency_mean", "latency_p99", "utilization_max"}) {
    CHECK(metric(there, name)["difference"]["estimate"].get<double>() ==
          -metric(back, name)["difference"]["estimate"].get<double>());
    CHECK(metric(there, name)["difference"]["ci_low"].get<double>() ==
          -metric(back, name)["difference"]["ci_high"].get<double>());
    CHECK(metric(there, name)["p_adjusted"] == metric(back, name)["p_adjusted"]);
    CHECK(metric(there, name)["a"] == metric(back, name)["b"]);
    CHECK(metric(there, name)["verdict"] == "worse");
    CHECK(metric(back, name)["verdict"] == "better");
  }
  CHECK(metric(there, "latency_mean")["correlation"].get<double>() > 0.3);
  CHECK(sides.compare({}, true).status == 0);
}

TEST_CASE("compare answers as a comment on a pull request, and as a line for each metric", "[unit]") {
  const Sides sides{shop(4), shop(3)};
  const Ended markdown = sides.compare({"-o", "markdown"});
  CHECK(markdown.status == 1);
  CHECK(holds(markdown.out, "**B is worse: latency\\_mean of api, latency\\_p99 of api.**"));
  CHECK(holds(markdown.out, "| **worse** |"));
  CHECK(holds(markdown.out, "- Deployment/shop spec.replicas: 4 -\\> 3"));
  const Ended csv = sides.compare({"-o", "csv"});
  CHECK(test::first_line(csv.out).substr(0, 43) == "variant_a,variant_b,traffic,metric,unit,a,a");
  CHECK(holds(csv.out, "\nbaseline,baseline,api,latency_p99,ms,"));
}

TEST_CASE("compare sets manifests against each other under the load of one scenario", "[unit]") {
  const TestFolder folder;
  for (const char* side : {"base", "head"}) std::filesystem::create_directory(folder / side);
  put(folder / "base/shop.yaml", manifests(4));
  std::string changed = manifests(3);
  changed.replace(changed.find("shop:1"), 6, "shop:2");
  put(folder / "head/shop.yaml", changed);
  put(folder / "load.yaml", scenario_of_shop("  resources: [nowhere.yaml]\n"));
  const std::vector<std::string> words{"compare", folder / "base", folder / "head", "--load", folder / "load.yaml"};
  const Ended ended = test::towtank(words, "");
  CHECK(ended.err.empty());
  CHECK(ended.status == 1);
  CHECK(holds(ended.out, "spec.replicas: 4 -> 3 (" + folder / "head/shop.yaml:10)"));
  CHECK(holds(ended.out, "  1 setting that plays no part in the model (-o wide lists them)"));
  // A file, and standard input, are manifests too.
  const Ended piped =
      test::towtank({"compare", folder / "base/shop.yaml", "-", "--load", folder / "load.yaml"}, manifests(4));
  CHECK(piped.status == 0);
  const Ended missing =
      test::towtank({"compare", folder / "base", folder / "none", "--load", folder / "load.yaml"}, "");
  CHECK(missing.status == 2);
  CHECK(holds(missing.err, "none"));
  CHECK_FALSE(holds(missing.err, "spec.resources"));
  put(folder / "head/kustomization.yaml", "resources: [shop.yaml]\n");
  CHECK(holds(test::towtank(words, "").err, "> FILE` and name the file"));
}

TEST_CASE("compare sets variants of one name against each other, or else the first of both", "[unit]") {
  const std::string two =
      "  variants: [{name: small, set: {\"scenario:spec.load\": 0.5}}, {name: full}, {name: OTHER}]\n";
  std::string theirs = two;
  theirs.replace(theirs.find("OTHER"), 5, "new");
  const Sides sides{shop(4, two), shop(3, theirs)};
  const json result = sides.compared();
  REQUIRE(result["variants"].size() == 2);
  CHECK(result["variants"][0]["variant"] == "small");
  CHECK(result["onlyInA"] == json{"variant OTHER"});
  CHECK(result["onlyInB"] == json{"variant new"});
  CHECK(metric(result, "latency_mean", 0)["a"]["estimate"] < metric(result, "latency_mean", 1)["a"]["estimate"]);
  CHECK(sides.compared({"--variant", "full"})["variants"].size() == 1);
  CHECK(holds(sides.compare({"--variant", "OTHER"}).err, "no variant is named \"OTHER\""));
  const Sides first{shop(4, "  variants: [{name: Cluster}, {name: x}]\n"), shop(4, "  variants: [{name: Local}]\n")};
  const json pair = first.compared();
  REQUIRE(pair["variants"].size() == 1);
  CHECK(pair["variants"][0]["variant"] == "Cluster / Local");
  CHECK(pair["onlyInA"] == json{"variant x"});
}

TEST_CASE("compare says how many replications would tell, and so many do", "[statistical]") {
  // M/M/1 of utilization 0.3 and 0.3025: 14.29 and 14.34 ms.
  const std::vector<std::string> loose{"--indifference", "0.01%", "--duration", "4s"};
  std::string heavier = shop(4);
  heavier.replace(heavier.find("poisson(120/s)"), 14, "poisson(121/s)");
  const Sides sides{shop(4), heavier};
  const Ended ended = sides.compare(loose);
  const json result = sides.compared(loose);
  const json mean = metric(result, "latency_mean");
  REQUIRE(mean["verdict"] == "cannot_tell");
  CHECK(ended.status == 3);
  REQUIRE(mean["replications_to_tell"].is_number());
  const auto needed = mean["replications_to_tell"].get<std::size_t>();
  CHECK(needed > 20);
  CHECK(holds(ended.out, "cannot tell; about " + std::to_string(needed) + " replications would"));
  std::vector<std::string> more = loose;
  more.insert(more.end(), {"--set", "spec.run.replications.min=" + std::to_string(2 * needed)});
  CHECK(metric(sides.compared(more), "latency_mean")["verdict"] == "worse");
}

TEST_CASE("compare ends by 4 when B has no steady state, not when B cures one of A", "[unit]") {
  const Sides sides{shop(4), shop(1)};
  const Ended ended = sides.compare();
  CHECK(ended.status == 4);
  CHECK(holds(ended.out, "baseline: B is unstable: pod shop-"));
  CHECK(holds(ended.out, "is offered 120 % of what it can serve"));
  const Ended cured = sides.compare({}, true);
  CHECK(cured.status == 0);
  CHECK(holds(cured.out, "of what it can serve; B is not, which"));
}

TEST_CASE("compare of sides without a failure tells by how many requests that could be seen", "[unit]") {
  // Of 44,000 requests without a failure fewer than one in 10,000 fails, with a confidence of 95 %.
  const auto errors = [](int seconds) {
    std::string a = shop(4), b = shop(5);
    for (std::string* side : {&a, &b})
      side->replace(side->find("duration: 40s"), 13, fmt::format("duration: {}s", seconds));
    return metric(Sides{a, b}.compared(), "error_rate");
  };
  const auto requests = [](int seconds) { return 120.0 * seconds * 20.0; };
  const json few = errors(12), many = errors(22);
  REQUIRE(few["replications"] == 20);
  CHECK(few["verdict"] == "cannot_tell");
  CHECK(few["difference"]["estimate"] == 0.0);
  const double t = two_sided_t(20, 0.95);  // Wilson's limit for none of n
  CHECK(few["difference"]["ci_high"].get<double>() == Approx(t * t / requests(12)).epsilon(0.05));
  CHECK(few["difference"]["ci_low"].get<double>() == Approx(-t * t / requests(12)).epsilon(0.05));
  // The limit falls as requests grow: 0.000152 to 0.0001 takes 31 replications in place of 20.
  CHECK(few["replications_to_tell"].get<int>() == Approx(31).margin(1));
  CHECK(many["verdict"] == "same");
}

TEST_CASE("compare says of annotations that are not modelled that they play no part", "[unit]") {
  const std::string mark = "metadata: {name: shop}\nspec: {type";
  const auto annotated = [&](const std::string& annotations) {
    std::string text = shop(4);
    text.replace(text.find(mark), mark.size(),
                 "metadata: {name: shop, annotations: {" + annotations + "}}\nspec: {type");
    return text;
  };
  const Sides sides{shop(4), annotated("service.beta.kubernetes.io/aws-load-balancer-eip-allocations: eip-1")};
  const json changes = sides.compared()["changes"];
  REQUIRE(changes.size() == 1);
  CHECK(changes[0]["modelled"] == false);
}

TEST_CASE("compare writes the files of run only where it is asked to", "[unit]") {
  const Sides sides{shop(4), shop(3)};
  sides.compare();
  CHECK(test::count_entries(sides.folder.path()) == 2);
  CHECK(sides.compare({"--out", sides.folder / "out"}).status == 1);
  const std::string summary = test::get(sides.folder / "out/summary.csv");
  CHECK(holds(summary, "\nshop,A/baseline,api,latency_p99,ms,"));
  CHECK(holds(summary, "\nshop,B/baseline,api,latency_p99_diff,ms,"));
  CHECK(holds(summary, ",worse\n"));
  CHECK(holds(test::get(sides.folder / "out/run-info.json"), "\"compare\""));
}

TEST_CASE("compare refuses what it cannot compare and runs nothing", "[unit]") {
  CHECK(holds(test::towtank({"compare"}, "").err, "A, a scenario or a folder, is missing"));
  CHECK(holds(test::towtank({"compare", "a.yaml"}, "").err, "B, what A is compared with, is missing"));
  CHECK(holds(test::towtank({"compare", "-", "-"}, "").err, "can be one side only"));
  CHECK(holds(test::towtank({"compare", "a", "-", "--load", "-"}, "").err, "not both"));
  CHECK(holds(test::towtank({"compare", "a", "b", "--indifference", "2"}, "").err, "--indifference"));
  const Sides unlike{shop(4), shop(4, "", "web")};
  const Ended traffic = unlike.compare();
  CHECK(traffic.status == 2);
  CHECK(holds(traffic.err, "b.yaml:"));
  CHECK(holds(traffic.err, "no traffic is on both sides: A has api, B has web"));
  const Sides like{shop(4), shop(3)};
  const Ended metric = like.compare({"--sensitivity", "--metric", "latency_p98", "--out", like.folder / "out"});
  CHECK(metric.status == 2);
  CHECK(holds(metric.err, "--metric: no metric is \"latency_p98\": latency_mean"));
  CHECK(test::count_entries(like.folder.path()) == 2);
  const Sides broken{shop(4), "kind: Nothing\n"};
  const Ended both = test::towtank({"compare", broken.folder / "none.yaml", broken.folder / "b.yaml"}, "");
  CHECK(both.status == 2);
  CHECK(holds(both.err, "none.yaml"));
  CHECK(holds(both.err, "b.yaml:1"));
}

TEST_CASE("compare lets spec.run of A count for both, and says so", "[unit]") {
  std::string longer = shop(4);
  longer.replace(longer.find("duration: 40s"), 13, "duration: 99s");
  const Sides sides{shop(4), longer};
  const json result = sides.compared();
  CHECK(result["duration_s"] == 40.0);
  CHECK(result["warnings"] == json{"spec.run of B differs from that of A, which counts for both"});
  CHECK(metric(result, "latency_mean")["verdict"] == "same");
}

}  // namespace towtank::tool
