#pragma once

#include <cstdint>
#include <span>

#include "models/request/request.hpp"

namespace towtank {

/// What a hop may ask of the walker that drives it.
class WalkControl {
 public:
  virtual ~WalkControl() = default;

  /// The attempt of `request` that begins now ends in `on_timeout` after the duration of this deadline queue.
  virtual void start_deadline(std::uint32_t queue, Request& request) = 0;

  /// Timers that end waits: of those who say `wait`.
  virtual std::uint32_t add_patience_queue(Duration duration) = 0;

  /// The wait of `request`, whose hop says `wait` now, is over with `on_wait_over` after the duration of this patience queue.
  virtual void start_patience(std::uint32_t queue, Request& request) = 0;

  /// The request in `slot`, whose hop said `wait`, goes on with `on_granted`, at this instant but in an event of its own.
  virtual void wake(std::uint32_t slot) = 0;

  virtual Request& request(std::uint32_t slot) = 0;
  virtual std::uint32_t slot_of(const Request& request) const = 0;

  /// A connection that a hop on its way `counted` has ended. @param route  from the endpoint of `first`, its first hop, on
  virtual void end_route(HopId /*first*/, std::span<const EndpointId> /*route*/, Time /*at*/) {}
};

/// Why a frame is left.
enum class Cause : std::uint8_t {
  reply,      ///< the answer goes back through it
  timeout,    ///< the frame below gave up waiting
  cancelled,  ///< the answer is no longer wanted: a lost hedge
};

/// Child requests of one Call.
struct CallPlan {
  enum class Mode : std::uint8_t { sequence, all, first };
  static constexpr std::uint32_t kMaxChildren = 16;

  Mode mode = Mode::sequence;
  std::uint32_t children = 0;  ///< 1..kMaxChildren
  std::uint32_t needed = 1;    ///< of `first`: how many answers end the call
  Duration delay{};            ///< of `first`: between the starts of two children; 0 = all at once
};

/// Where a child request begins.
struct ChildStart {
  HopId hop{};
  EndpointId endpoint{};
};

/// A hop looks at one request and answers with data what should happen; the walker alone schedules, queues and records.
///
/// `now` is the request's own time, which may lie ahead of the clock in a stretch of delays that is computed at once:
/// a hop that reads or changes anything shared between requests must say `stateful`, and is then only ever called on time.
class Hop {
 public:
  Hop() = default;
  virtual ~Hop() = default;
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;

  virtual Step on_request(Request& request, Frame& frame, Time now) = 0;

  /// A Serve, Acquire, Hold or Release of this frame is done.
  virtual Step on_done(Request&, Frame&, Time) { return Step::reply(Outcome::ok); }

  /// What this frame waited for has come.
  virtual Step on_granted(Request&, Frame&, Time) { return Step::reply(Outcome::ok); }

  /// What this frame waited for has not come in time.
  virtual Step on_wait_over(Request&, Frame&, Time) { return Step::reply(Outcome::queue_timeout); }

  /// The station that this frame wanted to enter is full.
  virtual Step on_full(Request&, Frame&, Time) { return Step::reply(Outcome::queue_full); }

  /// A reply has come back; called if the frame `wants_reply`, or on a failure that the hop catches.
  virtual Step on_reply(Request&, Frame&, Outcome status, Time) { return Step::reply(status); }

  /// The attempt's deadline has passed; called on the frame that set it, after all frames above it have unwound.
  virtual Step on_timeout(Request&, Frame&, Time) { return Step::reply(Outcome::request_timeout); }

  /// The one place where a frame gives back what it `owes`, whatever the cause.
  virtual void on_unwind(Request&, Frame&, Cause, Time) {}

  /// Of a hop that ends connections: accepts a set-up (reply ok), refuses it, or loses its packet.
  virtual Step on_open(Request&, EndpointId, Time) { return Step::reply(Outcome::ok); }

  /// A connection that this hop, or one behind it, counted has ended. @param route  from this hop's own endpoint on
  virtual void on_end_of_route(std::span<const EndpointId> /*route*/, Time /*at*/, WalkControl&) {}

  virtual CallPlan plan_call(const Request&, const Frame&) { return {}; }
  virtual ChildStart start_child(const Request&, const Frame&, std::uint32_t) { return {}; }
  virtual Step on_called(Request&, Frame&, Outcome status, Time) { return Step::reply(status); }

  /// Reads or changes what requests share: only called when the request's time is the clock's.
  bool stateful = false;
  /// Where the end of a service is known in advance, no events bring it there.
  bool foresees_end = false;
  /// Whether `on_done` reads or changes what requests share: then it is called on time even so, else ahead of the clock.
  bool stateful_done = false;
  /// Connections end here: a set-up goes no further.
  bool terminates_connections = false;
  /// Whether `on_open` reads shared state.
  bool stateful_open = false;
  /// Hears of every failure in `on_reply`, whether or not the frame `wants_reply`.
  bool catches_failures = false;
  /// Of a hop that dials: how long it tries to connect, if its kernel does not give up before (after 131 s).
  Duration connect_timeout = Duration::max();
};

}  // namespace towtank
