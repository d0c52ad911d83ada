#include "models/study/load_search.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace towtank {
namespace {

using Judgement = LoadSearch::Outcome;

/// Searches where loads up to `truth` meet; those within `unclear` of it, as a share, stay undecided.
LoadSearch searched(double ceiling, double resolution, double truth, double unclear = 0.0) {
  LoadSearch search{ceiling, resolution};
  std::size_t made = 0;
  std::set<int> steps;
  while (const std::optional<int> step = search.next()) {
    REQUIRE(++made <= search.decisions());
    REQUIRE(steps.insert(*step).second);  // nothing twice
    const double load = search.load_of(*step);
    REQUIRE(load < ceiling);
    const bool is_unclear = load > truth * (1.0 - unclear) && load < truth * (1.0 + unclear);
    search.tell(*step, is_unclear ? Judgement::undecided : load <= truth ? Judgement::met : Judgement::missed);
  }
  return search;
}

}  // namespace

TEST_CASE("a search for a load ends with two loads around the truth that are as near as asked for", "[unit]") {
  for (const double ceiling : {0.003, 1.0, 1.09, 70.0})
    for (const double share : {0.021, 0.1, 0.333, 0.5, 0.9, 0.97}) {
      const double truth = share * ceiling;
      const LoadSearch search = searched(ceiling, 0.02, truth);
      REQUIRE(search.met());
      REQUIRE(search.missed());
      const double low = search.load_of(*search.met()), high = search.load_of(*search.missed());
      CHECK(low <= truth);
      CHECK(high > truth);
      CHECK(high / low < 1.01 * 1.01 + 1e-12);
    }
}

TEST_CASE("loads of a search are steps of a ladder that every ceiling shares", "[unit]") {
  const LoadSearch a{1.8, 0.02}, b{1.2, 0.02};
  CHECK(a.load_of(7) == b.load_of(7));
  CHECK(a.load_of(0) == 1.0);
  CHECK(a.load_of(a.highest()) < 1.8);
  CHECK(a.load_of(a.highest() + 1) >= 1.8);
  CHECK(a.load_of(a.lowest()) == Approx(0.02 * 1.8).epsilon(0.011));
}

TEST_CASE("a ceiling on a step of the ladder is not tried", "[unit]") {
  const LoadSearch ladder{5.0, 0.02};
  const LoadSearch search{ladder.load_of(20), 0.02};
  CHECK(search.highest() == 19);
}

TEST_CASE("a search ends at the ceiling where everything below meets", "[unit]") {
  const LoadSearch search = searched(2.0, 0.02, 2.0);
  CHECK_FALSE(search.missed());
  REQUIRE(search.met());
  CHECK(search.load_of(*search.met()) > 2.0 / 1.021);
}

TEST_CASE("a search ends at its lowest load where nothing meets", "[unit]") {
  const LoadSearch search = searched(2.0, 0.02, 0.0);
  CHECK(search.is_missed_at_lowest());
  CHECK_FALSE(search.met());
}

TEST_CASE("loads that stay undecided are left behind on both sides", "[unit]") {
  for (const double truth : {0.2, 0.47, 0.771, 0.9}) {
    const LoadSearch search = searched(1.0, 0.02, truth, 0.008);
    REQUIRE(search.met());
    REQUIRE(search.missed());
    const double low = search.load_of(*search.met()), high = search.load_of(*search.missed());
    CHECK(low <= truth);
    CHECK(high > truth);
    CHECK(high / low < 1.06);
  }
  const LoadSearch nothing = searched(1.0, 0.02, 0.5, 10.0);
  CHECK_FALSE(nothing.met());
  CHECK_FALSE(nothing.missed());
  CHECK_FALSE(nothing.is_missed_at_lowest());
}

TEST_CASE("what is decided on one side of undecided loads decides them, too", "[unit]") {
  LoadSearch search{1.0, 0.02};
  const std::optional<int> first = search.next();
  REQUIRE(first);
  search.tell(*first, Judgement::undecided);
  const std::optional<int> second = search.next();
  REQUIRE(second);
  // Were it told to meet above the undecided load, or to miss below it, bisection would go on from there.
  search.tell(*second, *second > *first ? Judgement::met : Judgement::missed);
  const std::optional<int> third = search.next();
  REQUIRE(third);
  CHECK((*second > *first ? *third > *second : *third < *second));
}

}  // namespace towtank
