#include "tests/published/experiments.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/reference_checks.hpp"

/// Shorter runs of the experiments that `bench/validation` judges in full, each with a twin that must fail. A result is
/// reproduced when our 99 % interval meets the band; exact theory may be missed but once in a million.
namespace towtank::test {
namespace {

bool is_reproduced(const std::vector<Agreement>& all, double confidence = 0.99) {
  bool meets = true;
  for (const Agreement& one : all) {
    UNSCOPED_INFO(one.case_id << ' ' << one.reference.metric << ": " << *one.ours.value << " in [" << *one.ours.low
                              << ", " << *one.ours.high << "], t = " << one.t());
    meets = meets && one.is_within(confidence);
  }
  return meets;
}

}  // namespace

TEST_CASE("the fullest of 100 bins is as full as theory says, and fewer bins or balls show", "[statistical]") {
  constexpr double kConfidence = 1.0 - kReferenceFalseAlarm / std::size(kBalls);
  for (const BallsCase& one : kBalls) {
    const std::uint32_t replications = one.balls < 10'000 ? 4'000 : one.balls < 100'000 ? 400 : 60;
    CHECK(is_reproduced({balls_into_bins(one, replications)}, kConfidence));
    BallsCase twin = one;
    if (one.over_mean) twin.balls /= 2;  // fewer balls stand out more
    CHECK_FALSE(is_reproduced({balls_into_bins(twin, replications, one.over_mean ? 100 : 95)}, kConfidence));
  }
}

TEST_CASE("random subsets give backends 15 to 45 connections, or 57 to 109, and subsets a third larger show",
          "[statistical]") {
  for (const SubsetCase& one : {kSubsets[0], kSubsets[1]}) {
    CHECK(is_reproduced(subsets(one, 10, one.subset)));
    CHECK_FALSE(is_reproduced(subsets(one, 10, one.subset + one.subset / 3)));
  }
}

TEST_CASE("connections of random subsets are binomial, and those of deterministic ones are not", "[statistical]") {
  const auto variances = [](const char* kind) {
    std::vector<double> all;
    for (std::uint32_t replication = 0; replication < 8; ++replication) {
      double sum = 0.0;
      for (const std::uint32_t connections : connections_of_subsets({kind, {{"subset", "30"}}}, replication))
        sum += (connections - 30.0) * (connections - 30.0);
      all.push_back(sum / 300);
    }
    return all;
  };
  // 300 clients, each with a chance of 30/300: 300 * 0.1 * 0.9 = 27.
  const auto is_binomial = [&](const char* kind) {
    return is_reproduced({held_against(kind, "variance", {27, 27, 27}, variances(kind))}, 1.0 - kReferenceFalseAlarm);
  };
  CHECK(is_binomial("random_subset"));
  CHECK_FALSE(is_binomial("deterministic_subset"));
}

TEST_CASE("deterministic subsets give every backend 30 connections exactly, and a client fewer shows", "[unit]") {
  for (std::uint32_t replication = 0; replication < 3; ++replication)
    CHECK(connections_of_subsets({"deterministic_subset", {{"subset", "30"}}}, replication) ==
          std::vector<std::uint32_t>(300, 30));
  CHECK(is_reproduced(subsets(kSubsets[2], 2, 30)));
  CHECK_FALSE(is_reproduced(subsets(kSubsets[2], 2, 30, 299)));
}

TEST_CASE("two at a time to a fast and a slow backend take 6668, 7194 or 7500 s, and a slow one 2 % faster shows",
          "[statistical]") {
  for (const ClosedLoopCase& one : closed_loop_cases()) {
    INFO(one.id);
    CHECK(is_reproduced(closed_loop(one, 10)));
    CHECK_FALSE(is_reproduced(closed_loop(one, 10, 1.96)));
  }
}

TEST_CASE("of eleven backends one slows down: round robin fails 4.5 %, peak EWMA 0.1 %, and 3 s more show",
          "[statistical]") {
  const std::vector<BrownoutCase>& cases = brownout_cases();
  for (const BrownoutCase& one : cases) CHECK(is_reproduced(brownout(one, 3)));
  CHECK_FALSE(is_reproduced(brownout(cases[0], 3, {.until_s = 48.0})));
  for (const std::size_t least_loaded : {1, 2})
    CHECK_FALSE(is_reproduced(brownout(cases[least_loaded], 3, {.slow_backends = 2})));
  CHECK_FALSE(is_reproduced(brownout(cases[3], 3, {.slow_backends = 3})));
}

}  // namespace towtank::test
