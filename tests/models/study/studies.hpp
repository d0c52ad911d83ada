#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/scenario/build.hpp"
#include "models/study/study.hpp"
#include "sim/experiment/executor.hpp"
#include "tests/support/memory_files.hpp"

/// Scenarios as text put together in tests, and the reports that studies make of them.
namespace towtank::test {

class SilentSink final : public ProgressSink {
 public:
  void update(std::string_view, std::size_t, std::size_t, std::uint64_t, std::optional<double>) override {}
};

/// Last first: whoever depends on the order of work shows here.
class BackwardExecutor final : public Executor {
 public:
  void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) override {
    for (std::size_t i = n; i > 0; --i) work(i - 1);
  }
};

/// A scenario file in parts, so that a test can reorder or add to them. Each part ends without a newline.
struct ScenarioText {
  std::vector<std::string> cluster;    ///< lines under spec.cluster
  std::vector<std::string> edges;      ///< items of spec.edge, in flow style
  std::vector<std::string> pods;       ///< entries of spec.pods, in flow style
  std::vector<std::string> traffic;    ///< items of spec.traffic, in flow style
  std::vector<std::string> spec;       ///< further lines under spec
  std::vector<std::string> documents;  ///< objects behind the scenario

  std::string text() const {
    std::string made = "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: test}\nspec:\n";
    const auto add = [&made](const std::string& head, const std::string& start, const std::vector<std::string>& parts) {
      if (parts.empty()) return;
      made += head;
      for (const std::string& part : parts) made += start + part + '\n';
    };
    add("  cluster:\n", "    ", cluster);
    add("  edge:\n", "    - ", edges);
    add("  pods:\n", "    ", pods);
    add("  traffic:\n", "    - ", traffic);
    add("", "  ", spec);
    for (const std::string& document : documents) made += "---\n" + document + '\n';
    return made;
  }
};

/// A Deployment whose pods listen on 8080.
inline std::string deployment(const std::string& name, int replicas) {
  return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + "}, spec: {replicas: " +
         std::to_string(replicas) + ", selector: {matchLabels: {app: " + name + "}}, template: {metadata: {labels: {app: " +
         name + "}}, spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}}";
}

/// Its Service, port 80.
inline std::string service(const std::string& name, const std::string& type = "LoadBalancer") {
  return "{apiVersion: v1, kind: Service, metadata: {name: " + name + "}, spec: {type: " + type + ", selector: {app: " +
         name + "}, ports: [{port: 80, targetPort: 8080}]}}";
}

/// One pod behind a load balancer in a network that takes no time.
/// @param pods     entry of spec.pods for Deployment/station   @param traffic  the one traffic, `jobs`, without name and to
/// @param further  lines under spec
inline ScenarioText station(const std::string& pods, const std::string& traffic, std::vector<std::string> further) {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 1}]", "network: {preset: ideal}"};
  made.pods = {"Deployment/station: {" + pods + "}"};
  made.traffic = {"{name: jobs, to: \"http://station/\", " + traffic + "}"};
  made.spec = std::move(further);
  made.documents = {deployment("station", 1), service("station")};
  return made;
}

/// One worker with services of 1 s on average behind a queue without a limit: M/M/1 where arrivals are Poisson's.
inline constexpr const char* kExponentialWorker =
    "model: workers, workers: 1, serviceTime: exponential(mean=1s), queue: {limit: none}";

inline std::string text_of(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + '\n';
  return text;
}

inline scenario::Study loaded(const std::string& text, const scenario::LoadOptions& options = {}) {
  MemoryFiles files{{{"test.yaml", text}}};
  Result<scenario::Study> study = scenario::load_study("test.yaml", files, options);
  INFO(text << (study ? "" : text_of(study.error())));
  REQUIRE(study);
  return std::move(*study);
}

/// The first variant of a scenario that can be built.
inline scenario::BuiltVariant built_first(const std::string& text) {
  const scenario::Study study = loaded(text);
  Result<scenario::BuiltVariant> made = scenario::build(study.variants[0], scenario::kPlacedOnce);
  INFO((made ? "" : text_of(made.error())));
  REQUIRE(made);
  return std::move(*made);
}

/// What keeps the first variant from being built; none: it can be.
inline std::vector<std::string> problems_of(const std::string& text) {
  const scenario::Study study = loaded(text);
  const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
  std::vector<std::string> problems;
  if (!built)
    for (const Problem& problem : built.error()) problems.push_back(problem.text());
  return problems;
}

inline report::Report run_text(const std::string& text, Executor& executor, const scenario::LoadOptions& options = {}) {
  SilentSink silence;
  Result<report::Report> report = run_study(loaded(text, options), executor, silence);
  INFO((report ? "" : text_of(report.error())));
  REQUIRE(report);
  return std::move(*report);
}

inline report::Report run_text(const std::string& text, const scenario::LoadOptions& options = {}) {
  SerialExecutor executor;
  return run_text(text, executor, options);
}

}  // namespace towtank::test
