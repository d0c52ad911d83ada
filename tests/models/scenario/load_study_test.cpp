#include "models/scenario/load_study.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/models/scenario/shop_text.hpp"
#include "tests/support/memory_files.hpp"

namespace towtank::scenario {
namespace {

const std::string kService =
    "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{port: 80}]}\n";
const std::string kDeployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 2\n"
    "  selector: {matchLabels: {app: shop}}\n"
    "  template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: app}]}}\n";
const std::string kObjects = "---\n" + kService + "---\n" + kDeployment;

Study load(MemoryFiles files, const LoadOptions& options = {}, const std::string& path = "s.yaml") {
  const Result<Study> study = load_study(path, files, options);
  INFO((study ? "" : study.error()[0].text()));
  REQUIRE(study.has_value());
  return *study;
}

/// A study of one file with these lines below `spec:`, and the two objects of the shop.
Study load_lines(const std::string& lines, const LoadOptions& options = {}) {
  return load(MemoryFiles{{{"s.yaml", kHead + kTraffic + lines + kObjects}}}, options);
}

std::string problems_of(MemoryFiles files, const LoadOptions& options = {}) {
  const Result<Study> study = load_study("s.yaml", files, options);
  REQUIRE_FALSE(study.has_value());
  std::string text;
  for (const Problem& problem : study.error()) text += problem.text() + '\n';
  return text;
}

std::vector<std::string> names(const Study& study) {
  std::vector<std::string> found;
  for (const VariantInput& variant : study.variants) found.push_back(variant.name);
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a scenario without variants is one, called baseline", "[unit]") {
  const Study study = load_lines("");
  CHECK(study.name == "shop");
  CHECK(names(study) == Names{"baseline"});
  CHECK(study.variants[0].objects.services.size() == 1);
  CHECK(study.variants[0].objects.workloads.size() == 1);
  CHECK(study.warnings.empty());
}

TEST_CASE("resources are files, folders, globs and inline objects, seen from the scenario's folder", "[unit]") {
  const std::string inline_object =
      "    - {apiVersion: v1, kind: Service, metadata: {name: cart}, spec: {selector: {app: shop}, ports: [{port: "
      "81}]}}\n";
  const auto with = [&](const std::string& resources) {
    MemoryFiles files{{{"a/s.yaml", kHead + "  resources:\n" + resources + kTraffic},
                       {"a/m/service.yaml", kService},
                       {"a/m/deployment.yml", kDeployment},
                       {"a/m/readme.md", "no: yaml: here"},
                       {"a/m/deeper/other.yaml", kService}}};
    const Objects objects = load(files, {}, "a/s.yaml").variants[0].objects;
    return std::pair{objects.services.size(), objects.workloads.size()};
  };
  CHECK(with("    - m/service.yaml\n") == std::pair<std::size_t, std::size_t>{1, 0});
  CHECK(with("    - m\n") == std::pair<std::size_t, std::size_t>{1, 1});
  CHECK(with("    - m/\n") == std::pair<std::size_t, std::size_t>{1, 1});
  CHECK(with("    - m/*.yml\n") == std::pair<std::size_t, std::size_t>{0, 1});
  CHECK(with("    - m\n    - m/*.yml\n    - m/service.yaml\n") == std::pair<std::size_t, std::size_t>{1, 1});
  CHECK(with("    - m\n" + inline_object) == std::pair<std::size_t, std::size_t>{2, 1});
}

TEST_CASE("a folder of resources may hold the scenario itself and others", "[unit]") {
  const Study study = load(MemoryFiles{{{"s.yaml", kHead + "  resources: [.]\n" + kTraffic},
                                        {"other.yaml", kHead + kTraffic},
                                        {"shop.yaml", kService}}});
  CHECK(study.variants[0].objects.services.size() == 1);
}

TEST_CASE("resources that cannot be read are told where they are named", "[unit]") {
  const auto say = [](std::map<std::string, std::string> files, const std::string& resource) {
    files["s.yaml"] = kHead + "  resources: [" + resource + "]\n" + kTraffic;
    return problems_of(MemoryFiles{files});
  };
  CHECK_THAT(say({}, "m.yaml"), Catch::Matchers::StartsWith("s.yaml:5:15: spec.resources: cannot find m.yaml"));
  CHECK_THAT(say({{"m/a.txt", ""}}, "m"), Catch::Matchers::Contains("found no *.yaml"));
  CHECK_THAT(say({{"m/kustomization.yaml", ""}, {"m/a.yaml", kService}}, "m"),
             Catch::Matchers::Contains("`kubectl kustomize m | towtank run -`"));
  CHECK_THAT(say({{"m/a.yaml", "a: [\n"}}, "m"), Catch::Matchers::StartsWith("m/a.yaml:"));
}

TEST_CASE("a variant changes its own objects and its own scenario only", "[unit]") {
  const Study study = load_lines(R"(
  pods: {Deployment/shop: {workers: 2}}
  variants:
    - name: Cluster
    - name: Local x8
      patch: {svc/shop: {spec: {type: NodePort, externalTrafficPolicy: Local}}}
      set: {"Deployment/shop:spec.replicas": 8, "scenario:spec.load": 2, "spec.pods.Deployment/shop.workers": 4,
            "scenario:spec.traffic[name=api].timeout": 2s}
    - name: gone
      patch: {Deployment/default/shop: {$patch: delete}}
)");
  REQUIRE(names(study) == Names{"Cluster", "Local x8", "gone"});
  const VariantInput& base = study.variants[0];
  CHECK(base.objects.workloads[0].replicas == 2);
  CHECK(base.objects.services[0].external_traffic_policy == TrafficPolicy::cluster);
  CHECK(base.scenario.load == 1.0);
  const VariantInput& local = study.variants[1];
  CHECK(local.objects.workloads[0].replicas == 8);
  CHECK(local.objects.services[0].external_traffic_policy == TrafficPolicy::local);
  CHECK(local.scenario.load == 2.0);
  CHECK(local.scenario.pods[0].workers == 4);
  CHECK(local.scenario.traffic[0].timeout == 2s);
  CHECK(study.variants[2].objects.workloads.empty());
  CHECK(study.warnings.empty());
}

TEST_CASE("a patch that adds keys to an object still merges its lists by the kind's keys", "[unit]") {
  const Study study = load_lines(R"(
  variants:
    - name: A
      patch: {Deployment/shop: {status: {}, spec: {template: {spec: {containers: [{name: sidecar}]}}}}}
)");
  CHECK(study.variants[0].objects.workloads[0].pods.containers.size() == 2);
}

TEST_CASE("the matrix is crossed with the variants, the last axis fastest", "[unit]") {
  const Study study = load_lines(R"(
  variants:
    - {name: A}
    - {name: B, set: {"scenario:spec.load": 2}}
  matrix:
    "Deployment/shop:spec.replicas": [2, 4]
    "scenario:spec.traffic[name=api].timeout": [1s, 2s]
)");
  CHECK(names(study) == Names{"A replicas=2 timeout=1s", "A replicas=2 timeout=2s", "A replicas=4 timeout=1s",
                              "A replicas=4 timeout=2s", "B replicas=2 timeout=1s", "B replicas=2 timeout=2s",
                              "B replicas=4 timeout=1s", "B replicas=4 timeout=2s"});
  CHECK(study.variants[6].objects.workloads[0].replicas == 4);
  CHECK(study.variants[6].scenario.traffic[0].timeout == 1s);
  CHECK(study.variants[6].scenario.load == 2.0);
}

TEST_CASE("cells are named by values that fit file names, and by longer paths where the short ones are equal",
          "[unit]") {
  const Study study = load_lines(R"(
  edge: [{name: lb, kind: nlb, service: shop}]
  matrix:
    "scenario:spec.edge[name=lb].balance": [random, {name: least_request, choices: 2}]
    "scenario:spec.traffic[name=api].retries.max": [2]
)");
  CHECK(names(study) == Names{"baseline balance=random max=2", "baseline balance=least_request-choices=2 max=2"});
  const Study clash = load_lines(R"yaml(
  pods: {Deployment/shop: {serviceTime: 3ms}}
  matrix:
    "scenario:spec.traffic[name=api].timeout": [1s]
    "scenario:spec.traffic[name=api].request.size": [1KiB]
    "scenario:spec.traffic[name=api].request.responseSize": [1KiB]
    "scenario:spec.pods.Deployment/shop.serviceTime": ["lognormal(mean=20ms p99=90ms)"]
    "scenario:spec.cluster.network.preset": [aws]
    "Service/shop:metadata.name": [shop]
    "Deployment/shop:metadata.name": [shop]
)yaml");
  CHECK(names(clash) == Names{"baseline timeout=1s size=1KiB responseSize=1KiB "
                              "serviceTime=lognormal_mean=20ms p99=90ms_ preset=aws Service/shop_metadata.name=shop "
                              "Deployment/shop_metadata.name=shop"});
}

TEST_CASE("what the command line sets holds for every variant that does not set it itself", "[unit]") {
  LoadOptions options;
  options.set = {{"Deployment/shop:spec.replicas", "5"}, {"scenario:spec.load", "3"}, {"spec.run.seed", "9"}};
  options.duration = 7s;
  options.precision = 0.02;
  options.confidence = 0.9;
  const std::string lines = "  variants: [{name: A}, {name: B, set: {\"scenario:spec.load\": 2}}]\n";
  const Study study = load_lines(lines, options);
  for (const VariantInput& variant : study.variants) {
    CHECK(variant.objects.workloads[0].replicas == 5);
    CHECK(variant.scenario.run.seed == 9U);
    CHECK(variant.scenario.run.duration == 7s);
    CHECK(variant.scenario.run.precision == 0.02);
    CHECK(variant.scenario.run.confidence == 0.9);
  }
  CHECK(study.variants[0].scenario.load == 3.0);
  CHECK(study.variants[1].scenario.load == 2.0);
  options.seed = 11;
  CHECK(load_lines(lines, options).variants[1].scenario.run.seed == 11U);
}

TEST_CASE("what the command line gets wrong is told with the flag", "[unit]") {
  const auto say = [](const std::string& path, const std::string& value) {
    LoadOptions options;
    options.set = {{path, value}};
    return problems_of(MemoryFiles{{{"s.yaml", kHead + kTraffic + kObjects}}}, options);
  };
  CHECK_THAT(say("scenario:spec.loads", "2"), Catch::Matchers::StartsWith("--set scenario:spec.loads: ") &&
                                                  Catch::Matchers::Contains("did you mean \"load\"?"));
  CHECK_THAT(say("scenario:spec.load", "-2"), Catch::Matchers::StartsWith("--set scenario:spec.load: spec.load: "));
  CHECK_THAT(say("scenario:spec.load", ""), Catch::Matchers::Contains("expected a value in YAML"));
  CHECK_THAT(say("Deployment/cart:spec.replicas", "2"), Catch::Matchers::Contains("no object is named"));
  CHECK_THAT(say("replicas", "2"), Catch::Matchers::Contains("KIND/NAME:PATH"));
  CHECK_THAT(say("scenario:spec.timeline", "[]"), Catch::Matchers::Contains("does not model it yet"));
}

TEST_CASE("only the variants that are asked for are kept", "[unit]") {
  const std::string lines =
      "  variants: [{name: A}, {name: B, set: {\"scenario:spec.load\": 2}}]\n  matrix: {\"scenario:spec.load\": "
      "[1, 2]}\n";
  LoadOptions options;
  options.only_variants = {"B"};
  CHECK(names(load_lines(lines, options)) == Names{"B load=1", "B load=2"});
  options.only_variants = {"B load=2", "A load=1"};
  CHECK(names(load_lines(lines, options)) == Names{"A load=1", "B load=2"});
  options.only_variants = {"Bb"};
  CHECK(problems_of(MemoryFiles{{{"s.yaml", kHead + kTraffic + lines}}}, options) ==
        "--variant: no variant is named \"Bb\"; there is A, B; did you mean \"B\"?\n");
}

TEST_CASE("a variant that changes how the study is run is refused: all share its replications", "[unit]") {
  const std::string problems = problems_of(MemoryFiles{{{"s.yaml", kHead + kTraffic + R"(
  run: {seed: 3}
  variants:
    - {name: A}
    - {name: same, set: {"scenario:spec.run.seed": 3, "scenario:spec.load": 2}}
    - {name: B, set: {"scenario:spec.run.seed": 4}}
)"}}});
  CHECK_THAT(problems, Catch::Matchers::Contains("variant \"B\" changes spec.run, which all variants of a study share"));
  CHECK_THAT(problems, !Catch::Matchers::Contains("\"same\""));
}

TEST_CASE("an objective for a variant is for all its cells", "[unit]") {
  const Study study = load_lines(
      "  objectives: [api p99 < 1s for B]\n  variants: [{name: A}, {name: B}]\n"
      "  matrix: {\"scenario:spec.load\": [1, 2]}\n");
  CHECK(study.variants[0].scenario.objectives[0].variants == Names{"B load=1", "B load=2"});
}

TEST_CASE("a variant that changes nothing, or only what plays no part, is warned of", "[unit]") {
  const Study study = load(MemoryFiles{{{"s.yaml", kHead + kTraffic + R"(
  variants:
    - {name: A}
    - {name: B, set: {"Deployment/shop:spec.replicas": 2}}
    - {name: C, patch: {pdb/settings: {spec: {minAvailable: 1}}}}
)" + kObjects + "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: settings}\nspec: {}\n"}}});
  REQUIRE(study.warnings.size() == 2);
  CHECK(study.warnings[0] == "variant \"B\" changes nothing: it equals the baseline");
  CHECK_THAT(study.warnings[1], Catch::Matchers::Contains("variant \"C\" changes pdb/settings, which plays no part"));
}

TEST_CASE("what is read and not modelled is listed once, however many variants there are", "[unit]") {
  const Study study =
      load(MemoryFiles{{{"s.yaml", kHead + kTraffic +
                                       "  pods: {Deployment/shop: {startup: 8s}}\n"
                                       "  variants: [{name: A}, {name: B, set: {\"scenario:spec.load\": 2}}]\n" +
                                       kObjects + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"}}});
  REQUIRE(study.ignored.size() == 2);
  CHECK_THAT(study.ignored[0].text(), Catch::Matchers::StartsWith("ConfigMap/c: "));
  CHECK(study.ignored[1].text() == "spec.pods.Deployment/shop.startup: changes nothing in this version");
}

TEST_CASE("manifests alone are a study without traffic for those who ask for no more", "[unit]") {
  LoadOptions options;
  options.needs_scenario = false;
  const Study of_file = load(MemoryFiles{{{"s.yaml", kService + "---\n" + kDeployment}}}, options);
  CHECK(of_file.name == "manifests");
  CHECK(of_file.variants[0].objects.services.size() == 1);
  CHECK(of_file.variants[0].scenario.traffic.empty());
  const MemoryFiles folder{{{"m/a.yaml", kService}, {"m/b.yaml", kDeployment}, {"m/c.txt", "no YAML"}}};
  const Study of_folder = load(folder, options, "m");
  CHECK(of_folder.variants[0].objects.services.size() == 1);
  CHECK(of_folder.variants[0].objects.workloads.size() == 1);
  // A scenario that is there must say what is sent, and `run` needs one.
  CHECK_THAT(problems_of(MemoryFiles{{{"s.yaml", kHead + "  load: 1\n" + kObjects}}}, options), Catch::Matchers::Contains("traffic"));
  CHECK_THAT(problems_of(MemoryFiles{{{"s.yaml", kService}}}), Catch::Matchers::Contains("none of the documents of this file is a scenario"));
  MemoryFiles kustomized{{{"m/kustomization.yaml", "resources: []"}}};
  const Result<Study> refused = load_study("m", kustomized, options);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error()[0].message, Catch::Matchers::StartsWith("found a kustomization, m/kustomization.yaml"));
}

TEST_CASE("a problem that all variants share is told once, one of a single variant with its name", "[unit]") {
  const std::string problems = problems_of(MemoryFiles{{{"s.yaml", kHead + kTraffic + R"(
  load: 0
  variants:
    - {name: A}
    - {name: B, set: {"Deployment/shop:spec.replicas": -1}}
)" + kObjects}}});
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 2);
  CHECK_THAT(problems, Catch::Matchers::StartsWith("s.yaml:7:9: spec.load"));
  CHECK_THAT(problems, Catch::Matchers::Contains("s.yaml:10:56: ") && Catch::Matchers::EndsWith("(variant \"B\")\n"));
}

TEST_CASE("a scenario on standard input sees files from the current folder", "[unit]") {
  const Study study =
      load(MemoryFiles{{{"-", kHead + "  resources: [m.yaml]\n" + kTraffic}, {"m.yaml", kService}}}, {}, "-");
  CHECK(study.variants[0].objects.services.size() == 1);
}

TEST_CASE("a path is seen from the folder of the file that names it", "[unit]") {
  CHECK(path_beside("a/shop.yaml", "b.csv") == "a/b.csv");
  CHECK(path_beside("shop.yaml", "b.csv") == "b.csv");
  CHECK(path_beside("/a/shop.yaml", "../b.csv") == "/a/../b.csv");
  CHECK(path_beside("a/shop.yaml", "/b.csv") == "/b.csv");
}

}  // namespace towtank::scenario
