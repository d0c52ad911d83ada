#include "tools/towtank/output/numbers.hpp"

#include <catch2/catch.hpp>

namespace towtank::tool {
namespace {

TEST_CASE("numbers for people have three significant digits and keep those before the point", "[unit]") {
  CHECK(significant(23.06) == "23.1");
  CHECK(significant(600.3) == "600");
  CHECK(significant(12345.6) == "12346");
  CHECK(significant(0.0012345) == "0.00123");
  CHECK(significant(9.996) == "10.0");
  CHECK(significant(0.0) == "0");
  CHECK(significant(-0.6) == "-0.600");
  CHECK(with_decimals(-0.001, 2) == "0.00");
}

TEST_CASE("shares near one keep what parts them from it", "[unit]") {
  CHECK(percentage(0.125) == "12.5 %");
  CHECK(percentage(1.0) == "100 %");
  CHECK(percentage(0.99995) == "99.9950 %");
  CHECK(percentage(0.0) == "0 %");
}

TEST_CASE("a value shows the half width of its interval, or that it has none", "[unit]") {
  CHECK(with_half_width({23.12, 22.92, 23.32}, 1.0, false) == "23.1 +-0.2");
  CHECK(with_half_width({23.12, 23.116, 23.124}, 1.0, false) == "23.1 +-0.004");
  CHECK(with_half_width({1500.0, 1400.0, 1600.0}, 1000.0, true) == "1.50 ±0.10");
  CHECK(with_half_width({180.0, {}, {}}, 1.0, false) == "180 ?");
  CHECK(with_half_width({}, 1.0, false) == "-");
}

TEST_CASE("times with intervals choose their unit by size", "[unit]") {
  CHECK(time_with_interval({6.45, 6.3, 6.6}, true) == "+6.45 ms [6.30, 6.60]");
  CHECK(time_with_interval({-0.6, -0.71, -0.49}, true) == "-0.60 ms [-0.71, -0.49]");
  CHECK(time_with_interval({0.05, 0.04, 0.06}, true) == "+50 us [40, 60]");
  CHECK(time_with_interval({2000.0, 1900.0, 2100.0}, false) == "2.00 s [1.90, 2.10]");
  CHECK(time_with_interval({91.2, {}, {}}, false) == "91.2 ms");
  CHECK(time_with_interval({}, true) == "-");
}

TEST_CASE("intervals of values that are equal but for rounding have no digits of noise", "[unit]") {
  CHECK(time_with_interval({119.06513629, 119.06513628, 119.0651363}, false) == "119 ms [119, 119]");
  CHECK(with_half_width({5000.0, 5000.0 - 6e-8, 5000.0 + 6e-8}, 1.0, false) == "5000 +-0");
  CHECK(with_interval({1.0, 0.9999959, 1.0}, true) == "100.00000 % [99.99959, 100.00000]");
}

}  // namespace
}  // namespace towtank::tool
