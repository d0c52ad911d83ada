#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/event_queue.hpp"
#include "sim/core/timers.hpp"

namespace towtank {

/// The clock, the pending events, the control queue and the timers of one replication.
///
/// Control changes (views, health, measurement) stand in a queue of their own, so that a stretch of delays that is
/// computed ahead of the clock can ask `next_control()` how far the present state is known to hold.
class Simulator {
 public:
  using ControlAction = std::function<void()>;

  Time now() const { return now_; }
  std::uint64_t events() const { return events_; }
  std::size_t pending() const { return pending_.size(); }

  /// @param event  not before now
  void schedule(const Event& event) {
    TOWTANK_ASSERT(event.time() >= now_, "no event in the past");
    pending_.push(event);
  }

  /// Runs `action` at `time`, as a control event. Actions of one instant run in the order of their ids.
  void schedule_control(Time time, std::uint32_t id, ControlAction action);

  /// When the state known to control next changes; kNever when nothing is planned.
  Time next_control() const { return next_control_; }

  /// A new queue of timers that all last `duration`. @return its index
  std::uint32_t add_timer_queue(Duration duration);
  TimerQueue& timer_queue(std::uint32_t index) { return timer_queues_[index]; }

  /// Starts a timer now. @return when it ends
  Time start_timer(std::uint32_t queue, std::uint32_t slot, std::uint32_t tag) {
    TimerQueue& timers = timer_queues_[queue];
    const Time deadline = timers.start(now_, slot, tag);
    if (!timers.event_pending) schedule_head(queue);
    return deadline;
  }

  /// Runs events in order until none is left or `stop()` was called.
  /// @param handle      called with each event of a request: `owner() != Identity::kEntity`
  /// @param timer_ended called with the queue's index and each Timer that ends
  /// @param still_meant called with the queue's index and a Timer at its head: false drops it, which keeps the queues short
  template <class Handle, class TimerEnded, class StillMeant>
  void run(Handle&& handle, TimerEnded&& timer_ended, StillMeant&& still_meant) {
    const ClockScope scope{*this};
    stopped_ = false;
    while (!stopped_) {
      if (pending_.empty()) return;
      const Event event = pending_.pop();
      now_ = event.time();
      ++events_;
      if (event.owner() != Identity::kEntity)
        handle(event);
      else if (event.event_class() == EventClass::timer)
        end_timers(event.slot(), timer_ended, still_meant);
      else
        run_control();
    }
  }

  void stop() { stopped_ = true; }

  /// While an event is handled: the next one, unless something earlier is scheduled yet.
  const Event& likely_next() const { return pending_.least_child(); }

  template <class Touch>
  void for_each_soon(Touch&& touch) const {
    pending_.for_each_soon(touch);
  }

 private:
  struct Control {
    Time time;
    std::uint32_t id;
    ControlAction action;
  };

  /// Lets a failed check print the simulated time.
  struct ClockScope {
    explicit ClockScope(const Simulator& simulator);
    ~ClockScope();
    const Time* before;
  };

  void run_control();
  void schedule_head(std::uint32_t queue);

  template <class TimerEnded, class StillMeant>
  void end_timers(std::uint32_t queue, TimerEnded&& timer_ended, StillMeant&& still_meant) {
    timer_queues_[queue].event_pending = false;
    while (!timer_queues_[queue].empty()) {
      TimerQueue& timers = timer_queues_[queue];
      const Timer head = timers.front();
      const bool meant = still_meant(queue, head);
      if (head.deadline > now_ && meant) break;
      timers.take();
      if (meant) timer_ended(queue, head);
    }
    if (!timer_queues_[queue].empty() && !timer_queues_[queue].event_pending) schedule_head(queue);
  }

  Time now_{};
  Time next_control_ = kNever;
  std::uint64_t events_ = 0;
  bool stopped_ = false;
  EventQueue pending_;
  std::vector<Control> control_;  ///< latest first; each has its marker among the pending events
  std::vector<TimerQueue> timer_queues_;
};

}  // namespace towtank
