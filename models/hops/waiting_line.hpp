#pragma once

#include "models/request/hop.hpp"

namespace towtank {

/// Requests that wait for something, first come first served: a list through their records, which are in no station.
class WaitingLine {
 public:
  bool empty() const { return first_ == kNoSlot; }
  std::uint32_t first() const { return first_; }  ///< kNoSlot of none

  void push(WalkControl& control, std::uint32_t slot) {
    Request& request = control.request(slot);
    request.next = kNoSlot;
    request.prev = last_;
    (empty() ? first_ : control.request(last_).next) = slot;
    last_ = slot;
  }

  /// @param slot  of one that is in this line
  void remove(WalkControl& control, std::uint32_t slot) {
    const Request& request = control.request(slot);
    (slot == first_ ? first_ : control.request(request.prev).next) = request.next;
    (slot == last_ ? last_ : control.request(request.next).prev) = request.prev;
  }

 private:
  std::uint32_t first_ = kNoSlot, last_ = kNoSlot;
};

}  // namespace towtank
