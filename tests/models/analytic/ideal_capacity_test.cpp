#include "models/analytic/ideal_capacity.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/small_numbers.hpp"

namespace towtank::analytic {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

using Stations = std::vector<std::uint32_t>;

/// The least of capacity over demand of all sets of demands, each with all stations that it reaches (Hall's condition).
double by_all_cuts(const std::vector<Demand>& demands, const std::vector<double>& capacity_per_s) {
  double least = kEndless;
  for (std::uint32_t set = 1; set < 1u << demands.size(); ++set) {
    std::vector<bool> reached(capacity_per_s.size(), false);
    double amount = 0.0, capacity = 0.0;
    for (std::size_t i = 0; i < demands.size(); ++i) {
      if ((set >> i & 1u) == 0) continue;
      amount += demands[i].amount_per_s;
      for (const std::uint32_t station : demands[i].stations) reached[station] = true;
    }
    for (std::size_t station = 0; station < reached.size(); ++station)
      if (reached[station]) capacity += capacity_per_s[station];
    least = std::min(least, capacity / amount);
  }
  return least;
}

struct Problem {
  std::vector<Demand> demands;
  std::vector<double> capacity_per_s;
};

Problem random_problem(std::uint64_t seed) {
  test::SmallNumbers numbers{seed};
  Problem made;
  const std::uint32_t stations = 1 + numbers.below(9), demands = 1 + numbers.below(6);
  for (std::uint32_t i = 0; i < stations; ++i) made.capacity_per_s.push_back(0.1 + numbers.below(50));
  for (std::uint32_t i = 0; i < demands; ++i) {
    Demand demand{0.3 + numbers.below(20), {}};
    for (std::uint32_t station = 0; station < stations; ++station)
      if (numbers.below(3) == 0) demand.stations.push_back(station);
    if (demand.stations.empty()) demand.stations.push_back(numbers.below(stations));
    made.demands.push_back(std::move(demand));
  }
  return made;
}

}  // namespace

TEST_CASE("one demand fills all that it reaches, and only that", "[unit]") {
  const IdealCapacity found = ideal_capacity({{5.0, {0, 2}}}, {10.0, 100.0, 20.0});
  CHECK(found.factor.value() == Approx(6.0).epsilon(1e-12));
  CHECK(found.cut == Stations{0, 2});
}

TEST_CASE("a demand that reaches little limits all, and names the stations it fills", "[unit]") {
  const std::vector<double> capacity{10.0, 10.0, 10.0};
  const IdealCapacity found = ideal_capacity({{1.0, {0, 1, 2}}, {8.0, {0}}}, capacity);
  CHECK(found.factor.value() == Approx(10.0 / 8.0).epsilon(1e-12));
  CHECK(found.cut == Stations{0});
  // With as little to do as the other, it finds room beside it: 30 for 2.
  CHECK(ideal_capacity({{1.0, {0, 1, 2}}, {1.0, {0}}}, capacity).factor.value() == Approx(10.0).epsilon(1e-12));
  CHECK(ideal_capacity({{2.0, {0, 1, 2}}, {1.0, {0}}}, capacity).cut == Stations{0, 1, 2});
}

TEST_CASE("a station that takes no time serves whoever reaches it without a limit", "[unit]") {
  CHECK_FALSE(ideal_capacity({{1.0, {0, 1}}}, {10.0, kEndless}).factor);
  CHECK_FALSE(ideal_capacity({}, {10.0}).factor);
  CHECK_FALSE(ideal_capacity({{0.0, {0}}}, {10.0}).factor);
  const IdealCapacity found = ideal_capacity({{1.0, {0, 1}}, {4.0, {0}}}, {10.0, kEndless});
  CHECK(found.factor.value() == Approx(2.5).epsilon(1e-12));
  CHECK(found.cut == Stations{0});
}

TEST_CASE("a station without capacity leaves the factor 0 for who reaches no other", "[unit]") {
  CHECK(ideal_capacity({{1.0, {0}}}, {0.0}).factor == 0.0);
  CHECK(ideal_capacity({{1.0, {0}}, {1.0, {1}}}, {0.0, 5.0}).factor == 0.0);
}

TEST_CASE("the factor is the least over all cuts, and the cut is one of these", "[unit]") {
  bool cut_is_smaller = false;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Problem problem = random_problem(seed);
    const IdealCapacity found = ideal_capacity(problem.demands, problem.capacity_per_s);
    const double least = by_all_cuts(problem.demands, problem.capacity_per_s);
    INFO("seed " << seed);
    REQUIRE(found.factor);
    CHECK(*found.factor == Approx(least).epsilon(1e-8));
    // Who reaches nothing but the cut asks for just what it holds.
    double amount = 0.0, capacity = 0.0;
    for (const Demand& demand : problem.demands)
      if (std::includes(found.cut.begin(), found.cut.end(), demand.stations.begin(), demand.stations.end()))
        amount += demand.amount_per_s;
    for (const std::uint32_t station : found.cut) capacity += problem.capacity_per_s[station];
    CHECK(amount * *found.factor == Approx(capacity).epsilon(1e-8));
    cut_is_smaller = cut_is_smaller || found.cut.size() < problem.capacity_per_s.size();
  }
  CHECK(cut_is_smaller);
}

TEST_CASE("the order of demands and stations plays no part", "[unit]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Problem problem = random_problem(seed);
    const IdealCapacity found = ideal_capacity(problem.demands, problem.capacity_per_s);
    std::reverse(problem.demands.begin(), problem.demands.end());
    const IdealCapacity again = ideal_capacity(problem.demands, problem.capacity_per_s);
    CHECK(again.factor.value() == Approx(found.factor.value()).epsilon(1e-12));
    CHECK(again.cut == found.cut);
  }
}

}  // namespace towtank::analytic
