#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <string>

#include "tests/support/reference_checks.hpp"

/// Shorter runs of the cases that `bench/validation` judges in full. Each comes with a twin that is a little different
/// and must be told from it.
namespace towtank::test {
namespace {

const std::string kServiceTime = "spec.pods.Deployment/station.serviceTime";
const std::string kArrivals = "spec.traffic[name=jobs].arrivals";
const std::string kBalance = "spec.edge[name=lb].balance";

void reproduce(const std::string& id, double duration_s, const Twin& twin, std::size_t fewest) {
  check_reproduced(reference_case("oracle", id), duration_s, twin, fewest);
}

}  // namespace

TEST_CASE("every reference case has a scenario, or is told to need more than scenarios can say", "[unit]") {
  const auto cases = read_reference_cases(std::string{TOWTANK_SOURCE_DIR} + "/tests/oracle", /*without_scenario=*/true);
  REQUIRE(cases);
  CHECK(cases->size() == 35);
  for (const ReferenceCase& one : *cases) {
    INFO(one.id);
    const bool is_told = std::any_of(std::begin(kCasesElsewhere), std::end(kCasesElsewhere),
                                     [&](const CaseElsewhere& other) { return other.id == one.id; });
    CHECK(is_told == one.scenario.empty());
  }
}

TEST_CASE("one worker at load 0.9 is M/M/1, and 3 % more load shows", "[statistical][slow]") {
  reproduce("mm1-rho90", 100'000, {"spec.load", "1.03"}, 5);
}

TEST_CASE("four workers behind one queue are M/M/4, and 3 % more load shows", "[statistical]") {
  reproduce("mmc-c4-rho80", 10'000, {"spec.load", "1.03"}, 6);
}

TEST_CASE("a full queue turns requests away as M/M/2/10 does, and one more place shows", "[statistical]") {
  reproduce("mmck-c2-k10-overload", 10'000, {"spec.pods.Deployment/station.queue.limit", "9"}, 7);
}

TEST_CASE("twenty workers without a queue lose what Erlang's formula B says, and 3 % more load shows",
          "[statistical][slow]") {
  reproduce("erlang-b-c20-a16", 6'000, {"spec.load", "1.03"}, 1);
}

TEST_CASE("a constant service time gives M/D/1, and spread shows", "[statistical]") {
  reproduce("md1-rho80", 40'000, {kServiceTime, "normal(mean=1s sd=500ms)"}, 5);
}

TEST_CASE("a lognormal service time gives M/G/1, and less spread shows", "[statistical][slow]") {
  reproduce("mg1-lognormal-cv4-rho60", 150'000, {kServiceTime, "lognormal(mean=1s cv=1.7)"}, 5);
}

TEST_CASE("a hyperexponential service time gives M/G/1, and less spread shows", "[statistical][slow]") {
  reproduce("mg1-h2-cv9-rho70", 150'000, {kServiceTime, "hyperexponential(mean=1s cv=2.5)"}, 5);
}

TEST_CASE("a gamma service time gives M/G/1, and less spread shows", "[statistical]") {
  reproduce("mg1-gamma05-rho80", 50'000, {kServiceTime, "gamma(mean=1s cv=1.2)"}, 5);
}

TEST_CASE("a shared core is M/M/1-PS, and serving in turn shows in the percentiles alone", "[statistical]") {
  reproduce("mm1-ps-rho70", 30'000, {"spec.pods.Deployment/station.model", "workers"}, 4);
}

TEST_CASE("the mean of processor sharing depends on the mean service time only, unlike serving in turn",
          "[statistical]") {
  reproduce("mg1-ps-lognormal-rho75", 40'000, {"spec.pods.Deployment/station.model", "workers"}, 1);
}

TEST_CASE("evenly spaced arrivals give D/M/1, and Poisson arrivals show", "[statistical]") {
  reproduce("dm1-rho80", 20'000, {kArrivals, "poisson(0.8/s)"}, 5);
}

TEST_CASE("round robin over four pods gives each E4/M/1, and a random choice shows", "[statistical]") {
  reproduce("rr4-poisson-rho80", 10'000, {kBalance, "random"}, 5);
}

TEST_CASE("round robin over sixteen pods gives each E16/M/1, and a random choice shows", "[statistical][slow]") {
  reproduce("rr16-poisson-rho90", 10'000, {kBalance, "random"}, 6);
}

TEST_CASE("the better of two different pods is the known Markov chain, and drawing with replacement shows",
          "[statistical]") {
  reproduce("p2c-n4-rho80", 10'000, {kBalance, "{name: least_request, choices: 2, distinct: false}"}, 5);
}

TEST_CASE("the better of two among 200 pods is the refined mean field, and three choices show", "[statistical][slow]") {
  reproduce("p2c-n200-rho90", 400, {kBalance, "{name: least_request, choices: 3, distinct: true}"}, 4);
}

TEST_CASE("joining the shorter of two queues is the known Markov chain, and drawing with replacement shows",
          "[statistical]") {
  reproduce("jsq-n2-rho80", 20'000, {kBalance, "{name: least_request, choices: 2, distinct: false}"}, 4);
}

TEST_CASE("joining the shortest of three queues is the known Markov chain, and two choices show",
          "[statistical][slow]") {
  reproduce("jsq-n3-rho90", 40'000, {kBalance, "{name: least_request, choices: 2, distinct: true}"}, 4);
}

TEST_CASE("joining an idle queue of three is the known Markov chain, and comparing two shows", "[statistical][slow]") {
  reproduce("jiq-n3-rho80", 20'000, {kBalance, "least_request"}, 5);
}

TEST_CASE("impatient requests leave as in M/M/8+M, and an equal constant patience shows", "[statistical][slow]") {
  reproduce("erlang-a-c8-rho112", 5'000, {"spec.pods.Deployment/station.queueTimeout", "2s"}, 7);
}

TEST_CASE("a queue timeout cuts waits as in M/M/8+D, and a tenth more patience shows", "[statistical][slow]") {
  reproduce("timeout-det-c8-rho112", 5'000, {"spec.pods.Deployment/station.queueTimeout", "1100ms"}, 7);
}

TEST_CASE("users who wait for their answer are the machine repair model, and one user more shows",
          "[statistical][slow]") {
  reproduce("closed-mm2-n20", 15'000, {kArrivals, "closed(users=21 think=exponential(mean=8s))"}, 6);
}

TEST_CASE("policy Local loads pods by their node, and another placement shows", "[statistical][slow]") {
  reproduce("etp-local-uneven", 20'000,
            {"spec.cluster.placement.pin", "{Deployment/station: {worker-0: 1, worker-1: 3, worker-2: 4}}"}, 10);
}

TEST_CASE("policy Cluster loads pods evenly at the price of a second hop, and policy Local shows", "[statistical]") {
  reproduce("etp-cluster-uneven", 10'000, {"Service/station:spec.externalTrafficPolicy", "Local"}, 6);
}

TEST_CASE("five requests at a time are M[5]/M/1, and four at a time show", "[statistical]") {
  reproduce("batch5-rho70", 20'000, {kArrivals, "batch(0.7/s size=4)"}, 5);
}

TEST_CASE("bursts are MMPP/M/1, and shorter ones show", "[statistical][slow]") {
  reproduce("mmpp2-m1-rho70", 40'000, {kArrivals, "mmpp(calm=0.4/s calmFor=5s burst=1.6/s burstFor=1.67s)"}, 5);
}

TEST_CASE("pods of different speed under a random choice are a mixture of M/M/1, and round robin shows",
          "[statistical][slow]") {
  reproduce("hetero-random-4", 20'000, {kBalance, "round_robin"}, 4);
}

}  // namespace towtank::test
