#include "sim/stats/summary.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace towtank {

TEST_CASE("a sum of times is exact beyond 64 bits", "[unit]") {
  DurationSum sum;
  for (int i = 0; i < 4; ++i) sum.add(INT64_MAX);
  sum.add(2ns);
  CHECK(sum.count() == 5);
  CHECK((sum.sum_ns() == WideInteger{4} * INT64_MAX + 2));
  CHECK(sum.mean_ns() == Approx(0.8 * static_cast<double>(INT64_MAX)));
  CHECK(std::isnan(DurationSum{}.mean_ns()));
}

TEST_CASE("sums of times merge to the same whatever the order", "[unit]") {
  DurationSum a, b, c, whole;
  for (std::int64_t ns : {5, 7}) a.add(ns), whole.add(ns);
  for (std::int64_t ns : {11, 13}) b.add(ns), whole.add(ns);
  c.add(17), whole.add(17);
  DurationSum left = a, right = c;
  left.merge(b), left.merge(c);
  right.merge(b), right.merge(a);
  CHECK(left == whole);
  CHECK(right == whole);
  CHECK_FALSE(left == a);
  left.reset();
  CHECK(left == DurationSum{});
}

TEST_CASE("the time average weighs each level by how long it held", "[unit]") {
  TimeAverage queue;
  queue.add(+1, kTimeZero + 10s);
  queue.add(+1, kTimeZero + 20s);
  queue.set(0, kTimeZero + 25s);
  CHECK((queue.integral_until(kTimeZero + 40s) == WideInteger{20} * Duration{1s}.count()));  // 10 x 1 + 5 x 2
  CHECK(queue.mean_until(kTimeZero + 40s) == 0.5);
  CHECK(queue.level() == 0);
}

TEST_CASE("a restarted time average keeps the level and forgets the past", "[unit]") {
  TimeAverage queue{kTimeZero, 100};
  queue.set(3, kTimeZero + 5s);
  queue.restart(kTimeZero + 8s);
  CHECK(std::isnan(queue.mean_until(kTimeZero + 8s)));
  CHECK(queue.mean_until(kTimeZero + 10s) == 3.0);
  queue.add(-1, kTimeZero + 10s);
  CHECK(queue.mean_until(kTimeZero + 12s) == 2.5);
  CHECK(queue.start() == kTimeZero + 8s);
}

TEST_CASE("an integral over years of a large level does not overflow", "[unit]") {
  TimeAverage queue{kTimeZero, 1'000'000'000};
  CHECK(queue.mean_until(kNever) == 1e9);
}

}  // namespace towtank
