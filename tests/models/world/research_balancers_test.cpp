#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "models/analytic/queues.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/reference_checks.hpp"

// Balancers that ask pods, and those that go by their number among the instances, in whole scenarios.

namespace towtank::test {
namespace {

/// Runs a scenario whose resources are a file of the repository.
report::Report run_text(const std::string& spec, const std::string& manifest) {
  PlainFiles disk;
  const Result<std::string> resources = disk.read(std::string{TOWTANK_SOURCE_DIR} + "/" + manifest);
  REQUIRE(resources);
  MemoryFiles files{{{"scenario.yaml",
                      "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: research}\nspec:\n"
                      "  resources: [resources.yaml]\n" +
                          spec},
                     {"resources.yaml", *resources}}};
  return run_loaded(scenario::load_study("scenario.yaml", files, {}));
}

/// Twenty pods of one worker at load 0.8, behind one Envoy. @param model  of the pods
report::Report run_twenty(const std::string& balance, const std::string& model) {
  return run_text(
      "  cluster: {nodePools: [{name: worker, count: 4}], network: {preset: ideal}}\n"
      "  edge: [{name: lb, kind: envoy, service: station, targets: ip, balance: " +
          balance +
          "}]\n"
          "  pods: {Deployment/station: " +
          model +
          "}\n"
          "  traffic: [{name: jobs, to: \"http://lb/\", arrivals: poisson(16/s), connections: {reuse: per_request}}]\n"
          "  variants: [{name: twenty, set: {\"Deployment/station:spec.replicas\": 20}}]\n"
          "  run: {duration: 2000s, warmup: 100s, seed: 5, replications: {min: 10, max: 10}}\n",
      "tests/oracle/manifests/station.yaml");
}

const std::string kQueues = "{model: workers, workers: 1, serviceTime: exponential(mean=1s), queue: {limit: none}}";

report::Estimate mean_of_twenty(const std::string& balance) {
  const report::Report report = run_twenty(balance, kQueues);
  return scaled(measured(report, report.variants.front(), "sojourn.mean", 0.0), 1.0);
}

}  // namespace

TEST_CASE("without probes prequal is a random choice, to the bit; with them it beats two choices", "[statistical]") {
  const report::Estimate blind = mean_of_twenty("{name: prequal, rate: 0}"), random = mean_of_twenty("random");
  CHECK(*blind.value == *random.value);
  CHECK(*blind.high == *random.high);
  const report::Estimate seeing = mean_of_twenty("prequal"),
                         two = mean_of_twenty("{name: least_request, distinct: true}");
  CHECK(*seeing.high < *two.low);
  CHECK(*seeing.low > 1.0 + analytic::mean_wait_mmc_s(16.0, 1.0, 20));  // nothing is better than one queue
  CHECK_FALSE(*blind.high < *two.low);                                  // the twin
}

TEST_CASE("c3 balances by what pods answer", "[statistical]") {
  const report::Estimate ours = mean_of_twenty("c3"), two = mean_of_twenty("{name: least_request, distinct: true}");
  CHECK(*ours.high < *two.low);
  CHECK(*ours.low > 1.0 + analytic::mean_wait_mmc_s(16.0, 1.0, 20));
}

}  // namespace towtank::test
