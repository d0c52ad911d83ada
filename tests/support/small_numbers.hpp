#pragma once

#include <cstdint>

namespace towtank::test {

/// Small numbers for cases put together by chance, always the same for a seed.
/// @source Knuth, The Art of Computer Programming 2, 3.3.4, table 1, line 26.
class SmallNumbers {
 public:
  explicit SmallNumbers(std::uint64_t seed) : state_{seed} {}

  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(state_ >> 33) % bound;
  }
  bool coin() { return below(2) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace towtank::test
