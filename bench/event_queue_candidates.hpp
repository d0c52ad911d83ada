#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "sim/core/event.hpp"

/// Pending-event sets that the engine could use instead of `EventQueue`: all in the total order of events, and with the
/// part of its interface that the benchmark needs (`empty`, `size`, `push`, `pop`).
namespace towtank::candidates {

/// What the standard library offers.
class StandardQueue {
 public:
  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  void push(const Event& event) { queue_.push(event); }
  Event pop() {
    const Event first = queue_.top();
    queue_.pop();
    return first;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return b < a; }
  };
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
};

/// An implicit heap whose nodes have `Arity` children. `pop` closes the gap at the root at once.
template <std::size_t Arity>
class Heap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }

  void push(const Event& event) {
    std::size_t at = heap_.size();
    heap_.push_back(event);
    for (; at > 0; at = (at - 1) / Arity) {
      const Event& parent = heap_[(at - 1) / Arity];
      if (!(event < parent)) break;
      heap_[at] = parent;
    }
    heap_[at] = event;
  }

  Event pop() {
    const Event first = heap_.front(), last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(last);
    return first;
  }

 private:
  void sift_down(const Event& event) {
    const std::size_t size = heap_.size();
    std::size_t at = 0;
    for (std::size_t child = 1; child < size; child = Arity * at + 1) {
      const std::size_t end = std::min(child + Arity, size);
      std::size_t least = child;
      Event::Key least_key = heap_[child].key();
      for (std::size_t other = child + 1; other < end; ++other) {
        const Event::Key key = heap_[other].key();
        least = key < least_key ? other : least;
        least_key = key < least_key ? key : least_key;
      }
      if (!(least_key < event.key())) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = event;
  }

  std::vector<Event> heap_;
};

/// A ladder queue: far events lie unsorted in `top_`, nearer ones in the buckets of rungs, each rung a finer division
/// of one bucket of the rung before, and only the nearest are sorted, in `bottom_`. Order is kept for equal times too,
/// since equal times always share a bucket: `top_` begins one nanosecond after the latest event of the first rung, not
/// with it, and a bucket is sorted in the whole order of events.
/// @source Tang, Goh, Thng, Ladder Queue: An O(1) Priority Queue Structure for Large-Scale Discrete Event Simulation,
///         ACM TOMACS 15(3), 2005
class Ladder {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push(const Event& event) {
    ++size_;
    const std::int64_t t = ns(event);
    if (t >= top_start_) {
      top_.push_back(event);
      return;
    }
    for (std::size_t i = 0; i < depth_; ++i) {
      Rung& rung = rungs_[i];
      const std::size_t bucket = rung.bucket_of(t);
      if (bucket < rung.next) continue;  // that part of the rung has been divided further
      rung.buckets[bucket].push_back(event);
      ++rung.count;
      return;
    }
    insert_in_bottom(event);
  }

  Event pop() {
    if (bottom_.empty()) fill_bottom();
    const Event first = bottom_.back();
    bottom_.pop_back();
    --size_;
    return first;
  }

 private:
  static constexpr std::size_t kSorted = 48;  ///< so many events are sorted at once rather than divided
  static constexpr std::size_t kDepth = 10;
  static constexpr std::size_t kFew = 8192;  ///< pending events from which on a bucket is to hold more than one

  struct Rung {
    std::vector<std::vector<Event>> buckets;
    std::int64_t start_ns = 0;
    double per_ns = 0.0;    ///< buckets
    std::size_t used = 0;   ///< buckets; the last also takes what is later
    std::size_t next = 0;   ///< bucket to be taken next
    std::size_t count = 0;  ///< events

    /// Never falls when t grows, and is equal for equal t: that is all the order needs of it.
    std::size_t bucket_of(std::int64_t t) const {
      if (t <= start_ns) return 0;
      return std::min(static_cast<std::size_t>(static_cast<double>(t - start_ns) * per_ns), used - 1);
    }
  };

  static std::int64_t ns(const Event& event) { return event.time().time_since_epoch().count(); }
  static bool later(const Event& a, const Event& b) { return b < a; }

  void insert_in_bottom(const Event& event) {
    bottom_.insert(std::upper_bound(bottom_.begin(), bottom_.end(), event, later), event);
    if (bottom_.size() <= 2 * kSorted || depth_ == kDepth || ns(bottom_.front()) == ns(bottom_.back())) return;
    spare_.swap(bottom_);
    divide(spare_);
  }

  /// Moves events, which are not all of one time, into the buckets of a new rung.
  void divide(std::vector<Event>& events) {
    const auto [first, last] = std::minmax_element(events.begin(), events.end());
    Rung& rung = rungs_[depth_++];
    const std::size_t wanted = std::max<std::size_t>(4, events.size() / (size_ < kFew ? 1 : 8));
    rung.start_ns = ns(*first);
    rung.per_ns = static_cast<double>(wanted) / static_cast<double>(ns(*last) - ns(*first));
    rung.used = wanted + 1;
    rung.next = 0;
    rung.count = events.size();
    if (rung.buckets.size() < rung.used) rung.buckets.resize(rung.used);
    for (const Event& event : events) rung.buckets[rung.bucket_of(ns(event))].push_back(event);
    events.clear();
  }

  void sort_into_bottom(std::vector<Event>& events) {
    bottom_.swap(events);
    std::sort(bottom_.begin(), bottom_.end(), later);
  }

  /// Events of one time cannot be divided, and few are sorted faster.
  bool worth_dividing(const std::vector<Event>& events) const {
    if (events.size() <= kSorted || depth_ == kDepth) return false;
    return std::any_of(events.begin(), events.end(),
                       [&](const Event& event) { return event.time() != events[0].time(); });
  }

  void fill_bottom() {
    for (;;) {
      while (depth_ > 0 && rungs_[depth_ - 1].count == 0) --depth_;
      std::vector<Event>& nearest = depth_ > 0 ? take_bucket(rungs_[depth_ - 1]) : take_top();
      if (!worth_dividing(nearest)) {
        sort_into_bottom(nearest);
        return;
      }
      spare_.swap(nearest);
      divide(spare_);
    }
  }

  std::vector<Event>& take_bucket(Rung& rung) {
    while (rung.buckets[rung.next].empty()) ++rung.next;
    std::vector<Event>& bucket = rung.buckets[rung.next++];
    rung.count -= bucket.size();
    return bucket;
  }

  std::vector<Event>& take_top() {
    top_start_ = ns(*std::max_element(top_.begin(), top_.end())) + 1;
    return top_;
  }

  std::vector<Event> top_, bottom_, spare_;  ///< bottom_: latest first, so that the first event is taken off its end
  std::int64_t top_start_ = 0;
  Rung rungs_[kDepth];
  std::size_t depth_ = 0, size_ = 0;
};

}  // namespace towtank::candidates
