#include "models/study/theory.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "models/analytic/queues.hpp"
#include "tests/support/reference_checks.hpp"

namespace towtank::test {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

PodTheory theory_of(const ReferenceCase& reference, Settings set = {}) {
  PlainFiles files;
  scenario::LoadOptions options;
  options.set = std::move(set);
  if (!reference.variant.empty()) options.only_variants = {reference.variant};
  const Result<scenario::Study> study = scenario::load_study(reference.scenario, files, options);
  INFO((study ? "" : told(study.error())));
  REQUIRE(study);
  const BuiltStudy built = build_variants(*study);
  INFO(told(built.problems));
  REQUIRE(built.problems.empty());
  return pod_theory(built.runs.front(), 0);
}

/// The mean of a case at the pods, without the way; in mean service times, which are seconds.
double known_mean_s(const ReferenceCase& reference) {
  for (const Quantity& quantity : reference.quantities)
    if (quantity.metric == "sojourn.mean") return quantity.value - reference.path_s;
  FAIL("the case has no mean");
  return 0.0;
}

bool is_known(const PodTheory& theory, double mean_s) {
  return theory.mean_s && std::abs(*theory.mean_s - mean_s) <= 1e-9 * mean_s;
}

constexpr const char* kStationPath = "spec.pods.Deployment/station.";
constexpr const char* kTrafficPath = "spec.traffic[name=jobs].";

}  // namespace

TEST_CASE("the exact mean at the pods is that of the reference cases whose assumptions hold", "[unit]") {
  for (const auto& [id, model] :
       std::vector<std::pair<std::string, std::string>>{{"mm1-rho90", "M/M/1"},
                                                        {"mmc-c4-rho80", "M/M/4"},
                                                        {"md1-rho80", "M/G/1"},
                                                        {"mg1-lognormal-cv4-rho60", "M/G/1"},
                                                        {"mg1-h2-cv9-rho70", "M/G/1"},
                                                        {"mg1-gamma05-rho80", "M/G/1"},
                                                        {"mm1-ps-rho70", "M/G/1-PS"},
                                                        {"mg1-ps-lognormal-rho75", "M/G/1-PS"},
                                                        {"mmck-c2-k10-overload", "M/M/2/10"},
                                                        {"hetero-random-4", "M/M/1"},
                                                        {"etp-local-uneven", "M/M/1"}}) {
    const ReferenceCase reference = reference_case("oracle", id);
    const PodTheory theory = theory_of(reference);
    INFO(id << ": " << theory.failing << " " << theory.mean_s.value_or(-1.0));
    CHECK(is_known(theory, known_mean_s(reference)));
    CHECK(theory.model == model);
    CHECK(theory.failing.empty());
  }
}

TEST_CASE("another load, or another law, has another mean", "[unit]") {
  const ReferenceCase mm1 = reference_case("oracle", "mm1-rho90"), md1 = reference_case("oracle", "md1-rho80");
  CHECK_FALSE(
      is_known(theory_of(mm1, {{std::string{kTrafficPath} + "arrivals", "poisson(0.901/s)"}}), known_mean_s(mm1)));
  CHECK_FALSE(
      is_known(theory_of(md1, {{std::string{kStationPath} + "serviceTime", "uniform(0.9s 1.1s)"}}), known_mean_s(md1)));
}

TEST_CASE("where no closed form holds, the assumption that fails is named", "[unit]") {
  const auto failing = [](const char* id, Settings set = {}) {
    const PodTheory theory = theory_of(reference_case("oracle", id), std::move(set));
    CHECK_FALSE(theory.mean_s);
    CHECK(theory.model.empty());
    return theory.failing;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(failing("rr4-poisson-rho80"), Contains("by round_robin lb does not choose each request's way by chance alone"));
  CHECK_THAT(failing("jsq-n2-rho80"), Contains("by least_request lb does not choose"));
  CHECK_THAT(failing("dm1-rho80"), Contains("arrivals are not poisson"));
  CHECK_THAT(failing("batch5-rho70"), Contains("arrivals are not poisson"));
  CHECK_THAT(failing("closed-mm2-n20"), Contains("closed loop"));
  CHECK_THAT(failing("etp-local-uneven", {{std::string{kTrafficPath} + "timeout", "1h"}}), Contains("may time out"));
  CHECK_THAT(failing("erlang-a-c8-rho112"), Contains("queueTimeout"));
  CHECK_THAT(failing("erlang-b-c20-a16"),
             Contains("several workers, and service times that are not exponential (M/G/20)"));
  CHECK_THAT(failing("mm1-rho90", {{std::string{kTrafficPath} + "connections.reuse", "keepalive"}}),
             Contains("kept connection"));
  CHECK_THAT(failing("mm1-rho90", {{std::string{kTrafficPath} + "timeout", "60s"}}), Contains("may time out"));
  CHECK_THAT(failing("mm1-rho90", {{std::string{kTrafficPath} + "retries", "{max: 1}"}}), Contains("retries"));
  CHECK_THAT(failing("mm1-rho90", {{std::string{kTrafficPath} + "arrivals", "poisson(1.1/s)"}}),
             Contains("no steady state"));
  CHECK_THAT(failing("md1-rho80", {{std::string{kStationPath} + "queue", "{limit: 20, whenFull: 503}"}}),
             Contains("queue of 20 may be full"));
}

TEST_CASE("a queue that is never full in practice is no limit", "[unit]") {
  const ReferenceCase reference = reference_case("oracle", "mm1-rho90");
  CHECK(is_known(theory_of(reference, {{std::string{kStationPath} + "queue", "{limit: 500, whenFull: 503}"}}),
                 known_mean_s(reference)));
}

TEST_CASE("closed forms agree with each other where they meet", "[unit]") {
  using namespace analytic;
  CHECK(mean_wait_mmc_s(0.9, 1.0, 1) == Approx(9.0).epsilon(1e-12));
  CHECK(mean_wait_mg1_s(0.9, 1.0, 1.0) == Approx(9.0).epsilon(1e-12));
  CHECK(waiting_chance(3.2, 4) == Approx(0.596432471787405).epsilon(1e-12));
  CHECK(waiting_chance(0.0, 4) == 0.0);
  CHECK(mmck(2.4, 1.0, 2, 8).lost == Approx(0.195628895575911).epsilon(1e-12));
  CHECK(mmck(2.4, 1.0, 2, 8).mean_wait_s == Approx(2.53108243720232).epsilon(1e-12));
  // Without an end to the queue nothing is lost, and one that no arrival fills waits as M/M/c does.
  CHECK(mmck(3.2, 1.0, 4, 2000).lost < 1e-150);
  CHECK(mmck(3.2, 1.0, 4, 2000).mean_wait_s == Approx(mean_wait_mmc_s(3.2, 1.0, 4)).epsilon(1e-12));
  CHECK(mmck(1000.0, 1.0, 100, 4096).lost == Approx(0.9).epsilon(1e-6));
}

TEST_CASE("a study shows theory beside simulation, and warns when they are further apart than chance explains",
          "[statistical][slow]") {
  const ReferenceCase reference = reference_case("oracle", "mm1-rho90");
  scenario::LoadOptions options;
  options.duration = from_seconds(20'000);
  const report::Report steady = run_scenario(reference.scenario, options);
  REQUIRE(steady.theory.size() == 1);
  CHECK(steady.theory[0].exact_ms.value() == Approx(10'000.0).epsilon(1e-9));
  CHECK(steady.theory[0].simulated_ms.low.value() < 10'000.0);
  CHECK(steady.theory[0].simulated_ms.high.value() > 10'000.0);
  const auto says_so = [](const report::Report& report) {
    for (const std::string& warning : report.warnings)
      if (warning.find("further from that of M/M/1 than chance explains") != std::string::npos) return true;
    return false;
  };
  CHECK_FALSE(says_so(steady));
  // Begun empty and measured at once, the queue is too short.
  options.duration = from_seconds(60);
  options.set = {{std::string{kTrafficPath} + "arrivals", "poisson(0.5/s)"},
                 {"spec.run.warmup", "0s"},
                 {"spec.run.interval", "1s"},
                 {"spec.run.replications", "{min: 2000, max: 2000}"}};
  CHECK(says_so(run_scenario(reference.scenario, options)));
}

}  // namespace towtank::test
