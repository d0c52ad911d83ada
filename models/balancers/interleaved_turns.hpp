#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace towtank {

/// Rounds over a list, each with a lower bar that a weight must reach, by steps of the weights' common divisor: weights
/// 4, 3, 2 give a a b a b c a b c.
class InterleavedTurns {
 public:
  /// @param weights  each >= 1   @param last  the place after which the first turn is looked for, below their number
  void reset(std::span<const std::uint32_t> weights, std::size_t last) {
    weights_.assign(weights.begin(), weights.end());
    highest_ = divisor_ = 0;
    for (const std::uint32_t weight : weights_) {
      highest_ = std::max(highest_, weight);
      divisor_ = std::gcd(divisor_, weight);
    }
    bar_ = highest_;
    last_ = last;
  }

  bool empty() const { return weights_.empty(); }

  /// @return the place whose turn it is. There must be one.
  std::size_t next() {
    do {
      if (++last_ < weights_.size()) continue;
      last_ = 0;
      bar_ = bar_ > divisor_ ? bar_ - divisor_ : highest_;
    } while (weights_[last_] < bar_);
    return last_;
  }

 private:
  std::vector<std::uint32_t> weights_;
  std::uint32_t highest_ = 0, divisor_ = 0, bar_ = 0;
  std::size_t last_ = 0;
};

}  // namespace towtank
