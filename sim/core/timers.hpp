#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/time.hpp"

namespace towtank {

/// What a timer was started for: a slot, and the word by which the slot's owner knows whether it still means it.
struct Timer {
  Time deadline;
  std::uint32_t slot = 0;
  std::uint32_t tag = 0;
};

/// Timers of one and the same duration. Started in the order of time, they end in that order: a ring, of which only the
/// head needs an event. Timers whose cause has gone are dropped when they reach the head; nothing is ever searched.
class TimerQueue {
 public:
  explicit TimerQueue(Duration duration) : duration_{duration}, ring_(64) {}

  Duration duration() const { return duration_; }
  bool empty() const { return count_ == 0; }
  const Timer& front() const { return ring_[head_]; }

  /// @param now  not before that of any earlier call  @return when it ends
  Time start(Time now, std::uint32_t slot, std::uint32_t tag) {
    const Time deadline = now + duration_;
    TOWTANK_ASSERT(count_ == 0 || ring_[(head_ + count_ - 1) & (ring_.size() - 1)].deadline <= deadline, "timers start in order");
    if (count_ == ring_.size()) grow();
    ring_[(head_ + count_++) & (ring_.size() - 1)] = {deadline, slot, tag};
    return deadline;
  }

  Timer take() {
    const Timer timer = ring_[head_];
    head_ = (head_ + 1) & (ring_.size() - 1);
    --count_;
    return timer;
  }

  void clear() { head_ = count_ = 0; }

  bool event_pending = false;  ///< an event for the head is in the event queue

 private:
  void grow() {
    std::vector<Timer> larger(ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_ = std::move(larger);
    head_ = 0;
  }

  Duration duration_;
  std::vector<Timer> ring_;  ///< its size is a power of two
  std::size_t head_ = 0, count_ = 0;
};

}  // namespace towtank
