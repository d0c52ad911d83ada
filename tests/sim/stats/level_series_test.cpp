#include "sim/stats/level_series.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace towtank {

TEST_CASE("a level series holds the mean of each bin, whatever the order of changes", "[unit]") {
  LevelSeries series{10ns, 3};
  series.add(Time{} + 25ns, -1);
  series.add(Time{} + 4ns, +1);
  series.add(Time{} + 10ns, +2);
  series.add(Time{} + 30ns, -2);  // behind the last bin
  CHECK(series.means() == std::vector<double>{0.6, 3.0, 2.5});
}

TEST_CASE("a bin cursor finds bins forwards and backwards", "[unit]") {
  BinCursor cursor{Time{} + 5ns, 10ns};
  CHECK(cursor.index(Time{} + 5ns) == 0);
  CHECK(cursor.index(Time{} + 35ns) == 3);
  CHECK(cursor.index(Time{} + 14ns) == 0);
  CHECK(cursor.end(Time{} + 15ns) == Time{} + 25ns);
}

}  // namespace towtank
