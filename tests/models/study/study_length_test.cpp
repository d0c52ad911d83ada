#include <catch2/catch.hpp>

#include "tests/support/macro_run.hpp"
#include "tests/support/reference_checks.hpp"

// A study of no given length finds one, and measures with other draws than those that it found it with.

namespace towtank::test {

TEST_CASE("a study that found its length is made of other draws than one that is given it", "[statistical][slow]") {
  const ReferenceCase station = reference_case("oracle", "mmc-c4-rho80");
  const Result<MacroRun> found = macro_run(station, 3);
  REQUIRE(found);
  scenario::Run as_found;
  as_found.duration = from_seconds(found->duration_s);
  as_found.warmup = from_seconds(found->warmup_s);
  const Result<MacroRun> given = macro_run(station, 3, as_found), again = macro_run(station, 3, as_found);
  REQUIRE((given && again));
  CHECK(given->duration_s == found->duration_s);
  CHECK(*given->estimates[0].value == *again->estimates[0].value);
  CHECK(*given->estimates[0].value != *found->estimates[0].value);
}

TEST_CASE("how many replications a study may have changes nothing when it makes fewer", "[statistical][slow]") {
  const ReferenceCase station = reference_case("oracle", "mmc-c4-rho80");
  const auto with_most = [&](std::int64_t most) {
    scenario::Run run;
    run.max_replications = most;
    return macro_run(station, 3, run);
  };
  const Result<MacroRun> fifty = with_most(50), sixty = with_most(60);
  REQUIRE((fifty && sixty));
  CHECK(fifty->replications == sixty->replications);
  CHECK(fifty->duration_s == sixty->duration_s);
  for (std::size_t i = 0; i < kCoverageMetrics; ++i) CHECK(*fifty->estimates[i].value == *sixty->estimates[i].value);
}

}  // namespace towtank::test
