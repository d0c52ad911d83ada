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
    next_ = least_of(heap_ + 1);
    return heap_[0];
  }

  /// Calls `touch(event)` for the events that are likely to be next, to prefetch what they are about.
  template <class Touch>
  void for_each_soon(Touch&& touch) const {
    for (std::size_t i = 1; i < 5 && i < end_; ++i) touch(heap_[i]);
  }

  /// After `pop` and before any push: the event that is first now; a sentinel when there is none.
  const Event& least_child() const { return *next_; }

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

  /// The first of four siblings.
  static Event* least_of(Event* siblings) {
    // Addresses, not places, and what stands there is compared, not keys kept beside them: the compiler makes of this
    // code without a branch and with the fewest moves.
    Event* const low = siblings + (siblings[1] < siblings[0]);
    Event* const high = siblings + 2 + (siblings[3] < siblings[2]);
    return *high < *low ? high : low;
  }

  /// Puts `event` in at the root, which is free, and down from there.
  void sift_down(const Event& event) {
    const Event::Key key = event.key();
    Event* const heap = heap_;
    Event* const end = heap + end_;
    Event* hole = heap;
    for (Event* least = next_; least->key() < key;) {
      *hole = *least;
      hole = least;
      Event* const children = heap + 4 * (hole - heap) + 1;
      if (children >= end) break;
      least = least_of(children);
    }
    *hole = event;
  }

  void grow(std::size_t capacity);

  std::unique_ptr<Event[], Free> storage_;
  Event* heap_ = nullptr;  ///< node 0; stands three records behind a cache line's start, so that siblings 4i+1..4i+4 share a line
  std::size_t end_ = 0, capacity_ = 0;
  bool hole_ = false;
  Event* next_ = nullptr;  ///< while there is a hole: the first of the root's children, a sentinel when it has none
};

}  // namespace towtank
