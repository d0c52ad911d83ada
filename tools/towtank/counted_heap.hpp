#pragma once

#include "tools/towtank/benched/heap_meter.hpp"

namespace towtank::tool {

/// Of the program's own `operator new`. It is not part of the library: the tests have one of theirs.
/// @return one that counts nothing where the allocator does not tell the size of what it gave
HeapMeter counted_heap();

}  // namespace towtank::tool
