#include <catch2/catch.hpp>
#include <cmath>

#include "models/cluster/network_presets.hpp"
#include "models/study/compare.hpp"
#include "tests/models/study/studies.hpp"

namespace towtank {
namespace {

std::vector<Sensitivity> sensitivity(const std::string& a, const std::string& b, const SensitivityOptions& options) {
  const PairedStudies paired = paired_studies(test::loaded(a), test::loaded(b));
  SerialExecutor executor;
  test::SilentSink silence;
  const Result<ComparedStudies> compared = compare_studies(paired, {}, executor, silence);
  INFO((compared ? "" : test::text_of(compared.error())));
  REQUIRE(compared);
  const Result<std::vector<Sensitivity>> found =
      sensitivity_of(paired, compared->comparison, options, executor, silence);
  INFO((found ? "" : test::text_of(found.error())));
  REQUIRE(found);
  return *found;
}

const SettingSensitivity& setting(const Sensitivity& found, const std::string& what) {
  for (const SettingSensitivity& one : found.settings)
    if (one.setting.what == what) return one;
  FAIL("no setting " + what);
  return found.settings.front();
}

/// One caller on worker-0 and one pod, which never queues. @param node  of the pod   @param service  its constant time
std::string one_pod(const std::string& node, const std::string& service) {
  test::ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 2, zones: [a, b]}]", "network: {preset: aws, sameNode: 0s}",
                  "placement: {pin: {Deployment/shop: {" + node + ": 1}}}"};
  made.pods = {"Deployment/shop: {model: workers, workers: 100, serviceTime: " + service + "}"};
  made.traffic = {
      "{name: api, to: \"clusterip/shop:80\", from: Node/worker-0, arrivals: poisson(20/s), "
      "connections: {reuse: keepalive, perClient: 6}}"};
  made.spec = {"run: {duration: 500s, warmup: 50s}"};
  made.documents = {test::deployment("shop", 1), test::service("shop", "ClusterIP")};
  return made.text();
}

/// A closed loop of 16 users round one pod.
std::string loop(const std::string& pod) {
  return test::station("model: workers, " + pod,
                       "arrivals: closed(users=16 think=0s), connections: {reuse: per_request}",
                       {"run: {duration: 20s, warmup: 5s}"})
      .text();
}

/// Random over pods of one worker of default service time.
std::string pods(int replicas, const std::string& rate) {
  test::ScenarioText made = test::station("model: workers, workers: 1, queue: {limit: none}",
                                          "arrivals: poisson(" + rate + "), connections: {reuse: per_request}",
                                          {"run: {duration: 100s, warmup: 20s}"});
  made.documents = {test::deployment("station", replicas), test::service("station")};
  return made.text();
}

}  // namespace

TEST_CASE("sensitivity finds the round trip between zones that pays for a slower pod nearby", "[unit]") {
  // B's pod is 2 ms slower and saves one round trip: it is worse until that takes 2 ms on average.
  const auto found = sensitivity(one_pod("worker-1", "10ms"), one_pod("worker-0", "12ms"), {.metric = "latency_mean"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].verdict == "worse");
  CHECK(found[0].traffic == "api");
  const SettingSensitivity& zones = setting(found[0], "round trip crossZone");
  CHECK(zones.setting.path == "spec.cluster.network.crossZone");
  CHECK(zones.setting.value == Approx(800e-6));
  REQUIRE(zones.flips.size() == 1);
  const Distribution law = NetworkPreset{NetworkName::aws}.round_trip(LegKind::cross_zone).law;
  const double exact = 800e-6 * 2e-3 / law.mean_s();
  CHECK(zones.flips[0].is_above);
  CHECK(zones.flips[0].value == Approx(exact).epsilon(0.01));
  CHECK(zones.flips[0].low <= exact);
  CHECK(zones.flips[0].high >= exact);
  CHECK(zones.flips[0].high / zones.flips[0].low < 1.2);
  CHECK(zones.highest == Approx(3.2e-3));
  for (const SettingSensitivity& other : found[0].settings)
    if (other.setting.what != "round trip crossZone") CHECK(other.holds());
  CHECK(found[0].settings.size() > 2);
  CHECK(found[0].trials > 0);
  CHECK(found[0].events > 0);
}

TEST_CASE("sensitivity finds nothing where the turn is out of range, and looks in both directions", "[unit][slow]") {
  const auto far = sensitivity(one_pod("worker-1", "10ms"), one_pod("worker-0", "20ms"), {.metric = "latency_mean"});
  for (const SettingSensitivity& one : far[0].settings) CHECK(one.holds());
  // 0.4 ms are less than the round trip: B is better until that is halved.
  const auto below =
      sensitivity(one_pod("worker-1", "10ms"), one_pod("worker-0", "10.4ms"), {.metric = "latency_mean"});
  CHECK(below[0].verdict == "better");
  const SettingSensitivity& zones = setting(below[0], "round trip crossZone");
  REQUIRE(zones.flips.size() == 1);
  CHECK_FALSE(zones.flips[0].is_above);
  const Distribution law = NetworkPreset{NetworkName::aws}.round_trip(LegKind::cross_zone).law;
  CHECK(zones.flips[0].value == Approx(800e-6 * 0.4e-3 / law.mean_s()).epsilon(0.01));
}

TEST_CASE("sensitivity finds the number of workers from which on the other pod is the faster one", "[unit][slow]") {
  // 16 users over w workers of 10 ms take 160 / w ms each; over 100 workers of 15 ms, 15 ms.
  const auto found =
      sensitivity(loop("serviceTime: 10ms"), loop("workers: 100, serviceTime: 15ms"), {.metric = "latency_mean"});
  CHECK(found[0].verdict == "better");
  const SettingSensitivity& workers = setting(found[0], "workers a pod of Deployment/station");
  CHECK(workers.setting.is_count);
  CHECK(workers.setting.value == 8.0);
  CHECK(workers.lowest == 2.0);
  CHECK(workers.highest == 32.0);
  REQUIRE(workers.flips.size() == 1);
  CHECK(workers.flips[0].is_above);
  CHECK(workers.flips[0].value == 11.0);
}

TEST_CASE("sensitivity ends where neither side has a steady state, and one that has it is the better one", "[unit]") {
  const auto found = sensitivity(pods(4, "60/s"), pods(3, "60/s"), {.metric = "latency_mean"});
  CHECK(found[0].verdict == "worse");
  const SettingSensitivity& service = setting(found[0], "service time of Deployment/station");
  CHECK(service.is_cut_above);
  CHECK_FALSE(service.is_cut_below);
  const double mean_s = Distribution::lognormal_median_p99(0.020, 0.120).mean_s();
  CHECK(service.highest == Approx(0.020 * 4.0 / (60.0 * mean_s)).epsilon(0.01));
  CHECK(service.flips.empty());
}

TEST_CASE("sensitivity has nothing to turn where nobody can tell, and refuses metrics that are none", "[unit]") {
  const std::string a = pods(4, "60/s"), b = pods(4, "61/s");
  const auto open = sensitivity(a, b, {.metric = "latency_p99"});
  CHECK(open[0].verdict == "cannot_tell");
  CHECK(open[0].settings.empty());
  const PairedStudies paired = paired_studies(test::loaded(a), test::loaded(b));
  SerialExecutor executor;
  test::SilentSink silence;
  const Result<ComparedStudies> compared = compare_studies(paired, {}, executor, silence);
  REQUIRE(compared);
  const auto refused =
      sensitivity_of(paired, compared->comparison, {.metric = "latency_p98", .traffic = "web"}, executor, silence);
  REQUIRE_FALSE(refused);
  CHECK(test::text_of(refused.error()) ==
        "--metric: no metric is \"latency_p98\": latency_mean, latency_p50, latency_p90, latency_p95, latency_p99, "
        "latency_p99.9, latency_all_p99, throughput, error_rate, second_hop_share, cross_zone_bytes, cost_per_month, "
        "endpoint_max_over_mean, utilization_max\n"
        "--traffic: no traffic of both sides is \"web\": jobs\n");
}

TEST_CASE("what if an assumed default were another changes what it says and nothing else", "[unit]") {
  const scenario::Study study = test::loaded(one_pod("worker-1", "10ms"));
  scenario::VariantInput variant = study.variants.front();
  const Result<scenario::BuiltVariant> plain = scenario::build(variant, scenario::kPlacedOnce);
  variant.stretched["round trip crossZone"] = 3.0;
  const Result<scenario::BuiltVariant> stretched = scenario::build(variant, scenario::kPlacedOnce);
  REQUIRE(plain);
  REQUIRE(stretched);
  CHECK(stretched->cluster.network.cross_zone == plain->cluster.network.cross_zone.scaled(3.0));
  CHECK(stretched->cluster.network.same_zone == plain->cluster.network.same_zone);
  CHECK(stretched->assumptions == plain->assumptions);
  for (const scenario::AssumedSetting& one : plain->assumed) CHECK(one.what != "round trip sameNode");  // it is given
}

}  // namespace towtank
