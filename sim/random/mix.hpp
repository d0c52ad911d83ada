#pragma once

#include <cstdint>

namespace towtank {

/// A bijection of 64-bit words that spreads neighbours over the whole range: the finaliser of splitmix64.
/// @source Steele, Lea & Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace towtank
