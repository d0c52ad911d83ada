#include "tools/towtank/output/scenario_schema.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/scenario_reader.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"
#include "models/scenario/yaml_reader.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/tools/towtank/support.hpp"

#if __has_include(<valijson/validator.hpp>)
#include "tests/support/schema_judge.hpp"
#endif

namespace towtank::tool {
namespace {

const std::string kRoot{TOWTANK_SOURCE_DIR};

}  // namespace

TEST_CASE("the schema beside the scenarios is the one that the table gives", "[unit]") {
  INFO("refresh it: build/release/towtank explain --schema > scenarios/schema/scenario.schema.json");
  CHECK(test::get(kRoot + "/scenarios/schema/scenario.schema.json") == scenario_schema_text());
}

TEST_CASE("every scenario begins with the line by which editors find the schema", "[unit]") {
  std::size_t scenarios = 0;
  for (const auto& entry : std::filesystem::directory_iterator{kRoot + "/scenarios"}) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    CHECK(test::first_line(test::get(entry.path().string())) ==
          "# yaml-language-server: $schema=schema/scenario.schema.json");
    ++scenarios;
  }
  CHECK(scenarios > 2);
}

#if __has_include(<valijson/validator.hpp>)

namespace {

const towtank::test::SchemaJudge& judge() {
  static const towtank::test::SchemaJudge judge{scenario_schema_text()};
  return judge;
}

/// Of all documents of a text.
std::string complaints(const std::string& text) {
  const auto documents = read_yaml(text, "scenario.yaml");
  REQUIRE(documents);
  std::string all;
  for (const Value& document : *documents) all += judge().complaints(document);
  return all;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

/// Holds something of every type of field.
const std::string kScenario = R"(apiVersion: towtank/v1
kind: Scenario
metadata: {name: shop, labels: {team: web}}
spec:
  resources: [shop.yaml, {apiVersion: v1, kind: Service}]
  cluster:
    version: "1.33"
    nodePools: [{name: worker, count: 3, zones: [a, b], cpu: 250m, memory: 16Gi, labels: {disk: ssd}}]
    placement: {policy: even, pin: {Deployment/shop: {worker-0: 3}}}
    network: {preset: aws, sameZone: 200us}
  edge:
    - {name: web, kind: nginx, upstream: {nodePort: "shop:http", nodes: all}, crossZone: true,
       balance: {name: least_request, choices: 3}}
  pods:
    Deployment/shop: {model: workers, workers: 8, serviceTime: lognormal(mean=20ms p99=90ms),
                      queue: {limit: none, whenFull: 503}, slow: [{pod: 0, factor: 1.5}]}
  traffic:
    - name: api
      to: http://web/
      arrivals: poisson(600/s)
      connections: {maxAge: 5m, maxAgeJitter: 10%, tls: 1.3}
      request: {size: 1KiB}
      timeout: 2s
      retries: {max: 2, when: [timeout, 5xx], backoff: exponential(25ms 250ms), budget: 0.2}
  load: 0.5
  objectives: ["api p99 < 250ms"]
  run: {duration: 60s, warmup: auto, seed: 1, replications: {min: 20}, precision: 5%}
  variants: [{name: base, set: {"Deployment/shop:spec.replicas": 8}}]
  matrix: {"scenario:spec.load": [0.5, 0.9]}
)";

/// Whether the reader has nothing against the text.
bool reads(const std::string& text) {
  MemoryFiles files;
  const auto documents = read_yaml(text, "scenario.yaml");
  return documents && scenario::read_scenario(documents->front(), files);
}

}  // namespace

TEST_CASE("the schema accepts every scenario of the tree", "[unit]") {
  std::size_t scenarios = 0;
  for (const char* folder : {"scenarios", "tests/oracle/scenarios", "tests/published/scenarios"})
    for (const auto& entry : std::filesystem::directory_iterator{kRoot + '/' + folder}) {
      if (entry.path().extension() != ".yaml") continue;
      INFO(entry.path());
      CHECK(complaints(test::get(entry.path().string())) == "");
      ++scenarios;
    }
  CHECK(scenarios > 20);
  CHECK(complaints(kScenario) == "");
  CHECK(reads(kScenario));
}

TEST_CASE("the schema rejects what the reader rejects key by key", "[unit]") {
  const std::pair<const char*, const char*> breaks[] = {
      {"kind: Scenario\n", "kind: Scenario\nspecs: {}\n"},
      {"  load: 0.5", "  loud: 0.5"},
      {"timeout: 2s", "timeOut: 2s"},
      {"timeout: 2s", "timeout: 2"},
      {"timeout: 2s", "timeout: 2 s"},
      {"timeout: 2s", "timeout: 02s"},
      {"timeout: 2s", "timeout: -2s"},
      {"size: 1KiB", "size: 1024"},
      {"16Gi", "16Go"},
      {"count: 3", "count: three"},
      {"count: 3, ", ""},
      {"policy: even", "policy: evenly"},
      {"worker-0: 3", "worker-0: three"},
      {"budget: 0.2", "budget: 20"},
      {"10%", "10 %"},
      {"crossZone: true", "crossZone: yes"},
      {"nodes: all", "nodes: some"},
      {"limit: none", "limit: many"},
      {"[timeout, 5xx]", "[timeout, 5yy]"},
      {"[timeout, 5xx]", "timeout"},
      {"poisson(600/s)", "poison(600/s)"},
      {"poisson(600/s)", "poisson"},
      {"lognormal(mean", "lognorm(mean"},
      {"tls: 1.3", "tls: 1.4"},
      {"workers: 8, ", "workers: 8, worker: 8, "},
      {"metadata: {name: shop, ", "metadata: {"},
      {"warmup: auto", "warmup: automatic"},
      {"[{name: base, set", "[{set"},
  };
  for (const auto& [part, by] : breaks) {
    INFO(part << " -> " << by);
    const std::string broken = replaced(kScenario, part, by);
    CHECK(complaints(broken) != "");
    // The names of variants are read with the study.
    if (std::string{by} != "[{set") CHECK_FALSE(reads(broken));
  }
  // Parameters of algorithms are read when the path is built.
  CHECK(complaints(replaced(kScenario, "choices: 3", "choice: 3")) != "");
  CHECK(complaints(replaced(kScenario, "choices: 3", "choices: three")) != "");
}

TEST_CASE("the schema takes the units that the reader takes", "[unit]") {
  for (const char* text : {"3ms", "1.5s", "1m30s", "250us", "250\u00B5s", "1e3ms", "0s", "1h", "3", "03ms", ".5s", "1d",
                           "1,5s", "+1s", "3 ms", "3msec", ""}) {
    INFO(text);
    const bool good = complaints(replaced(kScenario, "timeout: 2s", std::string{"timeout: \""} + text + '"')) == "";
    CHECK(good == static_cast<bool>(scenario::parse_duration(text, Mark{})));
  }
  for (const char* text : {"500B", "1Gi", "1GiB", "8KiB", "2kB", "2k", "2KB", "2K", "1 Gi", "1024"}) {
    INFO(text);
    const bool good = complaints(replaced(kScenario, "1KiB", std::string{"\""} + text + '"')) == "";
    CHECK(good == static_cast<bool>(scenario::as_size_bytes(Value::make_scalar(text, {}, true))));
  }
}

TEST_CASE("the schema takes every law and every kind of arrivals that is documented", "[unit]") {
  for (const scenario::LawForm& law : scenario::law_forms()) {
    INFO(law.example);
    CHECK(complaints(replaced(kScenario, "lognormal(mean=20ms p99=90ms)", '"' + std::string{law.example} + '"')) == "");
  }
  for (const scenario::LawForm& form : scenario::arrival_forms()) {
    INFO(form.example);
    const std::string scenario = replaced(kScenario, "poisson(600/s)", std::string{form.example});
    CHECK(complaints(scenario) == "");
    CHECK(reads(scenario));
  }
}

TEST_CASE("documents beside the scenario pass, and one that is nearly a scenario does not", "[unit]") {
  CHECK(complaints("apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {ports: [{port: 80}]}\n") == "");
  CHECK(complaints("apiVersion: towtank/v1\nkind: Scenari\n") != "");
  CHECK(complaints("apiVersion: towtank/v1\n") != "");
  CHECK(complaints("kind: Scenario\n") != "");
}

#endif

}  // namespace towtank::tool
