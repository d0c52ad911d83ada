#include <catch2/catch.hpp>
#include <cmath>

#include "models/scenario/build.hpp"
#include "models/world/world.hpp"
#include "sim/stats/comparison.hpp"
#include "tests/models/study/studies.hpp"
#include "tests/sim/stats/test_numbers.hpp"

/// Variants meet the same customers: what that gains, and that it is so to the bit.
namespace towtank::test {
namespace {

constexpr const char* kLongRun = "run: {duration: 1000s, warmup: 200s, replications: {min: 4, max: 4}}";

/// Pods behind an edge, which variants balance in turn and at random.
/// @param variants  lines under spec
ScenarioText pool(int pods, double rate_per_s, const std::string& balance, std::vector<std::string> variants = {}) {
  ScenarioText made = station(
      kExponentialWorker, "arrivals: poisson(" + std::to_string(rate_per_s) + "/s), connections: {reuse: per_request}",
      {kLongRun});
  made.cluster[0] = "nodePools: [{name: worker, count: 3}]";
  made.edges = {"{name: lb, kind: envoy, service: station, targets: ip, balance: " + balance + "}"};
  made.traffic[0].replace(made.traffic[0].find("station"), 7, "lb");
  made.documents[0] = deployment("station", pods);
  made.spec.insert(made.spec.end(), variants.begin(), variants.end());
  return made;
}

/// Mean latency of each replication of a pool at load 0.8 or so.
std::vector<double> means_of(const ScenarioText& scenario, std::uint32_t seed, std::uint32_t replications,
                             Duration window) {
  const scenario::Study study = loaded(scenario.text());
  const Result<scenario::BuiltVariant> built = scenario::build(study.variants[0], scenario::kPlacedOnce);
  REQUIRE(built);
  Horizon horizon;
  horizon.warmup = 300s;
  horizon.window = window;
  horizon.bin = window;
  std::vector<double> means;
  for (std::uint32_t i = 0; i < replications; ++i)
    means.push_back(World{built->cluster, horizon, Draws{seed, i}}.run().traffic[0].ok_sum.mean_ns());
  return means;
}

/// By which factor pairing lowers the variance of the difference, and the most it may really be.
struct Gain {
  double factor, at_most;
};

/// The variance of independent runs is the sum of both: they need not be run. With r = 1 - 1/factor, the correlation of
/// pairs of equal variance, atanh(r) is nearly normal with variance 1 / (n - 3).
/// @source Fisher, Metron 1, 1921.
Gain gain_of(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double apart = 0.0, paired = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    apart += x * x + y * y;
    paired += (x - y) * (x - y);
  }
  const double r = 1.0 - paired / apart;
  const double reach = normal_quantile(1.0 - kFalseAlarm) / std::sqrt(static_cast<double>(a.size()) - 3.0);
  return {apart / paired, 1.0 / (1.0 - std::tanh(std::atanh(r) + reach))};
}

void check_gain(const ScenarioText& one, const ScenarioText& other, double least) {
  constexpr std::uint32_t kReplications = 200;
  constexpr Duration kWindow = 1000s;
  const std::vector<double> base = means_of(one, 5, kReplications, kWindow);
  const Gain gain = gain_of(base, means_of(other, 5, kReplications, kWindow));
  INFO("gain " << gain.factor << ", at most " << gain.at_most);
  CHECK(gain.at_most >= least);
  CHECK(gain.factor > 1.0);
  // The twin: other customers.
  CHECK(gain_of(base, means_of(other, 6, kReplications, kWindow)).at_most < least);
}

constexpr const char* kTwoChoices = "{name: least_request, choices: 2, distinct: true}";

std::vector<const report::RequestRow*> requests_of(const report::Report& report, const std::string& variant) {
  std::vector<const report::RequestRow*> rows;
  for (const report::RequestRow& row : report.requests)
    if (row.variant == variant) rows.push_back(&row);
  return rows;
}

report::Report report_with_requests(const ScenarioText& scenario, std::uint32_t seed = 1) {
  scenario::LoadOptions options;
  options.requests = 100'000;
  options.seed = seed;
  return run_text(scenario.text(), options);
}

/// Requests that have the same number, arrival and work in two lists.
std::size_t alike(const std::vector<const report::RequestRow*>& a, const std::vector<const report::RequestRow*>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    count += a[i]->request == b[i]->request && a[i]->arrived_s == b[i]->arrived_s &&
                     std::abs(*a[i]->service_ms - *b[i]->service_ms) < 1e-6
                 ? 1u
                 : 0u;
  return count;
}

}  // namespace

TEST_CASE("common customers tell random from round robin with a fraction of the replications", "[statistical][slow]") {
  check_gain(pool(4, 3.2, "random"), pool(4, 3.2, "round_robin"), 1.5);
}

TEST_CASE("common customers tell the shortest of eight queues from two choices with a third of the replications",
          "[statistical][slow]") {
  check_gain(pool(8, 6.4, "{name: least_request, choices: 8, distinct: true}"), pool(8, 6.4, kTwoChoices), 3.0);
}

TEST_CASE("common customers tell eight pods from nine with a third of the replications", "[statistical][slow]") {
  check_gain(pool(8, 6.4, kTwoChoices), pool(9, 6.4, kTwoChoices), 3.0);
}

TEST_CASE("runs that differ by their seed alone are called different as often as the level says", "[statistical][slow]") {
  constexpr int kTrials = 200;
  constexpr std::uint32_t kReplications = 20;
  const auto alarms = [&](const ScenarioText& candidate) {
    const ScenarioText baseline = pool(1, 0.5, "random");
    int count = 0;
    for (std::uint32_t trial = 0; trial < kTrials; ++trial) {
      const std::vector<double> ours = means_of(candidate, 2 * trial + 1, kReplications, 500s);
      const std::vector<double> theirs = means_of(baseline, 2 * trial + 2, kReplications, 500s);
      count += paired_mean_difference(ours, theirs, 0.95).p_value <= 0.05 ? 1 : 0;
    }
    return count;
  };
  const CoverageLimits limits{kTrials, 0.05};
  const int equal = alarms(pool(1, 0.5, "random"));
  CHECK(equal >= limits.fewest);
  CHECK(equal <= limits.most);
  CHECK(alarms(pool(1, 0.58, "random")) > limits.most);  // the twin: a sixth more load
}

TEST_CASE("variants that are the same differ in no request", "[unit]") {
  const report::Report report = report_with_requests(pool(
      4, 3.2, "random",
      {"variants:", "  - name: one", "  - {name: other, set: {\"scenario:spec.edge[name=lb].balance\": random}}"}));
  const auto one = requests_of(report, "one"), other = requests_of(report, "other");
  REQUIRE(one.size() > 2000);
  REQUIRE(one.size() == other.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    different += one[i]->latency_ms != other[i]->latency_ms || one[i]->pod != other[i]->pod ? 1u : 0u;
  CHECK(different == 0);
  CHECK(report.notes[0].fingerprint == report.notes[1].fingerprint);
  for (const report::SummaryRow& row : report.summary)
    if (row.metric == "latency_mean_diff" || row.metric == "latency_p99_diff")
      CHECK(row.estimate.value.value_or(0.0) == 0.0);
}

TEST_CASE("further random decisions on the way move neither arrivals nor work", "[unit]") {
  // By way of a random node, whose kube-proxy draws a pod: two decisions more than round robin over pods.
  ScenarioText scenario = pool(4, 3.2, "round_robin");
  scenario.edges.push_back("{name: far, kind: nlb, service: station, balance: random}");
  scenario.spec.insert(scenario.spec.end(),
                       {"variants:", "  - name: plain",
                        "  - {name: winding, set: {\"scenario:spec.traffic[name=jobs].to\": \"http://far/\"}}"});
  const report::Report report = report_with_requests(scenario);
  const auto plain = requests_of(report, "plain"), winding = requests_of(report, "winding");
  REQUIRE(plain.size() > 2000);
  REQUIRE(plain.size() == winding.size());
  CHECK(alike(plain, winding) == plain.size());
  std::size_t elsewhere = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) elsewhere += plain[i]->pod != winding[i]->pod ? 1u : 0u;
  CHECK(elsewhere > plain.size() / 2);
  // The twin: another seed brings other customers.
  const report::Report apart = report_with_requests(scenario, 2);
  CHECK(alike(plain, requests_of(apart, "plain")) < plain.size() / 100);
}

}  // namespace towtank::test
