#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/request/hop.hpp"
#include "models/request/request.hpp"
#include "models/stations/stations.hpp"
#include "sim/core/simulator.hpp"
#include "sim/core/slab.hpp"

namespace towtank {

/// Hears of the requests that end, and of the arrivals that are due.
class WalkListener {
 public:
  virtual ~WalkListener() = default;

  /// A root request has ended at `end`, which may lie ahead of the clock. Its frames still show the last exchange.
  virtual void completed(const Request& request, Time end) = 0;

  /// An arrival event: of which source, and its ordinal there.
  virtual void arrival(std::uint32_t source, Identity identity) = 0;

  /// The service at this endpoint is about to end: a hint, to fetch what that will touch.
  virtual void ends_soon(EndpointId) {}
};

/// The one place that moves requests: it asks hops for the next step, and schedules, queues, forks and unwinds.
class Walker final : public WalkControl {
 public:
  Walker(Simulator& simulator, WalkListener& listener) : simulator_{simulator}, listener_{listener}, stations_{simulator, requests_} {}

  /// @param hop  outlives the walker
  HopId add_hop(Hop& hop);

  Simulator& simulator() { return simulator_; }
  Stations& stations() { return stations_; }
  Slab<Request>& requests() { return requests_; }
  Time now() const { return simulator_.now(); }

  /// Timers that end attempts (for `start_deadline`), or waits in queues (for `Request::patience`).
  std::uint32_t add_deadline_queue(Duration duration);
  std::uint32_t add_patience_queue(Duration duration) override;

  /// The attempt of this request, which runs now, ends in a timeout when the queue's duration has passed.
  void start_deadline(std::uint32_t queue, Request& request) override {
    request.deadline = simulator_.start_timer(queue, slot_of(request), request.ordinal);
  }

  void start_patience(std::uint32_t queue, Request& request) override {
    request.patience = simulator_.start_timer(queue, slot_of(request), request.ordinal);
  }

  /// Queue timeouts of this station all last the same: their timers stand in `queue`.
  void set_patience_queue(StationId station, std::uint32_t queue);

  /// A new request in its initial state. @return its slot; kNoSlot when 2^24 are in flight
  std::uint32_t create(std::uint64_t key, Identity identity, Time arrived);

  /// The request in `slot` enters its first hop now.
  void begin(std::uint32_t slot, HopId hop, EndpointId endpoint);

  /// A request whose hop said `wait` goes on with `on_granted`, at this instant.
  void wake(std::uint32_t slot) override;

  Request& request(std::uint32_t slot) override { return requests_[slot]; }
  std::uint32_t slot_of(const Request& request) const override { return static_cast<std::uint32_t>(&request - &requests_[0]); }

  void end_route(HopId first, std::span<const EndpointId> route, Time at) override {
    hop(first).on_end_of_route(route, at, *this);
  }

  /// Runs until no event is left or the simulator is stopped.
  void run();

  /// True after more requests were in flight than there are slots: the run was stopped.
  bool overflowed() const { return overflowed_; }

 private:
  /// A Call that is under way.
  struct Call {
    CallPlan plan;
    std::array<std::uint32_t, CallPlan::kMaxChildren> children;
    std::uint32_t started = 0, ended = 0, succeeded = 0;
    Outcome failure = Outcome::ok;
  };

  Hop& hop(HopId id) { return *hops_[static_cast<std::size_t>(id)]; }
  bool hears(const Frame& frame, Outcome status) {
    return frame.has(Frame::wants_reply) || (status != Outcome::ok && hop(frame.hop).catches_failures);
  }
  bool may_run_ahead(const Request& request, Time t) const { return t <= request.deadline && t < simulator_.next_control(); }

  void handle(const Event& event);
  void prefetch_soon();
  void prefetch_next();
  void resume(std::uint32_t slot);
  void timer_ended(std::uint32_t queue, const Timer& timer);
  bool timer_is_meant(std::uint32_t queue, const Timer& timer) const;

  void proceed(std::uint32_t slot, Step step, Time t);
  bool enter(std::uint32_t slot, Step& step, Time& t);
  bool leave(std::uint32_t slot, Step& step, Time& t);
  bool admit(std::uint32_t slot, Step& step, Time& t);
  bool serve_ahead(std::uint32_t slot, Step& step, Time& t);
  void sleep(Request& request, std::uint32_t slot, Time t, Resume resume);
  void resend_lost(std::uint32_t slot, Time t);

  void unwind(Request& request, Frame& frame, Cause cause, Time t);
  void abandon(std::uint32_t slot, std::uint8_t keep_depth, Cause cause);
  void leave_ghost(std::uint32_t slot);
  void cancel(std::uint32_t slot);
  void complete(std::uint32_t slot, Time t);

  void start_call(std::uint32_t slot);
  void start_child(std::uint32_t parent_slot);
  void child_ended(std::uint32_t parent_slot, std::uint32_t child, Outcome status);
  void end_call(std::uint32_t slot, Outcome status);

  Simulator& simulator_;
  WalkListener& listener_;
  Slab<Request> requests_;
  Stations stations_;
  Slab<Call> calls_;
  std::vector<Hop*> hops_;
  std::array<std::uint32_t, 4> soon_{kNoSlot, kNoSlot, kNoSlot, kNoSlot};  ///< slots whose records were asked for, by place in the queue
  std::vector<bool> queue_is_patience_;            ///< by timer queue
  std::vector<std::uint32_t> patience_of_station_;  ///< timer queue, by FCFS station; kNoSlot = none
  bool overflowed_ = false;
};

}  // namespace towtank
