#include "tools/towtank/counted_heap.hpp"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local bool is_counting = false;
thread_local std::int64_t held_bytes = 0;

// Not inlined: g++ 12 would see malloc and free meet, and take it for a mistake.
[[gnu::noinline]] void* taken(std::size_t bytes, std::size_t alignment) {
  void* memory = nullptr;
  for (;;) {
    memory = alignment > alignof(std::max_align_t)
                 ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                 : std::malloc(bytes > 0 ? bytes : 1);
    if (memory != nullptr) break;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc{};
    handler();
  }
  if (is_counting) held_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}

[[gnu::noinline]] void given_back(void* memory) noexcept {
  if (is_counting && memory != nullptr) held_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return taken(bytes, 0); }
void* operator new[](std::size_t bytes) { return taken(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return taken(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return taken(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { given_back(memory); }
void operator delete[](void* memory) noexcept { given_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { given_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { given_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { given_back(memory); }

namespace towtank::tool {

HeapMeter counted_heap() {
  return {[] {
            held_bytes = 0;
            is_counting = true;
          },
          [] {
            is_counting = false;
            return held_bytes;
          }};
}

}  // namespace towtank::tool

#else

namespace towtank::tool {

HeapMeter counted_heap() { return {}; }

}  // namespace towtank::tool

#endif
