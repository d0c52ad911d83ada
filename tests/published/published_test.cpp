#include <catch2/catch.hpp>
#include <string>

#include "tests/support/reference_checks.hpp"

/// Shorter runs of published results that `bench/validation` judges in full, each with a twin that must fail.
namespace towtank::test {
namespace {

const std::string kThreeChoices = "{name: least_request, choices: 3, distinct: true}";

void reproduce(const std::string& id, double duration_s, const Twin& twin, std::size_t fewest) {
  check_reproduced(reference_case("published", id), duration_s, twin, fewest);
}

}  // namespace

TEST_CASE("two choices among 100 servers are Mitzenmacher's, and a third choice shows", "[statistical][slow]") {
  reproduce("power-of-2-n100-load80", 500, {"spec.edge[name=lb].balance", kThreeChoices}, 3);
}

TEST_CASE("three choices among 100 servers are Mitzenmacher's, and 3 % more arrivals show", "[statistical][slow]") {
  reproduce("power-of-3-n100-load80", 500, {"spec.traffic[name=jobs].arrivals", "poisson(103/s)"}, 3);
}

TEST_CASE("five workers at load 0.8 wait as Erlang's formula C says, and a sixth worker shows", "[statistical]") {
  reproduce("erlang-c5-load80", 8'000, {"spec.pods.Deployment/station.workers", "6"}, 5);
}

TEST_CASE("ten workers at half load wait as Erlang's formula C says, and 10 % longer service shows", "[statistical]") {
  reproduce("erlang-c10-load50", 5'000, {"spec.pods.Deployment/station.serviceTime", "exponential(mean=1100ms)"}, 5);
}

TEST_CASE("a random choice among 100 servers leaves M/M/1, and round robin shows", "[statistical][slow]") {
  reproduce("random-n100-load70", 500, {"spec.edge[name=lb].balance", "round_robin"}, 2);
}

TEST_CASE("round robin over 100 servers leaves E100/M/1, and 3 % more arrivals show", "[statistical][slow]") {
  reproduce("round-robin-n100-load70", 500, {"spec.traffic[name=jobs].arrivals", "poisson(103/s)"}, 2);
}

TEST_CASE("the shortest of 100 queues is nearly always empty, and 3 % longer service shows", "[statistical][slow]") {
  reproduce("jsq-n100-load70", 200, {"spec.pods.Deployment/station.serviceTime", "exponential(mean=1030ms)"}, 2);
}

TEST_CASE("policy Local on 2 + 1 pods gives the lone pod half the load, and 1 + 2 pods show", "[statistical]") {
  reproduce("local-load50", 20'000, {"spec.cluster.placement.pin", "{Deployment/station: {worker-0: 1, worker-1: 2}}"},
            5);
}

TEST_CASE("policy Cluster on 2 + 1 pods gives each a third, and policy Local shows", "[statistical]") {
  reproduce("cluster-load50", 20'000, {"Service/station:spec.externalTrafficPolicy", "Local"}, 5);
}

TEST_CASE("two users of a fast and a slow backend are served as fast as theory says, and a slower one shows",
          "[statistical]") {
  const Twin slower{"spec.pods.Deployment/station.slow", "[{pod: 1, factor: 2.04}]"};
  for (const char* balance : {"full-scan", "round-robin", "random"})
    reproduce("closed-loop-" + std::string{balance} + "-rate", 10'000, slower, 1);
}

}  // namespace towtank::test
