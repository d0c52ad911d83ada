#pragma once

#include <cstdint>

namespace towtank::test {

/// Whether this build counts; sanitizers bring an allocator of their own.
bool counts_allocations();

/// How often this thread has asked `operator new` for memory.
std::uint64_t allocations();

}  // namespace towtank::test
