#include "sim/core/simulator.hpp"

#include <algorithm>

namespace towtank {

Simulator::ClockScope::ClockScope(const Simulator& simulator) : before{check_clock} {
  check_clock = &simulator.now_;
}

Simulator::ClockScope::~ClockScope() { check_clock = before; }

void Simulator::schedule_control(Time time, std::uint32_t id, ControlAction action) {
  TOWTANK_CHECK(time >= now_, "no control event in the past");
  const auto later = [](const Control& a, const Control& b) { return a.time != b.time ? a.time > b.time : a.id > b.id; };
  Control control{time, id, std::move(action)};
  control_.insert(std::upper_bound(control_.begin(), control_.end(), control, later), std::move(control));
  next_control_ = control_.back().time;
  schedule(Event{time, EventClass::control, {Identity::kEntity, id}, 0});
}

void Simulator::run_control() {
  Control control = std::move(control_.back());
  control_.pop_back();
  next_control_ = control_.empty() ? kNever : control_.back().time;
  control.action();
}

std::uint32_t Simulator::add_timer_queue(Duration duration) {
  timer_queues_.emplace_back(duration);
  return static_cast<std::uint32_t>(timer_queues_.size() - 1);
}

void Simulator::schedule_head(std::uint32_t queue) {
  TimerQueue& timers = timer_queues_[queue];
  timers.event_pending = true;
  schedule(Event{timers.front().deadline, EventClass::timer, {Identity::kEntity, queue}, queue});
}

}  // namespace towtank
