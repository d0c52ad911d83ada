#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/core/time.hpp"

namespace towtank {

/// Bits of a histogram of end-to-end latencies: buckets at most 2^-10 of their value wide. 4 KiB an octave.
inline constexpr int kEndToEndPrecisionBits = 10;
/// Bits of a histogram that stands at every hop: buckets at most 2^-5 of their value wide. 128 bytes an octave.
inline constexpr int kPerHopPrecisionBits = 5;

/// Counts of non-negative whole nanoseconds in log-linear buckets: below 2^(bits + 1) ns every value has a bucket of
/// its own, above it every octave [2^k, 2^(k+1)) is cut into 2^bits equal ones. The counts are exact integers, so parts
/// may be merged in any order with the same result. An octave takes memory when its first value comes; then `add` does
/// not allocate. A moved-from histogram may only be assigned to or destroyed.
class Histogram {
 public:
  /// @param precision_bits  1 .. 16; a bucket is at most 2^-precision_bits of its lower end wide
  explicit Histogram(int precision_bits);

  /// Counts one value. @param ns >= 0
  void add(std::int64_t ns) {
    const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(ns));
    Octave& octave = octaves_[bucket >> bits_];
    if (octave.cells.empty()) open(octave, bucket);
    std::uint32_t& cell = octave.cells[bucket & (cells_per_octave_ - 1)];
    if (++cell == 0) ++wraps_[bucket];
    ++octave.count;
    if (ns < min_) min_ = ns;
    if (ns > max_) max_ = ns;
  }
  void add(Duration duration) { add(duration.count()); }

  /// Counts one value many times. @param ns >= 0
  void add(std::int64_t ns, std::uint64_t times);

  /// Adds the counts of another histogram of the same precision. Exact; order and grouping do not matter.
  void merge(const Histogram& other);

  /// Forgets the counts and keeps the memory.
  void reset();

  int precision_bits() const { return bits_; }
  std::uint64_t count() const;

  /// Exact smallest and largest value; 0 when nothing was counted.
  std::int64_t min_ns() const { return max_ < 0 ? 0 : min_; }
  std::int64_t max_ns() const { return max_ < 0 ? 0 : max_; }

  /// The smallest value at or below which at least the share p lies, with the values of a bucket taken as evenly spread
  /// over it. Off by less than one bucket; between `min_ns` and `max_ns`, which p = 0 and p = 1 return.
  /// @param p  0 .. 1 @return ns; NaN when nothing was counted
  double quantile_ns(double p) const;

  /// Share of the values above `ns`, the inverse of `quantile_ns`: inside a bucket the values are taken as evenly
  /// spread.
  /// @return 0 .. 1; NaN when nothing was counted
  double share_above(double ns) const;

  /// How many values lie above `ns`. Exact at a bucket's last value (and below the smallest and above the largest value
  /// counted); elsewhere the values of the bucket of `ns` itself are left out.
  std::uint64_t count_above(std::int64_t ns) const;

  /// Calls `visit(low, high, count)` for every bucket that is not empty, in ascending order.
  /// The bucket holds the values low .. high, both included, ns.
  template <class Visit>
  void for_each_bucket(Visit&& visit) const {
    for (std::size_t octave = 0; octave < octaves_.size(); ++octave) {
      if (octaves_[octave].count == 0) continue;
      for (std::size_t cell = 0; cell < cells_per_octave_; ++cell) {
        const std::size_t bucket = (octave << bits_) + cell;
        if (const std::uint64_t n = count_in(bucket); n > 0) visit(low_of(bucket), high_of(bucket), n);
      }
    }
  }

  /// Same precision, counts, smallest and largest value.
  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  /// 2^bits neighbouring buckets of equal width. Octave 0 and 1 both have width 1.
  struct Octave {
    std::uint64_t count = 0;
    std::vector<std::uint32_t> cells;  ///< empty until needed; modulo 2^32: see wraps_
  };

  /// Where the values of a bucket are taken to lie, ns: evenly from `from` to `to`, or all at one point.
  struct Extent {
    double from, to;
  };

  /// Buckets are numbered through all octaves. One formula serves the linear part too: there the shift is 0.
  std::size_t bucket_of(std::uint64_t value) const {
    const int shift = static_cast<int>(std::bit_width(value | (2 * cells_per_octave_ - 1))) - bits_ - 1;
    return (static_cast<std::size_t>(shift) << bits_) + static_cast<std::size_t>(value >> shift);
  }
  int shift_of(std::size_t bucket) const {
    const std::size_t octave = bucket >> bits_;
    return octave < 2 ? 0 : static_cast<int>(octave) - 1;
  }
  std::int64_t low_of(std::size_t bucket) const {
    const int shift = shift_of(bucket);
    return static_cast<std::int64_t>((bucket - (static_cast<std::size_t>(shift) << bits_)) << shift);
  }
  std::int64_t high_of(std::size_t bucket) const {
    return low_of(bucket) + ((std::int64_t{1} << shift_of(bucket)) - 1);
  }
  std::uint64_t count_in(std::size_t bucket) const {
    const std::uint64_t low_word = octaves_[bucket >> bits_].cells[bucket & (cells_per_octave_ - 1)];
    return wraps_.empty() ? low_word : low_word + wraps_in(bucket);
  }

  void open(Octave& octave, std::size_t bucket);
  void add_to_bucket(std::size_t bucket, std::uint64_t times);
  std::uint64_t wraps_in(std::size_t bucket) const;
  Extent extent_of(std::size_t bucket) const;

  int bits_;
  std::size_t cells_per_octave_;
  std::int64_t min_ = INT64_MAX;
  std::int64_t max_ = -1;
  std::vector<Octave> octaves_;
  std::map<std::size_t, std::uint32_t> wraps_;  ///< by bucket: how often its 32-bit cell went over its end
};

}  // namespace towtank
