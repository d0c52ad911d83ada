#pragma once

#include <cstdint>
#include <limits>

#include "sim/core/check.hpp"
#include "sim/core/time.hpp"

namespace towtank {

/// 2^127 ns are 5e21 years: no sum of simulated times goes over its end.
__extension__ typedef __int128 WideInteger;

/// Number and sum of times. Integers only, so the order of adding and merging does not matter.
class DurationSum {
 public:
  void add(std::int64_t ns) {
    ++count_;
    sum_ns_ += ns;
  }
  void add(Duration duration) { add(duration.count()); }

  void merge(const DurationSum& other) {
    count_ += other.count_;
    sum_ns_ += other.sum_ns_;
  }

  void reset() { *this = {}; }

  std::uint64_t count() const { return count_; }
  WideInteger sum_ns() const { return sum_ns_; }

  /// @return ns; NaN when nothing was added
  double mean_ns() const {
    if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(sum_ns_) / static_cast<double>(count_);
  }

  friend bool operator==(const DurationSum&, const DurationSum&) = default;

 private:
  std::uint64_t count_ = 0;
  WideInteger sum_ns_ = 0;
};

/// The time integral of an integer level: a queue's length, busy servers, requests in flight. The level holds until it
/// is changed; changes come in the order of time.
class TimeAverage {
 public:
  TimeAverage() = default;
  explicit TimeAverage(Time start, std::int64_t level = 0) : level_{level}, start_{start}, changed_{start} {}

  /// @param now  not before the last change
  void set(std::int64_t level, Time now) {
    settle(now);
    level_ = level;
  }

  /// Changes the level by `change`. @param now  not before the last change
  void add(std::int64_t change, Time now) {
    settle(now);
    level_ += change;
  }

  /// Begins a new integral at `now` (the end of the warm-up) with the level there is. @param now  not before the last
  /// change
  void restart(Time now) {
    TOWTANK_ASSERT(now >= changed_, "a level changes in the order of time");
    integral_ = 0;
    start_ = changed_ = now;
  }

  std::int64_t level() const { return level_; }
  Time start() const { return start_; }

  /// Level times ns since the start. @param end  not before the last change
  WideInteger integral_until(Time end) const { return integral_ + WideInteger{level_} * (end - changed_).count(); }

  /// Mean level since the start. @param end  not before the last change @return NaN when no time has passed
  double mean_until(Time end) const {
    if (end <= start_) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(integral_until(end)) / static_cast<double>((end - start_).count());
  }

 private:
  void settle(Time now) {
    TOWTANK_ASSERT(now >= changed_, "a level changes in the order of time");
    integral_ += WideInteger{level_} * (now - changed_).count();
    changed_ = now;
  }

  std::int64_t level_ = 0;
  Time start_ = kTimeZero;
  Time changed_ = kTimeZero;
  WideInteger integral_ = 0;
};

}  // namespace towtank
