#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "sim/core/check.hpp"
#include "sim/core/event.hpp"

namespace towtank {

/// The pending-event set: an implicit 4-ary heap in the total order of events.
/// `pop` leaves a hole at the root that the next `push` fills, so that an event which schedules its successor costs one
/// sift instead of two. The four siblings share one cache line; a tail of sentinels spares the bound check.
/// Measured against other heaps, std::priority_queue and a ladder (bench/README.md): no heap is clearly faster up to 32,000
/// events; from about 1,000 on a ladder is.
class EventQueue {
 public:
  EventQueue() { grow(1024); }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return end_ - (hole_ ? 1 : 0); }

  void push(const Event& event) {
    if (hole_) {
      hole_ = false;
      sift_down(event);
      return;
    }
    if (end_ == capacity_) grow(capacity_ * 2);
    std::size_t at = end_++;
    Event* const heap = heap_;
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!(event < heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }

  /// The first event; the queue must not be empty.
  const Event& top() {
    fill_hole();
    return heap_[0];
  }

  /// Takes the first event out; the queue must not be empty.
  Event pop() {
    fill_hole();
    hole_ = true;
    return heap_[0];
  }

  /// Calls `touch(event)` for the events that are likely to be next, to prefetch what they are about.
  template <class Touch>
  void for_each_soon(Touch&& touch) const {
    for (std::size_t i = 1; i < 5 && i < end_; ++i) touch(heap_[i]);
  }

  /// After `pop` and before any push: the event that is first now; a sentinel when there is none.
  const Event& least_child() const {
    const std::size_t low = heap_[2] < heap_[1] ? 2 : 1, high = heap_[4] < heap_[3] ? 4 : 3;
    return heap_[high] < heap_[low] ? heap_[high] : heap_[low];
  }

  void clear() {
    for (std::size_t i = 0; i < end_; ++i) heap_[i] = Event::sentinel();
    end_ = 0;
    hole_ = false;
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };

  void fill_hole() {
    if (!hole_) return;
    hole_ = false;
    const Event last = heap_[--end_];
    heap_[end_] = Event::sentinel();
    if (end_ > 0) sift_down(last);
  }

  /// Puts `event` in from the root down.
  void sift_down(const Event& event) {
    Event* const heap = heap_;
    const Event::Key key = event.key();
    std::size_t at = 0;
    for (std::size_t child = 1; child < end_; child = 4 * at + 1) {
      // Places are compared, not keys kept beside them: what the compiler makes of this has no branch and the fewest moves.
      const std::size_t low = child + (heap[child + 1] < heap[child]), high = child + 2 + (heap[child + 3] < heap[child + 2]);
      const std::size_t least = heap[high] < heap[low] ? high : low;
      if (!(heap[least].key() < key)) break;
      heap[at] = heap[least];
      at = least;
    }
    heap[at] = event;
  }

  void grow(std::size_t capacity);

  std::unique_ptr<Event[], Free> storage_;
  Event* heap_ = nullptr;  ///< node 0; stands three records behind a cache line's start, so that siblings 4i+1..4i+4 share a line
  std::size_t end_ = 0, capacity_ = 0;
  bool hole_ = false;
};

}  // namespace towtank
