#pragma once

#include <cstdint>
#include <string_view>

namespace towtank {

/// FNV-1a over 64 bits: short, and the same everywhere. What is found by it depends on a name alone.
/// @source Fowler, Noll, Vo; draft-eastlake-fnv
inline std::uint64_t name_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace towtank
