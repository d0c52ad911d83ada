#include "sim/core/event_queue.hpp"

#include <cstring>
#include <new>

namespace towtank {

void EventQueue::grow(std::size_t capacity) {
  constexpr std::size_t kLine = 64, kLead = 3, kTail = 8;
  const std::size_t records = (kLead + capacity + kTail + 3) / 4 * 4;
  void* const memory = std::aligned_alloc(kLine, records * sizeof(Event));
  if (memory == nullptr) throw std::bad_alloc{};
  Event* const all = static_cast<Event*>(memory);
  for (std::size_t i = 0; i < records; ++i) all[i] = Event::sentinel();
  if (end_ > 0) std::memcpy(static_cast<void*>(all + kLead), heap_, end_ * sizeof(Event));
  storage_.reset(all);
  heap_ = all + kLead;
  capacity_ = capacity;
}

}  // namespace towtank
