#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "tests/models/study/studies.hpp"

namespace towtank {
namespace {

const std::string kReplicas = "Deployment/station:spec.replicas";

std::string two_variants() {
  return test::station("model: workers, workers: 1, serviceTime: exponential(mean=1s)", "arrivals: poisson(1/s)",
                       {"objectives: [\"jobs p99 < 9s for A\", \"jobs mean < 5s for B\", \"jobs p50 < 1s\"]",
                        "variants:", "  - {name: A}", "  - {name: B, set: {\"" + kReplicas + "\": 7}}"})
      .text();
}

std::vector<std::string> variant_names(const scenario::Study& study) {
  std::vector<std::string> all;
  for (const scenario::VariantInput& variant : study.variants) all.push_back(variant.name);
  return all;
}

std::string complaint(const scenario::LoadOptions& options) {
  MemoryFiles files{{{"test.yaml", two_variants()}}};
  const Result<scenario::Study> study = scenario::load_study("test.yaml", files, options);
  REQUIRE_FALSE(study);
  return test::text_of(study.error());
}

}  // namespace

TEST_CASE("settings stand in place of the variants, the last value varying fastest", "[unit]") {
  scenario::LoadOptions options;
  options.vary = {{kReplicas, {"2", "3"}}, {"spec.load", {"1", "1.5"}}};
  const scenario::Study study = test::loaded(two_variants(), options);
  CHECK(study.settings_of == "A");
  CHECK(variant_names(study) == std::vector<std::string>{"replicas=2 load=1", "replicas=2 load=1.5",
                                                         "replicas=3 load=1", "replicas=3 load=1.5"});
  CHECK(study.variants[3].objects.workloads[0].replicas == 3);
  CHECK(study.variants[3].scenario.load == 1.5);
}

TEST_CASE("settings win over what their variant sets, and have its objectives", "[unit]") {
  scenario::LoadOptions options;
  options.vary = {{kReplicas, {"2", "3"}}};
  options.only_variants = {"B"};
  const scenario::Study study = test::loaded(two_variants(), options);
  CHECK(study.settings_of == "B");
  CHECK(study.variants[0].objects.workloads[0].replicas == 2);
  CHECK(study.variants[1].objects.workloads[0].replicas == 3);
  for (const scenario::VariantInput& setting : study.variants) {
    REQUIRE(setting.scenario.objectives.size() == 2);
    CHECK(setting.scenario.objectives[0].metric == "latency_mean");
    CHECK(setting.scenario.objectives[1].metric == "latency_p50");
  }
}

TEST_CASE("objectives of the command line stand in place of the scenario's", "[unit]") {
  scenario::LoadOptions options;
  options.objectives = {"jobs p90 < 3s"};
  const scenario::Study study = test::loaded(two_variants(), options);
  REQUIRE(study.variants[1].scenario.objectives.size() == 1);
  CHECK(study.variants[1].scenario.objectives[0].bound == 3000.0);
  options.objectives = {"shop p90 < 3s"};
  CHECK(complaint(options).find("--objective: spec.objectives[0]: no traffic is named") == 0);
}

TEST_CASE("what cannot be varied is told with the flag", "[unit]") {
  scenario::LoadOptions options;
  options.vary = {{"Deployment/sation:spec.replicas", {"2", "3"}}};
  CHECK(complaint(options).find("--vary Deployment/sation:spec.replicas: ") == 0);
  options.vary = {{kReplicas, {"2", "2"}}};
  CHECK(complaint(options).find("is given twice for") != std::string::npos);
  options.vary = {{kReplicas, {"2"}}, {kReplicas, {"3"}}};
  CHECK(complaint(options).find("the same path is varied twice") != std::string::npos);
  options.vary = {{"spec.variants", {"2"}}};
  CHECK(complaint(options).find("belongs to the study as a whole") != std::string::npos);
  options.vary = {{kReplicas, {"many"}}};
  CHECK(complaint(options).find("--vary " + kReplicas) == 0);
}

}  // namespace towtank
