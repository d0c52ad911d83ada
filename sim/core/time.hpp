#pragma once

#include <chrono>
#include <cstdint>

namespace towtank {

/// A span of simulated time: whole nanoseconds, signed 64 bits (about 292 years).
using Duration = std::chrono::duration<std::int64_t, std::nano>;

/// The simulated clock. It has no `now()`: only a Simulator knows what time it is.
struct SimClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<SimClock, Duration>;
  static constexpr bool is_steady = true;
};

/// An instant of simulated time, counted from the start of a replication (warm-up included).
/// `Time + Time` does not compile.
using Time = SimClock::time_point;

inline constexpr Time kTimeZero{};
/// Later than any event: "never".
inline constexpr Time kNever{Duration{INT64_MAX}};

using namespace std::chrono_literals;

/// Adding 1.5 * 2^52 pushes the fraction out of a double's mantissa: rounds to nearest, ties to even,
/// and compiles to one add in scalar and vector code alike. Valid for |x| < 2^51 (26 days in ns).
inline std::int64_t round_to_int64(double x) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5 * 2^52
  if (x > -2251799813685248.0 && x < 2251799813685248.0) {
    return static_cast<std::int64_t>((x + kMagic) - kMagic);
  }
  return static_cast<std::int64_t>(x);
}

/// The one door in from double. @param seconds |seconds| < 9.2e9 @return nearest nanosecond
inline Duration from_seconds(double seconds) { return Duration{round_to_int64(seconds * 1e9)}; }

inline constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) * 1e-9; }
inline constexpr double to_milliseconds(Duration d) { return static_cast<double>(d.count()) * 1e-6; }
inline constexpr double to_seconds(Time t) { return to_seconds(t.time_since_epoch()); }

}  // namespace towtank
