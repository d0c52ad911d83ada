#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "models/request/outcome.hpp"
#include "models/request/step.hpp"
#include "sim/core/slab.hpp"
#include "sim/core/time.hpp"

namespace towtank {

inline constexpr std::uint32_t kNoConnection = UINT32_MAX;

/// One hop that a request has entered and not yet left. A frame that was left keeps its content until another takes its
/// place: the recorder reads the last exchange from it, and a dialler the choices that the L4 hops behind it made.
struct Frame {
  enum Flag : std::uint16_t {
    wants_reply = 1,  ///< `on_reply` is to be called
    owes = 2,         ///< `on_unwind` is to be called: a count, a pooled connection
    holds_server = 4, ///< an acquired server of `station`
    routed = 8,       ///< of a dialler: the L4 hops behind it have chosen before, and keep to it
    setting_up = 16,  ///< of a dialler: it waits for a connection to be set up
    admitted = 32,    ///< of a station: the listen queue took the connection before, the station may not refuse it
    in_line = 64,     ///< of a dialler: it waits for a connection of its pool, or for a target that may take it
    retried = 128,    ///< of a proxy: it has tried other targets before this one
    counted = 256,    ///< of a dialler: a hop on the way counts its connection, and is to hear of the end
    to_canary = 512,  ///< of a proxy: the canary of its traffic takes it
  };

  HopId hop{};
  std::uint16_t flags = 0;
  EndpointId endpoint{};            ///< at which endpoint of the hop
  std::uint32_t connection = kNoConnection;  ///< of a dialler: the pooled connection that it uses
  std::uint32_t choice = 0;                  ///< of a balancing hop: what it picked, as its balancer counts
  StationId station{};
  std::uint32_t served_ns = 0;  ///< of a proxy: how long one of its workers was busy with it
  Time entered;
  Time started;    ///< of a station: when service began
  Duration back{};  ///< what the reply takes from the next hop to this one

  bool has(Flag flag) const { return (flags & flag) != 0; }
  void set(Flag flag) { flags = static_cast<std::uint16_t>(flags | flag); }
  void clear(Flag flag) { flags = static_cast<std::uint16_t>(flags & ~flag); }
};

/// What a request does when its event comes.
enum class Resume : std::uint8_t { enter, begin, done, reply, again, granted, next_child };

/// Where a request is while no event of its own is pending.
enum class RequestState : std::uint8_t { moving, queued, in_service, calling, waiting, ghost, free };

/// A request in flight: a record that walks, a stack of frames. All that is random about it is drawn by its key.
struct alignas(64) Request {
  static constexpr std::uint8_t kMaxDepth = 8;

  // What the event loop and the stations read, in one cache line.
  std::uint64_t key = 0;   ///< address of its random draws
  Time wake = kNever;      ///< the one event that may wake it; whatever else pops is stale
  Time deadline = kNever;  ///< end of the attempt that runs
  Time arrived;            ///< as intended, before any wait for a connection
  Duration work{};         ///< service demand at the station where it is
  std::uint32_t ordinal = 0;
  std::uint16_t owner = 0;
  std::uint8_t depth = 0;
  Resume resume = Resume::enter;
  std::uint32_t next = kNoSlot, prev = kNoSlot;  ///< neighbours in a station's queue, or in another hop's (the first's `prev` is stale); of processor sharing: place in its heap
  HopId next_hop{};
  RequestState state = RequestState::free;
  Outcome status = Outcome::ok;
  std::uint8_t attempt = 0;
  std::uint8_t dialler = 0;   ///< frame of the hop whose connection it is on
  std::uint8_t exchange = 0;  ///< 0 = the request itself; n = n-th round trip of a set-up
  bool root = true;           ///< no child of another request

  // The rest: as short as it is, the first three frames end with the fourth line.
  Time patience = kNever;   ///< end of its queue timeout
  Time attempt_started;     ///< when the attempt that runs left its owner's queue
  std::uint64_t route_key = 0;  ///< address of the draws of the L4 choices
  std::uint32_t client = 0;
  std::uint32_t parent = kNoSlot;
  std::uint32_t call = kNoSlot;     ///< the Call that it waits for
  EndpointId next_endpoint{};
  HopId failed_at{};                ///< where the status other than ok arose
  std::uint8_t route_attempt = 0;
  std::uint8_t child = 0;           ///< which child of its parent
  std::uint8_t lost_packets = 0;
  std::uint8_t top = 0;             ///< depth that the last exchange reached
  bool established : 1 = false;     ///< the connection that it is on exists
  bool fresh : 1 = false;           ///< it is the first on a connection that was set up for it
  bool measured : 1 = false;        ///< arrived in the measured window

  std::array<Frame, kMaxDepth> frames;

  Frame& frame() { return frames[depth - 1u]; }
};

static_assert(std::is_trivially_copyable_v<Request> && sizeof(Frame) <= 48 && offsetof(Request, frames) <= 112);

}  // namespace towtank
