#include "tests/models/lint/lines.hpp"

namespace towtank::test {
namespace {

std::string autoscaler(int least, int most, const std::string& target = "web") {
  return "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: "
         "{apiVersion: apps/v1, kind: Deployment, name: " +
         target + "}, minReplicas: " + std::to_string(least) + ", maxReplicas: " + std::to_string(most) + "}}";
}

Lines with_autoscaler(const std::vector<std::string>& spec, const std::string& document) {
  ScenarioText made = sound();
  made.spec = spec;
  made.documents.push_back(document);
  return warnings_of(made.text());
}

const std::vector<std::string> kMatrix = {"matrix: {\"Deployment/web:spec.replicas\": [3, 4, 8]}"};

TEST_CASE("replicas that an autoscaler would undo are found once, with the variants", "[unit]") {
  CHECK(
      with_autoscaler(kMatrix, autoscaler(3, 6)) ==
      Lines{"test.yaml:18:1: HorizontalPodAutoscaler/web scales Deployment/web from 3 to 6 replicas, so the 4 set here "
            "would "
            "not last: it would change them by its metrics; its minReplicas and maxReplicas both at that number, or no "
            "autoscaler in this variant, would do (variant \"baseline replicas=4\"; with other figures in \"baseline "
            "replicas=8\")"});
  CHECK(with_autoscaler(kMatrix, autoscaler(3, 6, "other")).empty());
  CHECK(with_autoscaler({"load: 1"}, autoscaler(3, 6)).empty());
}

TEST_CASE("a number beyond the autoscaler's bounds comes back to them at once", "[unit]") {
  const Lines lines = with_autoscaler(
      {"variants:", "  - name: few", "  - {name: many, set: {\"Deployment/web:spec.replicas\": 9}}"}, autoscaler(3, 6));
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0],
             Catch::Matchers::Contains("the 9 set here would not last: it would make them 6 at once, and change"));
  CHECK_THAT(lines[0], Catch::Matchers::EndsWith(" (variant \"many\")"));
}

TEST_CASE("replicas outside of the autoscaler's bounds from the beginning are found", "[unit]") {
  CHECK(
      with_autoscaler({"load: 1"}, autoscaler(5, 6)) ==
      Lines{"test.yaml:18:1: HorizontalPodAutoscaler/web scales Deployment/web from 5 to 6 replicas, but here it has "
            "3, for autoscalers are not modelled yet; `replicas: 5`, which the cluster would make of it at once, would "
            "do"});
  CHECK(with_autoscaler({"load: 1"}, autoscaler(1, 2)).size() == 1);
  CHECK(with_autoscaler({"load: 1"}, autoscaler(1, 3)).empty());
}

TEST_CASE("an autoscaler that a variant takes away or holds at the number undoes nothing", "[unit]") {
  const auto variant = [](const std::string& patch) {
    return with_autoscaler({"variants:", "  - name: few",
                            "  - {name: many, set: {\"Deployment/web:spec.replicas\": 9}, patch: {" + patch + "}}"},
                           autoscaler(3, 6))
        .size();
  };
  CHECK(variant("HorizontalPodAutoscaler/web: {$patch: delete}") == 1);  // that the patch plays no part here
  CHECK(variant("HorizontalPodAutoscaler/web: {spec: {minReplicas: 9, maxReplicas: 9}}") == 1);
  CHECK(variant("HorizontalPodAutoscaler/web: {spec: {maxReplicas: 9}}") == 2);
}

}  // namespace
}  // namespace towtank::test
