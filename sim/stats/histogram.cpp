#include "sim/stats/histogram.hpp"

#include <algorithm>
#include <limits>

#include "sim/core/check.hpp"
#include "sim/stats/not_a_number.hpp"

namespace towtank {
namespace {

/// p * count may come out an ulp or two above the whole number it stands for (0.07 * 100); the next value, which may be
/// far away, must not be taken for that.
constexpr double kRankSlack = 1.0 - 4 * std::numeric_limits<double>::epsilon();

}  // namespace

Histogram::Histogram(int precision_bits) : bits_{precision_bits}, cells_per_octave_{std::size_t{1} << precision_bits} {
  TOWTANK_CHECK(precision_bits >= 1 && precision_bits <= 16, "a histogram has 1 to 16 bits of precision");
  octaves_.resize(static_cast<std::size_t>(65 - precision_bits));  // the last is for negative values: never opened
}

void Histogram::open(Octave& octave, std::size_t bucket) {
  TOWTANK_CHECK((bucket >> bits_) + 1 < octaves_.size(), "a histogram counts no negative values");
  octave.cells.resize(cells_per_octave_);
}

void Histogram::add_to_bucket(std::size_t bucket, std::uint64_t times) {
  Octave& octave = octaves_[bucket >> bits_];
  if (octave.cells.empty()) open(octave, bucket);
  std::uint32_t& cell = octave.cells[bucket & (cells_per_octave_ - 1)];
  const std::uint64_t sum = cell + (times & UINT32_MAX);
  cell = static_cast<std::uint32_t>(sum);
  if (const std::uint64_t wraps = (sum >> 32) + (times >> 32); wraps > 0)
    wraps_[bucket] += static_cast<std::uint32_t>(wraps);
  octave.count += times;
}

void Histogram::add(std::int64_t ns, std::uint64_t times) {
  if (times == 0) return;
  add_to_bucket(bucket_of(static_cast<std::uint64_t>(ns)), times);
  min_ = std::min(min_, ns);
  max_ = std::max(max_, ns);
}

void Histogram::merge(const Histogram& other) {
  TOWTANK_CHECK(bits_ == other.bits_, "only histograms of equal precision can be merged");
  for (std::size_t i = 0; i < octaves_.size(); ++i) {
    if (other.octaves_[i].count == 0) continue;
    for (std::size_t cell = 0; cell < cells_per_octave_; ++cell) {
      const std::size_t bucket = (i << bits_) + cell;
      if (const std::uint64_t n = other.count_in(bucket); n > 0) add_to_bucket(bucket, n);
    }
  }
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::reset() {
  for (Octave& octave : octaves_) {
    if (octave.count > 0) std::fill(octave.cells.begin(), octave.cells.end(), 0U);
    octave.count = 0;
  }
  wraps_.clear();
  min_ = INT64_MAX;
  max_ = -1;
}

std::uint64_t Histogram::count() const {
  std::uint64_t sum = 0;
  for (const Octave& octave : octaves_) sum += octave.count;
  return sum;
}

std::uint64_t Histogram::wraps_in(std::size_t bucket) const {
  const auto found = wraps_.find(bucket);
  return found == wraps_.end() ? 0 : std::uint64_t{found->second} << 32;
}

Histogram::Extent Histogram::extent_of(std::size_t bucket) const {
  const auto low = static_cast<double>(std::max(low_of(bucket), min_));
  if (shift_of(bucket) == 0) return {low, low};
  return {low, std::min(static_cast<double>(high_of(bucket)) + 1.0, static_cast<double>(max_))};
}

double Histogram::quantile_ns(double p) const {
  TOWTANK_CHECK(p >= 0.0 && p <= 1.0, "a quantile's share is between 0 and 1");
  const std::uint64_t total = count();
  if (total == 0) return kNotANumber;
  if (p == 0.0) return static_cast<double>(min_);
  const double rank = p * static_cast<double>(total) * kRankSlack;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < octaves_.size(); ++i) {
    if (static_cast<double>(before + octaves_[i].count) < rank || octaves_[i].count == 0) {
      before += octaves_[i].count;
      continue;
    }
    for (std::size_t bucket = i << bits_;; ++bucket) {
      const std::uint64_t here = count_in(bucket);
      if (here > 0 && static_cast<double>(before + here) >= rank) {
        const Extent extent = extent_of(bucket);
        const double part = (p == 1.0 ? 1.0 : (rank - static_cast<double>(before)) / static_cast<double>(here));
        return extent.from + std::clamp(part, 0.0, 1.0) * (extent.to - extent.from);
      }
      before += here;
    }
  }
  return static_cast<double>(max_);
}

double Histogram::share_above(double ns) const {
  TOWTANK_CHECK(ns == ns, "a share above needs a number");
  const std::uint64_t total = count();
  if (total == 0) return kNotANumber;
  if (ns < static_cast<double>(min_)) return 1.0;
  if (ns >= static_cast<double>(max_)) return 0.0;
  const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(ns));  // 0 <= min <= ns < max here
  auto above = static_cast<double>(count_above(static_cast<std::int64_t>(ns)));
  const Extent extent = extent_of(bucket);
  if (!octaves_[bucket >> bits_].cells.empty() && ns < extent.to)
    above += static_cast<double>(count_in(bucket)) * (extent.to - ns) / (extent.to - extent.from);
  return above / static_cast<double>(total);
}

std::uint64_t Histogram::count_above(std::int64_t ns) const {
  if (max_ < 0 || ns >= max_) return 0;
  if (ns < min_) return count();
  const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(ns));
  const std::size_t octave = bucket >> bits_;
  std::uint64_t above = 0;
  for (std::size_t i = octave + 1; i < octaves_.size(); ++i) above += octaves_[i].count;
  if (octaves_[octave].count > 0)
    for (std::size_t next = bucket + 1; (next >> bits_) == octave; ++next) above += count_in(next);
  return above;
}

bool operator==(const Histogram& a, const Histogram& b) {
  if (a.bits_ != b.bits_ || a.min_ != b.min_ || a.max_ != b.max_ || a.wraps_ != b.wraps_) return false;
  for (std::size_t i = 0; i < a.octaves_.size(); ++i) {
    const auto &x = a.octaves_[i], &y = b.octaves_[i];
    if (x.count != y.count) return false;
    if (x.count > 0 && x.cells != y.cells) return false;  // an octave without a value may have cells or none
  }
  return true;
}

}  // namespace towtank
