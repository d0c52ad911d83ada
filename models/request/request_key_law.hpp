#pragma once

#include <cstdint>

namespace towtank {

/// What requests carry that balancers may hash: one of many keys, the k-th as frequent as 1 / k^exponent (Zipf's law).
struct RequestKeyLaw {
  std::uint32_t keys = 1;  ///< >= 1
  double exponent = 0.0;   ///< >= 0; 0 = all as frequent

  /// Part of the requests that carries the most frequent one.
  double most_frequent() const;
};

}  // namespace towtank
