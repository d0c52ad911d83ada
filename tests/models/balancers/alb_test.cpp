#include <catch2/catch.hpp>
#include <string>

#include "tests/models/balancers/instance.hpp"

// The algorithms of AWS' ALB (models/SOURCES.md 3.9).

namespace towtank::test {

TEST_CASE("an ALB's round robin goes round from a random start", "[unit]") {
  std::string starts;
  for (std::uint32_t replication = 0; replication < 40; ++replication) {
    Instance targets{"alb", "round_robin", {1, 1, 1}, {}, replication};
    const std::string picks = targets.serve(9);
    CHECK(keeps_shares(picks, {1, 1, 1}));
    CHECK(picks.substr(0, 3) == picks.substr(3, 3));
    starts += picks[0];
  }
  for (const char letter : {'a', 'b', 'c'}) CHECK(starts.find(letter) != std::string::npos);
}

TEST_CASE("an ALB's least outstanding requests: the fewest in flight, those that tie in turn", "[unit]") {
  Instance targets{"alb", "least_outstanding", {1, 1, 1}};
  CHECK(targets.serve(7) == "abcabca");
  CHECK(targets.hold(4) == "bcab");
  targets.end(2);
  CHECK(targets.hold(2) == "ca");
  Instance loaded{"alb", "least_outstanding", {9, 1, 1}};  // weights play no part
  loaded.load({2, 1, 1});
  CHECK(loaded.serve(4) == "bcbc");
}

}  // namespace towtank::test
