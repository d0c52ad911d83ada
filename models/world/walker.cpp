#include "models/world/walker.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

namespace {

/// Owner, in the order of events, of requests that other requests make.
constexpr std::uint32_t kChildOwner = Identity::kEntity - 1;

/// Up to so many requests in flight their records stay in the caches by themselves.
constexpr std::size_t kFitsInCache = 1024;
/// Lines of a request that the end of its service touches: the header and the first frames. Behind an ingress controller
/// there are more of them, and from the second cache they are cheap to fetch.
constexpr std::size_t kHotLines = 4, kHotLinesNearby = 5;

/// When a dialler's kernel sends a lost SYN again, counted from the first (tcp_syn_linear_timeouts 4, Linux 6.5 and
/// later), and when it gives up. @source models/SOURCES.md 1.2, Linux ip-sysctl
constexpr std::array<Duration, 11> kSynTimes = {1s, 2s, 3s, 4s, 5s, 7s, 11s, 19s, 35s, 67s, 131s};

}  // namespace

HopId Walker::add_hop(Hop& hop) {
  hops_.push_back(&hop);
  TOWTANK_CHECK(hops_.size() < UINT16_MAX, "a model has fewer than 65,535 hops");
  return HopId{static_cast<std::uint16_t>(hops_.size() - 1)};
}

std::uint32_t Walker::add_deadline_queue(Duration duration) {
  queue_is_patience_.push_back(false);
  return simulator_.add_timer_queue(duration);
}

std::uint32_t Walker::add_patience_queue(Duration duration) {
  queue_is_patience_.push_back(true);
  return simulator_.add_timer_queue(duration);
}

void Walker::set_patience_queue(StationId station, std::uint32_t queue) {
  const auto at = static_cast<std::size_t>(station);
  if (patience_of_station_.size() <= at) patience_of_station_.resize(at + 1, kNoSlot);
  patience_of_station_[at] = queue;
}

std::uint32_t Walker::create(std::uint64_t key, Identity identity, Time arrived) {
  const std::uint32_t slot = requests_.allocate();
  if (slot == kNoSlot) {
    overflowed_ = true;
    simulator_.stop();
    return slot;
  }
  Request& request = requests_[slot];
  request.key = key;
  request.wake = request.deadline = request.patience = kNever;
  request.arrived = request.attempt_started = arrived;
  request.ordinal = identity.ordinal;
  request.owner = static_cast<std::uint16_t>(identity.owner);
  request.depth = request.attempt = request.dialler = request.exchange = request.lost_packets = request.top = 0;
  request.state = RequestState::moving;
  request.status = Outcome::ok;
  request.root = true;
  request.parent = request.call = kNoSlot;
  request.route_key = key;
  request.route_attempt = 0;
  request.client = 0;
  request.failed_at = HopId{};
  request.established = request.fresh = request.measured = false;
  return slot;
}

void Walker::begin(std::uint32_t slot, HopId first, EndpointId endpoint) {
  proceed(slot, Step::forward(first, endpoint, Duration{0}), now());
}

void Walker::wake(std::uint32_t slot) {
  Request& request = requests_[slot];
  TOWTANK_CHECK(request.state == RequestState::waiting, "only who waits is woken");
  request.state = RequestState::moving;
  request.patience = kNever;
  sleep(request, slot, now(), Resume::granted);
}

void Walker::run() {
  simulator_.run([this](const Event& event) { handle(event); },
                 [this](std::uint32_t queue, const Timer& timer) { timer_ended(queue, timer); },
                 [this](std::uint32_t queue, const Timer& timer) { return timer_is_meant(queue, timer); });
}

[[gnu::always_inline]] inline void Walker::handle(const Event& event) {
  if (requests_.size() > kFitsInCache)
    prefetch_soon();
  else
    prefetch_next();
  if (event.event_class() == EventClass::arrival) {
    listener_.arrival(event.slot(), event.identity());
    return;
  }
  const std::uint32_t slot = event.slot();
  Request& request = requests_[slot];
  if (event.event_class() == EventClass::departure) {
    if (request.wake == event.time() && event.identity() == Identity{request.owner, request.ordinal}) resume(slot);
  } else if (request.state == RequestState::queued && request.patience == event.time() &&
             event.identity() == Identity{request.owner, request.ordinal}) {
    cancel(slot);
  }
}

/// Of a model that fits in the second cache: the record of the next event into the first.
[[gnu::always_inline]] inline void Walker::prefetch_next() {
  const std::uint32_t slot = simulator_.likely_next().slot();
  if (slot >= requests_.size()) return;
  const char* const request = reinterpret_cast<const char*>(&requests_[slot]);
  for (std::size_t line = 0; line < kHotLinesNearby; ++line) __builtin_prefetch(request + 64 * line);
}

/// Brings what the next events are about into the caches while this one is at work. In two stages: what has been asked
/// for at the event before is there by now and can be read, and tells what else will be needed.
[[gnu::always_inline]] inline void Walker::prefetch_soon() {
  const Event& next = simulator_.likely_next();
  if (std::find(soon_.begin(), soon_.end(), next.slot()) != soon_.end() && next.owner() != Identity::kEntity) {
    const Request& request = requests_[next.slot()];
    if (request.state == RequestState::in_service) {
      stations_.prefetch_next(next.slot(), request.depth);
      listener_.ends_soon(request.frames[request.depth - 1u].endpoint);
    }
  }
  std::size_t place = 0;
  simulator_.for_each_soon([&](const Event& event) {
    std::uint32_t& known = soon_[place++];
    if (known == event.slot() || event.event_class() != EventClass::departure || event.owner() == Identity::kEntity) return;
    known = event.slot();
    const char* const request = reinterpret_cast<const char*>(&requests_[known]);
    for (std::size_t line = 0; line < kHotLines; ++line) __builtin_prefetch(request + 64 * line);
    stations_.prefetch_station(known);
  });
}

[[gnu::always_inline]] inline void Walker::resume(std::uint32_t slot) {
  Request& request = requests_[slot];
  request.wake = kNever;
  switch (request.resume) {
    case Resume::enter:
      proceed(slot, Step::forward(request.next_hop, request.next_endpoint, Duration{0}), now());
      return;
    case Resume::begin:
      stations_.begin(request.frame().station);
      return;
    case Resume::done: {
      Frame& frame = request.frame();
      if (request.state == RequestState::in_service && !frame.has(Frame::holds_server)) stations_.finish(frame.station, slot);
      if (request.state == RequestState::ghost) {
        stations_.finish(frame.station, slot);
        request.state = RequestState::free;
        requests_.release(slot);
        return;
      }
      request.state = RequestState::moving;
      request.patience = kNever;
      proceed(slot, hop(frame.hop).on_done(request, frame, now()), now());
      return;
    }
    case Resume::reply: {
      Frame& frame = request.frame();
      Step step = Step::reply(request.status);
      if (hears(frame, request.status)) step = hop(frame.hop).on_reply(request, frame, request.status, now());
      proceed(slot, step, now());
      return;
    }
    case Resume::again: {
      Frame& frame = request.frame();
      frame.entered = now();
      proceed(slot, hop(frame.hop).on_request(request, frame, now()), now());
      return;
    }
    case Resume::granted: {
      Frame& frame = request.frame();
      proceed(slot, hop(frame.hop).on_granted(request, frame, now()), now());
      return;
    }
    case Resume::next_child:
      start_child(slot);
      return;
  }
}

void Walker::timer_ended(std::uint32_t queue, const Timer& timer) {
  const std::uint32_t slot = timer.slot;
  Request& request = requests_[slot];
  if (queue_is_patience_[queue]) {
    cancel(slot);
    return;
  }
  request.deadline = kNever;
  request.failed_at = request.frame().hop;
  request.status = Outcome::request_timeout;
  abandon(slot, 1, Cause::timeout);
  Request& waiting = requests_[slot];  // a ghost may have moved the records
  Frame& frame = waiting.frame();
  proceed(slot, hop(frame.hop).on_timeout(waiting, frame, now()), now());
}

bool Walker::timer_is_meant(std::uint32_t queue, const Timer& timer) const {
  const Request& request = requests_[timer.slot];
  if (request.state == RequestState::free || request.ordinal != timer.tag) return false;
  const bool waits = request.state == RequestState::queued || request.state == RequestState::waiting;
  if (queue_is_patience_[queue]) return waits && request.patience == timer.deadline;
  return request.deadline == timer.deadline;
}

/// Follows steps until the request sleeps, waits or ends. `t` is the request's own time.
void Walker::proceed(std::uint32_t slot, Step step, Time t) {
  for (;;) {
    // Nearly all steps are of these kinds: a branch each is foreseen better than the jump of the switch.
    if (step.kind == StepKind::reply) {
      if (!leave(slot, step, t)) return;
      continue;
    }
    if (step.kind == StepKind::forward || step.kind == StepKind::open) {
      t += Duration{step.ns};
      if (!enter(slot, step, t)) return;
      continue;
    }
    Request& request = requests_[slot];
    switch (step.kind) {
      case StepKind::forward:
      case StepKind::open:
      case StepKind::reply:
        break;  // above
      case StepKind::serve:
      case StepKind::acquire:
        if (!admit(slot, step, t)) return;
        break;
      case StepKind::hold:
        sleep(request, slot, t + Duration{step.ns}, Resume::done);
        return;
      case StepKind::release: {
        Frame& frame = request.frame();
        stations_.finish(frame.station, slot);
        frame.clear(Frame::holds_server);
        step = hop(frame.hop).on_done(request, frame, t);
        break;
      }
      case StepKind::call:
        start_call(slot);
        return;
      case StepKind::wait:
        request.state = RequestState::waiting;
        request.wake = kNever;
        return;
      case StepKind::again:
        request.deadline = kNever;
        sleep(request, slot, t + Duration{step.ns}, Resume::again);
        return;
      case StepKind::lost:
        --request.depth;  // the hop that dropped it was entered
        resend_lost(slot, t);
        return;
    }
  }
}

/// Enters the hop that `step` names at time t. @return false when the request sleeps until then
[[gnu::always_inline]] inline bool Walker::enter(std::uint32_t slot, Step& step, Time& t) {
  Request& request = requests_[slot];
  Hop& next = hop(step.hop);
  const bool opens = request.exchange != 0 && next.terminates_connections;
  if (t != now() && ((opens ? next.stateful_open : next.stateful) || !may_run_ahead(request, t))) {
    request.next_hop = step.hop;
    request.next_endpoint = EndpointId{step.target};
    sleep(request, slot, t, Resume::enter);
    return false;
  }
  if (opens) {
    request.next_hop = step.hop;
    request.next_endpoint = EndpointId{step.target};
    const Step answer = next.on_open(request, EndpointId{step.target}, t);
    if (answer.kind == StepKind::lost) {
      resend_lost(slot, t);
      return false;
    }
    // The answer of a hop that was never entered: it arrives at the frame on top.
    if (answer.status != Outcome::ok) request.failed_at = step.hop;
    request.status = answer.status;
    Frame& below = request.frame();
    t += below.back;
    if (t != now() && (below.has(Frame::wants_reply) || below.has(Frame::owes) || !may_run_ahead(request, t))) {
      sleep(request, slot, t, Resume::reply);
      return false;
    }
    step = below.has(Frame::wants_reply) ? hop(below.hop).on_reply(request, below, answer.status, t) : answer;
    return true;
  }
  TOWTANK_CHECK(request.depth < Request::kMaxDepth, "a request passes at most eight hops at once");
  Frame& frame = request.frames[request.depth++];
  request.top = request.depth;
  frame.hop = step.hop;
  frame.flags = 0;
  frame.endpoint = EndpointId{step.target};
  frame.connection = kNoConnection;
  frame.entered = t;
  frame.back = Duration{0};
  request.next_hop = step.hop;
  request.next_endpoint = frame.endpoint;
  step = next.on_request(request, frame, t);
  return true;
}

/// The frame on top answers: it unwinds, and the answer goes back to the frame below. @return false when the request
/// sleeps until it is there, or has ended
[[gnu::always_inline]] inline bool Walker::leave(std::uint32_t slot, Step& step, Time& t) {
  Request& request = requests_[slot];
  Frame& top = request.frame();
  if (step.status != Outcome::ok && request.status == Outcome::ok) request.failed_at = top.hop;
  request.status = step.status;
  if (t != now() && request.depth == 1 && !request.root) {  // its parent may only hear of it on time
    sleep(request, slot, t, Resume::reply);
    return false;
  }
  unwind(request, top, Cause::reply, t);
  --request.depth;
  if (request.depth == 0) {
    complete(slot, t);
    return false;
  }
  Frame& below = request.frame();
  t += below.back;
  const bool is_heard = hears(below, step.status);
  if (t != now() && (is_heard || below.has(Frame::owes) || !may_run_ahead(request, t))) {
    sleep(request, slot, t, Resume::reply);
    return false;
  }
  if (is_heard) step = hop(below.hop).on_reply(request, below, step.status, t);
  return true;
}

/// A job that is never taken out of its station before its end, which is known already, needs no event of the station. It
/// goes on from there at once, or sleeps until then. @return whether it is such a job
[[gnu::always_inline]] inline bool Walker::serve_ahead(std::uint32_t slot, Step& step, Time& t) {
  Request& request = requests_[slot];
  if (step.kind != StepKind::serve || !request.root || request.patience != kNever) return false;
  Frame& frame = request.frame();
  Hop& here = hop(frame.hop);
  const StationId station{step.target};
  if (!here.foresees_end) return false;
  const Time end = stations_.foreseen_end(station, Duration{step.ns});
  if (!may_run_ahead(request, end)) return false;
  frame.started = stations_.serve_ahead(station, Duration{step.ns});
  t = end;
  if (here.stateful_done)
    sleep(request, slot, end, Resume::done);
  else
    step = here.on_done(request, frame, t);
  return true;
}

/// @return true when `step` holds the hop's answer: the station is full, or the request has been served ahead of the clock
[[gnu::always_inline]] inline bool Walker::admit(std::uint32_t slot, Step& step, Time& t) {
  TOWTANK_ASSERT(t == now(), "stations are entered on time");
  Request& request = requests_[slot];
  Frame& frame = request.frame();
  const StationId station{step.target};
  frame.station = station;
  if (serve_ahead(slot, step, t)) return !hop(frame.hop).stateful_done;
  switch (stations_.admit(station, slot, Duration{step.ns}, frame.has(Frame::admitted))) {
    case Stations::Admission::full:
      request.patience = kNever;
      step = hop(frame.hop).on_full(request, frame, t);
      return true;
    case Stations::Admission::queued:
      if (request.patience != kNever) {
        const auto at = static_cast<std::size_t>(station);
        const std::uint32_t queue = at < patience_of_station_.size() ? patience_of_station_[at] : kNoSlot;
        if (queue != kNoSlot)
          request.patience = simulator_.start_timer(queue, slot, request.ordinal);
        else
          simulator_.schedule(Event{request.patience, EventClass::timer, {request.owner, request.ordinal}, slot});
      }
      break;
    case Stations::Admission::started:
      break;
  }
  if (step.kind == StepKind::acquire) frame.set(Frame::holds_server);
  return false;
}

[[gnu::always_inline]] inline void Walker::sleep(Request& request, std::uint32_t slot, Time t, Resume resume) {
  request.resume = resume;
  request.wake = t;
  simulator_.schedule(Event{t, EventClass::departure, {request.owner, request.ordinal}, slot});
}

/// The last packet was dropped at `next_hop`: it is sent again at the kernel's times. After the last one, or when the
/// dialler's own patience ends before, it gives up; the hops behind it never hear of that.
void Walker::resend_lost(std::uint32_t slot, Time t) {
  Request& request = requests_[slot];
  const std::size_t n = request.lost_packets++;
  const Duration before = n == 0 ? Duration{0} : kSynTimes[n - 1];
  const Duration patience = hop(request.frames[request.dialler].hop).connect_timeout;
  const Time next = t + (std::min(kSynTimes[n], patience) - before);
  if (n + 1 < kSynTimes.size() && kSynTimes[n] < patience) {
    sleep(request, slot, next, Resume::enter);
    return;
  }
  request.lost_packets = 0;
  request.failed_at = request.next_hop;
  request.status = Outcome::connect_timeout;
  while (request.depth > request.dialler + 1u) {
    unwind(request, request.frame(), Cause::timeout, t);
    --request.depth;
  }
  sleep(request, slot, next, Resume::reply);
}

/// The one function in which a frame gives back what it owes: after a reply, a timeout and a lost hedge alike.
[[gnu::always_inline]] inline void Walker::unwind(Request& request, Frame& frame, Cause cause, Time t) {
  if (frame.has(Frame::holds_server)) {
    stations_.finish(frame.station, slot_of(request));
    frame.clear(Frame::holds_server);
  }
  if (frame.has(Frame::owes)) hop(frame.hop).on_unwind(request, frame, cause, t);
}

/// Ends what the request is doing, and unwinds its frames down to `keep_depth`.
void Walker::abandon(std::uint32_t slot, std::uint8_t keep_depth, Cause cause) {
  Request& request = requests_[slot];
  if (request.depth > keep_depth) {
    Frame& top = request.frame();
    if (request.state == RequestState::queued) {
      stations_.remove(top.station, slot);
      top.clear(Frame::holds_server);
    } else if (request.state == RequestState::in_service && !top.has(Frame::holds_server)) {
      if (cause == Cause::timeout)
        leave_ghost(slot);
      else
        stations_.remove(top.station, slot);
    }
  }
  if (requests_[slot].state == RequestState::calling) {
    const std::uint32_t call_slot = requests_[slot].call;
    for (std::uint32_t i = 0; i < calls_[call_slot].started; ++i) {
      const std::uint32_t child = calls_[call_slot].children[i];
      if (child == kNoSlot) continue;
      abandon(child, 0, cause);
      requests_[child].state = RequestState::free;
      requests_.release(child);
    }
    calls_.release(call_slot);
  }
  Request& left = requests_[slot];
  left.wake = left.patience = kNever;
  left.state = RequestState::moving;
  while (left.depth > keep_depth) {
    unwind(left, left.frame(), cause, now());
    --left.depth;
  }
}

/// A server does not learn that its client has gone: the work goes on in a record of its own until it is done.
void Walker::leave_ghost(std::uint32_t slot) {
  const std::uint32_t ghost_slot = requests_.allocate();
  Request& request = requests_[slot];
  const StationId station = request.frame().station;
  if (ghost_slot == kNoSlot) {
    stations_.remove(station, slot);
    return;
  }
  Request& ghost = requests_[ghost_slot];
  ghost = request;
  ghost.state = RequestState::ghost;
  ghost.deadline = ghost.patience = kNever;
  stations_.rename(station, slot, ghost_slot);
  if (ghost.wake != kNever)
    simulator_.schedule(Event{ghost.wake, EventClass::departure, {ghost.owner, ghost.ordinal}, ghost_slot});
}

/// A request that waits has lost its patience: it leaves the queue of its station, and its hop answers so; or the hop that
/// lets it wait says what now.
void Walker::cancel(std::uint32_t slot) {
  Request& request = requests_[slot];
  Frame& frame = request.frame();
  if (request.state == RequestState::waiting) {
    request.state = RequestState::moving;
    request.patience = kNever;
    proceed(slot, hop(frame.hop).on_wait_over(request, frame, now()), now());
    return;
  }
  stations_.remove(frame.station, slot);
  frame.clear(Frame::holds_server);
  request.state = RequestState::moving;
  request.patience = kNever;
  proceed(slot, Step::reply(Outcome::queue_timeout), now());
}

void Walker::complete(std::uint32_t slot, Time t) {
  Request& request = requests_[slot];
  request.state = RequestState::free;
  request.wake = request.deadline = kNever;
  if (request.root) {
    listener_.completed(request, t);
    requests_.release(slot);
    return;
  }
  const std::uint32_t parent = request.parent, child = request.child;
  const Outcome status = request.status;
  requests_.release(slot);
  child_ended(parent, child, status);
}

void Walker::start_call(std::uint32_t slot) {
  const std::uint32_t call_slot = calls_.allocate();
  Request& request = requests_[slot];
  Call& call = calls_[call_slot];
  call = Call{};
  call.plan = hop(request.frame().hop).plan_call(request, request.frame());
  TOWTANK_CHECK(call.plan.children >= 1 && call.plan.children <= CallPlan::kMaxChildren, "a call has 1 to 16 children");
  call.children.fill(kNoSlot);
  request.call = call_slot;
  request.state = RequestState::calling;
  request.wake = kNever;
  start_child(slot);
}

/// Starts the next child, and the others that start with it.
void Walker::start_child(std::uint32_t parent_slot) {
  for (;;) {
    requests_[parent_slot].wake = kNever;
    const std::uint32_t call_slot = requests_[parent_slot].call;
    const std::uint32_t index = calls_[call_slot].started;
    if (index == calls_[call_slot].plan.children) return;
    ++calls_[call_slot].started;
    const std::uint64_t key = mixed(requests_[parent_slot].key + 0x632be59bd9b4e019u * (index + 1) + requests_[parent_slot].attempt);
    const std::uint32_t slot = create(key, {kChildOwner, static_cast<std::uint32_t>(key >> 32)}, now());
    if (slot == kNoSlot) return;
    calls_[call_slot].children[index] = slot;
    Request& parent = requests_[parent_slot];
    Request& child = requests_[slot];
    child.root = false;
    child.parent = parent_slot;
    child.child = static_cast<std::uint8_t>(index);
    child.client = parent.client;
    const ChildStart start = hop(parent.frame().hop).start_child(parent, parent.frame(), index);
    const CallPlan plan = calls_[call_slot].plan;
    const bool more = index + 1 < plan.children && plan.mode != CallPlan::Mode::sequence;
    if (more && plan.delay > Duration{0}) sleep(parent, parent_slot, now() + plan.delay, Resume::next_child);
    begin(slot, start.hop, start.endpoint);
    if (!more || plan.delay > Duration{0}) return;
    const Request& after = requests_[parent_slot];  // the child may have ended the call at once
    if (after.state != RequestState::calling || after.call != call_slot) return;
  }
}

void Walker::child_ended(std::uint32_t parent_slot, std::uint32_t child, Outcome status) {
  const std::uint32_t call_slot = requests_[parent_slot].call;
  Call& call = calls_[call_slot];
  call.children[child] = kNoSlot;
  ++call.ended;
  if (status == Outcome::ok)
    ++call.succeeded;
  else if (call.failure == Outcome::ok)
    call.failure = status;
  const CallPlan& plan = call.plan;
  if (plan.mode == CallPlan::Mode::first && call.succeeded >= plan.needed) {
    end_call(parent_slot, Outcome::ok);
  } else if (plan.mode == CallPlan::Mode::sequence && (status != Outcome::ok || call.ended == plan.children)) {
    end_call(parent_slot, status);
  } else if (plan.mode == CallPlan::Mode::sequence) {
    start_child(parent_slot);
  } else if (call.ended == plan.children) {
    end_call(parent_slot, call.failure);
  } else if (plan.mode == CallPlan::Mode::first && call.ended == call.started) {
    start_child(parent_slot);  // nothing left to wait for: the next copy need not wait for its delay
  }
}

void Walker::end_call(std::uint32_t slot, Outcome status) {
  abandon(slot, requests_[slot].depth, Cause::cancelled);
  Request& request = requests_[slot];
  Frame& frame = request.frame();
  proceed(slot, hop(frame.hop).on_called(request, frame, status, now()), now());
}

}  // namespace towtank
