#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/core/time.hpp"

namespace towtank {

/// At one instant departures go first, then control changes, timers, arrivals.
enum class EventClass : std::uint8_t { departure = 0, control = 1, timer = 2, arrival = 3 };

/// Who an event is about, in the total order of events: an owner (a stream of requests) and the ordinal of the request
/// in it. It is a property of the customer, never a push counter: fusing hops, a recursion or another order of the
/// input file must not change which of two simultaneous events goes first.
struct Identity {
  static constexpr unsigned kOwnerBits = 10, kOrdinalBits = 28;
  static constexpr std::uint32_t kOwners = 1u << kOwnerBits;
  /// Owner of events that belong to no request: timer queues and other entities, told apart by their index.
  static constexpr std::uint32_t kEntity = kOwners - 1;

  std::uint32_t owner = 0;    ///< < kOwners
  std::uint32_t ordinal = 0;  ///< taken modulo 2^28: distinct among the at most 2^24 requests in flight of one owner

  friend bool operator==(const Identity& a, const Identity& b) {
    return a.owner == b.owner && ((a.ordinal ^ b.ordinal) & ((1u << kOrdinalBits) - 1)) == 0;
  }
};

/// One pending event: 16 bytes, trivially copyable, totally ordered by (time, class, identity).
/// The slot (where the handler finds the request or entity) fills the low bits and only breaks ties between equal identities.
class Event {
 public:
  static constexpr unsigned kSlotBits = 24;
  static constexpr std::uint32_t kSlots = 1u << kSlotBits;
  using Word = std::uint64_t;
  __extension__ using Key = unsigned __int128;

  Event() = default;
  Event(Time time, EventClass event_class, Identity identity, std::uint32_t slot)
      : word_{(Word{static_cast<std::uint8_t>(event_class)} << 62) | identity_word(identity) | slot}, time_{time} {}

  /// Later than every event that happens.
  static Event sentinel() { return Event{kNever, EventClass::arrival, {Identity::kEntity, ~0u}, kSlots - 1}; }

  Time time() const { return time_; }
  EventClass event_class() const { return static_cast<EventClass>(word_ >> 62); }
  std::uint32_t slot() const { return static_cast<std::uint32_t>(word_) & (kSlots - 1); }
  std::uint32_t owner() const { return static_cast<std::uint32_t>(word_ >> (kSlotBits + Identity::kOrdinalBits)) & (Identity::kOwners - 1); }
  Identity identity() const {
    return {owner(), static_cast<std::uint32_t>(word_ >> kSlotBits) & ((1u << Identity::kOrdinalBits) - 1)};
  }
  /// Class, identity and slot together: what a slot compares to know whether an event is still meant for it.
  Word word() const { return word_; }

  /// The whole order in one unsigned number. Times are >= 0.
  Key key() const { return (Key{static_cast<std::uint64_t>(time_.time_since_epoch().count())} << 64) | word_; }
  friend bool operator<(const Event& a, const Event& b) { return a.key() < b.key(); }
  friend bool operator==(const Event& a, const Event& b) { return a.time_ == b.time_ && a.word_ == b.word_; }

 private:
  static constexpr Word identity_word(Identity identity) {
    constexpr std::uint32_t kOrdinalMask = (1u << Identity::kOrdinalBits) - 1;
    return (Word{identity.owner} << (kSlotBits + Identity::kOrdinalBits)) | (Word{identity.ordinal & kOrdinalMask} << kSlotBits);
  }

  Word word_;
  Time time_;
};

static_assert(sizeof(Event) == 16 && std::is_trivially_copyable_v<Event>);

}  // namespace towtank
