#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"
#include "sim/core/time.hpp"

/// Numbers with units, as scenario files write them. A bare number where a unit belongs is an error that says which
/// units would do; so are signs, NaN, infinity, leading zeros, too large numbers and anything after the unit.
/// Each reading exists for a text with its place (`parse_...`) and for a value (`as_...`, in quotes or not).
namespace towtank::scenario {

/// `3ms`, `1.5s`, `250us`, `5m`, `1h`, `1m30s`. Units: ns us ms s m h. @return seconds, >= 0, not rounded
Result<double> parse_seconds(std::string_view text, const Mark& mark);

/// As `parse_seconds`, rounded to the nearest nanosecond. @error more than 292 years
Result<Duration> parse_duration(std::string_view text, const Mark& mark);
Result<Duration> as_duration(const Value& value);

/// `40/s`, `600/min`, `1/h`, `2/ms`. @return per second, >= 0
Result<double> parse_rate_per_s(std::string_view text, const Mark& mark);
Result<double> as_rate_per_s(const Value& value);

/// `1GiB` or `1Gi` (2^30), `8KiB`, `2kB` or `2k` (1000), `500B`. @return bytes, rounded to the nearest whole one
Result<std::int64_t> as_size_bytes(const Value& value);

/// `5%` or `0.05`. @return 0..1
Result<double> parse_share(std::string_view text, const Mark& mark);
Result<double> as_share(const Value& value);

/// `250m`, `0.5` or `4` as Kubernetes counts CPUs. @return cores, > 0
Result<double> as_cores(const Value& value);

/// A number without a unit. @return >= 0, finite
Result<double> parse_number(std::string_view text, const Mark& mark);
Result<double> as_number(const Value& value);

}  // namespace towtank::scenario
