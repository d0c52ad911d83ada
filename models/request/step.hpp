#pragma once

#include <cstdint>

#include "models/request/outcome.hpp"
#include "sim/core/time.hpp"

namespace towtank {

enum class HopId : std::uint16_t {};
enum class StationId : std::uint32_t {};
/// Which one of the things behind a hop: a node, a pod, a zone of a load balancer. Each hop says what it counts.
enum class EndpointId : std::uint32_t {};

inline constexpr EndpointId kNoEndpoint{UINT32_MAX};

enum class StepKind : std::uint8_t { forward, open, serve, acquire, hold, release, call, wait, again, lost, reply };

/// What should happen to a request next, as a hop says it and only the walker does it. 16 bytes: returned in two registers.
struct Step {
  std::int64_t ns = 0;
  std::uint32_t target = 0;
  HopId hop{};
  StepKind kind = StepKind::reply;
  Outcome status = Outcome::ok;

  /// On to the next hop, at one of its endpoints, after `delay`.
  static Step forward(HopId hop, EndpointId endpoint, Duration delay) {
    return {delay.count(), static_cast<std::uint32_t>(endpoint), hop, StepKind::forward, Outcome::ok};
  }
  /// The same for the set-up of a connection: it walks the hops until one terminates connections, which accepts or refuses.
  static Step open(HopId hop, EndpointId endpoint, Duration delay) {
    return {delay.count(), static_cast<std::uint32_t>(endpoint), hop, StepKind::open, Outcome::ok};
  }
  /// Acquire, Hold and Release of one server in one event. Ends in `on_done`.
  static Step serve(StationId station, Duration work) {
    return {work.count(), static_cast<std::uint32_t>(station), HopId{}, StepKind::serve, Outcome::ok};
  }
  /// A server of the station, kept until Release or until the frame unwinds. Ends in `on_done`.
  static Step acquire(StationId station) {
    return {0, static_cast<std::uint32_t>(station), HopId{}, StepKind::acquire, Outcome::ok};
  }
  /// Time that passes in this hop, whatever it holds. Ends in `on_done`.
  static Step hold(Duration time) { return {time.count(), 0, HopId{}, StepKind::hold, Outcome::ok}; }
  /// Gives the acquired server back. Ends in `on_done` at once.
  static Step release() { return {0, 0, HopId{}, StepKind::release, Outcome::ok}; }
  /// Child requests, as the hop's `plan_call` has them. Ends in `on_called`.
  static Step call() { return {0, 0, HopId{}, StepKind::call, Outcome::ok}; }
  /// Nothing until the hop itself wakes the request (a waiter for a pooled connection).
  static Step wait() { return {0, 0, HopId{}, StepKind::wait, Outcome::ok}; }
  /// This frame once more from the start, after `delay`: a retry.
  static Step again(Duration delay) { return {delay.count(), 0, HopId{}, StepKind::again, Outcome::ok}; }
  /// The packet was dropped: the dialler's kernel sends it again at its own times, to the same endpoint.
  static Step lost() { return {0, 0, HopId{}, StepKind::lost, Outcome::ok}; }
  /// Back to the hop before.
  static Step reply(Outcome status) { return {0, 0, HopId{}, StepKind::reply, status}; }
};

static_assert(sizeof(Step) == 16);

}  // namespace towtank
