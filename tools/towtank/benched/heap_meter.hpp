#pragma once

#include <cstdint>

namespace towtank::tool {

/// Counts what a thread takes of the heap, in bytes as the allocator rounds them. The program brings one; whoever has
/// replaced `operator new` for purposes of his own, as the tests have, brings another or none.
struct HeapMeter {
  void (*begin)() = nullptr;        ///< counts from nothing
  std::int64_t (*end)() = nullptr;  ///< stops. @return what was taken and not given back

  explicit operator bool() const { return begin != nullptr; }
};

}  // namespace towtank::tool
