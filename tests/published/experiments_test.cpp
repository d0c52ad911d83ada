#include "tests/published/experiments.hpp"

#include <catch2/catch.hpp>
#include <cmath>
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

/// Whether a share of picks is what it should be, but for so many standard deviations and what Envoy's units are off.
bool is_share(double ours, double expected, double deviation, double deviations) {
  return std::abs(ours - expected) <= deviations * deviation + kZoneUnit;
}

/// Of independent picks, the callers in turn: those of a zone that keeps all do not vary.
double deviation_of_staying(const ZonesCase& one, double picks) {
  double variance = 0.0;
  for (std::size_t zone = 0; zone < one.callers.size(); ++zone)
    variance += one.staying(zone) * (1.0 - one.staying(zone)) * one.callers[zone] / one.all_callers();
  return std::sqrt(variance / picks);
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

TEST_CASE("Envoy's zones keep 83 to 96 % of the requests and give every upstream the same, and 5 % more callers show",
          "[statistical]") {
  constexpr std::uint64_t kZonedPicks = 400'000;
  struct Kept {
    bool staying = true, alike = true;
  };
  const auto kept = [](const ZonesCase& one, const char* algorithm, std::uint64_t picks,
                       std::uint32_t overcounted = 0) {
    const auto n = static_cast<double>(picks);
    const double checks = static_cast<double>(std::size(kZones) * 3 * (one.all_upstreams() + 1));
    const double deviations = normal_quantile(1.0 - 0.5 * kReferenceFalseAlarm / checks);
    const double equal = 1.0 / one.all_upstreams();
    const ZonedPicks ours = zoned_picks(one, algorithm, picks, 0, overcounted);
    Kept all{is_share(ours.staying, one.staying(), deviation_of_staying(one, n), deviations), true};
    for (const double share : ours.shares)  // turns vary less than what is binomial
      all.alike = all.alike && is_share(share, equal, std::sqrt(equal * (1.0 - equal) / n), deviations);
    return all;
  };
  for (const ZonesCase& one : kZones) {
    INFO(one.id);
    CHECK(std::abs(one.staying() - one.published) < 0.5e-4);  // printed to four digits
    for (const char* algorithm : {"random", "round_robin", "least_request"}) {
      const Kept all = kept(one, algorithm, kZonedPicks);
      CHECK(all.staying);
      CHECK(all.alike);
      CHECK_FALSE(kept(one, algorithm, kZonedPicks, 5).staying);
    }
  }
  CHECK_FALSE(kept(kZones[0], "random", 1'000'000, 5).alike);
}

}  // namespace towtank::test
