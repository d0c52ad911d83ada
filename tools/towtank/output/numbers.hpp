#pragma once

#include <optional>
#include <string>

#include "models/world/report.hpp"

/// Numbers as people read them. Files for programs use output/csv.hpp.
namespace towtank::tool {

/// A unit of time for a column: `milliseconds` of one of it, and its name.
struct TimeUnit {
  double milliseconds = 1.0;
  const char* name = "ms";
};

/// us below 1 ms, s from 1 s on. @param ms  >= 0
TimeUnit time_unit_for(double ms);

/// Decimals that show `digits` significant digits of `value`, 0..9. Never cuts digits before the point.
int decimals_for(double value, int digits);

/// `value` with that many decimals; never "-0".
std::string with_decimals(double value, int decimals);

/// `value` with `digits` significant digits: 23.1, 600, 0.00123.
std::string significant(double value, int digits = 3);

/// A share 0..1 as a percentage: "12.5 %", "0 %".
std::string percentage(double share, int digits = 3);

/// One that somebody has chosen, with the digits it has: "5 %".
std::string round_percentage(double share);

/// Half the interval's width; empty when the interval is not resolved.
std::optional<double> half_width(const report::Estimate& estimate);

/// A value with the half width of its interval in units of `scale`: "23.1 +-0.2"; "23.1 ?" when the interval is not
/// resolved, "-" when the value is not.
std::string with_half_width(const report::Estimate& estimate, double scale, bool unicode);

/// A time with its interval and unit: "91.2 ms [90.1, 92.3]". With `sign`, differences: "+6.45 ms [6.30, 6.60]".
/// "-" when the value is not resolved.
std::string time_with_interval(const report::Estimate& estimate_ms, bool sign);

/// A bare number (or, with `percent`, a share) with its interval.
std::string with_interval(const report::Estimate& estimate, bool percent);

}  // namespace towtank::tool
