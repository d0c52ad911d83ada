#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace towtank {

/// Endpoints by rising key, those of equal keys in the order in which they got them. Each change takes O(log n), and
/// none allocates.
template <typename Key>
class EndpointHeap {
 public:
  /// Empties the heap. @param count  endpoints are below it
  void reset(std::uint32_t count) {
    slots_.clear();
    slots_.reserve(count);
    places_.assign(count, kOut);
    order_ = 0;
  }

  bool empty() const { return slots_.empty(); }
  bool contains(std::uint32_t endpoint) const { return endpoint < places_.size() && places_[endpoint] != kOut; }

  /// The heap must hold one.
  std::uint32_t first() const { return slots_.front().endpoint; }
  const Key& first_key() const { return slots_.front().key; }
  const Key& key_of(std::uint32_t endpoint) const { return slots_[places_[endpoint]].key; }

  /// The first of those that will do. O(n).
  template <typename WillDo>
  std::optional<std::uint32_t> first_of(const WillDo& will_do) const {
    const Slot* best = nullptr;
    for (const Slot& slot : slots_)
      if ((best == nullptr || is_before(slot, *best)) && will_do(slot.endpoint)) best = &slot;
    return best == nullptr ? std::nullopt : std::optional{best->endpoint};
  }

  /// Puts an endpoint behind all that have its key, whether it was there or not.
  void set(std::uint32_t endpoint, const Key& key) {
    if (!contains(endpoint)) {
      places_[endpoint] = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back({});
    }
    const std::size_t place = places_[endpoint];
    slots_[place] = {key, order_++, endpoint};
    sink(rise(place));
  }

  void erase(std::uint32_t endpoint) {
    if (!contains(endpoint)) return;
    const std::size_t place = places_[endpoint];
    places_[endpoint] = kOut;
    const Slot last = slots_.back();
    slots_.pop_back();
    if (place == slots_.size()) return;
    put(place, last);
    sink(rise(place));
  }

 private:
  static constexpr std::uint32_t kOut = UINT32_MAX;

  struct Slot {
    Key key{};
    std::uint64_t order = 0;
    std::uint32_t endpoint = 0;
  };

  static bool is_before(const Slot& a, const Slot& b) { return a.key < b.key || (a.key == b.key && a.order < b.order); }

  void put(std::size_t place, const Slot& slot) {
    slots_[place] = slot;
    places_[slot.endpoint] = static_cast<std::uint32_t>(place);
  }

  /// @return where what stood at `place` has come to
  std::size_t rise(std::size_t place) {
    const Slot slot = slots_[place];
    for (; place > 0 && is_before(slot, slots_[(place - 1) / 2]); place = (place - 1) / 2)
      put(place, slots_[(place - 1) / 2]);
    put(place, slot);
    return place;
  }

  void sink(std::size_t place) {
    const Slot slot = slots_[place];
    for (std::size_t child = 2 * place + 1; child < slots_.size(); child = 2 * place + 1) {
      if (child + 1 < slots_.size() && is_before(slots_[child + 1], slots_[child])) ++child;
      if (!is_before(slots_[child], slot)) break;
      put(place, slots_[child]);
      place = child;
    }
    put(place, slot);
  }

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> places_;  ///< by endpoint
  std::uint64_t order_ = 0;
};

}  // namespace towtank
