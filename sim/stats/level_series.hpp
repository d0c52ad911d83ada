#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/stats/summary.hpp"

namespace towtank {

/// Finds the equal bin of time in which an instant lies. Instants come nearly in order: most need no division.
class BinCursor {
 public:
  BinCursor(Time start, Duration width) : start_{start}, width_{width}, from_{start}, to_{start + width} {}

  /// @param t  not before the start
  std::size_t index(Time t) {
    if (t < from_ || t >= to_) move(t);
    return index_;
  }
  Time end(Time t) {
    index(t);
    return to_;
  }

 private:
  void move(Time t) {
    index_ = static_cast<std::size_t>((t - start_) / width_);
    from_ = start_ + width_ * static_cast<std::int64_t>(index_);
    to_ = from_ + width_;
  }

  Time start_;
  Duration width_;
  Time from_, to_;
  std::size_t index_ = 0;
};

/// The mean of an integer level in each of equal bins of time from 0 on. Changes may come in any order.
class LevelSeries {
 public:
  /// @param width > 0   @param bins  how many; changes behind the last one do not count
  LevelSeries(Duration width, std::size_t bins)
      : width_{width}, end_{Time{} + width * static_cast<std::int64_t>(bins)}, cursor_{Time{}, width}, bins_(bins) {}

  void add(Time t, std::int64_t change) {
    if (t >= end_) return;
    Bin& bin = bins_[cursor_.index(t)];
    bin.change += change;
    bin.rest_ns += WideInteger{change} * (cursor_.end(t) - t).count();
  }

  /// One for each bin.
  std::vector<double> means() const {
    std::vector<double> all;
    std::int64_t level = 0;
    for (const Bin& bin : bins_) {
      const WideInteger area = WideInteger{level} * width_.count() + bin.rest_ns;
      all.push_back(static_cast<double>(area) / static_cast<double>(width_.count()));
      level += bin.change;
    }
    return all;
  }

 private:
  struct Bin {
    std::int64_t change = 0;
    WideInteger rest_ns = 0;  ///< sum over the changes of what was left of the bin
  };

  Duration width_;
  Time end_;
  BinCursor cursor_;
  std::vector<Bin> bins_;
};

}  // namespace towtank
