#include "models/study/load_plan.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "tests/models/study/studies.hpp"
#include "tests/sim/stats/test_numbers.hpp"
#include "tests/support/erlang.hpp"

namespace towtank {
namespace {

using LoadAnswer = VariantLoad::Answer;
using LoadState = TriedLoad::State;

/// Asks to stop after so many updates.
class StoppingSink final : public ProgressSink {
 public:
  explicit StoppingSink(int updates) : left_{updates} {}
  void update(std::string_view, std::size_t, std::size_t, std::uint64_t, std::optional<double>) override { --left_; }
  bool stop_requested() const override { return left_ <= 0; }

 private:
  int left_;
};

Result<StudyLoadPlan> tried_load_plan(const std::string& text, const LoadPlanOptions& options = {},
                                      const scenario::LoadOptions& load = {}) {
  SerialExecutor executor;
  test::SilentSink silence;
  return plan_load(test::loaded(text, load), options, executor, silence);
}

StudyLoadPlan planned_load(const std::string& text, const LoadPlanOptions& options = {},
                           const scenario::LoadOptions& load = {}) {
  Result<StudyLoadPlan> plan = tried_load_plan(text, options, load);
  INFO((plan ? "" : test::text_of(plan.error())));
  REQUIRE(plan);
  return std::move(*plan);
}

std::string refusal(const std::string& text) {
  const Result<StudyLoadPlan> plan = tried_load_plan(text);
  REQUIRE_FALSE(plan);
  return test::text_of(plan.error());
}

/// Few and short: what is not decided by them stays undecided.
const std::string kQuick = "run: {duration: 200s, warmup: 20s, replications: {min: 10, max: 20}}";

/// A wide ladder, for few decisions.
LoadPlanOptions coarse() {
  LoadPlanOptions options;
  options.resolution = 0.2;
  return options;
}

/// M/M/1 with services of 1 s on average, offered 0.5 a second at load 1: it saturates at load 2.
std::string queue_meeting(const std::string& objectives, const std::string& further = "") {
  std::vector<std::string> lines;
  if (!objectives.empty()) lines.push_back("objectives: [" + objectives + "]");
  if (!further.empty()) lines.push_back(further);
  return test::station(test::kExponentialWorker, "arrivals: poisson(0.5/s), connections: {reuse: per_request}",
                       std::move(lines))
      .text();
}

/// The case of kubernetes#97147: 2 + 1 pods of one worker and 1 s, spread evenly over the nodes; 3 requests a second at
/// load 1, so that loads are utilizations under Cluster.
std::string uneven_nodes(const std::string& objective, const std::string& pin = "worker-0: 2, worker-1: 1") {
  test::ScenarioText text;
  text.cluster = {"nodePools: [{name: worker, count: 2}]", "placement: {pin: {Deployment/station: {" + pin + "}}}",
                  "network: {preset: ideal}"};
  text.edges = {"{name: lb, kind: nlb, service: station, balance: random}"};
  text.pods = {
      "Deployment/station: {model: workers, workers: 1, serviceTime: exponential(mean=1s), queue: {limit: none}}"};
  text.traffic = {"{name: jobs, to: \"http://lb/\", arrivals: poisson(3/s), connections: {reuse: per_request}}"};
  text.spec = {"objectives: [\"" + objective + "\"]", "run: {seed: 1}",
               "variants: [{name: Cluster}, {name: Local, patch: {Service/station: {spec: {externalTrafficPolicy: "
               "Local}}}}]"};
  text.documents = {test::deployment("station", 3), test::service("station")};
  return text.text();
}

/// Share of requests that take longer than `t` service times, at a load under the policy.
double cluster_tail(double load, double t) { return std::exp(-(1.0 - load) * t); }
double local_tail(double load, double t) {
  return 0.5 * std::exp(-(1.0 - 0.75 * load) * t) + 0.5 * std::exp(-(1.0 - 1.5 * load) * t);
}

/// The load up to which at most 1 % take longer than `t`.
double exact_load(double (*tail)(double load, double t), double t, double ceiling) {
  double low = 0.0, high = ceiling;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (tail(middle, t) <= 0.01 ? low : high) = middle;
  }
  return low;
}

bool holds(const VariantLoad& found, double truth) {
  return found.low && found.high && *found.low <= truth && truth < *found.high;
}

/// The ratio of what the second variant bears to what the first does.
bool ratio_holds(const StudyLoadPlan& plan, double truth) {
  const VariantLoad &one = plan.variants[0], &other = plan.variants[1];
  return *other.low / *one.high <= truth && truth < *other.high / *one.low;
}

}  // namespace

TEST_CASE("the exact loads of 2 + 1 pods are those of the published case", "[unit]") {
  CHECK(cluster_tail(0.5, 9.210) == Approx(0.01).epsilon(1e-3));
  CHECK(local_tail(0.5, 15.659) == Approx(0.01).epsilon(1e-3));
  CHECK(exact_load(cluster_tail, 9.210, 1.0) == Approx(0.5).epsilon(1e-3));
  CHECK(exact_load(local_tail, 15.659, 2.0 / 3.0) == Approx(0.5).epsilon(1e-3));
}

TEST_CASE("Local bears two thirds of what Cluster does on 2 + 1 pods, and all pods on one node show",
          "[statistical][slow]") {
  constexpr double kLimit_s = 40.0;  // so long that the loads are those at which the queues grow without bound
  const std::string objective = "jobs p99 < 40s";
  LoadPlanOptions no_curve;
  no_curve.whole_curve = false;
  const StudyLoadPlan plan = planned_load(uneven_nodes(objective), no_curve);
  REQUIRE(plan.variants.size() == 2);
  const VariantLoad &cluster = plan.variants[0], &local = plan.variants[1];
  CHECK(cluster.ceiling == Approx(1.0).epsilon(1e-9));
  CHECK(local.ceiling == Approx(2.0 / 3.0).epsilon(1e-9));
  const double in_cluster = exact_load(cluster_tail, kLimit_s, 1.0);
  const double in_local = exact_load(local_tail, kLimit_s, 2.0 / 3.0);
  INFO("Cluster " << *cluster.low << " to " << *cluster.high << ", exactly " << in_cluster << "; Local " << *local.low
                  << " to " << *local.high << ", exactly " << in_local);
  CHECK(holds(cluster, in_cluster));
  CHECK(holds(local, in_local));
  CHECK(ratio_holds(plan, in_local / in_cluster));
  CHECK(ratio_holds(plan, 2.0 / 3.0));
  CHECK(local.breaks_first == std::vector<std::string>{"pod station-2 on worker-1"});
  CHECK(compared(cluster, local) == LoadOrder::more);
  // The twin: all pods on one node, where Local takes nothing away.
  const StudyLoadPlan twin = planned_load(uneven_nodes(objective, "worker-0: 3"), no_curve);
  CHECK_FALSE(ratio_holds(twin, 2.0 / 3.0));
  CHECK(compared(twin.variants[0], twin.variants[1]) == LoadOrder::cannot_tell);
}

TEST_CASE("the load of M/M/1 lies in its interval with the probability promised", "[statistical][slow]") {
  // The p99 is ln(100) / (1 - utilization): 9.21 s at half the capacity, which is load 1; the mean is then 2 s.
  constexpr int kSeeds = 24;
  LoadPlanOptions promise;
  promise.whole_curve = false;
  int right = 0, twin_right = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const std::string run =
        "run: {duration: 1000s, warmup: 50s, replications: {min: 20, max: 60}, seed: " + std::to_string(seed) + "}";
    const VariantLoad found = planned_load(queue_meeting("jobs mean < 2s", run), promise).variants[0];
    right += holds(found, 1.0);
    twin_right += holds(found, 1.12);  // a model that is off by 12 %
  }
  const int fewest = test::CoverageLimits(kSeeds, 0.95).fewest;
  INFO("right in " << right << " of " << kSeeds);
  CHECK(right >= fewest);
  CHECK(twin_right < fewest);
}

TEST_CASE("the interval of a load is as narrow as asked for, and the curve rises through it", "[unit][slow]") {
  const StudyLoadPlan plan = planned_load(queue_meeting("jobs mean < 4s", "run: {duration: 1000s, warmup: 100s}"));
  const VariantLoad& found = plan.variants[0];
  CHECK(plan.complete);
  CHECK(found.answer == LoadAnswer::found);
  CHECK(found.ceiling == Approx(2.0));
  CHECK(found.breaks_first == std::vector<std::string>{"pod station-0 on worker-0"});
  CHECK(holds(found, 1.5));
  CHECK(*found.high / *found.low < 1.065);
  CHECK(found.waits_at == "default/station");
  CHECK(found.tried.size() <= plan.decisions);
  double last_load = 0.0;
  std::size_t near_ceiling = 0;
  for (const LoadCurveRow& row : plan.curve) {
    CHECK(row.load > last_load);
    last_load = row.load;
    near_ceiling += row.load > 1.0;
    CHECK(*row.rate_per_s == Approx(0.5 * row.load));
    CHECK(*row.utilization == Approx(row.load / 2.0));
    if (row.state != "steady") continue;
    REQUIRE(row.mean_ms.low);
    const double exact_ms = 1000.0 / (1.0 - row.load / 2.0);
    CHECK(*row.mean_ms.value == Approx(exact_ms).epsilon(0.15));
  }
  CHECK(plan.curve.size() >= 9);
  CHECK(2 * near_ceiling > plan.curve.size());
  CHECK(plan.curve.back().state == "overloaded");
  CHECK(plan.curve.back().load == found.ceiling);
  CHECK_FALSE(plan.curve.back().mean_ms.value);
}

TEST_CASE("the load found does not depend on the load that the scenario is written with", "[unit][slow]") {
  const StudyLoadPlan at_one = planned_load(queue_meeting("jobs mean < 3s", kQuick), coarse());
  scenario::LoadOptions overloaded;
  overloaded.set = {{"spec.load", "5"}};
  const StudyLoadPlan at_five = planned_load(queue_meeting("jobs mean < 3s", kQuick), coarse(), overloaded);
  CHECK(at_one.variants[0].ceiling == Approx(at_five.variants[0].ceiling));
  CHECK(at_one.variants[0].low == at_five.variants[0].low);
  CHECK(at_one.variants[0].high == at_five.variants[0].high);
}

TEST_CASE("a load plan does not depend on the order of work", "[unit][slow]") {
  const std::string text = queue_meeting("jobs p99 < 15s", kQuick);
  const scenario::Study study = test::loaded(text);
  SerialExecutor forward;
  test::BackwardExecutor backward;
  test::SilentSink silence;
  const Result<StudyLoadPlan> a = plan_load(study, coarse(), forward, silence),
                              b = plan_load(study, coarse(), backward, silence);
  REQUIRE(a);
  REQUIRE(b);
  REQUIRE(a->curve.size() == b->curve.size());
  for (std::size_t i = 0; i < a->curve.size(); ++i) {
    CHECK(a->curve[i].load == b->curve[i].load);
    CHECK(a->curve[i].mean_ms.value == b->curve[i].mean_ms.value);
    CHECK(a->curve[i].p99_ms.high == b->curve[i].p99_ms.high);
  }
}

TEST_CASE("equal variants meet equal customers at equal loads, and cannot be told apart", "[unit][slow]") {
  const StudyLoadPlan plan =
      planned_load(queue_meeting("jobs mean < 3s", kQuick + "\n  variants: [{name: A}, {name: B}]"), coarse());
  REQUIRE(plan.variants.size() == 2);
  CHECK(plan.variants[0].low == plan.variants[1].low);
  CHECK(plan.variants[0].high == plan.variants[1].high);
  CHECK(compared(plan.variants[0], plan.variants[1]) == LoadOrder::cannot_tell);
  const std::size_t half = plan.curve.size() / 2;
  for (std::size_t i = 0; i < half; ++i) CHECK(plan.curve[i].mean_ms.value == plan.curve[half + i].mean_ms.value);
}

TEST_CASE("without an objective the answer is the capacity", "[unit][slow]") {
  const StudyLoadPlan plan = planned_load(queue_meeting("", kQuick), coarse());
  CHECK(plan.variants[0].answer == LoadAnswer::capacity);
  CHECK(plan.variants[0].ceiling == Approx(2.0));
  CHECK(plan.variants[0].tried.empty());
  CHECK(plan.decisions == 0);
  CHECK(plan.curve.size() >= 9);
}

TEST_CASE("an objective for one variant binds only that", "[unit]") {
  const StudyLoadPlan plan =
      planned_load(queue_meeting("jobs mean < 3s for B", kQuick + "\n  variants: [{name: A}, {name: B}]"), coarse());
  CHECK(plan.variants[0].answer == LoadAnswer::capacity);
  CHECK(plan.variants[1].answer == LoadAnswer::found);
  CHECK(compared(plan.variants[0], plan.variants[1]) == LoadOrder::cannot_tell);
}

TEST_CASE("an objective that no load meets is told after the lowest load", "[unit]") {
  const StudyLoadPlan plan = planned_load(queue_meeting("jobs mean < 200ms", kQuick), coarse());
  const VariantLoad& missed = plan.variants[0];
  CHECK(missed.answer == LoadAnswer::missed);
  CHECK_FALSE(missed.low);
  REQUIRE(missed.high);
  CHECK(*missed.high == missed.tried.front().load);
  CHECK(missed.tried.front().load == Approx(0.04).epsilon(0.11));
}

TEST_CASE("a variant without a steady state at any load tried is told so, and where its requests pile up", "[unit][slow]") {
  // One connection, half a second there and back: two requests a second, of which the closed form of the pods knows
  // nothing.
  test::ScenarioText text = test::station(
      "model: workers, workers: 8, serviceTime: exponential(mean=10ms)",
      "arrivals: poisson(100/s), clients: 1, connections: {perClient: 1}",
      {"objectives: [\"jobs mean < 100000s\"]", "run: {duration: 60s, warmup: 5s, replications: {min: 5, max: 10}}"});
  text.cluster[1] = "network: {preset: ideal, client: 500ms}";
  LoadPlanOptions options = coarse();
  options.whole_curve = false;
  const VariantLoad unsteady = planned_load(text.text(), options).variants[0];
  CHECK(unsteady.answer == LoadAnswer::unsteady);
  REQUIRE_FALSE(unsteady.tried.empty());
  CHECK(unsteady.tried.front().state == LoadState::unsteady);
  CHECK(unsteady.waits_at == "client pool");
}

TEST_CASE("closed loops alone have no load to multiply", "[unit]") {
  const std::string text = test::station("model: workers, workers: 1, serviceTime: exponential(mean=1s)",
                                         "arrivals: closed(users=5 think=1s)", {"objectives: [\"jobs mean < 3s\"]"})
                               .text();
  const std::string told = refusal(text);
  CHECK(told.find("all traffic is closed loops, which spec.load does not multiply") != std::string::npos);
  CHECK(told.find("--vary") != std::string::npos);
}

TEST_CASE("a way that nothing saturates has no largest load", "[unit]") {
  const std::string text = test::station("model: workers, workers: 1, serviceTime: 0ms", "arrivals: poisson(5/s)",
                                         {"objectives: [\"jobs mean < 3s\"]"})
                               .text();
  CHECK(refusal(text).find("no load saturates it") != std::string::npos);
}

TEST_CASE("an objective that more load serves better is refused", "[unit]") {
  CHECK(refusal(queue_meeting("jobs throughput > 1/s")).find("is met by more load, not by less") != std::string::npos);
}

TEST_CASE("a load plan that is stopped says so and keeps what is complete", "[unit]") {
  const scenario::Study study = test::loaded(queue_meeting("jobs mean < 4s", kQuick));
  SerialExecutor executor;
  StoppingSink sink{3};
  const Result<StudyLoadPlan> plan = plan_load(study, {}, executor, sink);
  REQUIRE(plan);
  CHECK_FALSE(plan->complete);
  REQUIRE(plan->variants.size() == 1);
  CHECK(plan->variants[0].answer == LoadAnswer::interrupted);
  CHECK(plan->variants[0].tried.size() <= 3);
  CHECK(plan->curve.size() == plan->variants[0].tried.size() + 1);  // and the ceiling
}

TEST_CASE("open traffic beside closed loops has a ceiling of its own", "[unit][slow]") {
  test::ScenarioText text = test::station(
      "model: workers, workers: 2, serviceTime: exponential(mean=100ms)",
      "arrivals: poisson(5/s), connections: {reuse: per_request}",
      {"objectives: [\"jobs mean < 300ms\"]", "run: {duration: 100s, warmup: 20s, replications: {min: 10, max: 20}}"});
  text.traffic.push_back(
      "{name: loop, to: \"http://station/\", arrivals: closed(users=1 think=500ms), connections: {reuse: "
      "per_request}}");
  const StudyLoadPlan plan = planned_load(text.text(), coarse());
  CHECK(plan.variants[0].ceiling == Approx(4.0));
  CHECK(plan.variants[0].answer == LoadAnswer::found);
  CHECK_FALSE(plan.curve[1].rate_per_s);  // of `loop`
}

}  // namespace towtank
