#include "sim/stats/fingerprint.hpp"

namespace towtank {

void Fingerprint::add(const Histogram& histogram) {
  add(static_cast<std::uint64_t>(histogram.precision_bits()));
  add(histogram.count());
  add(static_cast<std::uint64_t>(histogram.min_ns()));
  add(static_cast<std::uint64_t>(histogram.max_ns()));
  histogram.for_each_bucket([this](std::int64_t low, std::int64_t, std::uint64_t count) {
    add(static_cast<std::uint64_t>(low));
    add(count);
  });
}

void Fingerprint::add(const DurationSum& sum) {
  add(sum.count());
  add(static_cast<std::uint64_t>(sum.sum_ns()));
  add(static_cast<std::uint64_t>(sum.sum_ns() >> 64));
}

std::string Fingerprint::hex() const {
  std::string text(16, '0');
  std::uint64_t rest = value();
  for (std::size_t i = text.size(); i-- > 0; rest >>= 4) text[i] = "0123456789abcdef"[rest & 15];
  return text;
}

}  // namespace towtank
